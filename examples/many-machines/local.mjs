// Starts four emulators and HAProxy on this machine, and ends them when it is ended. Needs npm run build first.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

const { LISTEN = '127.0.0.1:4772', EMULATOR = join(import.meta.dirname, '../../dist/main.js') } = process.env
const addresses = [1, 2, 3, 4].map(n => process.env[`EMULATOR_${n}`] ?? `127.0.0.1:478${n}`)
const serve = ['serve', '--database', ':memory:', '--sandboxes', 'auto', '--callbacks', 'private', '--drain-ms', '2000']
const children = []
let isEnding = false
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, end)

for (const address of [LISTEN, ...addresses])
  if (await readyz(address)) fail(`Something answers on ${address}. Stop it, or set LISTEN or EMULATOR_1 to _4.`)
for (const address of addresses) {
  const { hostname, port } = new URL(`http://${address}`)
  start(process.execPath, [EMULATOR, ...serve, '--host', hostname, '--port', port, '--log-level', 'warn'])
}
for (const address of addresses) await untilReady(address)
start('haproxy', ['-db', '-f', join(import.meta.dirname, 'haproxy.cfg')])
await untilReady(LISTEN)
if (!isEnding) console.log(`Four emulators behind http://${LISTEN}. Stop them with Ctrl+C.`)

function start(command, words) {
  if (isEnding) return
  const child = spawn(command, words, { stdio: ['ignore', 'ignore', 'inherit'] })
  children.push(child)
  child.once('error', error => fail(`${command}: ${error.message}`))
  child.once('exit', () => isEnding || fail(`${[command, ...words].join(' ')} has ended.`))
}

function fail(message) {
  process.exitCode = 1
  console.error(message)
  end()
}

function end() {
  isEnding = true
  for (const child of children) child.kill()
}

/** The answer of whatever serves the address; undefined when nothing does. HAProxy takes `:4772` for every address of the machine. */
function readyz(address) {
  return fetch(`http://${address.replace(/^(?:\*|0\.0\.0\.0)?(?=:\d+$)/, '127.0.0.1')}/readyz`).catch(() => undefined)
}

async function untilReady(address) {
  while (!isEnding && !(await readyz(address))?.ok) await delay(100)
}
