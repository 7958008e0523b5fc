// An OpenID provider for the tests: see `start`. The package's own pages for sign-in and consent, in memory only.
import fs from 'node:fs'
import { Provider } from 'oidc-provider'

fs.unlinkSync(new URL(import.meta.url))
const port = Number(process.env.PEER_PORT)
const issuer = `http://127.0.0.1:${port}`
const accessSeconds = Number(process.env.PEER_ACCESS_SECONDS ?? 60)
let secret = process.env.PEER_CLIENT_SECRET ?? 'first-secret'

let hold = false

function record(event, more = {}) {
  const line = { time: new Date().toISOString(), event, ...more }
  if (process.env.PEER_LOG) fs.appendFileSync(process.env.PEER_LOG, JSON.stringify(line) + '\n')
}

// Everything by kind and id, with what belongs to a grant beside it.
const kept = new Map()
const ofGrant = new Map()
class Memory {
  constructor(kind) {
    this.kind = kind
  }
  key(id) {
    return `${this.kind}:${id}`
  }
  async upsert(id, payload) {
    kept.set(this.key(id), payload)
    if (payload.grantId) {
      if (!ofGrant.has(payload.grantId)) ofGrant.set(payload.grantId, new Set())
      ofGrant.get(payload.grantId).add(this.key(id))
    }
  }
  async find(id) {
    if (this.kind === 'Client') return id === 'jbx' ? client() : undefined
    return kept.get(this.key(id))
  }
  async findByUid(uid) {
    return [...kept].find(([key, value]) => key.startsWith('Session:') && value.uid === uid)?.[1]
  }
  async findByUserCode() {}
  async consume(id) {
    const found = kept.get(this.key(id))
    if (found) found.consumed = Math.floor(Date.now() / 1000)
  }
  async destroy(id) {
    kept.delete(this.key(id))
  }
  async revokeByGrantId(grantId) {
    for (const key of ofGrant.get(grantId) ?? []) kept.delete(key)
    ofGrant.delete(grantId)
  }
}

function client() {
  return {
    client_id: 'jbx',
    client_secret: secret,
    client_name: 'Junctionbox',
    // On loopback any port counts for such a client, so the appliance may choose its own.
    application_type: 'native',
    redirect_uris: ['http://127.0.0.1/oauth/callback'],
    grant_types: ['authorization_code', 'refresh_token'],
    token_endpoint_auth_method: 'client_secret_basic',
  }
}

const provider = new Provider(issuer, {
  adapter: Memory,
  clients: [],
  cookies: { keys: ['a key for the tests'] },
  features: { devInteractions: { enabled: true }, revocation: { enabled: true } },
  rotateRefreshToken: true,
  issueRefreshToken: async () => true,
  scopes: ['openid', 'offline_access'],
  findAccount: async (_, id) => ({ accountId: id, claims: async () => ({ sub: id }) }),
  ttl: {
    AccessToken: accessSeconds,
    RefreshToken: 3600,
    AuthorizationCode: 60,
    Grant: 3600,
    IdToken: 60,
    Interaction: 600,
    Session: 3600,
  },
})

provider.on('grant.success', (ctx) => record('granted', { grant: ctx.oidc.params.grant_type }))
provider.on('grant.error', (ctx, error) =>
  record('refused', { grant: ctx.oidc?.params?.grant_type ?? null, error: error.error }))
provider.on('grant.revoked', () => record('revoked'))
provider.on('server_error', (_, error) => record('server_error', { error: String(error) }))

// The resource, and the tests' own handles, before the provider's routes.
provider.use(async (ctx, next) => {
  if (ctx.path.startsWith('/api/')) return resource(ctx)
  if (ctx.path === '/control/secret') {
    secret = JSON.parse(await text(ctx.req)).secret
    ctx.body = {}
    return
  }
  if (ctx.path === '/control/hold') {
    hold = JSON.parse(await text(ctx.req)).hold
    ctx.body = {}
    return
  }
  if (ctx.path === '/token' && hold) {
    await next()
    record('held')
    await new Promise((done) => setTimeout(done, 5000))
    return
  }
  if (ctx.path === '/control/revoke') {
    for (const grantId of [...ofGrant.keys()]) {
      await new Memory('Grant').revokeByGrantId(grantId)
      kept.delete(`Grant:${grantId}`)
    }
    record('revoked by hand')
    ctx.body = {}
    return
  }
  await next()
})

async function resource(ctx) {
  const value = /^Bearer (.+)$/.exec(ctx.get('authorization'))?.[1]
  const token = value && (await provider.AccessToken.find(value))
  if (!token || token.isExpired) {
    record('resource', { status: 401 })
    ctx.status = 401
    ctx.set('WWW-Authenticate', 'Bearer error="invalid_token"')
    ctx.body = { error: 'invalid_token' }
    return
  }
  record('resource', { status: 200 })
  // Arrived, and not answered for a while.
  if (ctx.path === '/api/slow') {
    record('slow')
    await new Promise((done) => setTimeout(done, 3000))
  }
  ctx.body = { user: token.accountId, path: ctx.path }
}

async function text(req) {
  const parts = []
  for await (const part of req) parts.push(part)
  return Buffer.concat(parts).toString()
}

provider.listen(port, '127.0.0.1', () => console.log(`listening on ${issuer}`))
