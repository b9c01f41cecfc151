import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import t, { type Test } from 'tap'
import {
  createDeliveryQueue,
  inFlightLimits,
  type QueuedDelivery,
  withCopies
} from '../src/domain/calls/delivery-queue.js'
import { EVENT_TYPES } from '../src/schema/event-type.js'
import { createFlights } from '../src/service/deliveries/flights.js'
import { MADE_ROOM, type Outcome, type Send } from '../src/service/deliveries/outcome.js'
import { createSandbox } from '../src/service/sandbox.js'
import { type Running, readFixture, start } from './support/emulator.js'
import { call, runHere, type Server, serve, until } from './support/program.js'
import { receive } from './support/receiver.js'

const OUTSIDE = '+40700000001'
const ANSWERED: Outcome = {
  kind: 'answered',
  ms: 1,
  response: { status: 200, headers: {}, body: '', truncated: false }
}
const ringing = (urls: string[], method = '0') => ({
  ...readFixture('default'),
  phoneCallEvents: urls.map((url, index) => ({
    extension: '0003*210',
    type: '0',
    id: `ring${String(index).padStart(2, '0')}`,
    method,
    url
  }))
})

const control = ({ ask }: Running) => ({
  place: async (body: object = { from: OUTSIDE, to: '0003*210' }) =>
    (await ask('POST', '/_emulator/calls', { body })).body,
  post: (path: string, body?: unknown) => ask('POST', `/_emulator${path}`, { body }),
  get: (path: string) => ask('GET', `/_emulator${path}`),
  idle: () => ask('GET', '/_emulator/idle?timeoutMs=20000')
})

