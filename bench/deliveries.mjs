import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import autocannon from 'autocannon'
import { newFile, SCRATCH } from './databases.mjs'
import { drive } from './drive.mjs'
import { LOADS } from './loads.mjs'
import { control, ROOT, runScript, startEmulatorProgram, startFloor } from './servers.mjs'
import { inTurns, median, ratioOfPairs } from './statistics.mjs'

/** The events that a call of the benchmark fires: four, armed for its hangup. */
export const ARMED = 4

/** The emulator's limit of deliveries in flight to one origin, used by the bare client too. */
const CONCURRENCY = 8

/** The called extension; not the one that is written to, because a call fires all events of its extensions. */
const CALLED = '0003*211'

const CALL = { from: '+40700000001', to: CALLED, outcome: 'busy', ringMs: 1_000 }
const place = { method: 'POST', path: '/_emulator/calls', headers: { 'content-type': 'application/json' } }

/**
 * Measures webhooks a second, of due calls against a bare client with the same receiver; and the CPU cost of placing a
 * call with four armed events, against a create.
 */
export async function measureDeliveries({ calls, rounds, say }) {
  const receiver = await startFloor('receiver')
  const server = await startEmulatorProgram(newFile(), '--fixture', armedAt(receiver.url))
  await control(server, 'PUT', '/clock', { mode: 'frozen' })
  const perSecond = { emulator: [], client: [] }
  const costs = { place: [], create: [] }
  for (let round = -1; round < rounds; round++) {
    say(`deliveries, round ${Math.max(0, round) + 1} of ${rounds}`)
    const count = calls * ARMED
    const placed = await placeCalls(server, calls)
    const measured = {}
    const measure = {
      emulator: () => timeAdvance(server, count),
      client: async () =>
        (await runScript('bench/floors/client.mjs', `${receiver.url}/0?CallID=1`, count, CONCURRENCY)).perSecond
    }
    for (const name of inTurns(Object.keys(measure), round)) measured[name] = await measure[name]()
    const { total } = await control(server, 'GET', '/deliveries?state=delivered&limit=1')
    if (total < Math.min(count, 10_000)) throw new Error(`Only ${total} of ${count} webhooks were received.`)
    const { cpu } = await drive(server, LOADS.create.requests(), { connections: 20, seconds: 0.5 })
    await control(server, 'POST', '/reset', {})
    await control(server, 'PUT', '/clock', { mode: 'frozen' })
    if (round < 0) continue // the first is to warm up
    perSecond.client.push(measured.client)
    perSecond.emulator.push(measured.emulator)
    costs.place.push(placed)
    costs.create.push(cpu)
  }
  for (const one of [server, receiver]) await one.stop()
  return {
    emulator: median(perSecond.emulator),
    client: median(perSecond.client),
    rate: ratioOfPairs(perSecond.emulator, perSecond.client),
    place: median(costs.place),
    create: median(costs.create)
  }
}

/** Ends the calls that are placed. @returns webhooks a second */
async function timeAdvance(server, count) {
  const begun = performance.now()
  await control(server, 'POST', '/clock/advance', { ms: 1_000 })
  return (count / (performance.now() - begun)) * 1_000
}

/** @returns CPU time of the emulator for each call, in microseconds */
export async function placeCalls(server, calls) {
  const before = server.cpu()
  const result = await autocannon({
    url: server.url,
    connections: 20,
    amount: calls,
    requests: [{ ...place, body: JSON.stringify(CALL) }]
  })
  if (result['2xx'] < calls) throw new Error(`Only ${result['2xx']} of ${calls} calls were placed.`)
  return ((server.cpu() - before) / calls) * 1e6
}

/** Writes a fixture: the default directory with only the armed events. @returns its file */
export function armedAt(url) {
  const file = join(SCRATCH, 'armed.json')
  const directory = JSON.parse(readFileSync(join(ROOT, 'fixtures/default.json'), 'utf8'))
  const phoneCallEvents = Array.from({ length: ARMED }, (_, index) => ({
    extension: CALLED,
    type: '2',
    method: '0',
    url: `${url}/${index}`
  }))
  writeFileSync(file, JSON.stringify({ ...directory, phoneCallEvents }))
  return file
}

/** Measures event loop delay while 200 connections create and list and webhooks are sent, in milliseconds. */
export async function measureLoopDelay({ seconds, say }) {
  say('event loop delay')
  const receiver = await startFloor('receiver')
  const server = await startEmulatorProgram(newFile(), '--fixture', armedAt(receiver.url))
  const requests = [...LOADS.create.requests(), ...LOADS.list.requests()]
  const load = { connections: 200, requests, url: server.url, duration: seconds }
  await autocannon({ ...load, duration: 1 })
  await control(server, 'POST', '/reset', {})
  await delay(server) // it is measured since the last request for metrics
  const running = autocannon(load)
  const placing = autocannon({
    url: server.url,
    connections: 2,
    duration: seconds,
    overallRate: 50,
    requests: [{ ...place, body: JSON.stringify({ ...CALL, ringMs: 0 }) }]
  })
  const both = await Promise.all([running, placing])
  const failed = both.reduce((sum, { non2xx, errors, timeouts }) => sum + non2xx + errors + timeouts, 0)
  if (failed > 0) throw new Error(`${failed} requests failed while the event loop was looked at.`)
  const result = { p99: await delay(server), perSecond: both[0].requests.average }
  for (const one of [server, receiver]) await one.stop()
  return result
}

async function delay(server) {
  const text = await control(server, 'GET', '/metrics')
  return Number(/event_loop_delay_seconds\{at="p99"\} (\S+)/.exec(text)?.[1]) * 1_000
}
