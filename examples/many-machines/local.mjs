// Starts four emulators and HAProxy on this machine, and ends them when it is ended. In the clone, after npm run build:
//   node examples/many-machines/local.mjs
import { spawn } from 'node:child_process'
import { join } from 'node:path'

const { LISTEN = '127.0.0.1:4772', EMULATOR = join(import.meta.dirname, '../../dist/main.js') } = process.env
const addresses = [1, 2, 3, 4].map(n => process.env[`EMULATOR_${n}`] ?? `127.0.0.1:478${n}`)
const serve = ['serve', '--database', ':memory:', '--sandboxes', 'auto', '--callbacks', 'private', '--drain-ms', '2000']

const children = []
let isEnding = false
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, end)

for (const address of [LISTEN, ...addresses]) {
  if (!(await isAnswering(address))) continue
  console.error(`Something answers on ${address} already. Stop it, or set LISTEN and EMULATOR_1 to EMULATOR_4.`)
  process.exit(1)
}
for (const address of addresses) {
  const { hostname, port } = new URL(`http://${address}`)
  start(process.execPath, [EMULATOR, ...serve, '--host', hostname, '--port', port, '--log-level', 'warn'])
}
for (const address of addresses) await untilReady(address)
if (!isEnding) start('haproxy', ['-db', '-f', join(import.meta.dirname, 'haproxy.cfg')])
await untilReady(LISTEN)
if (!isEnding) console.log(`Four emulators behind http://${LISTEN}. Stop them with Ctrl+C.`)

function start(command, words) {
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

/** HAProxy takes `:4772` for every address of the machine. */
function reachable(address) {
  return address.replace(/^(?:\*|0\.0\.0\.0)?(?=:\d+$)/, '127.0.0.1')
}

/** Whether a server answers, whatever it is. */
function isAnswering(address) {
  return fetch(`http://${reachable(address)}/readyz`).then(
    () => true,
    () => false
  )
}

async function untilReady(address) {
  const isReady = () =>
    fetch(`http://${reachable(address)}/readyz`).then(
      ({ ok }) => ok,
      () => false
    )
  while (!isEnding && !(await isReady())) await new Promise(resolve => setTimeout(resolve, 100))
}
