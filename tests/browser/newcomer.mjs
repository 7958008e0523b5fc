// What a newcomer does on a fresh instance, with scripts switched off: sets it up, adds a customer, connects a real SAP
// OData service and a real ERP, sees a password die, reconnects, signs out.
//
//   node tests/browser/newcomer.mjs --setup URL --work FOLDER [--out FOLDER]
//
// The instance must allow loopback. Starts the systems by itself.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { launch, looks, open } from './chromium.mjs'
import { inspect } from './inspect.mjs'
import { startCap, startTryton } from './systems.mjs'

const { values } = parseArgs({
  options: { setup: { type: 'string' }, work: { type: 'string' }, out: { type: 'string' } },
})
const base = new URL('/', values.setup).href
const passphrase = 'a sentence that nobody else knows 1'
const owner = 'owner@plant.example'

let passed = 0
function must(what, holds, detail = '') {
  if (!holds) throw new Error(`${what}${detail && `: ${detail}`}`)
  passed += 1
  console.log(`  ${what}`)
}

const named = (page, name) => page.locator(`main [name="${name}"]`).first()
const words = async (page) => (await page.locator('main').innerText()).replace(/\s+/g, ' ')

// Presses a button of the main part and waits for the page that comes.
async function press(page, pattern) {
  const button = page.locator('main').getByRole('button', { name: pattern }).first()
  await Promise.all([page.waitForLoadState('load'), button.click()])
}

async function setUp(page, browser) {
  for (const look of looks) {
    const window = await open(browser, look)
    const picture = values.out && join(values.out, `setup-${look.name}.png`)
    const wrong = await inspect(window, base, new URL(values.setup).pathname, picture)
    must(`the set-up page has no fault (${look.name})`, wrong.length === 0, wrong.join('; '))
    await window.close()
  }
  await page.goto(values.setup)
  const texts = page.locator('main input[type="text"]')
  for (let index = 0; index < (await texts.count()); index += 1) {
    const field = texts.nth(index)
    if ((await field.inputValue()) === '') await field.fill(index === 0 ? 'Plant 1' : 'Olga Owner')
  }
  await named(page, 'email').fill(owner)
  for (const field of await page.locator('main input[type="password"]').all()) await field.fill(passphrase)
  for (const field of await page.locator('main input[type="number"]').all()) await field.fill('40')
  await press(page, /set up|finish/i)
  must('the set-up is accepted', page.url() !== values.setup || /keep/i.test(await words(page)), await words(page))
  const again = await page.request.get(values.setup)
  must('the set-up link works once', again.status() !== 200 || !/first owner/i.test(await again.text()), String(again.status()))
}

async function signIn(page) {
  await page.goto(base)
  if (!new URL(page.url()).pathname.startsWith('/sign-in')) return
  await named(page, 'email').fill(owner)
  await named(page, 'password').fill(passphrase)
  await press(page, /sign in/i)
  must('the owner is signed in', new URL(page.url()).pathname === '/', `${page.url()}: ${await words(page)}`)
}

async function addCustomer(page) {
  await page.goto(new URL('/customers/new', base).href)
  await named(page, 'name').fill('Brauerei Müller ☕')
  await page.locator('main form button[type="submit"], main form button:not([type])').last().click()
  await page.waitForLoadState('load')
  must('the customer is there', /Brauerei Müller/.test(await words(page)) && /\/customers\/cus_/.test(page.url()), page.url())
}

// Returns the address of the connection's page.
async function connect(page, system, fill) {
  await page.goto(new URL('/connections/new', base).href)
  const customer = named(page, 'customer_id')
  if ((await customer.evaluate((element) => element.tagName)) === 'SELECT') await customer.selectOption({ index: (await customer.locator('option').count()) - 1 })
  await page.locator(`main input[name="system"][value="${system}"]`).check({ force: true })
  await press(page, /continue/i)
  await fill()
  await press(page, /^check$/i)
  const answer = await words(page)
  must(`${system} is checked before it is stored`, /credit/i.test(answer) && (await page.getByRole('button', { name: /^connect/i }).count()) > 0, answer)
  await press(page, /^connect/i)
  must(`${system} is connected`, /\/connections\/con_/.test(page.url()) && /active/i.test(await words(page)), `${page.url()}: ${await words(page)}`)
  return page.url()
}

