import { once } from 'node:events'
import { createServer, get, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import { createRequire } from 'node:module'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { createClient } from '../src/client/client.js'
import { ClientError } from '../src/client/errors.js'
import type { StreamEvent } from '../src/schema/stream.js'
import type { Outcome } from '../src/service/deliveries/outcome.js'
import { createEventSource } from '../src/service/watch/event-source.js'
import { createFeed } from '../src/service/watch/feed.js'
import { createPacedReader } from '../src/service/watch/paced-reader.js'
import { EVENTS, NEW_EVENT, NOW, type Running, start } from './support/emulator.js'
import { until } from './support/program.js'

const CALL = { from: '0003*211', to: '0003*210' }
const answered = async (): Promise<Outcome> => ({
  kind: 'answered',
  ms: 1,
  response: { status: 200, headers: {}, body: '', truncated: false }
})
const place = ({ sandbox }: Running, request = {}) => sandbox.calls.place({ ...CALL, ...request })

/** A server-sent event; `data` is its parsed JSON. */
interface ReceivedEvent {
  id: number
  event: string
  // biome-ignore lint/suspicious/noExplicitAny: tests assert its shape
  data: any
}

/** An open event stream. */
interface Reading {
  status: number
  headers: IncomingHttpHeaders
  received: ReceivedEvent[]
  /** The first chunk. */
  head: () => string
  /** Whether the response was completed or aborted. */
  ended: Promise<'whole' | 'cut'>
  close: () => void
}

/** Reads a stream on a connection of its own until the end of the test. */
async function read(t: Test, url: string, headers: Record<string, string> = {}): Promise<Reading> {
  const asked = get(url, { agent: false, headers })
  const [response]: IncomingMessage[] = await once(asked, 'response')
  t.teardown(() => asked.destroy())
  if (response === undefined) throw new Error('There was no answer.')
  const received: ReceivedEvent[] = []
  let head = ''
  let rest: string[] = []
  response.setEncoding('utf8').on('data', (chunk: string) => {
    head ||= chunk
    rest.push(chunk)
    if (!chunk.includes('\n\n')) return
    const text = rest.join('')
    const end = text.lastIndexOf('\n\n') + 2
    received.push(...parse(text.slice(0, end)))
    rest = [text.slice(end)]
  })
  const ended = new Promise<'whole' | 'cut'>(done => {
    response.on('end', () => done('whole'))
    response.on('error', () => done('cut'))
  })
  const close = () => void asked.destroy()
  return { status: response.statusCode ?? 0, headers: response.headers, received, head: () => head, ended, close }
}

const parse = (text: string): ReceivedEvent[] =>
  [...text.matchAll(/^id: (\d+)\nevent: (\w+)\ndata: (.*)\n\n/gm)].map(([, id, event = '', data = '']) => ({
    id: Number(id),
    event,
    data: JSON.parse(data)
  }))

const isRising = (ids: number[]): boolean => ids.every((id, at) => at === 0 || id === (ids[at - 1] ?? 0) + 1)

t.test('a stream', async t => {
  t.test('has requests, calls and deliveries as they happen, in order, each with its state at that time', async t => {
    const running = await start(t, { send: answered })
    const { status, headers, received, head } = await read(t, `${running.url}/_emulator/stream`)
    t.equal(status, 200)
    t.match(headers, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-emulator-request-id': /^\d+$/
    })
    const { headers: answer } = await running.ask('POST', `${EVENTS}/2`, { body: NEW_EVENT })
    const { callId } = place(running)
    await running.ask('GET', '/_emulator/idle?timeoutMs=20000')
    await until(() => received.length >= 8)
    t.match(head(), /^retry: 1000\nid: \d+\n\n/, 'it starts with the id of its position')
    t.ok(isRising(received.map(({ id }) => id)), 'ids rise by one')
    t.match(received[0], { event: 'request', data: { id: answer.get('x-emulator-request-id'), operation: 'create' } })
    t.match(received[1], { event: 'call', data: { callId, state: 'ended', moments: Array } })
    const states = (id: string) =>
      received.filter(({ event, data }) => event === 'delivery' && data.id === id).map(({ data }) => data.state)
    t.strictSame(states('1'), ['pending', 'sending', 'delivered'])
    t.strictSame(states('2'), ['pending', 'sending', 'delivered'])
    t.equal(received.length, 8, 'and of nothing else')

    running.sandbox.deliveries.replay('1')
    await until(() => received.length >= 11)
    t.strictSame(states('1').slice(3), ['pending', 'sending', 'delivered'], 'of a delivery that is replayed, too')
    t.equal(received.at(-1)?.data.attempts.length, 2)
  })

  t.test('has an event for each step of a call, scripted or manual', async t => {
    const running = await start(t, { send: answered })
    const { received } = await read(t, `${running.url}/_emulator/stream?types=call`)
    running.sandbox.clock.set({ mode: 'frozen' })
    place(running, { ringMs: 10, talkMs: 10 })
    await running.sandbox.clock.advance({ ms: 20 })
    const { callId } = place(running, { manual: true })
    running.sandbox.calls.perform(callId, { verb: 'answer' })
    running.sandbox.calls.perform(callId, { verb: 'hangup' })
    await until(() => received.length >= 6)
    const states = ['ringing', 'answered', 'ended']
    t.strictSame(
      received.map(({ data }) => data.state),
      [...states, ...states]
    )
  })

  t.test('continues after Last-Event-ID, and the header overrides the query', async t => {
    const running = await start(t, { send: answered })
    const first = await read(t, `${running.url}/_emulator/stream`)
    for (const _ of [1, 2, 3]) place(running)
    await running.sandbox.waitUntilIdle({ timeoutMs: 20_000 })
    await until(() => first.received.length >= 12)
    const ids = first.received.map(({ id }) => id)
    const from = async (url: string, headers = {}) => {
      const { received } = await read(t, running.url + url, headers)
      const end = place(running).callId
      await until(() => received.some(({ data }) => data.callId === end))
      return received.map(({ id }) => id).filter(id => id <= (ids.at(-1) ?? 0))
    }
    const [, , , fourth] = ids
    t.strictSame(await from('/_emulator/stream', { 'Last-Event-ID': `${fourth}` }), ids.slice(4))
    t.strictSame(await from(`/_emulator/stream?lastEventId=${fourth}`), ids.slice(4))
    t.strictSame(await from('/_emulator/stream?lastEventId=1', { 'Last-Event-ID': `${ids.at(-1)}` }), [])
    t.strictSame(await from('/_emulator/stream?lastEventId=0'), ids, '0 begins with the oldest')
    t.strictSame(await from('/_emulator/stream'), [], 'without an id the stream starts with new events')
  })

  t.test('has a dropped event where events are missing: forgotten ones, or those of a replaced state', async t => {
    const running = await start(t, { send: answered })
    const at = `${running.url}/_emulator/stream`
    const forgotten = { event: 'dropped', data: { reason: 'forgotten' } }
    place(running)
    let before = 0
    for (const id of ['1', '9999999999999999']) {
      const { received } = await read(t, at, { 'Last-Event-ID': id })
      await until(() => received.length > 1)
      t.match(received.slice(0, 2), [forgotten, { event: 'call' }], 'an id of before a restart, and one that never was')
      t.ok(isRising(received.map(({ id }) => id)))
      before = received[1]?.id ?? 0
    }
    const live = await read(t, at)
    await running.sandbox.waitUntilIdle({ timeoutMs: 20_000 })
    running.sandbox.fixtures.replace()
    place(running)
    await until(() => live.received.some(({ event }) => event === 'call'))
    const reset = live.received.findIndex(({ event }) => event === 'dropped')
    const afterReset = [{ data: { reason: 'reset' } }, { event: 'state', data: { change: 'reset' } }, { event: 'call' }]
    t.match(live.received.slice(reset, reset + 3), afterReset)
    const late = await read(t, at, { 'Last-Event-ID': `${before}` })
    await until(() => late.received.length > 3)
    t.match(late.received.slice(0, 4), [forgotten, ...afterReset], 'nothing of before')
  })

  t.test('keeps the newest thousand events', async t => {
    const running = await start(t)
    for (let id = 1; id <= 1_001; id++) await running.app.inject({ url: EVENTS })
    const all = await read(t, `${running.url}/_emulator/stream`, { 'Last-Event-ID': '0' })
    await until(() => all.received.length > 1_000)
    t.match(all.received.slice(0, 2), [{ event: 'dropped' }, { event: 'request', data: { id: '2' } }])
    t.equal(all.received.length, 1_001)
  })

  t.test('has the requested types, and always dropped events', async t => {
    const running = await start(t, { send: answered })
    const some = await read(t, `${running.url}/_emulator/stream?types=request,call`)
    const one = await read(t, `${running.url}/_emulator/stream?types=delivery`)
    await running.ask('GET', EVENTS)
    place(running)
    await running.sandbox.waitUntilIdle({ timeoutMs: 20_000 })
    running.sandbox.fixtures.replace()
    await until(() => [some, one].every(({ received }) => received.at(-1)?.event === 'dropped'))
    t.strictSame(
      some.received.map(({ event }) => event),
      ['request', 'call', 'dropped']
    )
    t.strictSame([...new Set(one.received.map(({ event }) => event))], ['delivery', 'dropped'])
  })

  t.test('is refused for an invalid query, and without the control token', async t => {
    const { url, ask } = await start(t, { controlToken: 'secret-token' })
    const authorization = 'Bearer secret-token'
    for (const [query, headers, path] of [
      ['?types=calls', {}, '?types'],
      ['?types=', {}, '?types'],
      ['?types=call,', {}, '?types'],
      ['?type=call', {}, '?type'],
      ['?types=clock,dropped', {}, '?types'],
      ['?everyMs=-1', {}, '?everyMs'],
      ['?everyMs=1.5', {}, '?everyMs'],
      ['?everyMs=5001', {}, '?everyMs'],
      ['?everyMs=', {}, '?everyMs'],
      ['?everyMs=1&everyMs=2', {}, '?everyMs'],
      ['?lastEventId=x', {}, '?lastEventId'],
      ['?lastEventId=-1', {}, '?lastEventId'],
      ['', { 'last-event-id': '1.5' }, 'last-event-id'],
      ['', { 'last-event-id': '12345678901234567' }, 'last-event-id']
    ] as const) {
      const { status, body } = await ask('GET', `/_emulator/stream${query}`, { headers: { ...headers, authorization } })
      t.equal(status, 400, query || JSON.stringify(headers))
      t.match(body.error, { code: 'request_invalid', details: [{ path: new RegExp(path.replace('?', '\\?')) }] })
    }
    t.equal((await ask('GET', '/_emulator/stream')).status, 401)
    t.equal((await ask('GET', '/_emulator/metrics')).status, 401)
    t.equal((await ask('POST', '/_emulator/stream', { headers: { authorization } })).status, 404)
    t.equal((await read(t, `${url}/_emulator/stream`, { authorization, host: 'evil.example' })).status, 403)
    t.equal((await ask('GET', '/sandboxes/none/_emulator/stream', { headers: { authorization } })).status, 404)
    t.equal((await ask('GET', '/_emulator/metrics?x=1', { headers: { authorization } })).status, 400)
  })

  t.test('has the events of its own sandbox, keeps it in use, and ends with it', async t => {
    const running = await start(t, { send: answered, sandboxes: 'auto' })
    const one = await read(t, `${running.url}/sandboxes/one/_emulator/stream`)
    const two = await read(t, `${running.url}/sandboxes/two/_emulator/stream`)
    await running.ask('GET', `/sandboxes/one${EVENTS}`)
    await running.ask('GET', EVENTS)
    await running.ask('DELETE', '/_emulator/sandboxes/one')
    t.equal(await one.ended, 'whole')
    t.match(one.received, [{ event: 'request', data: { path: EVENTS } }])
    t.strictSame(two.received, [])
  })

  t.test('ends when the emulator stops', async t => {
    const running = await start(t)
    const { ended } = await read(t, `${running.url}/_emulator/stream`)
    await running.app.close()
    t.equal(await ended, 'whole')
    const connections = await new Promise(done => running.app.server.getConnections((_error, count) => done(count)))
    t.equal(connections, 0, 'and does not keep a connection open')
  })

  t.test('disconnects a client that does not read, with a bounded buffer until then', async t => {
    const running = await start(t)
    const sockets: Socket[] = []
    running.app.server.on('connection', socket => void sockets.push(socket))
    const stalled = connect(running.port, '127.0.0.1').pause()
    t.teardown(() => stalled.destroy())
    stalled.write('GET /_emulator/stream HTTP/1.1\r\nHost: localhost\r\n\r\n')
    const { feed } = running.sandbox
    await until(() => feed.hasSubscribers())
    const { received } = await read(t, `${running.url}/_emulator/stream`)
    const [unread] = sockets
    const body = JSON.stringify({ ...NEW_EVENT, note: 'x'.repeat(50_000) })
    await running.ask('POST', `${EVENTS}/1`, { body })
    const [recorded] = running.sandbox.journal.matching({}).slice(-1)
    if (recorded === undefined) throw new Error('the request was not recorded')
    let most = 0
    let noted = 0
    while (!unread?.destroyed && noted < 5_000) {
      running.sandbox.journal.record(recorded)
      noted += 1
      most = Math.max(most, unread?.writableLength ?? 0)
      if (noted % 10 === 0) await setImmediate()
    }
    t.ok(unread?.destroyed, `after ${noted} events`)
    t.ok(most < 1.2 * 1024 * 1024, `${most} bytes were kept`)
    await until(() => received.length >= noted)
    t.ok(isRising(received.map(({ id }) => id)), 'another client receives every event')
  })
})

