import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { newFile, SCRATCH } from './databases.mjs'
import { control, ROOT, startEmulatorProgram, startFloor } from './servers.mjs'
import { median } from './statistics.mjs'

/** The extensions whose calls go to the receivers that hang, and that whose calls go to the healthy one. */
const HANGING = ['0003*210', '0004*210']
const HEALTHY = '0003*211'

/** How many events fire at one time of a call. */
const MAX_FIRED = 1_000

/**
 * Measures how long the webhook of a healthy receiver takes from the request that places its call, while others hang: a
 * number of receivers, each a scheme, host and port of its own with one webhook. `after` is a call that is placed when
 * all of those are in flight, `last` one whose webhook was created after theirs in the same turn.
 */
export async function measureHanging({ counts, rounds, say }) {
  const hanging = await startFloor('hanging')
  const arrived = []
  const healthy = createServer((request, response) => {
    arrived.shift()?.(performance.now())
    request.resume().once('end', () => response.end('ok'))
  }).listen(0, '127.0.0.1')
  await once(healthy, 'listening')
  const url = `http://127.0.0.1:${healthy.address().port}/`
  const rows = []
  for (const count of counts) {
    say(`a healthy receiver beside ${count} that hang`)
    const fixture = armedAt(count, new URL(hanging.url).port, url)
    const rewrites = hostsOf(count).map(host => `--rewrite-callback=${host}=127.0.0.1`)
    const words = ['--fixture', fixture, '--callback-total-ms', '60000', ...rewrites]
    const server = await startEmulatorProgram(newFile(), ...words)
    const measure = async (...called) => {
      const arrival = new Promise(done => void arrived.push(done))
      const begun = performance.now()
      for (const to of called) void control(server, 'POST', '/calls', callOf(to))
      return (await arrival) - begun
    }
    const times = { after: [], last: [] }
    for (let round = 0; round < rounds; round++) {
      times.last.push(await measure(...HANGING.slice(0, Math.ceil(count / MAX_FIRED)), HEALTHY))
      await until(async () => (await control(server, 'GET', '/deliveries?state=sending&limit=1')).total >= count)
      times.after.push(await measure(HEALTHY))
      await control(server, 'POST', '/reset', {})
    }
    rows.push({ count, after: median(times.after), last: median(times.last), rss: server.rss() })
    await server.stop()
  }
  healthy.closeAllConnections()
  healthy.close()
  await hanging.stop()
  return rows
}

const hostsOf = count => Array.from({ length: count }, (_, nth) => `hangs-${nth}.test`)

const callOf = to => ({ from: '+40700000001', to, manual: true })

async function until(holds) {
  while (!(await holds())) await setTimeout(20)
}

/** Writes a fixture with a ringing event for each receiver that hangs, and one for the healthy one. @returns its file */
function armedAt(count, port, healthy) {
  const file = join(SCRATCH, 'hanging.json')
  const directory = JSON.parse(readFileSync(join(ROOT, 'fixtures/default.json'), 'utf8'))
  const event = (extension, url) => ({ extension, type: '0', method: '0', url })
  const phoneCallEvents = hostsOf(count).map((host, index) =>
    event(HANGING[Math.floor(index / MAX_FIRED)], `http://${host}:${port}/`)
  )
  writeFileSync(file, JSON.stringify({ ...directory, phoneCallEvents: [...phoneCallEvents, event(HEALTHY, healthy)] }))
  return file
}