/** A receiver that accepts connections and never answers. */
async function hang(t: Test): Promise<{ url: string; sockets: Socket[] }> {
  const sockets: Socket[] = []
  const server = createServer(socket => {
    sockets.push(socket.on('error', () => {}))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, sockets }
}

t.test(
  'deliveries of one call to one receiver are sent in the order of their moments, each after the last answer',
  async t => {
    const open = { now: 0, most: 0 }
    const receiver = await receive(t, (_request, response) => {
      open.most = Math.max(open.most, ++open.now)
      setTimeout(() => {
        open.now--
        response.end()
      }, 5)
    })
    const fixture = {
      ...readFixture('default'),
      phoneCallEvents: ['0003*210', '0003*211'].flatMap(extension =>
        EVENT_TYPES.flatMap(({ code, name }) =>
          ['a', 'b'].map(id => ({ extension, type: code, method: '0', url: `${receiver.url}/${name}/${id}` }))
        )
      )
    }
    const { place, idle } = control(await start(t, { fixture }))
    await place({ from: '0003*211', to: '0003*210' })
    await idle()
    const moments = ['dialOut', 'dialIn', 'answerIncoming', 'answerOutgoing', 'hangup', 'hangup']
    t.strictSame(
      receiver.received.map(({ target }) => target.split('?')[0]),
      moments.flatMap(moment => [`/${moment}/a`, `/${moment}/b`])
    )
    t.equal(open.most, 1)
  }
)

t.test('calls do not wait for each other', async t => {
  const waiting: (() => void)[] = []
  const receiver = await receive(t, (_request, response) => {
    waiting.push(() => response.end())
    if (waiting.length === 5) for (const answer of waiting) answer()
  })
  const { place, idle, get } = control(await start(t, { fixture: ringing([`${receiver.url}/`]) }))
  for (let index = 0; index < 5; index++) await place()
  t.equal((await idle()).status, 200, 'the receiver answers none before it has all five')
  t.match((await get('/deliveries?state=delivered')).body, { total: 5 })
})

t.test('a receiver that hangs delays only its own deliveries', async t => {
  const [slow, receiver] = [await hang(t), await receive(t)]
  const fixture = ringing([`${slow.url}/hang`, `${receiver.url}/quick`])
  const { place, get } = control(await start(t, { fixture, callbackTotalMs: 60_000 }))
  for (let index = 0; index < 30; index++) await place()
  await until(() => receiver.received.length === 30)
  const { body } = await get('/deliveries?state=sending')
  const hanging = body.deliveries.filter(({ eventId }: { eventId: string }) => eventId === 'ring00')
  t.equal(hanging.length, 8, 'eight are in flight to the one that hangs')
  t.equal((await get('/deliveries?state=pending')).body.total, 22, 'and the rest waits for it')
})

t.test('any number of receivers that hang, one webhook each, do not delay a healthy one', async t => {
  for (const count of [65, 1_000]) {
    const hanging = await hang(t)
    const healthy = await receive(t)
    const hosts = Array.from({ length: count }, (_, nth) => `hangs-${nth}.test`)
    const urls = hosts.map(host => hanging.url.replace('127.0.0.1', host))
    const rewriteCallback = hosts.map(host => `${host}=127.0.0.1`)
    const { phoneCallEvents, ...directory } = ringing(urls)
    const event = { extension: '0003*211', type: '0', method: '0', url: `${healthy.url}/` }
    const fixture = { ...directory, phoneCallEvents: [...phoneCallEvents, event] }
    const { post, get } = control(
      await start(t, { fixture, callbackTotalMs: 600_000, callbackConnectMs: 600_000, rewriteCallback })
    )
    const place = (to: string) => post('/calls', { from: OUTSIDE, to, manual: true })
    await Promise.all([place('0003*210'), place('0003*211')])
    await until(() => healthy.received.length === 1)
    await until(async () => (await get('/deliveries?state=sending&limit=1')).body.total === count)
    await place('0003*211')
    await until(async () => (await get('/deliveries?state=delivered&limit=1')).body.total === 2)
    t.match((await get('/deliveries?state=sending&limit=1')).body, { total: count }, `${count} still hang then`)
    t.equal(healthy.received.length, 2)
  }
})

t.test('when more receivers hang than may be sent to, those that were waited for longest make room', async t => {
  const { extensions = [], ...directory } = readFixture('default')
  const called = ['0003*601', '0003*602', '0003*603']
  const hanging = called.flatMap(extension =>
    Array.from({ length: 835 }, (_, nth) => ({ extension, url: `http://hangs-${nth}.test:${extension.slice(5)}/` }))
  )
  const event = ({ extension = '', url = '' }) => ({ extension, type: '0' as const, method: '0' as const, url })
  const document = {
    ...directory,
    extensions: [
      ...extensions,
      ...called.map(number => ({ number, owner: '13', kind: 'phoneTerminal' as const, name: number }))
    ],
    phoneCallEvents: [...hanging, { extension: '0003*210', url: 'http://healthy.test/' }].map(event)
  }
  const open = { now: 0, most: 0 }
  const reported: unknown[] = []
  const send: Send = ({ url }, signal) => {
    if (url.startsWith('http://healthy.test/')) return Promise.resolve(ANSWERED)
    open.most = Math.max(open.most, ++open.now)
    const failure = { reason: 'response_timeout' as const, message: 'ended' }
    return new Promise(done =>
      signal.addEventListener('abort', {
        handleEvent() {
          open.now--
          done(signal.reason === MADE_ROOM ? { kind: 'failed', ms: 1, failure } : { kind: 'interrupted', ms: 1 })
        }
      })
    )
  }
  const sandbox = createSandbox(
    { database: ':memory:', callbackConcurrency: 4, fixtures: [{ name: 'many', document }] },
    { send, report: error => void reported.push(error) }
  )
  sandbox.fixtures.seed()
  sandbox.resume()
  for (const to of called) sandbox.calls.place({ from: OUTSIDE, to, manual: true })
  const count = (state: 'sending' | 'failed' | 'delivered') => sandbox.deliveries.list({ state, limit: 1 }).total
  await until(() => count('sending') === 2_504 && count('failed') === 1)
  const [ended] = sandbox.deliveries.list({ state: 'failed' }).deliveries
  t.equal(ended?.id, '1', 'one more than may be in flight ended the first one')
  sandbox.calls.place({ from: OUTSIDE, to: '0003*210', manual: true })
  await until(() => count('delivered') === 1)
  t.strictSame([open.most, count('failed')], [2_504, 2], 'and so did one that came later')
  const alive = setInterval(() => {}, 1_000) // as a listener does: no timer of the emulator keeps a process alive
  await sandbox.close()
  clearInterval(alive)
  t.strictSame([open.now, reported], [0, []], 'all are ended with the sandbox')
})

t.test('an attempt makes room after a second at the earliest, the oldest first', async t => {
  let now = 5_000
  const ended: unknown[] = []
  const landed: number[] = []
  const flights = createFlights({
    send: (_request, signal) =>
      new Promise(done =>
        signal.addEventListener('abort', {
          handleEvent() {
            ended.push(signal.reason)
            done({ kind: 'interrupted', ms: 1 })
          }
        })
      ),
    report: error => t.fail(String(error)),
    onLanded: ({ queued }) => void landed.push(queued.id),
    onRoom: () => {},
    now: () => now
  })
  const request = { method: 'GET', url: 'http://hangs.test/', headers: {}, body: '' } as const
  for (const id of [1, 2, 3]) {
    flights.begin({ queued: { id, lane: 'call', origin: 'http://hangs.test' }, request, at: '' })
    now += 100
  }
  flights.makeRoom(3)
  t.strictSame(ended, [], 'none has lasted a second')
  now = 6_100
  flights.makeRoom(0)
  t.strictSame(ended, [])
  flights.makeRoom(3)
  t.strictSame(ended, [MADE_ROOM, MADE_ROOM], 'two have')
  await nextTurn()
  t.strictSame(landed, [1, 2])
  flights.replace()
  await flights.ended()
  t.equal(ended.length, 3)
  t.strictSame(landed, [1, 2], 'the outcome of an attempt of before a reset is discarded')
})

t.test('64 deliveries are in flight, 8 an origin, and the first to each further origin besides', async t => {
  const queue = createDeliveryQueue()
  let id = 0
  const add = (origin: string, count: number) => {
    for (let index = 0; index < count; index++) queue.add({ id: ++id, lane: `call ${id}`, origin })
  }
  const countsOf = (taken: QueuedDelivery[]) => {
    const counts = new Map<string, number>()
    for (const { origin } of taken) counts.set(origin, (counts.get(origin) ?? 0) + 1)
    return [...counts.values()].sort()
  }
  for (let origin = 0; origin < 9; origin++) add(`busy ${origin}`, 20)
  const first = queue.take()
  t.equal(first.length, 64 + 8, '64, and the first ones to eight further origins')
  t.strictSame(countsOf(first), Array(9).fill(8), 'eight to each')
  add('busy 9', 20)
  t.strictSame(countsOf(queue.take()), [1], 'a further origin gets its first one')
  for (let origin = 0; origin < 20; origin++) add(`new ${origin}`, 2)
  const second = queue.take()
  t.strictSame(countsOf(second), Array(20).fill(1), 'each of those with nothing in flight gets one')
  t.equal(queue.take().length, 0, 'and then none')
  for (const taken of first.slice(0, 5)) queue.done(taken)
  t.equal(queue.take().length, 5, 'until there is room')
  t.equal(queue.size(), 200 + 40 - 5)
})

t.test(
  'of any number of origins that do not answer none delays another, until 2,564 deliveries are in flight',
  async t => {
    for (const hanging of [63, 64, 65, 500, 2_000, 2_563]) {
      const queue = createDeliveryQueue()
      for (let id = 1; id <= hanging; id++) {
        queue.add({ id, lane: 'one call', origin: `hanging ${id}` })
        queue.add({ id: -id, lane: 'another call', origin: `hanging ${id}` })
      }
      queue.add({ id: 0, lane: 'one call', origin: 'healthy' })
      const sent = queue.take().map(({ id }) => id)
      t.ok(sent.includes(0), `${hanging}: also the last of them`)
      t.equal(sent.length, Math.min(hanging + 1 + 63, 64 + 2_500), `${hanging}: no more are in flight than may be`)
      queue.add({ id: 0.5, lane: 'another call', origin: 'healthy' })
      const late = { id: 0.7, lane: 'one call', origin: 'a late one' }
      queue.add(late)
      const isFull = sent.length === 2_564
      t.strictSame(queue.take(), isFull ? [] : [late], `${hanging}: and one that comes later`)
      t.equal(queue.crowded(), isFull ? 1 : 0)
    }
  }
)

t.test(
  'what is taken at once is limited; when more origins wait, the newest ones take turns with the oldest',
  async t => {
    const queue = createDeliveryQueue()
    for (let id = 0; id < 1_000; id++) queue.add({ id, lane: 'call', origin: `origin ${id}` })
    const idsOf = (limit?: number) => queue.take(limit).map(({ id }) => id)
    t.strictSame(idsOf(0), [])
    t.strictSame(idsOf(6), [0, 999, 1, 998, 2, 997])
    queue.add({ id: 1_000, lane: 'call', origin: 'a new one' })
    t.strictSame(idsOf(4), [3, 1_000, 4, 996])
    t.strictSame(
      idsOf(991),
      [...Array(991).keys()].map(id => id + 5),
      'in order when all are taken'
    )
    for (let id = 2_000; id < 9_000; id++) {
      queue.add({ id, lane: 'call', origin: `origin ${id}` })
      for (const taken of queue.take(1)) queue.done(taken)
    }
    t.strictSame([idsOf(64), queue.size()], [[], 1_001])
  }
)

t.test('origins take turns: of seventy none is starved', async t => {
  const queue = createDeliveryQueue()
  for (let id = 0; id < 700; id++) queue.add({ id, lane: `call ${id}`, origin: `origin ${id % 70}` })
  const served = new Map<string, number>()
  const flying = queue.take()
  for (let round = 0; round < 400; round++) {
    const landed = flying.shift()
    if (landed === undefined) break
    queue.done(landed)
    served.set(landed.origin, (served.get(landed.origin) ?? 0) + 1)
    flying.push(...queue.take())
  }
  t.equal(served.size, 70)
  t.ok(Math.max(...served.values()) - Math.min(...served.values()) <= 2, JSON.stringify([...served.values()]))
})

t.test('a delivery that is given back is sent first, and a lane waits for its delivery in flight', async t => {
  const queue = createDeliveryQueue()
  for (const id of [1, 2, 3]) queue.add({ id, lane: 'one', origin: 'a' })
  queue.add({ id: 4, lane: 'two', origin: 'a' })
  const taken = queue.take()
  t.strictSame(
    taken.map(({ id }) => id),
    [1, 4]
  )
  for (const queued of taken) queue.giveBack(queued)
  const again = queue.take()
  t.strictSame(again.map(({ id }) => id).sort(), [1, 4])
  for (const queued of again) queue.done(queued)
  t.strictSame(
    queue.take().map(({ id }) => id),
    [2]
  )
  t.equal(queue.size(), 2)

  const narrow = createDeliveryQueue({ total: 8, perOrigin: 2, most: 8 })
  for (const id of [1, 2, 3]) narrow.add({ id, lane: String(id), origin: 'a' })
  const both = narrow.take()
  for (const queued of both.toReversed()) narrow.giveBack(queued)
  t.strictSame(
    narrow.take().map(({ id }) => id),
    [1, 2],
    'before another lane that waits'
  )
})

t.test('only a 2xx answer is delivered; every other result has its reason', async t => {
  const receiver = await receive(t, (request, response) => {
    const status = Number(request.url?.slice(1, 4))
    response.writeHead(status, { Location: 'http://127.0.0.1:1/elsewhere' })
    response.end(`said ${status}`)
  })
  const statuses = [200, 204, 299, 301, 304, 400, 404, 500, 503]
  const fixture = ringing(statuses.map(status => `${receiver.url}/${status}`))
  const { place, idle, get } = control(await start(t, { fixture }))
  await place()
  await idle()
  const { body } = await get('/deliveries')
  for (const [index, status] of statuses.entries()) {
    const { state, attempts } = body.deliveries[index]
    t.equal(state, status < 300 ? 'delivered' : 'failed', String(status))
    t.equal(attempts[0].response.status, status)
    const reason = status === 301 ? 'redirected' : 'status_not_2xx'
    if (status >= 300) t.match(attempts[0].failure, { reason, message: String }, String(status))
  }
  t.equal(receiver.received.length, statuses.length, 'no redirect was followed')
})

t.test('a webhook that the policy forbids is recorded and not sent, with the flag that allows it', async t => {
  const emulator = await start(t, { fixture: ringing([]) })
  const { place, idle, get } = control(emulator)
  for (const url of ['http://93.184.216.34/a', `${emulator.url}/uapi`, 'http://169.254.169.254/latest']) {
    await emulator.ask('POST', '/uapi/extensions/@me/0003*210/phoneCallEvents/0', { body: { method: '0', url } })
  }
  await place()
  t.equal((await idle()).status, 200)
  const { body } = await get('/deliveries')
  t.equal(body.total, 3)
  for (const { state, attempts, request } of body.deliveries) {
    t.equal(state, 'blocked', request.url)
    t.match(attempts, [{ failure: { reason: /^(?:blocked_by_policy|own_listener)$/, hint: /--/ } }], request.url)
  }
})

t.test('a replay sends the same bytes again, as a new attempt', async t => {
  let status = 500
  const receiver = await receive(t, (_request, response) => {
    response.statusCode = status
    response.end()
  })
  const { place, idle, get, post } = control(await start(t, { fixture: ringing([`${receiver.url}/x`], '1') }))
  await place()
  await idle()
  t.match((await get('/deliveries/1')).body, { state: 'failed', attempts: [{}] })
  status = 200
  t.match(await post('/deliveries/1/replay'), { status: 200, body: { id: '1', state: 'pending', attempts: [{}] } })
  await idle()
  const { body } = await get('/deliveries/1')
  t.match(body, { state: 'delivered', attempts: [{ response: { status: 500 } }, { response: { status: 200 } }] })
  t.strictSame(receiver.received[1], receiver.received[0])
  t.equal((await get('/deliveries')).body.total, 1, 'and is no second delivery')
})

t.test('a pending delivery or one in flight cannot be replayed, and an unknown one is 404', async t => {
  const slow = await hang(t)
  const { place, post, get } = control(await start(t, { fixture: ringing([slow.url]), callbackTotalMs: 60_000 }))
  await place()
  await until(() => slow.sockets.length > 0)
  const refused = { status: 409, body: { error: { code: 'delivery_state', message: /sending/ } } }
  t.match(await post('/deliveries/1/replay'), refused)
  for (const id of ['2', '0', '1e0', '-1', 'x', '99999999999999999']) {
    t.match(await post(`/deliveries/${id}/replay`), { status: 404, body: { error: { code: 'delivery_unknown' } } }, id)
    t.equal((await get(`/deliveries/${id}`)).status, 404, id)
  }
  t.match(await post('/deliveries/1/replay', { x: 1 }), { status: 400, reason: 'member_unknown' })
})

t.test('deliveries are listed in the order of sending, and a replay does not change it', async t => {
  const [slow, receiver] = [await hang(t), await receive(t)]
  const fixture = {
    ...readFixture('default'),
    phoneCallEvents: ['a', 'b'].flatMap(id => [
      { extension: '0003*210', type: '0', id: `slow${id}`, method: '0', url: `${slow.url}/${id}` },
      { extension: '0003*211', type: '1', id: `quick${id}`, method: '0', url: `${receiver.url}/${id}` }
    ])
  }
  const { place, get, post } = control(await start(t, { fixture, callbackTotalMs: 60_000 }))
  await place({ from: OUTSIDE, to: '0003*210' })
  await until(() => slow.sockets.length === 1)
  await place({ from: '0003*211', to: OUTSIDE })
  await until(() => receiver.received.length === 2)
  const order = async (query = '') =>
    (await get(`/deliveries${query}`)).body.deliveries.map(({ eventId }: { eventId: string }) => eventId).join()
  t.equal(await order(), 'slowa,quicka,quickb,slowb', 'deliveries that were not sent are last')
  t.equal(await order('?after=1'), 'quicka,quickb,slowb')
  t.equal(await order('?after=4'), 'slowb')
  t.match(await post('/deliveries/2/replay'), { status: 409, body: { error: { message: /is pending/ } } })
  await post('/deliveries/3/replay')
  await until(() => receiver.received.length === 3)
  t.equal(await order(), 'slowa,quicka,quickb,slowb')
})

t.test('the deliveries of a call can be counted when the log has dropped those of other calls', async t => {
  const receiver = await receive(t)
  const { place, post, idle, get } = control(await start(t, { fixture: ringing([receiver.url]), deliveryLogSize: 3 }))
  const first = await place()
  for (let index = 0; index < 5; index++) await place()
  const { callId } = await place()
  await idle()
  t.match((await get('/deliveries')).body, { total: 3, dropped: 4 })
  const verify = (match: object, count: unknown) => post('/deliveries/verify', { match, count })
  t.equal((await verify({ callId }, 1)).status, 200)
  t.equal((await verify({ callId, type: '2' }, { max: 0 })).status, 200)
  t.equal((await verify({ callId: first.callId }, 0)).status, 409, 'of a call that was dropped it is not')
  t.equal((await verify({}, 3)).status, 409)
})

t.test('a delivery keeps its newest hundred attempts', async t => {
  const { place, post, idle, get } = control(await start(t, { fixture: ringing(['http://127.0.0.1:1/']) }))
  await place()
  for (let index = 0; index < 105; index++) {
    await idle()
    await post('/deliveries/1/replay')
  }
  await idle()
  t.equal((await get('/deliveries/1')).body.attempts.length, 100)
})

t.test('a list of many large deliveries has all of them', async t => {
  const receiver = await receive(t, (_request, response) => void response.end('x'.repeat(65_536)))
  const { place, idle, get } = control(await start(t, { fixture: ringing(Array(300).fill(receiver.url)) }))
  await place()
  await idle()
  const { body, text, headers } = await get('/deliveries')
  t.equal(body.total, 300)
  t.strictSame(
    body.deliveries.map(({ id }: { id: string }) => Number(id)),
    Array.from({ length: 300 }, (_, index) => index + 1)
  )
  t.ok(text.length > 300 * 65_536)
  t.equal(headers.get('content-length'), null, 'it is sent in parts')
  const short = await get('/deliveries?limit=1')
  t.equal(short.body.deliveries[0].id, '300')
  t.equal(short.headers.get('content-length'), String(short.text.length))
})

t.test('deliveries can be filtered by each of their properties', async t => {
  const receiver = await receive(t)
  const fixture = {
    ...readFixture('default'),
    phoneCallEvents: ['0003*210', '0003*211'].flatMap(extension =>
      ['0', '1', '2'].map(type => ({
        extension,
        type,
        id: `e${type}${extension.slice(-3)}`,
        method: '0',
        url: receiver.url
      }))
    )
  }
  const { place, idle, get } = control(await start(t, { fixture }))
  const first = await place({ from: '0003*211', to: '0003*210', outcome: 'busy' })
  await idle()
  await place({ from: '0003*210', to: '0003*211', outcome: 'busy' })
  await idle()
  const ids = async (query: string) => {
    const { body } = await get(`/deliveries${query}`)
    return body.deliveries.map(({ id }: { id: string }) => id).join()
  }
  t.equal(await ids(''), '1,2,3,4,5,6,7,8')
  t.equal(await ids(`?callId=${first.callId}`), '1,2,3,4')
  t.equal(await ids('?extension=0003*210'), '2,4,5,7')
  t.equal(await ids('?extension=0003%2A210&type=2'), '4,7')
  t.equal(await ids('?moment=dialOut'), '1,5')
  t.equal(await ids('?eventId=e0211'), '6')
  t.equal(await ids('?state=delivered&limit=2'), '7,8')
  t.equal(await ids('?state=pending'), '')
  t.equal(await ids('?after=6'), '7,8')
  t.equal(await ids('?after=1&limit=1&extension=0003*210'), '7')
  t.equal(await ids('?limit=0'), '')
  for (const query of [
    'extension=210',
    'type=9',
    'type=',
    'state=sent',
    'moment=ring',
    'limit=1.5',
    'after=99',
    'after=x',
    'callId=7',
    'x=1',
    'type=1&type=2'
  ]) {
    const answer = await get(`/deliveries?${query}`)
    t.match(answer, { status: 400, body: { error: { details: [{ path: `?${query.split('=')[0]}` }] } } }, query)
  }
})

t.test('the delivery log is bounded, and pending deliveries are never dropped', async t => {
  const [slow, receiver] = [await hang(t), await receive(t)]
  const fixture = ringing([`${slow.url}/hang`, `${receiver.url}/quick`])
  const { place, get } = control(await start(t, { fixture, callbackTotalMs: 60_000, deliveryLogSize: 4 }))
  for (let index = 0; index < 6; index++) await place()
  // A received webhook is answered a moment later, and may be dropped only then.
  await until(async () => (await get('/deliveries?state=sending')).body.total === 6)
  t.equal(receiver.received.length, 6)
  const { body } = await get('/deliveries')
  const hanging = body.deliveries.filter(({ eventId }: { eventId: string }) => eventId === 'ring00')
  t.equal(hanging.length, 6, 'all pending deliveries are there')
  t.equal(body.total + body.dropped, 12)
  t.equal(body.total, 10, 'and of the rest the newest four')
})

t.test('answering POST /calls never waits for a receiver', async t => {
  const slow = await hang(t)
  const { place, get } = control(await start(t, { fixture: ringing([slow.url]), callbackTotalMs: 60_000 }))
  const placed = await place()
  t.match(placed, { state: 'ended', moments: [{ armed: [{ state: 'pending' }] }, {}, {}] })
  t.match((await get(`/idle`)).body, { error: { code: 'wait_timeout' } })
})

t.test('with webhookOrder concurrent the deliveries of a call do not wait for each other', async t => {
  const waiting: (() => void)[] = []
  const receiver = await receive(t, (_request, response) => {
    waiting.push(() => response.end())
    if (waiting.length === 4) for (const answer of waiting.splice(0)) answer()
  })
  const urls = Array.from({ length: 4 }, (_, index) => `${receiver.url}/${index}`)
  const emulator = await start(t, { fixture: ringing(urls), settings: { webhookOrder: 'concurrent' } })
  const { place, idle, get } = control(emulator)
  await place()
  t.equal((await idle()).status, 200, 'the receiver answers none before it has all four')
  t.match((await get('/deliveries?state=delivered')).body, { total: 4 })
  t.strictSame(
    receiver.received.map(({ target }) => target.slice(0, 2)),
    ['/0', '/1', '/2', '/3'],
    'they are sent in their order'
  )
})

t.test('webhookOrder is read when a delivery becomes pending', async t => {
  const waiting: (() => void)[] = []
  const receiver = await receive(t, (_request, response) => void waiting.push(() => response.end()))
  const fixture = ringing([`${receiver.url}/a`, `${receiver.url}/b`, `${receiver.url}/c`])
  const emulator = await start(t, { fixture })
  const { place, idle, get } = control(emulator)
  const change = (webhookOrder: string) => emulator.ask('PATCH', '/_emulator/settings', { body: { webhookOrder } })
  await place()
  await until(() => waiting.length === 1)
  t.equal((await change('concurrent')).status, 200)
  await place()
  await until(() => waiting.length === 4)
  t.match((await get('/deliveries?state=pending')).body, { total: 2 }, 'those of the first call wait as before')
  await change('serial')
  for (const expected of [5, 6]) {
    for (const answer of waiting.splice(0)) answer()
    await until(() => receiver.received.length === expected)
  }
  waiting.shift()?.()
  t.equal((await idle()).status, 200)
})

t.test('deliveries that are pending at a restart are sent in the order of the setting then', async t => {
  const waiting: (() => void)[] = []
  const receiver = await receive(t, (_request, response) => {
    waiting.push(() => response.end())
    if (waiting.length === 3) for (const answer of waiting.splice(0)) answer()
  })
  const database = join(t.testdir(), 'emulator.db')
  const fixture = ringing([`${receiver.url}/a`, `${receiver.url}/b`, `${receiver.url}/c`])
  const first = await start(t, { database, fixture })
  const { place, post } = control(first)
  await post('/faults', { on: { operation: 'delivery' }, do: { hold: true } })
  await place()
  await first.app.close()
  const second = control(await start(t, { database, fixture, settings: { webhookOrder: 'concurrent' } }))
  t.equal((await second.idle()).status, 200, 'the receiver answers none before it has all three')
  t.match((await second.get('/deliveries?state=delivered')).body, { total: 3 })
})

t.test('the limits in flight are options', async t => {
  for (const [options, most] of [
    [{ callbackConcurrency: 1 }, 1],
    [{ callbackConcurrency: 20, callbackConcurrencyPerOrigin: 3 }, 3],
    [{ callbackConcurrency: 4, callbackConcurrencyPerOrigin: 100 }, 4]
  ] as const) {
    const open = { now: 0, most: 0 }
    const receiver = await receive(t, (_request, response) => {
      open.most = Math.max(open.most, ++open.now)
      setTimeout(() => {
        open.now--
        response.end()
      }, 5)
    })
    const settings = { webhookOrder: 'concurrent' } as const
    const fixture = ringing(Array(12).fill(receiver.url))
    const { place, idle } = control(await start(t, { fixture, settings, ...options }))
    await place()
    await place()
    t.equal((await idle()).status, 200)
    t.equal(receiver.received.length, 24)
    t.equal(open.most, most, JSON.stringify(options))
  }
})

t.test(
  'with fewer than 4 places no more are in flight, whatever their origins, and every delivery is sent with a few places',
  async t => {
    const most = [1, 2, 3, 4, 8, 64, 10_000].map(total => inFlightLimits({ callbackConcurrency: total }).most)
    t.strictSame(most, [1, 2, 3, 2_504, 2_508, 2_564, 12_500])
    for (const [total, perOrigin] of [
      [1, 1],
      [1, 8],
      [2, 1],
      [4, 1],
      [5, 100]
    ] as const) {
      const limits = inFlightLimits({ callbackConcurrency: total, callbackConcurrencyPerOrigin: perOrigin })
      const queue = createDeliveryQueue(limits)
      for (let id = 0; id < 40; id++) queue.add({ id, lane: `call ${id % 7}`, origin: `origin ${id % 3}` })
      const sent: number[] = []
      for (let taken = queue.take(); taken.length > 0; taken = queue.take()) {
        t.ok(taken.length <= (total < 4 ? total : total + 2))
        for (const queued of taken) {
          sent.push(queued.id)
          queue.done(queued)
        }
      }
      t.equal(new Set(sent).size, 40, `${total} in all, ${perOrigin} an origin`)
    }
  }
)

t.test('wrong limits in flight are refused at the start', async t => {
  for (const flag of ['--callback-concurrency', '--callback-concurrency-per-origin']) {
    for (const value of ['0', '-1', '1.5', 'many', '', '10001']) {
      const { code, out, err } = await runHere(['--database', ':memory:', '--port', '0', `${flag}=${value}`])
      t.strictSame({ code, out }, { code: 2, out: '' }, `${flag}=${value}`)
      t.match(err, flag)
    }
  }
})

/** A generator of numbers below a limit, the same for the same seed. */
function numbers(seed: number): (limit: number) => number {
  let state = seed
  return limit => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return Math.floor((state / 2_147_483_648) * limit)
  }
}

