import { spawnSync } from 'node:child_process'
import { createWriteStream, writeFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import { newFile, SCRATCH } from './databases.mjs'
import { runToEnd, startAndAsk, startEmulatorProgram, startProgram } from './servers.mjs'
import { inTurns, median } from './statistics.mjs'

const PATH = '/uapi/extensions/@me/0003*210/phoneCallEvents'
const HEADERS = { authorization: 'Bearer emulator-user-token' }

/**
 * Measures what recording adds to a request, against one more hop through HAProxy in the same place: requests one after
 * the other on a kept connection, to the emulator itself, through HAProxy, and through the recording proxy. Then how long
 * `learn` takes to read a long recording, and its memory.
 */
export async function measureRecording({ requests, rounds, exchanges, say }) {
  return { ...(await measureProxy({ requests, rounds, say })), learn: await measureLearn(exchanges, say) }
}

async function measureProxy({ requests, rounds, say }) {
  const emulator = await startEmulatorProgram(newFile())
  const recorder = await startProgram('record', '--upstream', emulator.url, '--out', SCRATCH, '--port', '0')
  const hop = await startHaproxy(emulator.url)
  const ways = [
    { name: 'direct', url: emulator.url },
    { name: 'recorded', url: recorder.url },
    ...(hop === undefined ? [] : [{ name: 'hop', url: hop.url }])
  ].map(way => ({ ...way, agent: new Agent({ keepAlive: true, maxSockets: 1 }), times: [] }))
  for (const { url, agent } of ways) await timeOf(url, agent, requests) // the first ones are slow
  for (let round = 0; round < rounds; round++) {
    say(`recording, round ${round + 1} of ${rounds}`)
    for (const { url, agent, times } of inTurns(ways, round)) times.push(await timeOf(url, agent, requests))
  }
  for (const { agent } of ways) agent.destroy()
  for (const server of [recorder, hop, emulator]) await server?.stop()
  const [direct, recorded, through] = ways.map(({ times }) => times)
  const added = times => times?.map((time, round) => time - direct[round])
  const [byRecorder, byHop] = [added(recorded), added(through)]
  return {
    direct: median(direct),
    recorded: median(byRecorder),
    hop: byHop && median(byHop),
    ratio: through && median(recorded.map((time, round) => time / through[round]))
  }
}

/** The time of a request, in milliseconds. */
async function timeOf(url, agent, requests) {
  const begun = performance.now()
  for (let count = 0; count < requests; count++) await readOne(url, agent)
  return (performance.now() - begun) / requests
}

const readOne = (url, agent) =>
  new Promise((done, fail) => {
    const sent = request(url + PATH, { agent, headers: HEADERS }, answer => {
      if (answer.statusCode !== 200) fail(new Error(`A list was answered with ${answer.statusCode}.`))
      answer.resume().once('end', done)
    })
    sent.once('error', fail).end()
  })

/** Starts HAProxy in front of a server; undefined where it is not installed. */
async function startHaproxy(upstream) {
  if (spawnSync('haproxy', ['-v']).status !== 0) return undefined
  const [port, { host }] = [await freePort(), new URL(upstream)]
  const config = join(SCRATCH, 'haproxy.cfg')
  writeFileSync(
    config,
    `defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
listen hop
  bind 127.0.0.1:${port}
  server upstream ${host}
`
  )
  const ready = { url: `http://127.0.0.1:${port}`, path: '/readyz' }
  return startAndAsk('HAProxy', 'haproxy', ['-db', '-f', config], ready)
}

const freePort = () =>
  new Promise(done => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => done(port))
    })
  })

/** Writes a recording of requests that create, list and delete events, and lets `learn` read it. */
async function measureLearn(exchanges, say) {
  say(`learn of ${exchanges.toLocaleString('en')} exchanges`)
  const file = join(SCRATCH, 'long.jsonl')
  const out = createWriteStream(file)
  out.write(`${JSON.stringify(START)}\n`)
  for (let number = 1; number <= exchanges; number++) {
    const line = `${JSON.stringify(exchangeOf(number))}\n`
    if (!out.write(line)) await new Promise(done => out.once('drain', done))
  }
  out.end()
  await finished(out)
  const { seconds, peakMb } = await runToEnd('learn', file, '--json')
  return { exchanges, seconds, peakMb }
}

const START = {
  recording: 'uapi-emulator',
  version: 1,
  at: '2026-01-01T00:00:00.000Z',
  emulator: '0.1.0',
  upstream: 'https://pbx.example'
}

/** One of a thousand events is created, listed or deleted, in turns. */
function exchangeOf(number) {
  const [kind, event] = [number % 3, Math.floor(number / 3) % 1_000]
  const id = String(event).padStart(30, 'x')
  const resource = {
    type: '2',
    id,
    method: '1',
    url: `https://app.example/calls/${event}`,
    status: '1',
    note: 'made by a benchmark',
    modified: '2026-01-01T00:00:00+00:00',
    links: { self: `https://pbx.example${PATH}/2/${id}` }
  }
  const list = { startIndex: 0, totalResults: 1, itemsPerPage: 20, filtered: true, sorted: true, entry: [resource] }
  const { method, path, body } = [
    { method: 'POST', path: `${PATH}/2`, body: { PhoneCallEvent: resource } },
    { method: 'GET', path: `${PATH}/2/${id}`, body: [list] },
    { method: 'DELETE', path: `${PATH}/2/${id}`, body: [{ id }] }
  ][kind]
  const created = { text: JSON.stringify({ method: '1', url: resource.url, note: resource.note }) }
  return {
    exchange: number,
    at: new Date(Date.UTC(2026, 0, 1) + number * 10).toISOString(),
    ms: 3,
    request: {
      method,
      target: path,
      headers: [
        ['Host', 'pbx.example'],
        ['Authorization', 'Bearer token-1'],
        ['Content-Type', 'application/json']
      ],
      ...(kind === 0 && { body: created })
    },
    response: {
      status: 200,
      statusText: 'OK',
      headers: [['Content-Type', 'application/json; charset=utf-8']],
      body: { text: JSON.stringify(body) }
    }
  }
}
