// Measures what one instance holds, and what each part of it takes: node bench/capacity.mjs. docs/scaling.md has the results.
import { Agent, request as sendHttp } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import autocannon from 'autocannon'
import '../scripts/prepare.mjs' // what is measured is built
import { ARMED, armedAt } from './deliveries.mjs'
import { PATH, SESSION } from './loads.mjs'
import { renderNumber, renderTable } from './report/table.mjs'
import { control, startEmulatorProgram, startFloor } from './servers.mjs'
import { median } from './statistics.mjs'

const USAGE = `usage: node bench/capacity.mjs [--rounds 3]

Starts emulators on loopback, fills their sandboxes, and prints what each part takes: about a minute for each round.
`

/** Numbers of a round. */
const SIZE = { idle: 500, filled: 50, events: 1_000, requests: 1_000, calls: 250, workers: 8, tests: 1_000 }

/** How long memory settles before it is read, in milliseconds. */
const SETTLE_MS = 1_000

const { rounds, help } = readWords()
if (help) {
  process.stdout.write(USAGE)
  process.exit(0)
}
const receiver = await startFloor('receiver')
const ROWS = {
  start: ['memory of an instance after its start', 'MB'],
  idle: ['memory of a sandbox that is idle', 'MB'],
  events: [`memory of ${SIZE.events.toLocaleString('en')} events of a sandbox`, 'MB'],
  requests: [`memory of ${SIZE.requests.toLocaleString('en')} requests in the journal of a sandbox`, 'MB'],
  deliveries: [
    `memory of ${(SIZE.calls * ARMED).toLocaleString('en')} webhooks of ${SIZE.calls} calls in the logs of a sandbox`,
    'MB'
  ],
  requestRate: [`requests a second, a list in each of ${SIZE.filled} sandboxes`, ''],
  webhookRate: [`webhooks a second, calls placed in ${SIZE.filled} sandboxes`, ''],
  testCpu: ['CPU of a test: an event, a call, its webhook, two verifications, and a new sandbox', 'ms']
}
const measured = Object.fromEntries(Object.keys(ROWS).map(name => [name, []]))
for (let round = 0; round < rounds; round++) {
  for (const measure of [measureIdle, measureEvents, measureRequests, measureCalls, measureTests]) {
    process.stderr.write(`round ${round + 1} of ${rounds}: ${measure.name}\n`)
    for (const [name, value] of Object.entries(await measure())) measured[name].push(value)
  }
}
await receiver.stop()
const rows = Object.entries(ROWS).map(([name, [title, unit]]) => [title, renderNumber(median(measured[name]), unit)])
process.stdout.write(renderTable(['what', 'measured'], rows))

async function measureIdle() {
  const { server, start, grown } = await startFilled(SIZE.idle, async () => {})
  await server.stop()
  return { start, idle: grown }
}

async function measureEvents() {
  const { server, grown } = await startFilled(SIZE.filled, async sandbox => {
    const phoneCallEvents = Array.from({ length: SIZE.events }, (_, nth) => {
      return { extension: '0003*210', type: String(nth % 5), method: '0', url: `https://app.example/calls/${nth}` }
    })
    await control(sandbox, 'POST', '/fixtures', { phoneCallEvents })
  })
  await server.stop()
  return { events: grown - median(measured.idle) }
}

async function measureRequests() {
  let requestRate = 0
  const { server, grown } = await startFilled(SIZE.filled, undefined, async ({ url }, names) => {
    const requests = names.map(name => ({ method: 'GET', path: `/sandboxes/${name}${PATH}`, headers: SESSION }))
    const amount = names.length * SIZE.requests
    const result = await autocannon({ url, connections: 20, amount, requests, sampleInt: 100 })
    requestRate = result['2xx'] / result.duration
  })
  await server.stop()
  return { requests: grown - median(measured.idle), requestRate }
}

