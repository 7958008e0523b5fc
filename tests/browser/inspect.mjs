// What is wrong with one page in one window: a list of sentences, empty when nothing is.
import { writeFile } from 'node:fs/promises'
import { axeSource } from './chromium.mjs'

// The reference of the whole API is one page.
const heaviest = (path) => (path.startsWith('/api/docs') ? 1024 : 150) * 1024

// Runs in the page. A violation of the policy is an event as well as a line on the console.
function listen() {
  window.policyViolations = []
  document.addEventListener('securitypolicyviolation', (event) => {
    window.policyViolations.push(`${event.violatedDirective} refused ${event.blockedURI || 'inline'}`)
  })
}

export async function inspect(context, base, path, picture) {
  const wrong = []
  const origin = new URL(base).origin
  const page = await context.newPage()
  page.on('console', (message) => {
    if (message.type() === 'error') wrong.push(`console: ${message.text()}`)
  })
  page.on('pageerror', (error) => wrong.push(`script: ${error.message}`))
  page.on('request', (request) => {
    const url = new URL(request.url())
    if (url.origin !== origin && url.protocol !== 'data:') wrong.push(`asks another origin: ${request.url()}`)
  })
  page.on('response', (response) => {
    if (response.status() >= 400) wrong.push(`${response.status()} for ${response.url()}`)
  })
  try {
    await page.addInitScript(listen)
    const answer = await page.goto(new URL(path, base).href, { waitUntil: 'load', timeout: 30_000 })
    if (answer.status() !== 200) return [`status ${answer.status()}`]
    const size = (await answer.body()).length
    if (size > heaviest(path)) wrong.push(`weighs ${Math.round(size / 1024)} KB, ${heaviest(path) / 1024} KB at most`)
    // Parts that load by themselves after the page are looked at as well.
    await page.waitForTimeout(150)
    wrong.push(...(await page.evaluate(() => window.policyViolations)).map((text) => `content security policy: ${text}`))
    wrong.push(...(await scrolls(page)))
    wrong.push(...(await accessibility(page)))
    if (picture) await writeFile(picture, await page.screenshot({ fullPage: true, animations: 'disabled' }))
  } catch (error) {
    wrong.push(error.message.split('\n')[0])
  } finally {
    await page.close()
  }
  return [...new Set(wrong)]
}

// A page that may have ended (410) or be unknown: what axe finds, and whether it scrolls sideways.
export async function examine(context, base, path) {
  const page = await context.newPage()
  try {
    await page.goto(new URL(path, base).href)
    return [...(await scrolls(page)), ...(await accessibility(page))]
  } catch (error) {
    return [error.message.split('\n')[0]]
  } finally {
    await page.close()
  }
}

// A page may be longer than the window, never wider. Names the widest culprit.
const scrolls = (page) =>
  page.evaluate(() => {
    const width = document.documentElement.clientWidth
    if (document.documentElement.scrollWidth <= width) return []
    const culprit = [...document.querySelectorAll('body *')]
      .filter((element) => element.getBoundingClientRect().right > width + 1)
      .map((element) => `${element.tagName.toLowerCase()}.${[...element.classList].join('.')}`)
    return [`scrolls sideways: ${document.documentElement.scrollWidth} px in ${width} px (${culprit.slice(0, 3).join(', ')})`]
  })

// Evaluated from outside, so that the page's own policy stays in force.
async function accessibility(page) {
  await page.evaluate(axeSource)
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }))
  return violations.map((violation) => {
    const node = violation.nodes[0]
    const detail = (node.failureSummary ?? '').split('\n').slice(1, 2).join(' ').trim()
    return `axe ${violation.id} (${violation.impact}, ${violation.nodes.length}×): ${violation.help}: ${node.target.join(' ')} ${detail}`
  })
}