t.test('property: in any order of events the queue keeps lanes, limits and copies', async t => {
  for (let seed = 1; seed <= 200; seed++) {
    const random = numbers(seed)
    const limits = inFlightLimits({
      callbackConcurrency: 1 + random(12),
      callbackConcurrencyPerOrigin: 1 + random(6)
    })
    const queue = createDeliveryQueue(limits)
    const added = new Map<string, QueuedDelivery[]>() // by lane, in order
    const flying: QueuedDelivery[] = []
    const parked: (() => void)[] = []
    const ended: QueuedDelivery[] = []
    const problems: string[] = []
    const keyOf = ({ origin, lane }: QueuedDelivery) => `${origin} ${lane}`
    let nextId = 0
    let total = 0
    const add = () => {
      const times = random(4)
      const effect = times === 0 ? undefined : { kind: 'duplicate' as const, times, isConcurrent: random(2) === 0 }
      const id = ++nextId
      for (const queued of withCopies({ id, lane: `call ${random(4)}`, origin: `origin ${random(3)}`, effect })) {
        queue.add(queued)
        added.set(keyOf(queued), [...(added.get(keyOf(queued)) ?? []), queued])
        total++
      }
    }
    const take = () => {
      const taken = queue.take()
      if (random(6) === 0) {
        for (const queued of taken.toReversed()) queue.giveBack(queued) // a commit that failed
        return
      }
      for (const queued of taken) {
        const before = flying.filter(one => keyOf(one) === keyOf(queued))
        if (before.some(({ id }) => id !== queued.id)) problems.push(`two deliveries of a lane at once: ${queued.id}`)
        if (before.length > 0 && !queued.isTogether) problems.push(`copies at once that are not: ${queued.id}`)
        if (random(8) === 0 && before.length === 0 && queued.isTogether === undefined) {
          parked.push(queue.park(queued))
          continue
        }
        const expected = added.get(keyOf(queued))?.shift()
        if (expected?.id !== queued.id || expected.isCopy !== queued.isCopy) problems.push(`out of order: ${queued.id}`)
        flying.push(queued)
      }
      const further = new Set(flying.map(({ origin }) => origin)).size - 1
      const counted = limits.total < 4 ? flying.length : flying.length - further
      if (counted > limits.total) problems.push(`${flying.length} in flight`)
      for (const one of flying) {
        const ofOrigin = flying.filter(({ origin }) => origin === one.origin).length
        if (ofOrigin > limits.perOrigin) problems.push(`${ofOrigin} in flight to ${one.origin}`)
      }
    }
    const end = () => {
      const [one] = flying.splice(random(flying.length), 1)
      if (one === undefined) return
      queue.done(one)
      ended.push(one)
    }
    for (let step = 0; step < 60; step++) [add, take, end, end, () => parked.shift()?.()][random(5)]?.()
    while (ended.length < total && problems.length === 0) {
      for (const resume of parked.splice(0)) resume()
      const before = ended.length + flying.length
      take()
      end()
      if (ended.length + flying.length === before && flying.length === 0 && parked.length === 0 && random(2000) === 0) {
        problems.push('nothing goes on')
      }
    }
    if (queue.size() !== 0) problems.push(`${queue.size()} are left`)
    t.strictSame(problems, [], `seed ${seed}`)
  }
})