t.test('an event is printed once, however many clients read it', async t => {
  const running = await start(t)
  const readers = await Promise.all(Array.from({ length: 20 }, () => read(t, `${running.url}/_emulator/stream`)))
  let printed = 0
  const { stringify } = JSON
  t.capture(JSON, 'stringify', (...values: Parameters<typeof stringify>) => {
    if (Reflect.get(Object(values[0]), 'path') === `${EVENTS}?printed=once`) printed += 1
    return stringify(...values)
  })
  await running.ask('GET', `${EVENTS}?printed=once`)
  await until(() => readers.every(({ received }) => received.length === 1))
  t.equal(printed, 1)
})

t.test('a feed', async t => {
  const find = {
    request: (id: string) => ({ id }),
    call: (id: string) => ({ id }),
    delivery: (id: string) => ({ id }),
    clock: () => ({}),
    fault: (id: string) => ({ id }),
    settings: () => ({})
  }
  const eventSource = createEventSource(error => t.fail(String(error)))

  t.test('continues the ids of earlier feeds, at any time of the clock', async t => {
    for (const machineClock of [() => NOW, () => new Date('1960-01-01T00:00:00Z')]) {
      const feed = createFeed({ eventSource, find, machineClock, report: () => {} })
      t.equal(
        feed.subscribe({ onReadable() {}, onEnd() {} }).lastEventId(),
        Math.max(0, machineClock().getTime()) * 1_000
      )
    }
  })

  t.test('has no dropped event for the state that an emulator is seeded with', async t => {
    const feed = createFeed({ eventSource, find, machineClock: () => NOW, report: () => {} })
    eventSource.publish('stateReplaced', undefined)
    eventSource.publish('request', '1')
    t.match(feed.subscribe({ after: 0, onReadable() {}, onEnd() {} }).next(), { type: 'request' })
  })

  t.test('reports the error of one subscriber, and still serves the others', async t => {
    const reported: unknown[] = []
    const feed = createFeed({ eventSource, find, machineClock: () => NOW, report: error => void reported.push(error) })
    const ended: string[] = []
    feed.subscribe({
      onReadable() {
        throw new Error('cannot')
      },
      onEnd: () => void ended.push('hindered')
    })
    const other = feed.subscribe({ onReadable() {}, onEnd: () => void ended.push('other') })
    eventSource.publish('request', '7')
    t.match(other.next(), { type: 'request', data: { id: '7' } })
    t.match(reported, [{ message: 'cannot' }])
    t.strictSame(ended, ['hindered'])
    feed.stop()
    t.strictSame(ended, ['hindered', 'other'])
    t.notOk(feed.hasSubscribers())
    feed.subscribe({ onReadable() {}, onEnd: () => void ended.push('late') })
    t.strictSame(ended, ['hindered', 'other', 'late'], 'a late subscriber is ended at once')
    eventSource.publish('request', '8')
    t.equal(other.next(), undefined)
  })

  t.test('gives a slow subscriber a dropped event, and continues with the oldest event', async t => {
    const feed = createFeed({ eventSource, find, machineClock: () => NOW, report: () => {}, size: 3 })
    const slow = feed.subscribe({ onReadable() {}, onEnd() {} })
    for (const id of ['1', '2', '3']) eventSource.publish('request', id)
    t.notOk(slow.isBehind())
    eventSource.publish('request', '4')
    t.ok(slow.isBehind())
    t.match(slow.next(), { type: 'dropped', data: { reason: 'forgotten' } })
    t.match(
      [slow.next(), slow.next(), slow.next(), slow.next()],
      [{ data: { id: '2' } }, { data: { id: '3' } }, { data: { id: '4' } }, undefined]
    )
  })
})

