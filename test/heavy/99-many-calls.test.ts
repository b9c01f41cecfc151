import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { FLOWS } from '../support/call-flows.js'
import { expectCall, type ModelMoment, type ModelRequest } from '../support/call-model.js'
import { DIRECTORY, formOf, worldOf } from '../support/call-world.js'
import { start } from '../support/emulator.js'
import { call, serve } from '../support/program.js'
import { receive } from '../support/receiver.js'
import { OK, receive as receiveBytes } from '../support/receivers.js'

/** How much more the random tests do than in a run of all tests. */
const EFFORT = Number(process.env.UAPI_TEST_EFFORT ?? 1)

interface PrintedCall {
  callId: string
  callApiId: string
  state: string
  legs: { callId?: string }[]
  moments: { leg: number; moment: string; callStatus: string }[]
}

/** The moments that the model expects of a request. */
function momentsOf(request: ModelRequest): ModelMoment[] {
  const expected = expectCall(request, DIRECTORY)
  if ('refused' in expected) throw new Error(expected.why)
  return expected.moments
}

/** The webhooks of a call in their order: path and form. */
const webhooksOf = (moments: ModelMoment[], placed: PrintedCall): string[] =>
  moments.map(moment => `/${moment.extension.slice(-3)}/${moment.moment} ${formOf(moment, placed)}`)

/** Groups texts by the CallAPIID in them. */
function byCall(texts: string[]): Map<string, string[]> {
  const groups = new Map<string, string[]>()
  for (const text of texts) {
    const id = /CallAPIID=(\w+)/.exec(text)?.[1] ?? ''
    groups.set(id, [...(groups.get(id) ?? []), text])
  }
  return groups
}

t.test('300 calls of mixed flows at once: no webhook is lost, doubled, or out of order within its call', async t => {
  const receiver = await receive(t)
  const { ask } = await start(t, { fixture: worldOf(receiver.url, '1'), machineClock: () => new Date() })
  const requests = Array.from({ length: 300 }, (_, index) => FLOWS[index % FLOWS.length]?.[1] ?? { to: '' })
  const placed: PrintedCall[] = await Promise.all(
    requests.map(async body => (await ask('POST', '/_emulator/calls', { body })).body)
  )
  t.equal((await ask('GET', '/_emulator/idle?timeoutMs=60000')).status, 200)
  const { calls } = (await ask('GET', '/_emulator/calls?limit=300')).body
  const now = new Map<string, PrintedCall>(calls.map((one: PrintedCall) => [one.callApiId, one]))
  const groups = byCall(receiver.received.map(({ target, body }) => `${target} ${body}`))
  const wrong = placed.flatMap((one, index) => {
    const wanted = webhooksOf(momentsOf(requests[index] ?? { to: '' }), now.get(one.callApiId) ?? one)
    const got = groups.get(one.callApiId) ?? []
    return wanted.join('\n') === got.join('\n') ? [] : [{ request: requests[index], wanted, got }]
  })
  t.strictSame(wrong.slice(0, 2), [])
  t.equal(groups.size, 300, 'and nothing else came')
  const ids = [...now.values()].flatMap(({ legs }) => legs.flatMap(({ callId }) => callId ?? []))
  t.equal(new Set(ids).size, ids.length, 'no two legs have one CallID')
})

for (const method of ['0', '1'] as const) {
  const verb = method === '0' ? 'GET' : 'POST'
  t.test(
    `a receiver that dies while it reads or handles a ${verb} counts each webhook of a leg at most once`,
    async t => {
      /** What the receiver does with its nth request, on a fresh connection or a kept one. */
      const deaths: ((socket: Socket) => void)[] = [
        socket => void socket.write(OK),
        socket => void socket.write(OK),
        socket => void socket.destroy(),
        socket => void socket.write(OK),
        socket => void socket.resetAndDestroy(),
        socket => void socket.end('HTTP/1.1 200 OK\r\n'),
        socket => {
          socket.write(OK)
          socket.end()
        }
      ]
      let connections = 0
      const { port, requests } = await receiveBytes(t, {
        onConnection: socket => {
          if (++connections % 4 === 0) socket.once('data', () => socket.destroy()) // while it reads
        },
        onRequest: (socket, nth) => deaths[nth % deaths.length]?.(socket)
      })
      const { ask } = await start(t, { fixture: worldOf(`http://127.0.0.1:${port}`, method) })
      const placed: PrintedCall[] = []
      for (const [, body] of [...FLOWS, ...FLOWS]) placed.push((await ask('POST', '/_emulator/calls', { body })).body)
      await ask('PUT', '/_emulator/clock', { body: { mode: 'frozen' } })
      await ask('POST', '/_emulator/clock/advance', { body: { ms: 60_000 } })
      t.equal((await ask('GET', '/_emulator/idle?timeoutMs=60000')).status, 200)
      const { deliveries } = (await ask('GET', '/_emulator/deliveries?limit=10000')).body

      const wanted = placed.flatMap((one, index) =>
        momentsOf(FLOWS[index % FLOWS.length]?.[1] ?? { to: '' }).map(() => one)
      )
      t.equal(deliveries.length, wanted.length, 'each webhook has its delivery')
      const arrivals = new Map<string, number>()
      for (const text of requests) {
        const [, target = ''] = /^\S+ (\S+)/.exec(text) ?? []
        const key = target + text.slice(text.indexOf('\r\n\r\n') + 4)
        arrivals.set(key, (arrivals.get(key) ?? 0) + 1)
      }
      const states = new Map<string, number>()
      const wrong = deliveries.flatMap(
        (one: { id: string; state: string; attempts: object[]; request: { url: string; body: string } }) => {
          const { id, state, attempts, request } = one
          states.set(state, (states.get(state) ?? 0) + 1)
          const times = arrivals.get(request.url.replace(`http://127.0.0.1:${port}`, '') + request.body) ?? 0
          const holds =
            attempts.length === 1 && (state === 'delivered' ? times === 1 : state === 'failed' && times <= 1)
          return holds ? [] : [`${id} ${state}: ${times} times`]
        }
      )
      t.strictSame(wrong, [])
      t.ok((states.get('failed') ?? 0) > 10 && (states.get('delivered') ?? 0) > 10, JSON.stringify([...states]))
      t.equal(
        [...arrivals.values()].reduce((sum, times) => sum + times, 0),
        requests.length
      )
    }
  )
}