t.test(
  'a changed replay is a delivery of its own, to another url, by another method, with other parameters',
  async t => {
    const [receiver, other] = [await receive(t), await receive(t)]
    const fixture = ringing([`${receiver.url}/x?own=1&CallID=mine#part`])
    const emulator = await start(t, { fixture })
    const { place, idle, get, post } = control(emulator)
    const { callId } = await place()
    await idle()
    const replay = async (id: string, body: object) => {
      const { status, body: delivery } = await post(`/deliveries/${id}/replay`, body)
      t.equal(status, 200, JSON.stringify(delivery))
      await idle()
      return (await get(`/deliveries/${delivery.id}`)).body
    }
    const original = (await get('/deliveries/1')).body
    const form = original.request.url.replace(/^.*?&CallID=mine&/, '')

    const elsewhere = await replay('1', { url: `http://me:it@127.0.0.1:${other.port}/y?z=%20` })
    t.match(elsewhere, { id: '2', replayOf: '1', callId, eventId: 'ring00', moment: 'dialIn', state: 'delivered' })
    t.match(elsewhere, { attempts: [{ response: { status: 200 } }] })
    t.equal(other.received[0]?.target, `/y?z=%20&${form}`, 'the own query of the new url is kept as it is')
    t.match(elsewhere.request.headers, { Host: `127.0.0.1:${other.port}`, Authorization: 'Basic bWU6aXQ=' })

    const posted = await replay('1', { method: '1' })
    t.match(posted.request, { method: 'POST', url: `${receiver.url}/x?own=1&CallID=mine`, body: form })
    t.equal(receiver.received.at(-1)?.body, form)
    t.strictSame(Object.keys(posted.request.headers).slice(-3), ['Content-Type', 'Content-Length', 'Connection'])

    const parameters = { CallStatus: 'Ä b*', CallAPIID: null, EventType: '0', CallID: { bytes: 'C3ff20' } }
    const changed = await replay('3', { parameters })
    t.match(changed, { replayOf: '3' }, 'a replay can be replayed')
    const expected = form
      .replace(/CallStatus=[^&]*/, 'CallStatus=%C3%84+b*')
      .replace(/&CallAPIID=[^&]*/, '')
      .replace(/^CallID=[^&]*/, 'CallID=%C3%FF%20')
    t.equal(receiver.received.at(-1)?.body, `${expected}&EventType=0`)
    t.equal(receiver.received.at(-1)?.target, '/x?own=1&CallID=mine', 'the own query of the url is not changed')

    const back = await replay(changed.id, { method: 'GET', url: `${other.url}?`, parameters: { EventType: null } })
    t.equal(other.received.at(-1)?.target, `/?${expected}`)
    t.match(back.request, { method: 'GET', body: '' })
    t.notOk('Content-Length' in back.request.headers)
    t.match((await get('/deliveries/1')).body, original, 'the original is as it was')

    const again = await replay(back.id, {})
    t.match(again, { id: back.id, attempts: [{}, {}] }, 'without changes it is a new attempt')
    t.equal(other.received.at(-1)?.target, `/?${expected}`)
  }
)