t.test('a stream has changes of time, faults, settings and state:', async t => {
  /** A stream of some types, and a function that waits for its next events. */
  const follow = async (t: Test, running: Running, query: string) => {
    const { received } = await read(t, `${running.url}/_emulator/stream?${query}`)
    let seen = 0
    return async (count: number) => {
      await until(() => received.length >= seen + count)
      const events = received.slice(seen)
      seen = received.length
      return events.map(({ event, data }) => ({ event, data }))
    }
  }

  t.test('the clock, whenever it is set or moved', async t => {
    const running = await start(t, { send: answered })
    const next = await follow(t, running, 'types=clock')
    const { ask } = running
    const now = NOW.toISOString()
    await ask('PUT', '/_emulator/clock', { body: { mode: 'frozen' } })
    t.strictSame(await next(1), [{ event: 'clock', data: { mode: 'frozen', now } }])
    place(running, { ringMs: 1_000, talkMs: 1_000 })
    await ask('POST', '/_emulator/clock/advance', { body: { ms: 5_000 } })
    await ask('PUT', '/_emulator/clock', { body: { mode: 'running' } })
    const moved = await next(4)
    t.match(moved[0], { data: { mode: 'frozen', now: '2026-03-01T10:20:31.456Z' } }, 'at each step on the way')
    t.match(moved.at(-1), { data: { mode: 'running', now: '2026-03-01T10:20:35.456Z' } })
    const { status } = await ask('POST', '/_emulator/clock/advance', { body: { to: '2000-01-01T00:00:00Z' } })
    t.equal(status, 400)
    await ask('PUT', '/_emulator/clock', { body: { mode: 'frozen', now: '2027-01-01T00:00:00Z' } })
    t.match(await next(1), [{ data: { now: '2027-01-01T00:00:00.000Z' } }], 'and not when a move is refused')
  })

  t.test('a fault, when it is added, counts, holds, releases and is removed', async t => {
    const running = await start(t, { send: answered })
    const next = await follow(t, running, 'types=fault')
    const { ask } = running
    const on = { operation: 'list' }
    const { body } = await ask('POST', '/_emulator/faults', { body: { on, times: 1, skip: 1, do: { status: 503 } } })
    t.strictSame(await next(1), [{ event: 'fault', data: body }])
    for (const [seen, hits] of [
      [1, 0],
      [2, 1]
    ]) {
      await ask('GET', EVENTS)
      t.match(await next(1), [{ data: { id: body.id, seen, hits, remaining: 1 - (hits ?? 0) } }])
    }
    await ask('GET', EVENTS)
    const { body: holding } = await ask('POST', '/_emulator/faults', {
      body: { on: { operation: 'delivery' }, do: { hold: true } }
    })
    t.match(await next(1), [{ data: { id: holding.id, held: [] } }], 'an exhausted fault counts no more')
    place(running)
    const held = await next(1)
    t.match(held.at(-1), { data: { hits: 1, held: ['1'] } })
    t.equal(held.length, 1)
    await ask('POST', `/_emulator/faults/${holding.id}/release`)
    t.match((await next(1)).at(-1), { data: { hits: 1, held: [] } })
    await ask('DELETE', `/_emulator/faults/${body.id}`)
    t.strictSame(await next(1), [{ event: 'fault', data: { id: body.id, removed: true } }])
    await ask('POST', '/_emulator/faults', { body: { on, do: { status: 500 } } })
    await next(1)
    await ask('DELETE', '/_emulator/faults')
    t.match(await next(2), [{ data: { id: holding.id, removed: true } }, { data: { id: '3', removed: true } }])
  })

  t.test('settings that are changed over the API', async t => {
    const { url, ask, ...running } = await start(t)
    const next = await follow(t, { url, ask, ...running }, 'types=settings')
    await ask('PATCH', '/_emulator/settings', { body: { timeZone: 'Nowhere/None' } })
    const { body } = await ask('PATCH', '/_emulator/settings', { body: { emptyCollection: 200 } })
    t.strictSame(await next(1), [{ event: 'settings', data: body }])
    t.match(body, { emptyCollection: 200, origins: { emptyCollection: 'api' } })
  })

  t.test('the state: what has changed, and of which name', async t => {
    const running = await start(t, { send: answered })
    const { ask } = running
    const next = await follow(t, running, 'types=state')
    const event = { extension: '0003*210', type: '1', method: '0', url: 'http://receiver.test/x', id: 'x'.repeat(30) }
    const app = '0~U1jhU4KzD1zN7uQ6fKnNc8lQ2aXyZ0'
    const [found] = (await ask('GET', '/_emulator/directory')).body.apps
    for (const [method, path, body, change] of [
      ['POST', 'events', event, { change: 'events' }],
      ['PATCH', `events/${event.id}`, { note: 'changed' }, { change: 'events' }],
      ['DELETE', `events/${event.id}`, undefined, { change: 'events' }],
      ['DELETE', 'events?type=0', undefined, { change: 'events' }],
      ['PUT', 'phones/0003*210', { outcome: 'busy' }, { change: 'phones' }],
      ['DELETE', 'phones/0003*210', undefined, { change: 'phones' }],
      ['DELETE', 'phones', undefined, { change: 'phones' }],
      ['PATCH', `apps/${encodeURIComponent(found?.clientId ?? app)}`, { disabled: true }, { change: 'apps' }],
      ['POST', 'catch/mine/any', { x: 1 }, { change: 'caught', name: 'mine' }],
      ['DELETE', 'caught?name=mine', undefined, { change: 'caught', name: 'mine' }],
      ['DELETE', 'caught', undefined, { change: 'caught' }],
      ['POST', 'fixtures', {}, { change: 'merge' }],
      ['PUT', 'snapshots/before', undefined, { change: 'snapshot', name: 'before' }],
      ['DELETE', 'snapshots/before', undefined, { change: 'snapshot', name: 'before' }]
    ] as const) {
      const { status } = await ask(method, `/_emulator/${path}`, { body })
      t.ok(status < 300, `${method} ${path}: ${status}`)
      t.strictSame(await next(1), [{ event: 'state', data: change }], `${method} ${path}`)
    }
    for (const [method, path, body] of [
      ['PATCH', `events/${event.id}`, { note: 'x' }],
      ['DELETE', 'phones/0003*210', undefined],
      ['PATCH', 'apps/none', { disabled: true }],
      ['POST', 'fixtures', { users: 'x' }],
      ['DELETE', 'snapshots/none', undefined]
    ] as const) {
      t.ok((await ask(method, `/_emulator/${path}`, { body })).status >= 400, `${method} ${path}`)
    }
    await ask('PUT', '/_emulator/snapshots/after')
    t.match(await next(1), [{ data: { change: 'snapshot', name: 'after' } }], 'nothing of refused changes')
    await ask('POST', '/_emulator/snapshots/after/restore')
    t.match(await next(2), [
      { event: 'dropped', data: { reason: 'reset' } },
      { event: 'state', data: { change: 'restore', name: 'after' } }
    ])
    await ask('POST', '/_emulator/reset', { body: {} })
    t.match(await next(2), [{ event: 'dropped' }, { event: 'state', data: { change: 'reset' } }])
  })

  t.test('the sandboxes that are created and end, in the stream of the default one only', async t => {
    const running = await start(t, { sandboxes: 'auto' })
    const { ask } = running
    const next = await follow(t, running, 'types=sandbox')
    const of = (change: string, name: string) => ({ event: 'sandbox', data: { change, name } })
    await ask('POST', '/_emulator/sandboxes', { body: { name: 'one' } })
    t.strictSame(await next(1), [of('created', 'one')])
    const nextOfOne = await follow(t, { ...running, url: `${running.url}/sandboxes/one` }, 'types=sandbox,settings')
    await ask('GET', `/sandboxes/two${EVENTS}`)
    t.strictSame(await next(1), [of('created', 'two')], 'at its first use')
    await ask('DELETE', '/_emulator/sandboxes/two')
    t.strictSame(await next(1), [of('ended', 'two')])
    await ask('PATCH', '/sandboxes/one/_emulator/settings', { body: { emptyCollection: 200 } })
    t.match(await nextOfOne(1), [{ event: 'settings' }])
  })
})

