// A receiver as an integrator would write it: the raw body and the headers go to standardwebhooks, whose word counts.
//
//   PUT /peer/secret   the secret to verify with, as plain text
//   POST …             a webhook: 204 when it verifies, 400 with the reason when it does not

const fs = require('node:fs')
const http = require('node:http')
const { Webhook } = require(`${process.env.PEER_MODULES}/standardwebhooks`)

let secret = ''

function read(request) {
  return new Promise((resolve, reject) => {
    const parts = []
    request.on('data', (part) => parts.push(part))
    request.on('end', () => resolve(Buffer.concat(parts).toString('utf8')))
    request.on('error', reject)
  })
}

function verify(body, headers) {
  try {
    const event = new Webhook(secret).verify(body, headers)
    return { verified: true, type: event.type }
  } catch (error) {
    return { verified: false, error: error.message }
  }
}

http
  .createServer(async (request, response) => {
    const body = await read(request)
    if (request.method === 'PUT') {
      if (request.url === '/peer/secret') secret = body.trim()
      response.writeHead(204).end()
      return
    }
    const verdict = verify(body, request.headers)
    const line = { ...verdict, id: request.headers['webhook-id'], headers: request.headers, body }
    fs.appendFileSync(process.env.PEER_LOG, `${JSON.stringify(line)}\n`)
    if (verdict.verified) response.writeHead(204).end()
    else response.writeHead(400, { 'content-type': 'text/plain' }).end(verdict.error)
  })
  .listen(Number(process.env.PEER_PORT), '127.0.0.1')
