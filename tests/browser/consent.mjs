// A customer signs in at a real OpenID provider by a link, on a phone without scripts: declines, allows, is refused after
// the grant was revoked there, and allows again by the reconnect link. A part of portal.mjs.
import { join } from 'node:path'
import { looks, open } from './chromium.mjs'

const words = async (page) => (await page.locator('body').innerText()).replace(/\s+/g, ' ')

// At the provider: signs in where it asks, then allows or declines.
async function atProvider(page, base, deed) {
  if (await page.locator('input[name="login"]').count()) {
    await page.locator('input[name="login"]').fill('anna')
    await page.locator('input[name="password"]').fill('any')
    await Promise.all([page.waitForLoadState('load'), page.getByRole('button', { name: /sign-in/i }).click()])
  }
  const press = deed === 'decline' ? page.getByRole('link', { name: /cancel/i }) : page.getByRole('button', { name: /continue/i })
  await Promise.all([page.waitForURL(`${new URL(base).origin}/**`), press.click()])
}

export async function consent({ browser, base, out, api, report, customer, oidc }) {
  await api('POST', '/oauth-applications', {
    system: 'generic-rest', name: 'Works ERP', client_id: 'jbx', client_secret: oidc.secret,
    scopes: ['openid', 'offline_access'], authorize_url: `${oidc.url}/auth`, token_url: `${oidc.url}/token`,
  })
  const made = await api('POST', '/connections', {
    customer_id: customer.id, system: 'generic-rest', hosting: 'cloud', verify: false, base_url: `${oidc.url}/api`, name: 'Works ERP',
  })
  const link = (await api('POST', `/connections/${made.id}/links`, { purpose: 'connect' })).url
  const status = () => api('GET', `/connections/${made.id}/status`)
  const context = await open(browser, looks[2], undefined, { javaScriptEnabled: false })
  context.setDefaultTimeout(15_000)
  const page = await context.newPage()
  const picture = (name) => (out ? page.screenshot({ path: join(out, `${name}-390-light.png`), fullPage: true }) : null)
  const way = async (address) => {
    await page.goto(`${address}?lang=en`)
    const other = page.locator('main').getByRole('link', { name: /sign in on the system/i })
    if (await other.count()) await Promise.all([page.waitForLoadState('load'), other.first().click()])
    await Promise.all([page.waitForURL(`${oidc.url}/**`), page.locator('main a.btn-primary').click()])
  }

  await way(link)
  await atProvider(page, base, 'decline')
  report('declined at the provider', /sign-in was not completed/i.test(await words(page)) ? [] : [page.url(), await words(page)])
  await picture('oauth-declined')
  report('and the link is still good', (await fetch(link)).status === 200 ? [] : ['it is not'])
  await way(link)
  await atProvider(page, base, 'allow')
  report('connected by consent', (await page.locator('h1').textContent()) === 'Connected' ? [] : [page.url(), await words(page)])
  await picture('oauth-connected')
  report('it is active', (await status()).status === 'active' ? [] : [JSON.stringify(await status())])

  await oidc.revoke()
  await api('POST', `/connections/${made.id}/check`)
  const dead = await status()
  report('a grant that was revoked there is seen', dead.status === 'reauthorization_required' ? [] : [JSON.stringify(dead)])
  await page.goto(`${dead.reconnect_url}?lang=en`)
  await picture('oauth-reconnect')
  const width = await page.evaluate(() => document.documentElement.scrollWidth)
  report('a long name of a system does not scroll sideways', width <= 390 ? [] : [`${width} px wide`])
  await way(dead.reconnect_url)
  // Another browser with a state that nobody made.
  const stranger = await open(browser, looks[2], undefined, { javaScriptEnabled: false })
  const other = await stranger.newPage()
  await other.goto(new URL('/oauth/callback?code=x&state=never', base).href)
  report('a state that was never made is told', /this sign-in has ended/i.test(await words(other)) ? [] : [await words(other)])
  if (out) await other.screenshot({ path: join(out, 'oauth-foreign-390-light.png'), fullPage: true })
  await stranger.close()
  await atProvider(page, base, 'allow')
  report('reconnected by the link', /reconnected/i.test(await page.locator('h1').textContent()) ? [] : [page.url(), await words(page)])
  await picture('oauth-reconnected')
  report('it is active again', (await status()).status === 'active' ? [] : [JSON.stringify(await status())])
  report('the reconnect link is used up', (await fetch(dead.reconnect_url)).status === 410 ? [] : ['it is not'])
  await context.close()
}
