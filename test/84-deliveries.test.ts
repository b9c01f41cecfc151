import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createDeliveryQueue, type QueuedDelivery } from '../src/domain/calls/delivery-queue.js'
import { EVENT_TYPES } from '../src/schema/event-type.js'
import { type Running, readFixture, start } from './support/emulator.js'
import { call, type Server, serve, until } from './support/program.js'
import { receive } from './support/receiver.js'

const OUTSIDE = '+40700000001'
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

t.test('at most 64 deliveries are in flight, 8 an origin, with 16 places reserved for origins without any', async t => {
  const queue = createDeliveryQueue()
  let id = 0
  const add = (origin: string, count: number) => {
    for (let index = 0; index < count; index++) queue.add({ id: ++id, lane: `call ${id}`, origin })
  }
  const originsOf = (taken: QueuedDelivery[]) => new Set(taken.map(({ origin }) => origin)).size
  for (let origin = 0; origin < 10; origin++) add(`busy ${origin}`, 20)
  const first = queue.take()
  t.equal(first.length, 48, 'busy origins get 48')
  t.equal(originsOf(first), 10, 'in turns')
  for (let origin = 0; origin < 20; origin++) add(`new ${origin}`, 2)
  const second = queue.take()
  t.equal(second.length, 16, 'those with nothing in flight get the rest')
  t.ok(second.every(({ origin }) => origin.startsWith('new')))
  t.equal(originsOf(second), 16)
  t.equal(queue.take().length, 0, 'and then none')
  for (const taken of first.slice(0, 5)) queue.done(taken)
  t.equal(queue.take().filter(({ origin }) => origin.startsWith('new')).length, 4, 'until there is room')
  t.equal(queue.size(), 200 + 40 - 5)
})

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

t.test('a list is bounded in bytes: it has the newest of many large deliveries, and the total', async t => {
  const receiver = await receive(t, (_request, response) => void response.end('x'.repeat(65_536)))
  const { place, idle, get } = control(await start(t, { fixture: ringing(Array(300).fill(receiver.url)) }))
  await place()
  await idle()
  const { body, text } = await get('/deliveries')
  t.equal(body.total, 300)
  t.ok(body.deliveries.length > 200 && body.deliveries.length < 300, String(body.deliveries.length))
  t.ok(text.length < 20_000_000)
  t.equal(body.deliveries.at(-1).id, '300')
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

    const placeUntilKilled = async (server: Server, ms: number) => {
      const timer = setTimeout(() => server.process.kill('SIGKILL'), ms)
      for (;;) {
        const answer = await call(`${server.url}/_emulator/calls`, {
          method: 'POST',
          body: { from: OUTSIDE, to: '0003*210' }
        }).catch(() => undefined)
        if (answer === undefined) break
        placed.push(answer.body.callId)
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