t.test('a changed replay is armed by no moment, and is counted as dropped when the log drops it', async t => {
  const receiver = await receive(t)
  const fixture = ringing([receiver.url])
  const { place, idle, get, post } = control(await start(t, { fixture, deliveryLogSize: 3 }))
  const { callId } = await place({ from: OUTSIDE, to: '0003*210', manual: true })
  await idle()
  await post('/deliveries/1/replay', { parameters: { X: '1' } })
  await idle()
  const [moment] = (await get(`/calls/${callId}`)).body.moments
  t.match(moment.armed, [{ deliveryId: '1' }])
  t.equal(moment.armed.length, 1)
  t.notOk('forgotten' in moment)
  const verify = (match: object, count: unknown) => post('/deliveries/verify', { match, count })
  t.equal((await verify({ callId }, 2)).status, 200, 'it counts as a delivery')
  for (let index = 0; index < 6; index++) {
    await post(`/deliveries/${index + 2}/replay`, { parameters: { X: '1' } })
    await idle()
  }
  t.match((await get('/deliveries')).body, { total: 3, dropped: 5 })
  t.match((await get(`/calls/${callId}`)).body.moments, [{ armed: [], forgotten: 1 }])
  t.match(await verify({ callId }, 3), { status: 409, body: { hints: [/^5 older deliveries were dropped/] } })
  t.equal((await verify({ callId }, { min: 3 })).status, 200)
})