t.test('a stream with an interval', async t => {
  /** A paced reader of a feed, whose client can be full. `read` has the keys of the data that was read. */
  const paced = (t: Test, { size = 1_000, after }: { size?: number; after?: number } = {}) => {
    const eventSource = createEventSource(error => t.fail(String(error)))
    const read: string[] = []
    const data = (id: string) => {
      read.push(id)
      return { id }
    }
    const find = { request: data, call: data, delivery: data, clock: data, fault: data, settings: data }
    const report = (error: unknown) => t.fail(String(error))
    const feed = createFeed({ eventSource, find, machineClock: () => new Date(0), report, size })
    const received: StreamEvent[] = []
    const client = { isFull: false }
    const drain = () => {
      while (!client.isFull) {
        const event = reader.next()
        if (event === undefined) return
        received.push(event)
      }
    }
    const subscribe = () =>
      createPacedReader(feed, { after, everyMs: 20, onReadable: drain, onEnd: () => reader.unsubscribe() })
    let reader = subscribe()
    const take = () =>
      received.splice(0).map(({ id, type, data }) => [Number(id), type, ...Object.values(data)].join(' '))
    const taken = async () => {
      await until(() => received.length > 0)
      return take()
    }
    const again = () => {
      reader.unsubscribe()
      reader = subscribe()
      drain()
    }
    t.teardown(() => feed.stop())
    return { eventSource, feed, read, client, drain, take, taken, again, lastEventId: () => reader.lastEventId() }
  }

  t.test(
    'sends the first event after quiet at once, and later ones once an interval, of each subject the last',
    async t => {
      const { eventSource, take, taken, lastEventId } = paced(t)
      t.equal(lastEventId(), 0)
      eventSource.publish('call', 'a')
      t.strictSame(take(), ['1 call a'], 'at once')
      eventSource.publish('call', 'b')
      eventSource.publish('fault', '1')
      eventSource.publish('call', 'a')
      eventSource.publish('request', '1')
      eventSource.publish('call', 'b')
      eventSource.publish('state', { change: 'caught', name: 'mine' })
      eventSource.publish('state', { change: 'caught', name: 'other' })
      eventSource.publish('state', { change: 'caught', name: 'mine' })
      t.strictSame(take(), [])
      t.equal(lastEventId(), 1, 'a client that reconnects now misses nothing')
      t.strictSame(await taken(), [
        '3 fault 1',
        '4 call a',
        '5 request 1',
        '6 call b',
        '8 state caught other',
        '9 state caught mine'
      ])
      eventSource.publish('call', 'c')
      t.strictSame(take(), [], 'the interval begins anew')
      t.strictSame(await taken(), ['10 call c'])
    }
  )

  t.test('sends of a storm one dropped event, without reading its data, and all other types', async t => {
    const { eventSource, read, take, taken } = paced(t)
    eventSource.publish('request', 'first')
    take()
    for (let id = 1; id <= 200; id++) eventSource.publish('delivery', id)
    t.equal((await taken()).length, 200, 'two hundred subjects are no storm')
    read.splice(0)
    eventSource.publish('clock', NOW)
    for (let id = 1; id <= 5_000; id++) {
      eventSource.publish('delivery', id)
      eventSource.publish('fault', '1')
    }
    eventSource.publish('settings', undefined)
    t.strictSame(
      await taken(),
      ['202 clock ', '10201 dropped too_many', '10202 fault 1', '10203 settings '],
      'also when the feed has forgotten most of it meanwhile'
    )
    t.strictSame(read, ['', '1', ''])
    eventSource.publish('delivery', 1)
    t.strictSame(await taken(), ['10204 delivery 1'], 'and goes on after it')
  })

  t.test('sends nothing of before a replaced state', async t => {
    const { eventSource, take, taken } = paced(t)
    eventSource.publish('call', 'a')
    take()
    eventSource.publish('call', 'b')
    eventSource.publish('fault', '1')
    eventSource.publish('stateReplaced', undefined)
    eventSource.publish('call', 'c')
    t.strictSame(await taken(), ['4 dropped reset', '5 call c'])
  })

  t.test('continues after an id, within the same limits', async t => {
    const { eventSource, again, take } = paced(t, { after: 2 })
    for (const id of ['a', 'b', 'a', 'c', 'a']) eventSource.publish('call', id)
    take()
    again()
    t.strictSame(take(), ['4 call c', '5 call a'])
    for (let id = 1; id <= 300; id++) eventSource.publish('delivery', id)
    again()
    t.strictSame(take(), ['305 dropped too_many'])
    const small = paced(t, { after: 1, size: 3 })
    for (let id = 1; id <= 9; id++) small.eventSource.publish('delivery', id)
    small.take()
    small.again()
    t.strictSame(small.take(), ['6 dropped forgotten', '7 delivery 7', '8 delivery 8', '9 delivery 9'])
  })

  t.test('keeps a bounded number of references for a client that does not read', async t => {
    const { eventSource, client, drain, take } = paced(t)
    client.isFull = true
    for (let id = 1; id <= 3_000; id++) eventSource.publish('sandbox', { change: 'created', name: `s${id}` })
    for (let id = 1; id <= 10; id++) eventSource.publish('call', 'a')
    client.isFull = false
    drain()
    t.strictSame(take(), ['3000 dropped forgotten', '3010 call a'])
  })

  t.test('ends with the emulator, and sends nothing more', async t => {
    const { eventSource, feed, take } = paced(t)
    eventSource.publish('call', 'a')
    eventSource.publish('call', 'b')
    feed.stop()
    t.strictSame(take(), ['1 call a'])
    t.notOk(feed.hasSubscribers())
  })

  t.test('is read by the client, over HTTP', async t => {
    const running = await start(t, { send: answered })
    const { received } = await read(t, `${running.url}/_emulator/stream?everyMs=100`)
    const client = createClient({ url: running.url })
    t.teardown(() => client.close())
    const stopping = new AbortController()
    const events: StreamEvent[] = []
    let isOpen = false
    const onOpen = () => {
      isOpen = true
    }
    const reading = (async () => {
      for await (const event of client.stream({ everyMs: 100, types: ['delivery'], signal: stopping.signal, onOpen }))
        events.push(event)
    })()
    await until(() => isOpen)
    for (let placed = 0; placed < 50; placed++) place(running)
    const isDelivered = ({ data }: { data: unknown }) => Object(data).id === '50' && Object(data).state === 'delivered'
    await until(() => received.some(isDelivered) && events.some(isDelivered))
    stopping.abort()
    await reading
    t.strictSame(new Set(events.map(({ type }) => type)), new Set(['delivery']))
    const ids = received.map(({ id }) => id)
    t.ok(
      ids.every((id, at) => at === 0 || id > (ids[at - 1] ?? 0)),
      'ids rise'
    )
  })
})

