// What happens in a page that stays open: it refreshes itself, says when it cannot, and says it no longer when it can
// again; a filter stands in the address, so that the way back leads to the list as it was.
import { looks, open } from './chromium.mjs'

// Sentences about what is wrong.
export async function refreshes(browser, base, state, picture) {
  const wrong = []
  const must = (what, holds) => holds || wrong.push(what)
  const context = await open(browser, looks[0], state)
  const page = await context.newPage()
  try {
    await page.clock.install()
    await page.goto(new URL('/', base).href)
    const lost = page.locator('#lost')
    const refresh = async () => {
      await page.clock.fastForward(16_000)
      await page.waitForTimeout(400)
    }
    must('says from the start that the server does not answer', !(await lost.isVisible()))
    await page.route('**/?v=*', (route) => route.abort())
    await refresh()
    must('does not say that the server is gone', await lost.isVisible())
    if (picture) await page.screenshot({ path: picture, animations: 'disabled' })
    await page.unroute('**/?v=*')
    await refresh()
    must('still says that the server is gone', !(await lost.isVisible()))
    await page.route('**/?v=*', (route) => route.fulfill({ status: 503, body: 'busy' }))
    await refresh()
    must('does not say that the server fails', await lost.isVisible())
    must('loses what it showed', (await page.locator('#live h1').count()) === 1)
    await page.unroute('**/?v=*')

    await page.goto(new URL('/connections', base).href)
    await Promise.all([page.waitForURL(/tier=3/), page.locator('main form [name="tier"]').selectOption('3')])
    const narrowed = await page.locator('main tbody tr').count()
    await page.goBack()
    must('does not go back to the whole list', !/tier=3/.test(page.url()) && (await page.locator('main tbody tr').count()) > narrowed)
  } catch (error) {
    wrong.push(error.message.split('\n')[0])
  } finally {
    await context.close()
  }
  return wrong
}