async function choose(page, scheme) {
  const radio = page.locator(`main input[name="scheme"][value="${scheme}"]`)
  if ((await radio.count()) === 0 || (await radio.first().getAttribute('type')) !== 'radio' || (await radio.isChecked())) return
  await radio.check({ force: true })
  await press(page, /show its fields/i)
}

async function onPremises(page) {
  const hosting = page.locator('main input[name="hosting"][value="on_premises"]')
  if ((await hosting.count()) > 0) await hosting.check({ force: true })
}

// Reloads until the page says so, as long as a check may take.
async function untilSays(page, address, pattern, seconds) {
  const end = Date.now() + seconds * 1000
  for (;;) {
    await page.goto(address)
    const text = await words(page)
    if (pattern.test(text)) return text
    if (Date.now() > end) throw new Error(`the page does not say ${pattern} within ${seconds} s: ${text.slice(0, 600)}`)
    await page.waitForTimeout(500)
  }
}

async function reconnect(page, address, field, secret) {
  await page.goto(`${address}/reconnect`)
  await named(page, field).fill(secret)
  await press(page, /reconnect/i)
  const text = await untilSays(page, address, /active/i, 20)
  must('it is reconnected: same address, same history', !/asks? for a reconnect/i.test(text) && page.url() === address, text.slice(0, 300))
}

async function sap(page) {
  const system = await startCap(values.work)
  try {
    const address = await connect(page, 'generic-odata', async () => {
      await named(page, 'base_url').fill(`${system.url}/odata/v4/maintenance`)
      await onPremises(page)
      await choose(page, 'basic')
      await named(page, 'auth.username').fill('jbx')
      await named(page, 'auth.password').fill(system.password)
    })
    await system.changePassword('another-Passw0rd')
    await untilSays(page, address, /reauthorization required/i, 90)
    must('a dead SAP password is seen', true)
    must('it was tried twice at most', system.refused() <= 2, `${system.refused()} times`)
    await reconnect(page, address, 'auth.password', 'another-Passw0rd')
    must('nothing was refused since', system.refused() <= 2, `${system.refused()} times`)
  } finally {
    system.stop()
  }
}

async function tryton(page) {
  const system = await startTryton(values.work)
  try {
    const address = await connect(page, 'tryton', async () => {
      await named(page, 'base_url').fill(system.url)
      await onPremises(page)
      await choose(page, 'bearer')
      await named(page, 'parameters.database').fill('plant')
      await named(page, 'auth.token').fill(system.key)
    })
    system.control('cancel', system.key)
    await untilSays(page, address, /reauthorization required/i, 120)
    must('a cancelled Tryton key is seen', true)
    await reconnect(page, address, 'auth.token', system.control('key', 'jbx'))
  } finally {
    system.stop()
  }
}

async function leave(page) {
  await page.goto(new URL('/credits', base).href)
  must('the credits are counted', /in use/i.test(await words(page)))
  const out = page.getByRole('button', { name: /sign out/i }).filter({ visible: true }).first()
  await Promise.all([page.waitForLoadState('load'), out.click()])
  await page.goto(new URL('/connections', base).href)
  must('signed out is signed out', new URL(page.url()).pathname.startsWith('/sign-in'), page.url())
}

const browser = await launch()
let failure = null
try {
  if (values.out) await mkdir(values.out, { recursive: true })
  const context = await open(browser, looks[0], undefined, { javaScriptEnabled: false })
  context.setDefaultTimeout(15_000)
  const page = await context.newPage()
  for (const step of [setUp, signIn, addCustomer, sap, tryton, leave]) await step(page, browser)
} catch (error) {
  failure = error
  console.log(`FAILED ${error.message}`)
} finally {
  await browser.close()
}
console.log(`${passed} passed, ${failure ? 1 : 0} failed`)
process.exit(failure ? 1 : 0)