t.test('kill -9 between any two steps: each call goes on, and each webhook comes once or is interrupted', async t => {
  const receiver = await receive(t, (_request, response) => {
    setTimeout(() => response.end(), Math.random() * 3)
  })
  const folder = mkdtempSync(join(tmpdir(), 'uapi-kill-flows-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const fixture = join(folder, 'fixture.json')
  writeFileSync(fixture, JSON.stringify(worldOf(receiver.url, '0')))
  const words = ['--database', join(folder, 'test.db'), '--fixture', fixture, '--log-level', 'silent']
  // Every step comes some milliseconds after the one before it, so that there is something to kill between.
  const requests = FLOWS.filter(([, { steps = [] }]) => steps.length > 4).map(([, request]) => ({
    ...request,
    steps: (request.steps ?? []).map((step, index) => ({ ...step, afterMs: 15 + ((index * 7) % 20) }))
  }))
  const placed: { request: ModelRequest; call: PrintedCall }[] = []
  const rounds = 4 * EFFORT

  for (let round = 0; round < rounds; round++) {
    const server = await serve(t, words)
    for (const request of requests) {
      const answer = await call(`${server.url}/_emulator/calls`, { method: 'POST', body: request })
      placed.push({ request, call: answer.body })
    }
    await new Promise(resolve => setTimeout(resolve, Math.random() * 120))
    await server.stop('SIGKILL')
  }
  const last = await serve(t, words)
  const wrong: string[] = []
  const wanted = new Map<string, string>()
  for (const { request, call: one } of placed) {
    const ended = await call(`${last.url}/_emulator/calls/${one.callId}/ended?timeoutMs=60000`)
    const { legs, moments, state }: PrintedCall = ended.body
    const expected = momentsOf(request)
    const lines = (list: { leg: number; moment: string; callStatus: string }[]) =>
      list.map(({ leg, moment, callStatus }) => `${leg} ${moment} ${callStatus}`).join()
    if (state !== 'ended' || lines(moments) !== lines(expected)) wrong.push(`${lines(moments)}\n${lines(expected)}`)
    for (const text of webhooksOf(expected, { ...one, legs })) wanted.set(text.replace(' ', '?'), text)
  }
  t.strictSame(wrong.slice(0, 2), [], 'every call fired the moments of the model, each once')
  const { deliveries } = (await call(`${last.url}/_emulator/deliveries?limit=10000`)).body
  await last.stop()

  t.equal(deliveries.length, wanted.size)
  const arrivals = new Map<string, number>()
  for (const { target } of receiver.received) arrivals.set(target, (arrivals.get(target) ?? 0) + 1)
  const states = new Map<string, number>()
  const unlike = deliveries.flatMap(
    ({ id, state, request }: { id: string; state: string; request: { url: string } }) => {
      states.set(state, (states.get(state) ?? 0) + 1)
      const target = request.url.slice(receiver.url.length)
      const times = arrivals.get(target) ?? 0
      const holds = wanted.has(target) && (state === 'delivered' ? times === 1 : state === 'interrupted' && times <= 1)
      return holds ? [] : [`${id} ${state} came ${times} times: ${target}`]
    }
  )
  t.strictSame(unlike, [], 'delivered came once, interrupted at most once, and there is nothing else')
  t.ok(
    [...arrivals.keys()].every(target => wanted.has(target)),
    'nothing came that is no moment of the model'
  )
  t.comment(JSON.stringify([...states]))
})
