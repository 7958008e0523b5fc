// Walks through the customers' pages of a running demo in Chromium without scripts: reconnect, connect with a chosen and
// with an open system, refusals, ended links; four languages, phone and desk, light and dark, with axe and pictures.
//
// Then what mail scanners, guessers and time do to a link, and a sign-in at a real OpenID provider (consent.mjs).
//
//   node tests/browser/portal.mjs --base URL --key jbx_… --work FOLDER [--out FOLDER]
//
// The instance must be fresh and allow loopback. Starts the provider by itself.
import { createServer } from 'node:http'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { launch, looks, open } from './chromium.mjs'
import { consent } from './consent.mjs'
import { examine } from './inspect.mjs'
import { startOidc } from './systems.mjs'

const { values } = parseArgs({
  options: { base: { type: 'string' }, key: { type: 'string' }, work: { type: 'string' }, out: { type: 'string' } },
})
if (!values.base || !values.key || !values.work) {
  console.error('portal: --base URL, --key KEY and --work FOLDER are needed')
  process.exit(2)
}

const languages = { en: 'English', de: 'Deutsch', fr: 'Français', es: 'Español' }
let passed = 0
let failed = 0
function report(what, wrong) {
  if (wrong.length === 0) {
    passed += 1
    return
  }
  failed += 1
  console.log(`FAILED ${what}`)
  for (const sentence of wrong) console.log(`    ${sentence}`)
}