t.test('a changed replay that cannot be sent is refused with its path, and nothing is sent', async t => {
  const receiver = await receive(t)
  const { place, idle, get, post } = control(await start(t, { fixture: ringing([receiver.url]) }))
  await place()
  await idle()
  for (const [path, body] of [
    ['$.url', { url: 'ftp://x/' }],
    ['$.url', { url: 'receiver.test' }],
    ['$.url', { url: '' }],
    ['$.url', { url: 7 }],
    ['$.url', { url: 'http://[::x]/' }],
    ['$.url', { url: 'http://x:70000/' }],
    ['$.url', { url: `http://x/${'a'.repeat(2048)}` }],
    ['$.url', { url: 'http://x/\ud800' }],
    ['$.method', { method: 'PUT' }],
    ['$.method', { method: 0 }],
    ['$.parameters', { parameters: {} }],
    ['$.parameters', { parameters: [] }],
    ['$.parameters.CallID', { parameters: { CallID: 7 } }],
    ['$.parameters.CallID', { parameters: { CallID: 'x\udc00' } }],
    ['$.parameters.CallID', { parameters: { CallID: 'x'.repeat(4097) } }],
    ['$.parameters.CallID.bytes', { parameters: { CallID: { bytes: 'fff' } } }],
    ['$.parameters.CallID.bytes', { parameters: { CallID: { bytes: 'zz' } } }],
    ['$.parameters.CallID.bytes', { parameters: { CallID: {} } }],
    ['$.parameters.CallID.hex', { parameters: { CallID: { hex: 'ff' } } }],
    ['$.parameters[""]', { parameters: { '': 'x' } }],
    [`$.parameters.${'a'.repeat(129)}`, { parameters: { ['a'.repeat(129)]: 'x' } }],
    ['$.parameters["\\ud800"]', { parameters: { '\ud800': 'x' } }],
    ['$.headers', { headers: {} }],
    ['$.URL', { URL: receiver.url }]
  ] as const) {
    const { status, body: answer, text } = await post('/deliveries/1/replay', body)
    t.equal(status, 400, JSON.stringify(body))
    const paths = answer.error.details.map((detail: { path: string }) => detail.path)
    t.ok(paths.includes(path), `${path}: ${JSON.stringify(answer.error.details)}`)
    t.notMatch(text, /\ufffd|(?<!\\)\\ud[89a-f]/, 'no lone surrogate')
  }
  t.match(await post('/deliveries/9/replay', { method: '1' }), { status: 404, reason: 'delivery_unknown' })
  t.match((await get('/deliveries')).body, { total: 1 })
  t.equal(receiver.received.length, 1)
})

