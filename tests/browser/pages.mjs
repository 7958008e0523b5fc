// Which pages there are: those that must exist, and every page that a link leads to, one or two of each kind.

// Without these the product is not the product: a missing one fails the walk even where no link leads to it.
export const required = [
  '/',
  '/customers',
  '/connections',
  '/connections/new',
  '/credits',
  '/systems',
  '/webhooks',
  '/webhooks/new',
  '/events',
  '/calendar',
  '/calendar/maintenance',
  '/audit',
  '/settings',
  '/settings/branding',
  '/settings/backups',
  '/settings/recovery-kit',
  '/settings/mail',
  '/settings/mail/preview',
  '/settings/notifications',
  '/settings/oauth-applications',
  '/settings/oauth-applications/new',
  '/settings/egress',
  '/api/docs',
]

// Not pages to look at: they end the session, or are files.
// The same for the ways to another service's sign-in page.
const left = [/sign-out/, /\/connections\/con_\w+\/sign-in$/, /^\/oauth\//, /\/records\/trn_/, /^\/portal\//, /\.(csv|json|pem|svg|css|js|txt)$/, /^\/metrics/, /^\/api\/(?!docs)/]

// Two of each kind; one where it is only another order or part of a list, none where it is several of these together.
function most(url) {
  const names = new Set([...url.searchParams.keys()].filter((name) => name !== 'at'))
  return [2, 1][names.size] ?? 0
}

// A connection's page is one kind, whoever's connection it is; filters of a list are one kind, too.
function kind(url) {
  const path = url.pathname.replace(/\/(con|cus|usr|key|mnt|evt|epi|chk|grt|lnk|whe|whd|app)_[0-9a-z]+/g, '/:id')
  const slug = path.replace(/^\/systems\/[^/]+/, '/systems/:slug')
  return slug + [...new Set(url.searchParams.keys())].sort().map((name) => `?${name}`).join('')
}

// Follows the links of each page without scripts, breadth first, and returns paths in the order in which they were found.
export async function crawl(context, base, { limit = 110, only = null } = {}) {
  const page = await context.newPage()
  const found = only ?? [...required]
  const queue = [...found]
  const seen = new Set(found)
  const kinds = new Map()
  const origin = new URL(base).origin
  for (const path of found) count(kinds, kind(new URL(path, base)))
  while (queue.length > 0 && only === null) {
    const path = queue.shift()
    const answer = await page.goto(new URL(path, base).href, { waitUntil: 'domcontentloaded' })
    if (!answer || answer.status() !== 200) continue
    const links = await page.$$eval('a[href]', (anchors) => anchors.filter((a) => !a.hasAttribute('download')).map((a) => a.href))
    for (const link of links) {
      const url = new URL(link)
      const target = url.pathname + url.search
      if (url.origin !== origin || seen.has(target) || left.some((pattern) => pattern.test(url.pathname))) continue
      seen.add(target)
      if (found.length >= limit || count(kinds, kind(url)) > most(url)) continue
      found.push(target)
      queue.push(target)
    }
  }
  await page.close()
  return found
}

function count(kinds, name) {
  kinds.set(name, (kinds.get(name) ?? 0) + 1)
  return kinds.get(name)
}

export function fileName(path) {
  const name = path.replace(/^\//, '').replace(/[^0-9A-Za-z_-]+/g, '-').replace(/-+$/, '')
  return (name || 'overview').slice(0, 80)
}
