// The real systems of tests/peers as child processes, for the walks through the pages.
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, openSync, readFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const peers = join(dirname(fileURLToPath(import.meta.url)), '../peers')
const running = new Set()
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')))

const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })

const answers = (port) =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true) || socket.destroy())
    socket.on('error', () => resolve(false))
  })

async function serve(command, words, port, output, environment = {}) {
  const file = openSync(output, 'a')
  const child = spawn(command, words, { stdio: ['ignore', file, file], env: { ...process.env, ...environment } })
  running.add(child)
  const end = Date.now() + 300_000
  while (!(await answers(port))) {
    if (child.exitCode !== null || Date.now() > end) throw new Error(`${command} does not serve:\n${readFileSync(output, 'utf8')}`)
    await pause(100)
  }
  return child
}

async function end(child) {
  if (child.exitCode !== null) return
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGKILL')
  running.delete(child)
  await ended
}

export async function startCap(work) {
  const port = await freePort()
  const log = join(work, 'cap.jsonl')
  const start = (password) =>
    serve(join(peers, 'cap/start'), [String(port), log], port, join(work, 'cap.out'), { PEER_PASSWORD_JBX: password })
  const password = 'first-Passw0rd'
  let child = await start(password)
  return {
    url: `http://127.0.0.1:${port}`,
    password,
    async changePassword(next) {
      await end(child)
      child = await start(next)
    },
    refused: () => (existsSync(log) ? readFileSync(log, 'utf8').split('"auth":"refused"').length - 1 : 0),
    stop: () => child.kill('SIGKILL'),
  }
}

export async function startOidc(work) {
  const port = await freePort()
  const secret = 'first-secret'
  const environment = { PEER_CLIENT_SECRET: secret, PEER_ACCESS_SECONDS: '60' }
  const child = await serve(join(peers, 'oidc/start'), [String(port)], port, join(work, 'oidc.out'), environment)
  const url = `http://127.0.0.1:${port}`
  return {
    url,
    secret,
    revoke: () => fetch(`${url}/control/revoke`, { method: 'POST' }),
    stop: () => child.kill('SIGKILL'),
  }
}

// Takes mails on one port, with the sign-in that tests/run configures, and shows them as JSON on the other.
export async function startMaildev(work, smtp, web) {
  const child = await serve(join(peers, 'mail/maildev'), [smtp, web, 'jbx', 'a mail password'], Number(web), join(work, 'maildev.out'))
  return {
    mails: async () => (await fetch(`http://127.0.0.1:${web}/api/email`)).json(),
    stop: () => child.kill('SIGKILL'),
  }
}

export async function startTryton(work) {
  const port = await freePort()
  const folder = join(work, 'tryton')
  const child = await serve(join(peers, 'tryton/start'), [folder, String(port)], port, join(work, 'tryton.out'))
  const url = `http://127.0.0.1:${port}`
  const control = (...words) =>
    execFileSync(join(peers, 'tryton/control'), [url, join(folder, 'admin-password'), ...words], { encoding: 'utf8' }).trim()
  control('user', 'jbx', 'first-Passw0rd')
  control('party', 'Plant 1')
  return { url, control, key: control('key', 'jbx'), stop: () => child.kill('SIGKILL') }
}