t.test('the policy applies to a changed replay, and it waits behind the other deliveries of its call', async t => {
  const slow = await hang(t)
  const receiver = await receive(t)
  const fixture = ringing([receiver.url, `${slow.url}/hang`])
  const { place, get, post } = control(await start(t, { fixture, callbackTotalMs: 60_000 }))
  await place()
  await until(() => slow.sockets.length === 1 && receiver.received.length === 1)
  const idOf = async (eventId: string): Promise<string> =>
    (await get(`/deliveries?eventId=${eventId}`)).body.deliveries[0].id
  const [quick, hanging] = [await idOf('ring00'), await idOf('ring01')]
  await until(async () => (await get(`/deliveries/${quick}`)).body.state === 'delivered')
  t.equal((await post(`/deliveries/${hanging}/replay`, { url: receiver.url })).status, 409, 'it is in flight')
  t.equal((await post(`/deliveries/${quick}/replay`, { url: 'http://93.184.216.34/' })).status, 200)
  await until(async () => (await get('/deliveries/3')).body.state === 'blocked')
  t.match((await get('/deliveries/3')).body, { attempts: [{ failure: { reason: 'blocked_by_policy' } }] })
  await post(`/deliveries/${quick}/replay`, { url: `${slow.url}/again` })
  await post(`/deliveries/${quick}/replay`, { url: `${receiver.url}/again` })
  await until(() => receiver.received.length === 2)
  t.match((await get('/deliveries/4')).body, { state: 'pending' }, 'of the same call to the same receiver')
  t.equal(slow.sockets.length, 1)
})