async function api(method, path, body) {
  const headers = { authorization: `Bearer ${values.key}`, 'content-type': 'application/json' }
  const answer = await fetch(new URL(`/api/v1${path}`, values.base), { method, headers, body: body && JSON.stringify(body) })
  const said = answer.status === 204 ? null : await answer.json()
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(said)}`)
  return said
}

// A system that knows one user: SAP's ping behind basic authentication.
function system(password) {
  const server = createServer((request, answer) => {
    const wanted = `Basic ${Buffer.from(`JBX_MERIDIAN:${server.password}`).toString('base64')}`
    if (request.headers.authorization !== wanted) {
      answer.writeHead(401, { 'www-authenticate': 'Basic realm="inner"' }).end('inner-secret-text')
      return
    }
    answer.writeHead(200, { 'content-type': 'text/html', 'set-cookie': 'SAP_SESSIONID_HP2_100=x' }).end('<html>ok</html>')
  })
  server.password = password
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)))
}

const pathOf = (url) => new URL(url).pathname

// One page in all looks, with what a customer must never see.
async function everywhere(browser, path, name, check, codes = ['en']) {
  for (const look of looks) {
    const context = await open(browser, look, undefined, { javaScriptEnabled: false })
    for (const code of codes) {
      const page = await context.newPage()
      const wrong = []
      try {
        const answer = await page.goto(new URL(`${path}?lang=${code}`, values.base).href)
        wrong.push(...(await check(page, answer, code)))
        wrong.push(...hidden(await page.content()))
        if (values.out) await page.screenshot({ path: join(values.out, `${name}-${code}-${look.name}.png`), fullPage: true })
      } catch (error) {
        wrong.push(error.message.split('\n')[0])
      }
      await page.close()
      report(`${name} in ${code} (${look.name})`, wrong)
    }
    await context.close()
    // axe needs scripts of its own; the pages have none.
    const seeing = await open(browser, look)
    for (const code of codes) report(`${name} in ${code} (${look.name}, axe)`, await examine(seeing, values.base, `${path}?lang=${code}`))
    await seeing.close()
  }
}

let secrets = []
const hidden = (content) => secrets.filter((secret) => content.includes(secret)).map((secret) => `shows ${secret}`)

// A connection without a system, and its link.
async function waiting(customer, seconds) {
  const made = await api('POST', '/connections', { customer_id: customer.id, verify: false })
  return api('POST', `/connections/${made.id}/links`, { purpose: 'connect', expires_in_seconds: seconds })
}

async function main(browser) {
  const erp = await system('first')
  const address = `http://127.0.0.1:${erp.address().port}`
  secrets = [address, String(erp.address().port), '127.0.0.1', 'inner-secret-text', 'realm']
  await api('POST', '/credits/grants', { amount: 200, note: 'for the walk' })
  const customer = await api('POST', '/customers', { name: 'Brauerei Hohenfels', locale: 'de' })
  const made = await api('POST', '/connections', {
    customer_id: customer.id, system: 'sap-ecc', hosting: 'on_premises', base_url: address, name: 'ECC Werk 2',
    parameters: { 'sap-client': '100' }, auth: { scheme: 'basic', username: 'JBX_MERIDIAN', password: 'first' },
  })
  erp.password = 'second'
  await api('POST', `/connections/${made.id}/check`)
  const status = await api('GET', `/connections/${made.id}/status`)
  report('the password is refused', status.status === 'reauthorization_required' ? [] : [JSON.stringify(status)])
  const link = pathOf(status.reconnect_url)

  // Mail scanners open links, follow what they find there, and are no people.
  const scans = await Promise.all(['GET', 'HEAD', 'GET', 'GET', 'HEAD'].map((method) =>
    fetch(new URL(link, values.base), { method, headers: { 'user-agent': 'MailScanner' } })))
  report('scanners use no link up', scans.every((scan) => scan.status === 200) ? [] : [scans.map((scan) => scan.status).join()])
  const said = (name) => scans[0].headers.get(name) ?? ''
  const guarded = said('x-robots-tag').includes('noindex') && said('referrer-policy') === 'no-referrer' && said('cache-control') === 'no-store'
  report('no search finds the page, and nothing keeps it', guarded ? [] : [JSON.stringify([...scans[0].headers])])
  // One that is taken back, and one that dies in a minute; looked at again at the end.
  const short = await waiting(customer, 60)
  const born = Date.now()
  const revoked = await waiting(customer, 3600)
  await api('DELETE', `/links/${revoked.id}`)
  report('a link that was taken back has ended', (await fetch(revoked.url)).status === 410 ? [] : ['it has not'])

  await everywhere(browser, link, 'reconnect', async (page, answer, code) => {
    const wrong = answer.status() === 200 ? [] : [`status ${answer.status()}`]
    if ((await page.locator('html').getAttribute('lang')) !== code) wrong.push('is in another language')
    if ((await page.locator('.langs a[aria-current]').textContent()) !== languages[code]) wrong.push('marks another language')
    if ((await page.locator('.numbered li').count()) < 3) wrong.push('has no steps')
    return wrong
  }, Object.keys(languages))

  // On the phone, by hand: a wrong password first, then the right one.
  const phone = await open(browser, looks[2], undefined, { javaScriptEnabled: false })
  const page = await phone.newPage()
  await page.goto(new URL(link, values.base).href)
  await page.click('.langs a[lang=en]')
  report('the switch changes the language', (await page.locator('html').getAttribute('lang')) === 'en' ? [] : ['it does not'])
  await page.fill('[name="auth.password"]', 'wrong')
  await page.click('button.btn-primary')
  const refusal = await page.locator('.answer').textContent()
  const wrong = hidden(await page.content())
  if (!refusal.includes('does not accept this')) wrong.push(refusal)
  if ((await page.inputValue('[name="auth.username"]')) !== 'JBX_MERIDIAN') wrong.push('the user is gone')
  if ((await page.inputValue('[name="auth.password"]')) !== '') wrong.push('the password came back')
  if (values.out) await page.screenshot({ path: join(values.out, 'reconnect-refused-390-light.png'), fullPage: true })
  report('a wrong password', wrong)
  await page.fill('[name="auth.password"]', 'second')
  await page.click('button.btn-primary')
  const waits = await page.locator('.answer').textContent()
  report('the next one has to wait', waits.includes('15 min') ? [] : [waits])
  if (values.out) await page.screenshot({ path: join(values.out, 'reconnect-wait-390-light.png'), fullPage: true })

  const asked = await api('POST', `/connections/${made.id}/links`, { purpose: 'reconnect' })
  report('the link is the same', pathOf(asked.url) === link ? [] : ['it is another one'])

  // A connection that waits for its customer, to the end.
  const fresh = await system('fifth')
  const third = await api('POST', '/connections', {
    customer_id: customer.id, system: 'sap-ecc', verify: false, base_url: `http://127.0.0.1:${fresh.address().port}`, name: 'ECC Werk 3',
  })
  const invitation = pathOf((await api('POST', `/connections/${third.id}/links`, { purpose: 'connect' })).url)
  secrets.push(String(fresh.address().port))
  await everywhere(browser, invitation, 'connect', async (page, answer) => {
    const wrong = answer.status() === 200 ? [] : [`status ${answer.status()}`]
    if ((await page.locator('[name="base_url"]').count()) > 0) wrong.push('asks for the address')
    return wrong
  }, Object.keys(languages))
  await page.goto(new URL(`${invitation}?lang=en`, values.base).href)
  await page.fill('[name="parameters.sap-client"]', '100')
  await page.fill('[name="auth.username"]', 'JBX_MERIDIAN')
  await page.fill('[name="auth.password"]', 'fifth')
  await page.click('button.btn-primary')
  const done = await page.locator('h1').textContent()
  report('connected', done === 'Connected' ? hidden(await page.content()) : [done, await page.locator('main').textContent()])
  if (values.out) await page.screenshot({ path: join(values.out, 'connected-390-light.png'), fullPage: true })
  const now = await api('GET', `/connections/${third.id}`)
  report('the connection is active', now.status === 'active' ? [] : [JSON.stringify(now)])

  // Used up.
  await everywhere(browser, invitation, 'used', async (page, answer) =>
    answer.status() === 410 && (await page.locator('form').count()) === 0 ? [] : [`status ${answer.status()}`], Object.keys(languages))
  // Open choice.
  const choice = await api('POST', '/connections', { customer_id: customer.id, verify: false })
  const chooser = pathOf((await api('POST', `/connections/${choice.id}/links`, { purpose: 'connect' })).url)
  await everywhere(browser, chooser, 'choose', async (page, answer) =>
    answer.status() === 200 && (await page.locator('option').count()) > 50 ? [] : [`status ${answer.status()}`], Object.keys(languages))
  await page.goto(new URL(`${chooser}?lang=fr`, values.base).href)
  await page.selectOption('[name="system"]', 'erpnext')
  await page.click('button.btn-primary')
  report('a chosen system has its fields', (await page.locator('[name="auth.secret"], [name="base_url"]').count()) === 2 ? [] : [await page.content()])
  if (values.out) await page.screenshot({ path: join(values.out, 'chosen-fr-390-light.png'), fullPage: true })
  const oidc = await startOidc(values.work)
  try {
    await consent({ browser, base: values.base, out: values.out, api, report, customer, oidc })
  } finally {
    oidc.stop()
  }
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, 61_000 - (Date.now() - born))))
  report('a link dies on time', (await fetch(short.url)).status === 410 ? [] : ['it lives on'])

  // Unknown.
  await everywhere(browser, '/portal/nothing', 'unknown', async (page, answer) =>
    [404, 429].includes(answer.status()) ? [] : [`status ${answer.status()}`])
  // Who guesses is slowed down; who has a link is not.
  const guesses = []
  for (let guess = 0; guess < 15; guess += 1) guesses.push((await fetch(new URL(`/portal/guess${guess}`, values.base))).status)
  report('guesses are slowed down', guesses.at(-1) === 429 ? [] : [guesses.join()])
  report('a link opens all the same', (await fetch(new URL(chooser, values.base))).status === 200 ? [] : ['it does not'])
  await phone.close()
  erp.close()
  fresh.close()
}

const browser = await launch()
try {
  if (values.out) await mkdir(values.out, { recursive: true })
  await main(browser)
} catch (error) {
  report('the walk', [error.stack])
} finally {
  await browser.close()
}
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed === 0 ? 0 : 1)
