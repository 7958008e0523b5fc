// Walks through the pages of a running instance in Chromium: wide and narrow, light and dark, with and without scripts.
//
//   node tests/browser/walk.mjs --base URL [--sign-in URL] [--out FOLDER] [--page PATH …]
//
// Fails on any finding of axe, errors on the console, breaches of the content security policy, requests to another
// origin, sideways scrolling, pages over 150 KB, pages that do not work without scripts, and a page that stays open and
// does not say when it could not refresh itself. Pictures go to FOLDER.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { launch, looks, open } from './chromium.mjs'
import { inspect } from './inspect.mjs'
import { crawl, fileName } from './pages.mjs'
import { refreshes } from './refresh.mjs'

const { values } = parseArgs({
  options: {
    base: { type: 'string' },
    'sign-in': { type: 'string' },
    out: { type: 'string' },
    page: { type: 'string', multiple: true },
  },
})
if (!values.base) {
  console.error('walk: --base URL is needed')
  process.exit(2)
}

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

// The link works once, so its cookies are handed to every other window.
async function signIn(browser) {
  const context = await open(browser, looks[0])
  const page = await context.newPage()
  const front = await page.goto(values.base)
  report('the way in', front.status() < 400 ? [] : [`status ${front.status()}`])
  const door = await inspect(context, values.base, new URL(page.url()).pathname, values.out && join(values.out, 'sign-in.png'))
  report(`the page before the sign-in (${new URL(page.url()).pathname})`, door)
  if (values['sign-in']) {
    const answer = await page.goto(values['sign-in'])
    report('the sign-in link', answer.status() === 200 ? [] : [`status ${answer.status()} at ${page.url()}`])
  }
  const state = await context.storageState()
  await context.close()
  return state
}

async function withoutScripts(browser, state, paths) {
  const context = await open(browser, looks[0], state, { javaScriptEnabled: false })
  const page = await context.newPage()
  for (const path of paths) {
    const wrong = []
    const answer = await page.goto(new URL(path, values.base).href).catch((error) => ({ error }))
    if (answer.error) wrong.push(answer.error.message.split('\n')[0])
    else if (answer.status() !== 200) wrong.push(`status ${answer.status()}`)
    else if ((await page.locator('main').count()) === 0) wrong.push('has no main part')
    report(`${path} without scripts`, wrong)
  }
  await context.close()
}

const browser = await launch()
try {
  if (values.out) await mkdir(values.out, { recursive: true })
  const state = await signIn(browser)
  const context = await open(browser, looks[0], state, { javaScriptEnabled: false })
  const paths = await crawl(context, values.base, { only: values.page ?? null })
  await context.close()
  console.log(`walk: ${paths.length} pages, ${looks.length} looks each`)
  for (const look of looks) {
    const window = await open(browser, look, state)
    for (const path of paths) {
      const picture = values.out && join(values.out, `${fileName(path)}-${look.name}.png`)
      report(`${path} (${look.name})`, await inspect(window, values.base, path, picture))
    }
    await window.close()
  }
  await withoutScripts(browser, state, paths)
  report('a page that stays open', await refreshes(browser, values.base, state, values.out && join(values.out, 'lost.png')))
} catch (error) {
  report('the walk', [error.stack])
} finally {
  await browser.close()
}
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed === 0 ? 0 : 1)
