// SAP's OData runtime as an SAP system shows itself: its own CSRF middleware in front, the paths of a NetWeaver
// gateway beside CAP's own, loopback only, and a log of who was let in (one JSON line for each request).
const cds = require('@sap/cds')
const fs = require('node:fs')
const http = require('node:http')
const session = require('express-session')
const csrf = require('@sap/approuter/lib/middleware/xsrf-token-middleware')

const log = process.env.PEER_LOG

// Who asked and how it ended; never the password.
function record(req, res, next) {
  const path = req.originalUrl
  const basic = /^basic (.*)$/i.exec(req.headers.authorization ?? '')
  const user = basic ? Buffer.from(basic[1], 'base64').toString().split(':')[0] : null
  res.on('finish', () => {
    const auth = user === null ? 'none' : res.statusCode === 401 ? 'refused' : 'accepted'
    const line = { time: new Date().toISOString(), method: req.method, path, user, auth, status: res.statusCode }
    if (log) fs.appendFileSync(log, JSON.stringify(line) + '\n')
  })
  next()
}

// SAP names its services under /sap; CAP answers them. Done before express, because the V2 adapter looks first.
function sapPaths(req) {
  const [path, query] = req.url.split(/\?(.*)/s)
  if (path === '/sap/bc/ping') req.url = '/odata/v4/ping/ping()'
  else if (path === '/sap/public/ping') req.url = '/health'
  else if (path.startsWith('/sap/opu/odata/sap/')) {
    req.url = path.replace('/sap/opu/odata/sap/', '/odata/v2/') + (query ? `?${query}` : '')
  }
}

// The sign-in comes before the token: who is refused must see 401, not a missing token.
function signedInOrGo(req, res, next) {
  const basic = req.headers.authorization
  if (!basic) return next()
  const [user, password] = Buffer.from(basic.slice(6), 'base64').toString().split(':')
  return cds.env.requires.auth.users[user]?.password === password ? csrf(req, res, next) : next()
}

function forbidden(error, _req, res, next) {
  if (error?.headers?.['x-csrf-token'] !== 'Required') return next(error)
  res.set(error.headers).status(error.status).type('text/plain').send('CSRF token validation failed')
}

cds.on('bootstrap', (app) => {
  app.disable('x-powered-by')
  const server = http.createServer((req, res) => {
    sapPaths(req)
    app(req, res)
  })
  app.listen = (port) => server.listen(port, '127.0.0.1')
  app.use(record)
  // What a restart of an SAP server does to the sessions on it.
  const store = new session.MemoryStore()
  app.post('/peer/forget-sessions', (_req, res) => store.clear(() => res.status(204).end()))
  app.use(session({ store, name: 'SAP_SESSIONID_CAP_100', secret: String(process.pid), resave: false, saveUninitialized: true }))
  app.use((req, _res, next) => {
    req.routerConfig = { appConfig: { login: { callbackEndpoint: '/login/callback' } } }
    next()
  })
  app.use(signedInOrGo, forbidden)
})

module.exports = cds.server
