// An operator registers an OAuth application and a person allows the access at a real OpenID provider, in Chromium, with
// scripts and without: code with PKCE from the connect page and back; then the access is revoked there, and given again by
// the one link of the reconnect page; and once more, by the customer, who follows the link of the mail.
//
//   node tests/browser/oauth.mjs --setup URL --work FOLDER --smtp PORT --mail PORT [--out FOLDER]
//
// The instance must be fresh, allow loopback, and send its mails to the first port. Starts the provider and the mail server
// by itself.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { launch, looks, open } from './chromium.mjs'
import { inspect } from './inspect.mjs'
import { startMaildev, startOidc } from './systems.mjs'

const { values } = parseArgs({
  options: {
    setup: { type: 'string' },
    work: { type: 'string' },
    smtp: { type: 'string' },
    mail: { type: 'string' },
    out: { type: 'string' },
  },
})
const contact = 'j.ettl@hohenfels.example'
const base = new URL('/', values.setup).href

let passed = 0
function must(what, holds, detail = '') {
  if (!holds) throw new Error(`${what}${detail && `: ${detail}`}`)
  passed += 1
  console.log(`  ${what}`)
}

const named = (page, name) => page.locator(`main [name="${name}"]`).first()
const words = async (page) => (await page.locator('main').innerText()).replace(/\s+/g, ' ')
async function press(page, role, pattern) {
  const found = page.locator('main').getByRole(role, { name: pattern }).first()
  await Promise.all([page.waitForLoadState('load'), found.click()])
}

async function look(browser, context, path, name) {
  const state = await context.storageState()
  for (const one of looks) {
    const window = await open(browser, one, state)
    const picture = values.out && join(values.out, `oauth-${name}-${one.name}.png`)
    const wrong = await inspect(window, base, path, picture)
    must(`${name} has no fault (${one.name})`, wrong.length === 0, wrong.join('; '))
    await window.close()
  }
}

async function setUp(page) {
  await page.goto(values.setup)
  await named(page, 'name').fill('Olga Owner')
  await named(page, 'email').fill('owner@plant.example')
  await named(page, 'password').fill('a sentence that nobody else knows 1')
  await press(page, 'button', /set up|finish/i)
  await page.goto(new URL('/customers/new', base).href)
  await named(page, 'name').fill('Brauerei Müller')
  await named(page, 'contact_email').fill(contact)
  await page.locator('main form button[type="submit"], main form button:not([type])').last().click()
  await page.waitForLoadState('load')
  must('the customer is there', /Brauerei Müller/.test(await words(page)), page.url())
}

async function register(page, oidc, browser, context) {
  await page.goto(new URL('/settings/oauth-applications', base).href)
  must('no application is there yet', /no oauth application yet/i.test(await words(page)), await words(page))
  const redirect = (await page.locator('main .wire').innerText()).trim()
  must('the redirect address is shown', redirect === new URL('/oauth/callback', base).href, redirect)
  await page.goto(new URL('/connections/new', base).href)
  await choose(page)
  must('the connect page says what is missing', /needs an OAuth application of yours/.test(await words(page)), await words(page))
  await look(browser, context, new URL(page.url()).pathname + new URL(page.url()).search, 'form')
  await press(page, 'link', /register an application/i)
  await named(page, 'name').fill('Works ERP')
  await named(page, 'client_id').fill('jbx')
  await named(page, 'client_secret').fill(oidc.secret)
  await named(page, 'scopes').fill('openid offline_access')
  await named(page, 'authorize_url').fill(`${oidc.url}/auth`)
  await named(page, 'token_url').fill(`${oidc.url}/token`)
  await look(browser, context, new URL(page.url()).pathname + new URL(page.url()).search, 'application-new')
  await press(page, 'button', /^register$/i)
  must('the application is registered', /\/settings\/oauth-applications\/app_/.test(page.url()), `${page.url()}: ${await words(page)}`)
  return new URL(page.url()).pathname
}

// Customer and system, then the way in.
async function choose(page) {
  await page.locator('main input[name="system"][value="generic-rest"]').check({ force: true })
  await press(page, 'button', /continue/i)
  await page.locator('main input[name="scheme"][value="oauth2_authorization_code"]').check({ force: true })
  await press(page, 'button', /show its fields/i)
}

// At the provider: signs in, allows.
async function allow(page) {
  await page.locator('input[name="login"]').fill('anna')
  await page.locator('input[name="password"]').fill('any')
  await Promise.all([page.waitForLoadState('load'), page.getByRole('button', { name: /sign-in/i }).click()])
  await consent(page)
}

// Who is still signed in there is asked for the access alone.
async function answer(page) {
  if (await page.locator('input[name="login"]').count()) await allow(page)
  else await consent(page)
}

async function consent(page) {
  await Promise.all([page.waitForURL(`${base}**`), page.getByRole('button', { name: /continue/i }).click()])
}