t.test('on SIGTERM, deliveries in flight get a second; pending deliveries are sent after the next start', async t => {
  const [slow, receiver] = [await hang(t), await receive(t)]
  const folder = mkdtempSync(join(tmpdir(), 'uapi-deliveries-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const database = join(folder, 'test.db')
  writeFileSync(
    join(folder, 'fixture.json'),
    JSON.stringify(ringing([`${slow.url}/1`, `${slow.url}/2`, `${receiver.url}/3`]))
  )
  const words = ['--database', database, '--fixture', join(folder, 'fixture.json')]
  const first = await serve(t, words)
  await call(`${first.url}/_emulator/calls`, { method: 'POST', body: { from: OUTSIDE, to: '0003*210' } })
  await until(() => slow.sockets.length > 0 && receiver.received.length > 0)
  t.match(await first.stop('SIGTERM'), { code: 0 })

  const second = await serve(t, words)
  const { deliveries } = (await call(`${second.url}/_emulator/deliveries`)).body
  const of = (eventId: string) => deliveries.find((one: { eventId: string }) => one.eventId === eventId)
  const failure = { reason: 'interrupted', message: String, hint: /replay/ }
  t.match(of('ring00'), { state: 'interrupted', attempts: [{ ms: Number, failure }] })
  t.match(of('ring02'), { state: 'delivered' })
  t.match(of('ring01'), { state: /^(?:pending|sending)$/, attempts: [] }, 'it was pending, and is sent now')
  await until(() => slow.sockets.length === 2)
  await second.stop('SIGKILL')
})

t.test(
  'kill -9 at any time: pending deliveries are sent later, those in flight are interrupted, none is lost or sent twice',
  async t => {
    const received: string[] = []
    const receiver = await receive(t, (_request, response, { target }) => {
      received.push(target)
      setTimeout(() => response.end(), Math.random() * 4)
    })
    const folder = mkdtempSync(join(tmpdir(), 'uapi-kill-'))
    t.teardown(() => rmSync(folder, { recursive: true, force: true }))
    const urls = Array.from({ length: 4 }, (_, index) => `${receiver.url}/${index}`)
    writeFileSync(join(folder, 'fixture.json'), JSON.stringify(ringing(urls)))
    const words = [
      '--database',
      join(folder, 'test.db'),
      '--fixture',
      join(folder, 'fixture.json'),
      '--log-level',
      'silent'
    ]
    const placed: string[] = []

    /** @param ms after the first answer, however long that takes */
    const placeUntilKilled = async (server: Server, ms: number) => {
      let timer: NodeJS.Timeout | undefined
      for (;;) {
        const answer = await call(`${server.url}/_emulator/calls`, {
          method: 'POST',
          body: { from: OUTSIDE, to: '0003*210' }
        }).catch(() => undefined)
        if (answer === undefined) break
        placed.push(answer.body.callId)
        timer ??= setTimeout(() => server.process.kill('SIGKILL'), ms)
      }
      await server.ended
      clearTimeout(timer)
    }

    for (let round = 0; round < 6; round++) await placeUntilKilled(await serve(t, words), 20 + round * 35)
    const last = await serve(t, words)
    t.equal((await call(`${last.url}/_emulator/idle?timeoutMs=60000`)).status, 200)
    const { deliveries, dropped } = (await call(`${last.url}/_emulator/deliveries?limit=10000`)).body
    const { calls } = (await call(`${last.url}/_emulator/calls?limit=10000`)).body
    await last.stop()

    t.equal(dropped, 0)
    const known = new Set(calls.map(({ callId }: { callId: string }) => callId))
    t.ok(
      placed.length > 5 && placed.every(callId => known.has(callId)),
      `every one of ${placed.length} answered calls is there`
    )
    t.equal(deliveries.length, calls.length * 4, 'each has its four deliveries')
    const arrivals = new Map<string, number>()
    for (const target of received) arrivals.set(target, (arrivals.get(target) ?? 0) + 1)
    const states = new Map<string, number>()
    const wrong: string[] = []
    for (const { id, state, attempts, request } of deliveries) {
      states.set(state, (states.get(state) ?? 0) + 1)
      const times = arrivals.get(request.url.slice(receiver.url.length)) ?? 0
      const holds = state === 'delivered' ? times === 1 : state === 'interrupted' ? times <= 1 : false
      if (!holds || attempts.length !== 1) wrong.push(`${id} ${state} arrived ${times} times`)
    }
    t.strictSame(wrong, [], 'delivered arrived once, interrupted at most once, and there is nothing else')
    t.ok((states.get('interrupted') ?? 0) > 0, `some were in flight: ${JSON.stringify([...states])}`)
    const owed = new Set(
      deliveries.map(({ request }: { request: { url: string } }) => request.url.slice(receiver.url.length))
    )
    t.strictSame(
      [...arrivals.keys()].filter(target => !owed.has(target)),
      [],
      'and nothing arrived that is not in the log'
    )
  }
)

t.test(
  'kill -9 with concurrent webhooks and duplicates: none is lost, and none is sent more often than asked for',
  async t => {
    const arrivals = new Map<string, number>()
    const receiver = await receive(t, (_request, response, { target }) => {
      arrivals.set(target, (arrivals.get(target) ?? 0) + 1)
      setTimeout(() => response.end(), Math.random() * 4)
    })
    const folder = t.testdir({
      'fixture.json': JSON.stringify(ringing([`${receiver.url}/0`, `${receiver.url}/1`, `${receiver.url}/2`]))
    })
    const files = ['--database', join(folder, 'test.db'), '--fixture', join(folder, 'fixture.json')]
    const words = [...files, '--webhook-order', 'concurrent', '--callback-concurrency', '6', '--log-level', 'silent']
    const post = (url: string, path: string, body: object) => call(`${url}/_emulator${path}`, { method: 'POST', body })
    const on = { operation: 'delivery' }
    let placed = 0
    for (let round = 0; round < 4; round++) {
      const server = await serve(t, words)
      await post(server.url, '/faults', { on: { ...on, eventId: 'ring00' }, do: { duplicate: 2, concurrent: true } })
      await post(server.url, '/faults', { on: { ...on, eventId: 'ring01' }, do: { duplicate: 1 } })
      for (let index = 0; index < 3 + round * 4; index++, placed++) {
        await post(server.url, '/calls', { from: OUTSIDE, to: '0003*210' })
      }
      server.process.kill('SIGKILL')
      await server.ended
    }
    const last = await serve(t, words)
    t.equal((await call(`${last.url}/_emulator/idle?timeoutMs=60000`)).status, 200)
    const { deliveries } = (await call(`${last.url}/_emulator/deliveries?limit=10000`)).body
    const { calls } = (await call(`${last.url}/_emulator/calls?limit=10000`)).body
    await last.stop()
    t.equal(calls.length, placed)
    t.equal(deliveries.length, calls.length * 3)
    const most: Record<string, number> = { ring00: 3, ring01: 2, ring02: 1 }
    const wrong: string[] = []
    for (const { id, eventId, state, attempts, request } of deliveries) {
      const times = arrivals.get(request.url.slice(receiver.url.length)) ?? 0
      const isKnown = state === 'delivered' ? times === attempts.length : state === 'interrupted'
      if (!isKnown || times > (most[eventId] ?? 0)) wrong.push(`${id} ${state} arrived ${times} times`)
    }
    t.strictSame(wrong, [])
  }
)