t.test('a client that follows a stream', async t => {
  t.test('receives every event exactly once, although its connection is lost several times under load', async t => {
    const running = await start(t, { send: answered })
    const client = createClient({ url: running.url })
    t.teardown(() => client.close())
    const sockets = new Set<Socket>()
    running.app.server.on('connection', socket => {
      sockets.add(socket)
      socket.on('close', () => sockets.delete(socket))
    })
    let opened = 0
    const stopping = new AbortController()
    const received: StreamEvent[] = []
    const reading = (async () => {
      for await (const event of client.stream({ signal: stopping.signal, onOpen: () => void opened++ }))
        received.push(event)
    })()
    await until(() => opened > 0)
    for (let round = 0; round < 5; round++) {
      const before = opened
      for (let placed = 0; placed < 20; placed++) {
        place(running)
        if (placed % 10 === 4) for (const socket of sockets) socket.destroy() // during events, and once while reconnecting
        await setImmediate()
      }
      await until(() => opened > before)
    }
    await running.sandbox.waitUntilIdle({ timeoutMs: 20_000 })
    await until(() => received.length >= 400)
    stopping.abort()
    await reading
    t.ok(opened > 5, `it was connected ${opened} times`)
    t.equal(received.length, 400)
    t.ok(isRising(received.map(({ id }) => Number(id))), 'all that there is, in order')
    t.strictSame(new Set(received.map(({ type }) => type)), new Set(['call', 'delivery']))
  })

  t.test('continues after the position that came without an event', async t => {
    const asked: (string | undefined)[] = []
    const server = createServer(({ headers }, response) => {
      asked.push(headers['last-event-id']?.toString())
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      if (asked.length === 1) response.end('retry: 1000\nid: 7\n\n')
      else if (asked.length === 2) response.end(':\n\nid: 8\nevent: clock\ndata: {}\n\nid: 9\n\n')
      else response.write('id: 10\nevent: clock\ndata: {}\n\n')
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    t.teardown(() => {
      server.closeAllConnections()
      server.close()
    })
    const client = createClient({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })
    t.teardown(() => client.close())
    const ids: string[] = []
    for await (const { id } of client.stream()) {
      ids.push(id)
      if (id === '10') break
    }
    t.strictSame(asked, [undefined, '7', '9'])
    t.strictSame(ids, ['8', '10'])
  })

  t.test('continues with a new emulator at the same address, after a dropped event', async t => {
    const first = await start(t, { send: answered })
    const client = createClient({ url: first.url })
    t.teardown(() => client.close())
    const events = client.stream({ types: ['call'], signal: AbortSignal.timeout(10_000) })
    const next = events.next()
    await until(() => first.sandbox.feed.hasSubscribers())
    place(first)
    t.match((await next).value, { type: 'call' })
    const after = events.next()
    await first.app.close()
    const second = await start(t, { machineClock: () => new Date(NOW.getTime() + 1_000), send: answered })
    const { promise, server } = await listenAt(t, first.port, second.port)
    t.match((await after).value, { type: 'dropped', data: { reason: 'forgotten' } })
    await events.return()
    server.close()
    await promise
  })

  t.test('throws a ClientError with the reason when it cannot continue', async t => {
    const running = await start(t, { controlToken: 'secret-token' })
    const page = createServer((_request, response) => void response.end('<h1>It works!</h1>'))
    await once(page.listen(0, '127.0.0.1'), 'listening')
    t.teardown(() => void page.close())
    const { port } = page.address() as AddressInfo
    for (const [url, controlToken, code, status] of [
      [running.url, 'wrong-token', 'control_token_invalid', 401],
      [`${running.url}/sandboxes/none`, 'secret-token', 'sandbox_unknown', 404],
      [`http://127.0.0.1:${port}`, undefined, 'not_an_emulator', 200],
      ['http://127.0.0.1:1', undefined, 'unreachable', undefined]
    ] as const) {
      const client = createClient({ url, controlToken })
      const error = await client
        .stream()
        .next()
        .catch(error => error)
      t.type(error, ClientError, url)
      t.match({ code: error.code, status: error.status }, { code, status }, url)
      client.close()
    }
    const client = createClient({ url: running.url, controlToken: 'secret-token' })
    const next = client.stream().next()
    await until(() => running.sandbox.feed.hasSubscribers())
    await running.app.close()
    await t.rejects(next, { code: 'unreachable' }, 'the emulator does not come back')
    client.close()
    await t.rejects(client.stream().next(), { code: 'closed' })
  })

  t.test('disconnects at the end of the loop, or when it is aborted', async t => {
    const running = await start(t, { send: answered })
    const { feed } = running.sandbox
    const client = createClient({ url: running.url })
    t.teardown(() => client.close())
    place(running)
    for await (const { type } of client.stream({ lastEventId: '0' })) {
      t.equal(type, 'call')
      break
    }
    await until(() => !feed.hasSubscribers())
    const stopping = new AbortController()
    const next = client.stream({ signal: stopping.signal }).next()
    await until(() => feed.hasSubscribers())
    stopping.abort()
    t.match(await next, { done: true })
    await until(() => !feed.hasSubscribers())
    t.match(await client.stream({ signal: stopping.signal }).next(), { done: true })
  })
})

t.test('metrics', async t => {
  const cache = () => Object.keys(createRequire(import.meta.url).cache).filter(file => file.includes('prom-client'))
  const numbers = async ({ ask }: Running, at = '') => {
    const { status, headers, text } = await ask('GET', `${at}/_emulator/metrics`)
    t.equal(status, 200)
    t.equal(headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8')
    return readMetrics(t, text)
  }

  t.test('load their library at the first request', async t => {
    const running = await start(t)
    await running.ask('GET', EVENTS)
    t.strictSame(cache(), [])
    await numbers(running)
    t.not(cache().length, 0)
  })

  t.test('count every request by surface, operation and status class', async t => {
    const running = await start(t)
    const { ask } = running
    const of = (surface: string, operation: string, status: string) =>
      `uapi_emulator_requests_total{surface="${surface}",operation="${operation}",status="${status}"}`
    for (const _ of [1, 2, 3]) await ask('GET', EVENTS)
    await ask('GET', `/unifiedapi${EVENTS.slice('/uapi'.length)}`)
    await ask('POST', `${EVENTS}/1`, { body: NEW_EVENT })
    await ask('POST', `${EVENTS}/1`, { body: {} })
    await ask('POST', '/oauth/token.php')
    await ask('GET', '/nothing')
    await ask('GET', '/livez')
    await ask('GET', '/_emulator/clock')
    await ask('GET', '/_emulator/openapi/control.json')
    const stream = await read(t, `${running.url}/_emulator/stream`)
    stream.close()
    await until(() => !running.sandbox.feed.hasSubscribers())
    const first = await numbers(running)
    t.match(first, {
      [of('uapi', 'list', '2xx')]: 4,
      [of('uapi', 'create', '2xx')]: 1,
      [of('uapi', 'create', '4xx')]: 1,
      [of('oauth', 'token', '4xx')]: 1,
      [of('none', 'unmatched', '4xx')]: 1,
      [of('web', '/livez', '2xx')]: 1,
      [of('control', 'getClock', '2xx')]: 1,
      [of('control', '/_emulator/openapi/control.json', '2xx')]: 1,
      [of('control', 'getStream', '2xx')]: 1
    })
    const counted = Object.entries(first).filter(([name]) => name.startsWith('uapi_emulator_requests_total'))
    t.equal(
      counted.reduce((sum, [, value]) => sum + value, 0),
      12,
      'nothing twice'
    )
    t.equal((await numbers(running))[of('control', 'getMetrics', '2xx')], 1)
  })

  t.test('count calls and deliveries by state, for each sandbox under its own path', async t => {
    const running = await start(t, { send: answered, sandboxes: 'auto' })
    place(running)
    place(running, { manual: true })
    await running.sandbox.waitUntilIdle({ timeoutMs: 20_000 })
    const stand = (calls: number[], delivered: number) => ({
      'uapi_emulator_calls{state="ringing"}': calls[0],
      'uapi_emulator_calls{state="answered"}': calls[1],
      'uapi_emulator_calls{state="ended"}': calls[2],
      'uapi_emulator_deliveries{state="delivered"}': delivered,
      'uapi_emulator_deliveries{state="pending"}': 0,
      'uapi_emulator_deliveries{state="failed"}': 0
    })
    t.match(await numbers(running), { ...stand([1, 0, 1], 2), uapi_emulator_sandboxes: 1 })
    t.match(await numbers(running, '/sandboxes/one'), { ...stand([0, 0, 0], 0), uapi_emulator_sandboxes: 2 })
  })

  t.test('measure the event loop delay and the memory of the process', async t => {
    const running = await start(t)
    let found = await numbers(running) // the first request starts the measurement
    await until(async () => {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60) // blocks the event loop for 60 ms
      found = await numbers(running)
      return (found['uapi_emulator_event_loop_delay_seconds{at="max"}'] ?? 0) > 0.03
    })
    t.ok((found['uapi_emulator_event_loop_delay_seconds{at="max"}'] ?? 0) > 0.03, 'a loop that was blocked')
    for (const at of ['p50', 'p99']) t.type(found[`uapi_emulator_event_loop_delay_seconds{at="${at}"}`], 'number')
    t.ok((found.process_resident_memory_bytes ?? 0) > 20e6)
    t.ok((found.nodejs_heap_size_used_bytes ?? 0) > 1e6)
    t.ok((found.nodejs_heap_size_total_bytes ?? 0) > 1e6)
  })
})

t.test('on shutdown the emulator is no longer ready, and still answers requests for a while', async t => {
  const { app, ask } = await start(t, { drainMs: 1_500 })
  t.match(await ask('GET', '/readyz'), { status: 200, body: { status: 'ready' } })
  const closed = app.close()
  t.match(await ask('GET', '/readyz'), { status: 503, body: { status: 'stopping' } })
  t.equal((await ask('GET', '/livez')).status, 200)
  t.equal((await ask('GET', EVENTS)).status, 200)
  await closed
})

/** Parses the text format of Prometheus. Asserts that every sample has a TYPE. */
function readMetrics(t: Test, text: string): Record<string, number> {
  const explained = new Map<string, string>()
  const samples: Record<string, number> = {}
  t.match(text, /\n$/)
  for (const line of text.split('\n').filter(line => line !== '')) {
    const [, comment, metric = '', rest = ''] = /^# (HELP|TYPE) ([a-z_:][\w:]*) (.+)$/i.exec(line) ?? []
    if (comment === 'TYPE') explained.set(metric, rest)
    if (comment !== undefined) continue
    const [, name = '', labels = '', value] =
      /^([a-z_:][\w:]*)(\{(?:[a-z_]\w*="(?:[^"\\\n]|\\[\\n"])*",?)+\})? (-?\d+(?:\.\d+)?(?:e[-+]?\d+)?)$/i.exec(line) ??
      []
    if (value === undefined) t.fail(line)
    t.match(explained.get(name), /^(?:counter|gauge)$/, name)
    t.notOk(`${name}${labels}` in samples, 'once')
    samples[`${name}${labels}`] = Number(value)
  }
  return samples
}

/** Forwards connections from one port to another. */
async function listenAt(t: Test, port: number, to: number) {
  const { createServer: createSocketServer } = await import('node:net')
  const server = createSocketServer(socket => {
    const there = connect(to, '127.0.0.1')
    socket.on('error', () => there.destroy()).pipe(there)
    there.on('error', () => socket.destroy()).pipe(socket)
  })
  await once(server.listen(port, '127.0.0.1'), 'listening')
  const promise = once(server, 'close')
  t.teardown(() => void server.close())
  return { server, promise }
}