async function connect(page, oidc) {
  await page.goto(new URL('/connections/new', base).href)
  await choose(page)
  await named(page, 'base_url').fill(oidc.url)
  await named(page, 'probe.path').fill('/api/me')
  await press(page, 'button', /continue to the sign-in/i)
  const link = page.locator('main').getByRole('link', { name: /sign in at/i })
  must('the way to the provider is a link', (await link.count()) === 1 && /\/oauth\/start\//.test(await link.getAttribute('href')), await words(page))
  if (values.out) await page.screenshot({ path: join(values.out, 'oauth-link.png'), fullPage: true })
  await Promise.all([page.waitForURL(`${oidc.url}/**`), link.click()])
  await answer(page)
  must('the connection is active', /\/connections\/con_/.test(page.url()) && /active/i.test(await words(page)), `${page.url()}: ${await words(page)}`)
  return page.url()
}

async function revokeAndReconnect(page, oidc, address, browser, context) {
  await oidc.revoke()
  await page.goto(address)
  await press(page, 'button', /check now/i)
  await page.goto(address)
  must('a revoked access is seen', /reauthorization required/i.test(await words(page)), await words(page))
  await look(browser, context, `${new URL(address).pathname}/reconnect`, 'reconnect')
  await page.goto(`${address}/reconnect`)
  const link = page.locator('main').getByRole('link', { name: /sign in at/i }).first()
  await Promise.all([page.waitForURL(`${oidc.url}/**`), link.click()])
  await answer(page)
  must('it is reconnected by one link', page.url() === address && /active/i.test(await words(page)), `${page.url()}: ${await words(page)}`)
}

// The customer, who has no account here, on a phone and without scripts.
async function byMailedLink(page, oidc, maildev, address, browser) {
  const before = (await maildev.mails()).length
  await oidc.revoke()
  await page.goto(address)
  await press(page, 'button', /check now/i)
  let mail
  for (let patience = 100; !mail && patience > 0; patience -= 1) {
    await pause(200)
    mail = (await maildev.mails()).slice(before).find((one) => one.to[0].address === contact && /renewed/i.test(one.subject))
  }
  must('the customer gets a mail', Boolean(mail), JSON.stringify((await maildev.mails()).map((one) => [one.to, one.subject])))
  const link = /https?:\/\/\S+\/portal\/[^\s"'<>]+/.exec(mail.text)?.[0]
  must('with the link', Boolean(link) && mail.html.includes(link), mail.text)
  const phone = await open(browser, looks.find((one) => one.viewport?.width < 500) ?? looks[0], undefined, { javaScriptEnabled: false })
  phone.setDefaultTimeout(15_000)
  const own = await phone.newPage()
  await own.goto(link)
  if (values.out) await own.screenshot({ path: join(values.out, 'oauth-mailed.png'), fullPage: true })
  const button = own.locator('main a[href*="/sign-in"]').first()
  await Promise.all([own.waitForURL(`${oidc.url}/**`), button.click()])
  if (await own.locator('input[name="login"]').count()) {
    await own.locator('input[name="login"]').fill('anna')
    await own.locator('input[name="password"]').fill('any')
    await Promise.all([own.waitForLoadState('load'), own.getByRole('button', { name: /sign-in/i }).click()])
  }
  await consent(own)
  must('the customer is back on the page of the link', own.url().startsWith(link), own.url())
  if (values.out) await own.screenshot({ path: join(values.out, 'oauth-mailed-done.png'), fullPage: true })
  await page.goto(address)
  must('it is active by the mailed link', /active/i.test(await words(page)), await words(page))
  await own.goto(link)
  must('the link is used up', (await own.locator('main a[href*="/sign-in"]').count()) === 0, await words(own))
  await phone.close()
}

const browser = await launch()
let failure = null
const oidc = await startOidc(values.work)
const maildev = await startMaildev(values.work, values.smtp, values.mail)
try {
  if (values.out) await mkdir(values.out, { recursive: true })
  const context = await open(browser, looks[0])
  context.setDefaultTimeout(15_000)
  const page = await context.newPage()
  await setUp(page)
  const application = await register(page, oidc, browser, context)
  const address = await connect(page, oidc)
  await byMailedLink(page, oidc, maildev, address, browser)
  await revokeAndReconnect(page, oidc, address, browser, context)
  await look(browser, context, application, 'application')
  await look(browser, context, '/settings/oauth-applications', 'applications')
  // Once more without scripts; and an address of long ago.
  const plain = await open(browser, looks[0], await context.storageState(), { javaScriptEnabled: false })
  plain.setDefaultTimeout(15_000)
  const bare = await plain.newPage()
  await connect(bare, oidc)
  await bare.goto(new URL('/oauth/callback?error=access_denied&state=never', base).href)
  must('an old address says so', /this sign-in has ended/i.test(await words(bare)), await words(bare))
  if (values.out) await bare.screenshot({ path: join(values.out, 'oauth-ended.png') })
} catch (error) {
  failure = error
  console.log(`FAILED ${error.message}`)
} finally {
  oidc.stop()
  maildev.stop()
  await browser.close()
}
console.log(`${passed} passed, ${failure ? 1 : 0} failed`)
process.exit(failure ? 1 : 0)