async function measureCalls() {
  let webhookRate = 0
  const words = ['--fixture', armedAt(receiver.url)]
  const fill = async ({ url }, names) => {
    const body = JSON.stringify({ from: '+40700000001', to: '0003*211', outcome: 'busy', ringMs: 0 })
    const headers = { 'content-type': 'application/json' }
    const requests = names.map(name => ({ method: 'POST', path: `/sandboxes/${name}/_emulator/calls`, headers, body }))
    const begun = performance.now()
    await autocannon({ url, connections: 20, amount: names.length * SIZE.calls, requests })
    const idle = names.map(name => control({ url: `${url}/sandboxes/${name}` }, 'GET', '/idle?timeoutMs=60000'))
    await Promise.all(idle)
    webhookRate = (names.length * SIZE.calls * ARMED) / ((performance.now() - begun) / 1_000)
  }
  const { server, grown } = await startFilled(SIZE.filled, undefined, fill, words)
  await server.stop()
  return { deliveries: grown - median(measured.idle), webhookRate }
}

/** Tests as those of workers: each has a sandbox of its own, which is ended after it. */
async function measureTests() {
  const server = await startEmulatorProgram(':memory:', '--sandboxes', 'auto', '--fixture', 'clean')
  const agent = new Agent({ keepAlive: true })
  let next = 0
  const work = async () => {
    while (next < SIZE.tests) await testOnce(server.url, `test-${next++}`, agent)
  }
  const before = server.cpu()
  await Promise.all(Array.from({ length: SIZE.workers }, work))
  const testCpu = ((server.cpu() - before) / SIZE.tests) * 1_000
  agent.destroy()
  await server.stop()
  return { testCpu }
}

async function testOnce(url, name, agent) {
  const at = `${url}/sandboxes/${name}`
  await send(agent, 'POST', `${url}/_emulator/sandboxes`, { name })
  await send(agent, 'POST', `${at}/uapi/extensions/@me/0003*210/phoneCallEvents/2`, { method: '0', url: receiver.url })
  await send(agent, 'POST', `${at}/_emulator/calls`, { from: '0003*211', to: '0003*210', ringMs: 1, talkMs: 1 })
  await send(agent, 'POST', `${at}/_emulator/deliveries/verify`, {
    match: { state: 'delivered' },
    count: 1,
    timeoutMs: 10_000
  })
  await send(agent, 'POST', `${at}/_emulator/requests/verify`, { match: { operation: 'create' }, count: 1 })
  await send(agent, 'DELETE', `${url}/_emulator/sandboxes/${name}`)
}

/**
 * Starts an emulator with sandboxes, and fills them: each on its own, or all together.
 * @returns the emulator, its memory after the start, and how much each sandbox has added to it, in MB
 */
async function startFilled(count, fillOne, fillAll = async () => {}, words = []) {
  const server = await startEmulatorProgram(':memory:', ...words)
  await setTimeout(SETTLE_MS)
  const start = server.rss()
  const names = Array.from({ length: count }, (_, nth) => `sandbox-${nth}`)
  for (const name of names) {
    await control(server, 'POST', '/sandboxes', { name })
    await fillOne?.({ url: `${server.url}/sandboxes/${name}` })
  }
  await fillAll(server, names)
  await setTimeout(SETTLE_MS)
  return { server, start, grown: (server.rss() - start) / count }
}

/** Sends one request on a connection that is kept. @throws when it is refused */
function send(agent, method, url, body) {
  const json = body === undefined ? undefined : JSON.stringify(body)
  const type =
    json === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(json) }
  const headers = { authorization: 'Bearer emulator-user-token', ...type }
  return new Promise((done, fail) => {
    const sent = sendHttp(url, { agent, method, headers }, response => {
      const isGood = response.statusCode < 300
      response
        .resume()
        .once('end', () => (isGood ? done() : fail(new Error(`${method} ${url}: ${response.statusCode}`))))
    })
    sent.once('error', fail).end(json)
  })
}

function readWords() {
  try {
    const { values } = parseArgs({ options: { rounds: { type: 'string', default: '3' }, help: { type: 'boolean' } } })
    const rounds = Number(values.rounds)
    if (!Number.isInteger(rounds) || rounds < 1 || rounds > 100)
      throw new Error(`--rounds: expected a number from 1 to 100, not "${values.rounds}".`)
    return { rounds, help: values.help }
  } catch (error) {
    process.stderr.write(`${error.message}\n\n${USAGE}`)
    process.exit(2)
  }
}
