import { request as requestHttps } from 'node:https'
import { join } from 'node:path'
import { generate } from 'selfsigned'
import t, { type Test } from 'tap'
import { createClient } from '../src/client/client.js'
import { createDeliveryQueue } from '../src/domain/calls/delivery-queue.js'
import { OAUTH_ERRORS } from '../src/domain/errors/oauth.js'
import { UAPI_ERRORS } from '../src/domain/errors/uapi.js'
import { EVENTS, NEW_EVENT, PAGE_EVENT, type Running, readFixture, start } from './support/emulator.js'
import { call, until } from './support/program.js'
import { receive } from './support/receiver.js'
import { request as requestText, send } from './support/socket.js'

const FAULTS = '/_emulator/faults'
const CALL = { from: '+40700000001', to: '0003*210' }
const CODES = { dialIn: '0', hangup: '2', answerIncoming: '3' } as const
const SECRETS = { grant_type: 'client_credentials', client_id: 'emulator-app', client_secret: 'emulator-secret' }

/** A valid request for each operation that can have faults. */
const WAYS = {
  create: { method: 'POST', path: `${EVENTS}/1`, body: NEW_EVENT },
  list: { method: 'GET', path: EVENTS, body: undefined },
  update: { method: 'PUT', path: `${EVENTS}/0/${PAGE_EVENT}`, body: { note: 'changed' } },
  delete: { method: 'DELETE', path: `${EVENTS}/0/${PAGE_EVENT}`, body: undefined },
  token: { method: 'POST', path: '/oauth/token.php', body: SECRETS }
} as const
type Way = keyof typeof WAYS
const EVERY_WAY = Object.keys(WAYS) as Way[] // the object has no other keys

const control = ({ ask }: Running) => ({
  add: async (fault: object) => (await ask('POST', FAULTS, { body: fault })).body,
  faults: async () => (await ask('GET', FAULTS)).body.faults,
  use: (way: Way) => ask(WAYS[way].method, WAYS[way].path, { body: WAYS[way].body }),
  place: async (body: object = CALL) => (await ask('POST', '/_emulator/calls', { body })).body,
  get: (path: string) => ask('GET', `/_emulator${path}`),
  post: (path: string, body: object = {}) => ask('POST', `/_emulator${path}`, { body }),
  idle: () => ask('GET', '/_emulator/idle?timeoutMs=10000'),
  state: async () => JSON.stringify((await ask('GET', '/_emulator/fixtures')).body.phoneCallEvents)
})

/** An emulator with an event for every moment of a call to extension 210, and the webhooks received, by moment. */
async function ringing(t: Test) {
  const receiver = await receive(t)
  const events = Object.entries(CODES).map(([name, type]) => ({
    extension: '0003*210',
    type,
    id: name,
    method: '0',
    url: `${receiver.url}/${name}`
  }))
  const emulator = await start(t, { fixture: { ...readFixture('default'), phoneCallEvents: events } })
  const came = () => receiver.received.map(({ target }) => /^\/(\w+)/.exec(target)?.[1])
  return { receiver, emulator, came, ...control(emulator) }
}

t.test('a status fault is answered in the error format of the surface, and the operation is not performed', async t => {
  for (const way of EVERY_WAY) {
    const { add, use, state, faults } = control(await start(t))
    const before = await state()
    const on = { operation: way }
    for (const effect of [{ status: 500 }, { status: 503 }, { status: 429, code: 'too_many' }, { status: 401 }]) {
      await add({ on, times: 1, do: effect })
      const { status, reason, body, headers } = await use(way)
      t.equal(status, effect.status, way)
      t.equal(reason, 'fault_injected', way)
      t.match(headers.get('content-type'), 'application/json', way)
      const code = way === 'token' ? body.error : body.error.code
      if (effect.code) t.equal(code, effect.code)
      else t.ok(code in (way === 'token' ? OAUTH_ERRORS : UAPI_ERRORS), code)
      if (way === 'token') {
        t.match(body.error_description, /^[\x20-\x21\x23-\x5B\x5D-\x7E]+$/)
        t.equal(headers.get('cache-control'), 'no-store')
      } else t.strictSame(Object.keys(body.error), ['code', 'message'])
      if (status === 401) t.match(headers.get('www-authenticate'), way === 'token' ? /^Basic/ : /^Bearer/)
    }
    t.equal(await state(), before, `${way} did nothing`)
    t.strictSame(
      (await faults()).map(({ hits, remaining }: { hits: number; remaining: number }) => [hits, remaining]),
      [1, 2, 3, 4].map(() => [1, 0])
    )
    t.equal((await use(way)).status, 200, `${way} succeeds when they are exhausted`)
  }
})

t.test('a fault can answer every code of the catalogues, with the message of the vendor', async t => {
  const { add, use } = control(await start(t))
  for (const [code, { message }] of Object.entries(UAPI_ERRORS)) {
    await add({ on: { operation: 'list' }, times: 1, do: { status: 400, code } })
    t.strictSame((await use('list')).body, { error: { code, message } })
  }
  for (const code of Object.keys(OAUTH_ERRORS)) {
    await add({ on: { operation: 'token' }, times: 1, do: { status: 400, code } })
    t.match((await use('token')).body, { error: code, error_description: String })
  }
})

t.test('without a code the answer has the code for its status', async t => {
  const { add, use } = control(await start(t))
  const answer = async (way: Way, status: number) => {
    await add({ on: { operation: way }, times: 1, do: { status } })
    const { body } = await use(way)
    return way === 'token' ? body.error : body.error.code
  }
  for (const [status, uapi, oauth] of [
    [400, 'request_invalid', 'invalid_request'],
    [401, 'access_denied', 'invalid_client'],
    [403, 'access_denied', 'invalid_request'],
    [404, 'request_invalid', 'invalid_request'],
    [429, 'request_invalid', 'invalid_request'],
    [500, 'internal_server_error', 'server_error'],
    [502, 'internal_server_error', 'server_error'],
    [503, 'service_unavailable', 'temporarily_unavailable']
  ] as const) {
    t.equal(await answer('list', status), uapi, String(status))
    t.equal(await answer('token', status), oauth, String(status))
  }
})

t.test('a delay fault delays the operation', async t => {
  for (const way of EVERY_WAY) {
    const { add, use, faults } = control(await start(t))
    await add({ on: { operation: way }, times: 1, do: { delayMs: 80 } })
    const order: string[] = []
    setTimeout(() => order.push('80 ms passed'), 80) // fires before a delay that starts later
    t.equal((await use(way)).status, 200, way)
    order.push('answered')
    t.strictSame(order, ['80 ms passed', 'answered'], way)
    t.match(await faults(), [{ hits: 1, remaining: 0 }])
  }
})

t.test('a delay ends when its fault is removed, the state is replaced, or the emulator stops', async t => {
  const emulator = await start(t)
  const { add, use } = control(emulator)
  const { id } = await add({ on: { operation: 'list' }, do: { delayMs: 60_000 } })
  const delayed = use('list')
  await until(() => emulator.sandbox.faults.list().faults[0]?.hits === 1)
  t.equal((await emulator.ask('DELETE', `${FAULTS}/${id}`)).status, 204)
  t.equal((await delayed).status, 200, 'the operation is performed')
  for (const way of ['list', 'token'] as const) {
    await add({ on: { operation: way }, do: { delayMs: 60_000 } })
    const stopped = use(way)
    await until(() => emulator.sandbox.faults.list().faults.at(-1)?.hits === 1)
    if (way === 'list') {
      t.equal((await emulator.ask('POST', '/_emulator/reset', { body: {} })).status, 200)
      t.match(await stopped, { status: 503, reason: 'state_replaced' }, 'its state was replaced')
    } else {
      await emulator.app.close()
      t.match(await stopped, { status: 503, reason: 'stopping', body: { error: 'temporarily_unavailable' } })
    }
  }
})

t.test('a delayed request that a reset or a restore overtakes is not in the journal of the new state', async t => {
  for (const way of EVERY_WAY) {
    const emulator = await start(t)
    const { add, use } = control(emulator)
    const total = async () => (await emulator.ask('GET', '/_emulator/requests')).body.total
    await emulator.ask('PUT', '/_emulator/snapshots/before')
    for (const path of ['/_emulator/reset', '/_emulator/snapshots/before/restore']) {
      await add({ on: { operation: way }, do: { delayMs: 60_000 } })
      const overtaken = use(way)
      await until(() => emulator.sandbox.faults.list().faults[0]?.hits === 1)
      t.equal((await emulator.ask('POST', path)).status, 200)
      t.equal((await overtaken).reason, 'state_replaced', `${way}: its client gets an answer`)
      t.equal(await total(), 0, `${way}: ${path}`)
      t.equal((await emulator.ask('POST', '/_emulator/requests/verify', { body: { match: {}, count: 0 } })).status, 200)
      await use(way)
      t.equal(await total(), 1, `${way}: the next request is recorded`)
    }
  }
})

t.test('a drop fault closes the connection without an answer, and the operation is not performed', async t => {
  for (const way of EVERY_WAY) {
    const emulator = await start(t)
    const { add, state, get } = control(emulator)
    const before = await state()
    for (const [how, code] of [
      ['reset', 'ECONNRESET'],
      ['empty', 'ECONNRESET'] // Node reports a connection that is closed before the answer like this
    ] as const) {
      await add({ on: { operation: way }, times: 1, do: { drop: how } })
      const { method, path, body } = WAYS[way]
      const headers = { authorization: 'Bearer emulator-user-token', 'content-type': 'application/json' }
      await t.rejects(call(emulator.url + path, { method, headers, ...(body && { body: JSON.stringify(body) }) }), {
        code
      })
    }
    t.equal(await state(), before, `${way} did nothing`)
    const { requests } = (await get(`/requests?operation=${way}`)).body
    t.match(
      requests,
      [1, 2].map(() => ({ status: 0, reason: 'fault_injected', operation: way }))
    )
  }
})

t.test('drop: reset sends a TCP reset, and drop: empty closes without a byte, also over https', async t => {
  const lines = requestText(`GET ${EVENTS}`, ['Authorization: Bearer emulator-user-token'])
  const emulator = await start(t)
  await control(emulator).add({ on: { operation: 'list' }, times: 1, do: { drop: 'reset' } })
  await t.rejects(send(emulator.port, lines), { code: 'ECONNRESET' })
  await control(emulator).add({ on: { operation: 'list' }, times: 1, do: { drop: 'empty' } })
  t.equal((await send(emulator.port, lines)).text, '')
  t.match((await send(emulator.port, lines)).status, 200, 'and then it is served again')

  const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }])
  const secure = await start(t, { tls: async () => ({ key, cert }) })
  const { faults } = secure.sandbox
  for (const how of ['reset', 'empty'] as const) {
    faults.add({ on: { operation: 'list' }, times: 1, do: { drop: how } })
    const error = await new Promise<Error & { code?: string }>(failed => {
      const headers = { authorization: 'Bearer emulator-user-token' }
      requestHttps(secure.url + EVENTS, { rejectUnauthorized: false, headers }, () => failed(new Error('answered')))
        .on('error', failed)
        .end()
    })
    t.match(error, { code: 'ECONNRESET', message: how === 'reset' ? /read ECONNRESET/ : /socket hang up/ }, how)
  }
})

t.test('skip passes the first requests, times limits a fault, and hits counts its uses', async t => {
  const { add, use, faults } = control(await start(t))
  const added = await add({ on: { operation: 'list' }, skip: 2, times: 3, do: { status: 500 } })
  const on = { operation: 'list' }
  const whole = { on, times: 3, skip: 2, do: { status: 500 }, held: [] }
  t.strictSame(added, { id: '1', ...whole, seen: 0, hits: 0, remaining: 3 })
  const statuses: number[] = []
  for (let index = 0; index < 7; index++) statuses.push((await use('list')).status)
  t.strictSame(statuses, [200, 200, 500, 500, 500, 200, 200])
  t.strictSame(await faults(), [{ id: '1', ...whole, seen: 5, hits: 3, remaining: 0 }])
})

t.test('without times a fault applies until it is removed', async t => {
  const { add, use, faults } = control(await start(t))
  await add({ on: { operation: 'token' }, do: { status: 503 } })
  for (let index = 0; index < 5; index++) t.equal((await use('token')).status, 503)
  t.match(await faults(), [{ times: null, remaining: null, hits: 5 }])
})

t.test('the oldest fault with remaining hits applies, and later faults do not count that request', async t => {
  const { add, use, faults } = control(await start(t))
  const on = { operation: 'list' }
  await add({ on, skip: 1, times: 1, do: { status: 501 } })
  await add({ on, times: 1, do: { status: 502 } })
  await add({ on, skip: 1, times: 1, do: { status: 503 } })
  const statuses: number[] = []
  for (let index = 0; index < 5; index++) statuses.push((await use('list')).status)
  t.strictSame(statuses, [502, 501, 200, 503, 200])
  t.match(
    (await faults()).map(({ seen, hits }: { seen: number; hits: number }) => ({ seen, hits })),
    [
      { seen: 2, hits: 1 },
      { seen: 1, hits: 1 },
      { seen: 2, hits: 1 }
    ]
  )
})

t.test('concurrent requests are counted correctly', async t => {
  const { add, use } = control(await start(t))
  await add({ on: { operation: 'list' }, skip: 5, times: 7, do: { status: 500 } })
  const answers = await Promise.all(Array.from({ length: 30 }, () => use('list')))
  t.equal(answers.filter(({ status }) => status === 500).length, 7)
})

t.test('extension and type select requests, in every spelling of the request', async t => {
  const emulator = await start(t)
  const { add } = control(emulator)
  const at = (extension: string, rest = '') => `/uapi/extensions/@me/${extension}/phoneCallEvents${rest}`
  const status = async (method: string, path: string, body?: object, as: 'user' | 'other' = 'user') =>
    (await emulator.ask(method, path, { body, as })).status
  await add({ on: { operation: 'list', extension: '0003*210' }, do: { status: 500 } })
  await add({ on: { operation: 'create', type: '1' }, do: { status: 501 } })
  await add({ on: { operation: 'delete', extension: '0003*300', type: '2' }, do: { status: 502 } })
  for (const [expected, method, path, body] of [
    [500, 'GET', at('0003*210')],
    [500, 'GET', at('210'), undefined],
    [500, 'GET', `${at('210', '/0')}?count=1`],
    [500, 'GET', '/uapi/extensions/@owner/0003*210/phoneCallEvents/'],
    [500, 'GET', '/unifiedapi/extensions/12/210/phoneCallEvents'],
    [204, 'GET', at('0003*300')],
    [204, 'GET', at('400')],
    [501, 'POST', at('210', '/1'), NEW_EVENT],
    [501, 'POST', at('300'), { ...NEW_EVENT, type: '1' }],
    [501, 'POST', at('300'), { ...NEW_EVENT, type: 1 }],
    [200, 'POST', at('300'), { ...NEW_EVENT, type: '0' }],
    [200, 'POST', at('300', '/2'), NEW_EVENT],
    [502, 'DELETE', at('300', '/2')],
    [200, 'DELETE', at('300', '/0')],
    [200, 'DELETE', at('300')] // names no type
  ] as const) {
    t.equal(await status(method, path, body), expected, `${method} ${path} ${JSON.stringify(body)}`)
  }
  t.equal(await status('GET', at('210'), undefined, 'other'), 204, 'the 210 of another organization is another one')
})

t.test('a fault applies after authentication, and before validation', async t => {
  const { ask, ...emulator } = await start(t)
  const { add, faults } = control({ ask, ...emulator })
  await add({ on: { operation: 'create' }, do: { status: 503 } })
  t.equal((await ask('POST', `${EVENTS}/1`, { as: null, body: NEW_EVENT })).status, 401)
  t.equal((await ask('POST', `${EVENTS}/1`, { body: '{' })).status, 400, 'a body that cannot be read')
  t.match(await faults(), [{ seen: 0 }], 'neither is counted')
  for (const path of [`${EVENTS}/9`, '/uapi/extensions/999/0003*210/phoneCallEvents/1', `${EVENTS}`]) {
    t.equal((await ask('POST', path, { body: {} })).status, 503, path)
  }
  t.equal((await ask('PATCH', EVENTS)).status, 501, 'an unknown operation has no faults')
})

t.test('with a hold fault a hangup can be delivered before the answer', async t => {
  const { add, place, idle, came, get, post, faults } = await ringing(t)
  const { id } = await add({ on: { operation: 'delivery', extension: '0003*210', type: '3' }, do: { hold: true } })
  await place()
  t.equal((await idle()).status, 200, 'held deliveries are not waited for')
  t.strictSame(came(), ['dialIn', 'hangup'])
  const { deliveries } = (await get('/deliveries?state=pending')).body
  t.match(deliveries, [{ moment: 'answerIncoming', attempts: [] }], 'the answer is pending')
  t.match(await faults(), [{ hits: 1, held: [deliveries[0].id] }])
  t.strictSame((await post(`/faults/${id}/release`)).body, { released: [deliveries[0].id] })
  await idle()
  t.strictSame(came(), ['dialIn', 'hangup', 'answerIncoming'])
  t.match((await get(`/deliveries/${deliveries[0].id}`)).body, { state: 'delivered', attempts: [{}] })
  t.strictSame((await post(`/faults/${id}/release`)).body, { released: [] }, 'once')
})

t.test('held deliveries are sent in their order, on release and on removal of the fault', async t => {
  for (const end of ['release', 'remove', 'clear'] as const) {
    const { add, place, idle, came, emulator } = await ringing(t)
    const { id } = await add({ on: { operation: 'delivery' }, times: 5, do: { hold: true } })
    await place()
    await place()
    await idle()
    t.strictSame(came(), ['hangup'], 'the sixth')
    if (end === 'release') await emulator.ask('POST', `${FAULTS}/${id}/release`)
    else t.equal((await emulator.ask('DELETE', end === 'clear' ? FAULTS : `${FAULTS}/${id}`)).status, 204)
    await idle()
    const first = ['dialIn', 'answerIncoming', 'hangup']
    const byCall = (callId: string) =>
      emulator.sandbox.deliveries.list({ callId }).deliveries.map(({ moment }) => moment)
    const calls = emulator.sandbox.calls.list({}).calls
    t.strictSame(byCall(calls[0]?.callId ?? ''), first, end)
    t.equal(came().length, 6)
  }
})

t.test('clock/advance and verify do not wait for held deliveries, and the hints name the fault', async t => {
  const { add, place, came, post } = await ringing(t)
  await add({ on: { operation: 'delivery', type: '3' }, do: { hold: true } })
  await post('/clock/advance', { ms: 1 })
  await place({ ...CALL, ringMs: 1000, talkMs: 1000 })
  const { status, body } = await post('/clock/advance', { ms: 5000 })
  t.equal(status, 200)
  t.strictSame(came(), ['dialIn', 'hangup'])
  t.match(
    body.deliveries.map(({ state }: { state: string }) => state),
    ['pending', 'delivered']
  )
  const verified = await post('/deliveries/verify', { match: { type: '3', state: 'delivered' } })
  t.equal(verified.status, 409)
  t.match(verified.body.hints.join('\n'), 'Fault 1 holds 1 of them: POST /_emulator/faults/1/release.')
  const other = await post('/deliveries/verify', { match: { type: '2' }, count: 7 })
  t.notMatch(other.body.hints.join('\n'), /Fault/, 'where it has to do with it')
  t.match(await post('/deliveries/2/replay'), { status: 409 }, 'a held delivery is pending')
})

t.test('a duplicate fault repeats a delivery directly after itself, and marks each attempt', async t => {
  const { add, place, idle, came, get, receiver } = await ringing(t)
  await add({ on: { operation: 'delivery', type: '3' }, times: 1, do: { duplicate: 2 } })
  await place()
  await idle()
  t.strictSame(came(), ['dialIn', 'answerIncoming', 'answerIncoming', 'answerIncoming', 'hangup'])
  t.strictSame(receiver.received[2], receiver.received[1], 'byte for byte')
  const { deliveries, total } = (await get('/deliveries')).body
  t.equal(total, 3, 'it is no other delivery')
  t.match(deliveries[1], { state: 'delivered', attempts: [{}, { duplicate: true }, { duplicate: true }] })
  t.notOk('duplicate' in deliveries[1].attempts[0])
})

t.test('a dropped delivery is not sent, and is recorded as failed', async t => {
  const { add, place, idle, came, get, post } = await ringing(t)
  await add({ on: { operation: 'delivery', type: '2' }, times: 1, do: { drop: true } })
  await place()
  await idle()
  t.strictSame(came(), ['dialIn', 'answerIncoming'])
  const { deliveries } = (await get('/deliveries?type=2')).body
  t.match(deliveries, [{ state: 'failed', attempts: [{ failure: { reason: 'fault_injected', message: String } }] }])
  await post(`/deliveries/${deliveries[0].id}/replay`)
  await idle()
  t.strictSame(came(), ['dialIn', 'answerIncoming', 'hangup'], 'a replay is another attempt')
})

t.test('deliveries that several faults hold are sent in their order when all faults are removed', async t => {
  const { add, place, idle, came, emulator } = await ringing(t)
  await add({ on: { operation: 'delivery', type: '2' }, do: { hold: true } })
  await add({ on: { operation: 'delivery' }, do: { hold: true } })
  await place()
  t.strictSame(came(), [])
  t.equal((await emulator.ask('DELETE', '/_emulator/faults')).status, 204)
  t.equal((await idle()).status, 200)
  t.strictSame(came(), ['dialIn', 'answerIncoming', 'hangup'])
})

t.test('what a fault holds is released in the order of the deliveries, also a replay that came last', async t => {
  const { add, place, idle, came, post } = await ringing(t)
  await place()
  await idle()
  const { id } = await add({ on: { operation: 'delivery' }, do: { hold: true } })
  await place()
  t.equal((await post('/deliveries/1/replay')).status, 200)
  t.strictSame((await post(`/faults/${id}/release`)).body, { released: ['1', '4', '5', '6'] })
  await idle()
  t.equal(came().length, 3 + 4, 'each is sent once')
})

t.test('a delayed delivery holds up the deliveries of its call to its receiver, and no others', async t => {
  const { add, place, came, get, post } = await ringing(t)
  await add({ on: { operation: 'delivery', type: '0' }, times: 1, do: { delayMs: 60_000 } })
  const delayed = await place()
  const other = await place()
  await until(() => came().length === 3)
  t.strictSame(came(), ['dialIn', 'answerIncoming', 'hangup'])
  const statesOf = async ({ callId }: { callId: string }) =>
    (await get(`/deliveries?callId=${callId}`)).body.deliveries.map(({ state }: { state: string }) => state)
  await until(async () => (await statesOf(other)).every((state: string) => state === 'delivered'))
  t.strictSame(await statesOf(delayed), ['pending', 'pending', 'pending'])
  t.equal((await get('/idle?timeoutMs=1')).status, 408, 'the emulator is not idle while deliveries are delayed')
  await post('/reset')
  t.equal((await get('/idle?timeoutMs=20000')).status, 200, 'a reset discards them')
})

t.test('a delayed delivery is sent when its delay is over, and then the rest of its call', async t => {
  const { add, place, idle, came } = await ringing(t)
  await add({ on: { operation: 'delivery', type: '0' }, times: 1, do: { delayMs: 80 } })
  const order: string[] = []
  setTimeout(() => order.push('80 ms passed', ...came().map(String)), 80) // fires before a delay that starts later
  await place()
  t.equal((await idle()).status, 200)
  order.push(...came().map(String))
  t.strictSame(order, ['80 ms passed', 'dialIn', 'answerIncoming', 'hangup'])
})

t.test('delayed deliveries do not block others, however many they are', async t => {
  const { add, place, came, idle, emulator } = await ringing(t)
  await add({ on: { operation: 'delivery' }, times: 120, do: { delayMs: 20_000 } })
  for (let index = 0; index < 40; index++) emulator.sandbox.calls.place(CALL)
  await place()
  await until(() => came().length === 3)
  t.equal(came().length, 3, 'the last call, whose deliveries are not delayed')
  await emulator.ask('POST', '/_emulator/reset', { body: {} })
  t.equal((await idle()).status, 200)
  t.equal(came().length, 3, 'and a reset forgets the rest')
})

t.test('a parked lane waits until it is resumed', async t => {
  const queue = createDeliveryQueue()
  for (const id of [1, 2]) queue.add({ id, lane: 'one', origin: 'a' })
  queue.add({ id: 3, lane: 'two', origin: 'a' })
  const [first, other] = queue.take()
  if (first === undefined || other === undefined) throw new Error('two lanes give two')
  const goOn = queue.park(first)
  t.equal(queue.take().length, 0)
  queue.add({ id: 4, lane: 'one', origin: 'a' })
  t.equal(queue.take().length, 0, 'another delivery does not resume it')
  t.equal(queue.size(), 4)
  goOn()
  t.match(queue.take(), [{ id: 1 }])
  queue.done(first)
  t.match(queue.take(), [{ id: 2 }])
})

t.test(
  'concurrent duplicates are in flight at the same time, and the next delivery of the call waits for all',
  async t => {
    const waiting: (() => void)[] = []
    const order: string[] = []
    const receiver = await receive(t, (_request, response, { target }) => {
      order.push(target.slice(1, 2))
      waiting.push(() => response.end())
      if (waiting.length === 4) for (const answer of waiting.splice(0)) answer()
      else if (target.startsWith('/h')) response.end()
    })
    const events = Object.entries({ dialIn: '0', hangup: '2' }).map(([id, type]) => ({
      ...{ extension: '0003*210', type, id, method: '0', url: `${receiver.url}/${id}` }
    }))
    const { add, place, idle, get } = control(
      await start(t, { fixture: { ...readFixture('default'), phoneCallEvents: events } })
    )
    const { id } = await add({
      on: { operation: 'delivery', type: '0' },
      times: 1,
      do: { duplicate: 3, concurrent: true }
    })
    await place()
    t.equal((await idle()).status, 200, 'the receiver answers none before it has all four')
    t.strictSame(order, ['d', 'd', 'd', 'd', 'h'])
    const { deliveries } = (await get('/deliveries')).body
    const duplicate = { duplicate: true, fault: id, response: { status: 200 } }
    t.match(deliveries, [
      { state: 'delivered', faults: [id], attempts: [{ fault: id }, duplicate, duplicate, duplicate] },
      { state: 'delivered' }
    ])
    t.equal(deliveries[0].attempts.filter((attempt: object) => 'duplicate' in attempt).length, 3)
    t.notOk('faults' in deliveries[1] || 'fault' in deliveries[1].attempts[0], 'no fault hit the hangup')
  }
)

t.test('concurrent duplicates keep to the limits in flight, also when one place is left', async t => {
  for (const callbackConcurrency of [1, 3]) {
    const open = { now: 0, most: 0 }
    const receiver = await receive(t, (_request, response) => {
      open.most = Math.max(open.most, ++open.now)
      setTimeout(() => {
        open.now--
        response.end()
      }, 3)
    })
    const event = { extension: '0003*210', type: '0', method: '0', url: receiver.url }
    const fixture = { ...readFixture('default'), phoneCallEvents: [event] }
    const { add, place, idle, get } = control(await start(t, { fixture, callbackConcurrency }))
    await add({ on: { operation: 'delivery' }, do: { duplicate: 9, concurrent: true } })
    await place()
    await place()
    t.equal((await idle()).status, 200)
    t.equal(receiver.received.length, 20)
    t.equal(open.most, callbackConcurrency)
    const { deliveries } = (await get('/deliveries')).body
    t.strictSame(
      deliveries.map(({ attempts }: { attempts: object[] }) => attempts.length),
      [10, 10]
    )
  }
})

t.test(
  'the state after concurrent duplicates is that of the last outcome, and an interruption sends none again',
  async t => {
    const waiting: ((status: number) => void)[] = []
    const receiver = await receive(t, (_request, response) => {
      waiting.push(status => response.writeHead(status).end())
    })
    const event = { extension: '0003*210', type: '0', method: '0', url: receiver.url }
    const fixture = { ...readFixture('default'), phoneCallEvents: [event] }
    const database = join(t.testdir(), 'emulator.db')
    const first = await start(t, { database, fixture })
    const { add, place, get, post, idle } = control(first)
    await add({ on: { operation: 'delivery' }, do: { duplicate: 2, concurrent: true } })
    await place()
    await until(() => waiting.length === 3)
    waiting.shift()?.(500)
    await until(async () => (await get('/deliveries/1')).body.attempts.length === 1)
    t.match((await get('/deliveries/1')).body, { state: 'sending' }, 'two are in flight')
    t.equal((await post('/deliveries/1/replay')).status, 409)
    waiting.shift()?.(500)
    waiting.shift()?.(200)
    await idle()
    const { state, attempts } = (await get('/deliveries/1')).body
    t.equal(state, attempts.at(-1).response.status === 200 ? 'delivered' : 'failed')
    await place()
    await until(() => waiting.length === 3)
    await first.app.close()
    const second = control(await start(t, { database, fixture }))
    t.equal((await second.idle()).status, 200)
    t.equal(receiver.received.length, 6)
    const interrupted = { failure: { reason: 'interrupted' } }
    t.match((await second.get('/deliveries/2')).body, { state: 'interrupted', attempts: [interrupted] })
    t.match((await second.get('/deliveries/1')).body, { faults: ['1'] }, 'attempts keep the fault that hit them')
  }
)

t.test('a delivery fault matches its call by the CallID of a leg, its event and its moment', async t => {
  const { add, place, idle, get, faults, emulator } = await ringing(t)
  const first = await place({ ...CALL, manual: true })
  const hit = async (on: object) => (await add({ on: { operation: 'delivery', ...on }, do: { drop: true } })).id
  const ofCall = await hit({ callId: first.callId, moment: 'hangup' })
  const ofEvent = await hit({ eventId: 'answerIncoming' })
  const ofMoment = await hit({ moment: 'dialIn', extension: '0003*210', type: '0' })
  const elsewhere = await hit({ callId: '1479144949.4665265' })
  await emulator.ask('POST', `/_emulator/calls/${first.callId}/answer`, { body: {} })
  await emulator.ask('POST', `/_emulator/calls/${first.callId}/hangup`, { body: {} })
  await place()
  await idle()
  const { deliveries } = (await get('/deliveries')).body
  const found = deliveries.map(({ moment, faults }: { moment: string; faults?: string[] }) => [moment, faults?.[0]])
  t.strictSame(
    found.sort(),
    [
      ['answerIncoming', ofEvent],
      ['answerIncoming', ofEvent],
      ['dialIn', undefined],
      ['dialIn', ofMoment],
      ['hangup', ofCall],
      ['hangup', undefined]
    ].sort()
  )
  t.match((await faults()).at(-1), { id: elsewhere, on: { callId: '1479144949.4665265' }, seen: 0 })
})

t.test('a held delivery names the fault that holds it, and then its attempt does', async t => {
  const { add, place, idle, get, post } = await ringing(t)
  const { id } = await add({ on: { operation: 'delivery', moment: 'answerIncoming' }, do: { hold: true } })
  await place()
  await idle()
  const held = (await get('/deliveries?state=pending')).body.deliveries
  t.match(held, [{ moment: 'answerIncoming', heldBy: id, faults: [id], attempts: [] }])
  await post(`/faults/${id}/release`)
  await idle()
  const { body } = await get(`/deliveries/${held[0].id}`)
  t.match(body, { state: 'delivered', faults: [id], attempts: [{ fault: id }] })
  t.notOk('heldBy' in body)
})

t.test(
  'a change fault changes the parameters before the webhook is sent, and the request shows what was sent',
  async t => {
    for (const method of ['0', '1']) {
      const receiver = await receive(t)
      const url = `${receiver.url}/hook?CallID=own&x=%20`
      const event = { extension: '0003*210', type: '0', method, url }
      const fixture = { ...readFixture('default'), phoneCallEvents: [event] }
      const { add, place, idle, get, post } = control(await start(t, { fixture }))
      await place()
      const parameters = {
        CallID: { bytes: 'ff00c3' },
        CallStatus: 'ÄÖ 1*&=',
        CalledDID: null,
        EventID: '7',
        'a b&': { bytes: '' },
        Nothing: null
      }
      const { id } = await add({ on: { operation: 'delivery' }, times: 1, do: { change: { parameters } } })
      await place()
      await idle()
      const [plain = '', changed = ''] = receiver.received.map(({ target, body }) => target + body)
      const before = plain.replace(/.*?x=%20&?/, '').split('&')
      const after = before
        .filter(field => !field.startsWith('CalledDID='))
        .map(field =>
          field.replace(/^CallStatus=.*/, 'CallStatus=%C3%84%C3%96+1*%26%3D').replace(/^CallID=.*/, 'CallID=%FF%00%C3')
        )
      const sent = changed.replace(/.*?x=%20&?/, '').split('&')
      t.strictSame(
        sent.map(field => field.replace(/^CallAPIID=.*/, 'CallAPIID')),
        [...after, 'EventID=7', 'a+b%26='].map(field => field.replace(/^CallAPIID=.*/, 'CallAPIID'))
      )
      t.match(changed, '/hook?CallID=own&x=%20', 'the own query of the url is not changed')
      const { request, faults, attempts } = (await get('/deliveries/2')).body
      t.equal(request.url.replace(receiver.url, '') + request.body, changed)
      t.strictSame([faults, attempts[0].fault], [[id], id])
      await post('/deliveries/2/replay')
      await idle()
      t.strictSame(receiver.received[2], receiver.received[1], 'a replay sends the same bytes again')
      const headers = Object.fromEntries(
        receiver.received[1]?.rawHeaders.map((name, at, all) => [name, all[at + 1]]) ?? []
      )
      if (method === '1') t.equal(headers['Content-Length'], String(receiver.received[1]?.body.length))
    }
  }
)

t.test('a delay by the clock of the sandbox waits for that clock, in order with the steps of calls', async t => {
  const { add, place, idle, came, get, post, emulator } = await ringing(t)
  await emulator.ask('PUT', '/_emulator/clock', { body: { mode: 'frozen', now: '2030-01-01T00:00:00.000Z' } })
  const on = { operation: 'delivery', moment: 'dialIn' }
  const { id } = await add({ on, times: 1, do: { delayMs: 3_600_000, clock: 'sandbox' } })
  const { callId } = await place({ ...CALL, ringMs: 1_000, talkMs: 1_000 })
  const other = await place({ ...CALL, ringMs: 2_000, talkMs: 7_200_000 })
  t.equal((await idle()).status, 200, 'nothing is due')
  t.strictSame(came(), ['dialIn'], 'of the other call')
  t.match((await get(`/deliveries?callId=${callId}`)).body.deliveries, [
    { state: 'pending', dueAt: '2030-01-01T01:00:00.000Z', faults: [id] }
  ])
  const first = (await post('/clock/advance', { ms: 3_599_999 })).body
  t.strictSame(came(), ['dialIn', 'answerIncoming'])
  t.equal(first.now, '2030-01-01T00:59:59.999Z')
  t.equal((await idle()).status, 200, 'nor are those behind it')
  const second = (await post('/clock/advance', { ms: 7_200_000 })).body
  const delayed = second.deliveries.find((one: { callId: string }) => one.callId === callId)
  t.match(delayed, { moment: 'dialIn', state: 'delivered', attempts: [{ at: '2030-01-01T01:00:00.000Z', fault: id }] })
  t.notOk('dueAt' in delayed, 'it waits no more')
  t.strictSame(came(), ['dialIn', 'answerIncoming', 'dialIn', 'answerIncoming', 'hangup', 'hangup'])
  const { deliveries } = (await get('/deliveries')).body
  t.strictSame(
    deliveries.map((one: { callId: string; attempts: { at: string }[] }) => [
      one.callId,
      one.attempts[0]?.at.slice(11, 19)
    ]),
    [
      [other.callId, '00:00:00'],
      [other.callId, '00:00:02'],
      [callId, '01:00:00'],
      [callId, '01:00:00'],
      [callId, '01:00:00'],
      [other.callId, '02:00:02']
    ]
  )
})

t.test(
  'a delay by the clock of the sandbox ends when that clock runs, is set, or the emulator starts again',
  async t => {
    const receiver = await receive(t)
    const event = { extension: '0003*210', type: '0', method: '0', url: receiver.url }
    const fixture = { ...readFixture('default'), phoneCallEvents: [event] }
    const database = join(t.testdir(), 'emulator.db')
    const first = await start(t, { database, fixture, machineClock: () => new Date() })
    const { add, place, idle, get, post } = control(first)
    const clock = (body: object) => first.ask('PUT', '/_emulator/clock', { body })
    await add({ on: { operation: 'delivery' }, times: 3, do: { delayMs: 50, clock: 'sandbox' } })
    await place()
    await until(() => receiver.received.length === 1)
    await clock({ mode: 'frozen' })
    await place()
    t.equal((await idle()).status, 200)
    t.equal(receiver.received.length, 1)
    const now = Date.parse((await get('/clock')).body.now)
    await clock({ mode: 'frozen', now: new Date(now + 50).toISOString() })
    t.equal((await idle()).status, 200)
    t.equal(receiver.received.length, 2)
    await place()
    await idle()
    t.match((await get('/deliveries/3')).body, { state: 'pending' })
    await post('/reset')
    await clock({ mode: 'frozen' })
    await add({ on: { operation: 'delivery' }, times: 1, do: { delayMs: 50, clock: 'sandbox' } })
    await place()
    await idle()
    await first.app.close()
    t.equal(receiver.received.length, 2, 'a reset discards it')
    const second = control(await start(t, { database, fixture }))
    await second.idle()
    t.equal(receiver.received.length, 3, 'it is sent at the next start')
  }
)

t.test(
  'deliveries behind one that waits for the clock of the sandbox are sent after it, with the order concurrent before',
  async t => {
    for (const [webhookOrder, expected] of [
      ['serial', []],
      ['concurrent', ['answerIncoming', 'hangup']]
    ] as const) {
      const { add, place, idle, came, post, emulator } = await ringing(t)
      await emulator.ask('PATCH', '/_emulator/settings', { body: { webhookOrder } })
      await emulator.ask('PUT', '/_emulator/clock', { body: { mode: 'frozen' } })
      await add({ on: { operation: 'delivery', type: '0' }, do: { delayMs: 1, clock: 'sandbox' } })
      await place()
      t.equal((await idle()).status, 200)
      t.strictSame([...came()].sort(), expected, webhookOrder)
      t.equal((await post('/clock/advance', { ms: 1 })).status, 200)
      t.equal((await idle()).status, 200)
      t.equal(came().length, 3)
      if (webhookOrder === 'serial') t.strictSame(came(), ['dialIn', 'answerIncoming', 'hangup'])
    }
  }
)

t.test('a request in the journal names the fault that hit it', async t => {
  const { add, use, get } = control(await start(t))
  await use('list')
  const ids = []
  for (const effect of [{ status: 500 }, { delayMs: 1 }]) {
    ids.push((await add({ on: { operation: 'list' }, times: 1, do: effect })).id)
    await use('list')
  }
  const { requests } = (await get('/requests?operation=list')).body
  t.strictSame(
    requests.map(({ fault }: { fault?: string }) => fault),
    [undefined, ...ids]
  )
})

t.test('a fault for an event is refused when event, extension, type and moment contradict each other', async t => {
  const { add, emulator, place, idle } = await ringing(t)
  const paths = async (on: object) => {
    const answer = await add({ on: { operation: 'delivery', ...on }, do: { hold: true } })
    return answer.error?.details.map(({ path }: { path: string }) => path)
  }
  t.strictSame(await paths({ eventId: 'nobody' }), ['$.on.eventId'])
  t.strictSame(await paths({ eventId: 'dialIn', extension: '0003*211' }), ['$.on.extension'])
  t.strictSame(await paths({ eventId: 'dialIn', type: '2' }), ['$.on.type'])
  t.strictSame(await paths({ eventId: 'dialIn', moment: 'hangup' }), ['$.on.moment'])
  t.strictSame(await paths({ type: '2', moment: 'dialIn' }), ['$.on.moment'])
  t.equal(await paths({ eventId: 'dialIn', extension: '0003*210', type: '0', moment: 'dialIn' }), undefined)
  await emulator.ask('DELETE', '/_emulator/faults')
  await place()
  await idle()
  await emulator.ask('DELETE', `${EVENTS}/0/dialIn`)
  t.equal(await paths({ eventId: 'dialIn' }), undefined, 'a delivery of an event that is gone can be replayed')
})

t.test('a fault for * hits every operation of requests, and no delivery', async t => {
  const { add, use, place, idle, came, faults } = await ringing(t)
  await add({ on: { operation: '*' }, times: EVERY_WAY.length, do: { status: 503 } })
  await place()
  await idle()
  t.strictSame(came(), ['dialIn', 'answerIncoming', 'hangup'])
  for (const way of EVERY_WAY) t.equal((await use(way)).status, 503, way)
  t.match(await faults(), [{ hits: EVERY_WAY.length, remaining: 0 }])
  await add({ on: { operation: '*', extension: '0003*210' }, do: { status: 500 } })
  t.equal((await use('token')).status, 200, 'a token request has no extension')
  t.equal((await use('list')).status, 500)
})

t.test('a status fault has the headers that it is given, and can delay its answer', async t => {
  for (const way of EVERY_WAY) {
    const { add, use, state, get } = control(await start(t))
    const before = await state()
    const headers = { 'Retry-After': '7', 'X-Trace': 'a b' }
    await add({ on: { operation: way }, times: 1, do: { status: 429, headers, delayMs: 60 } })
    const order: string[] = []
    setTimeout(() => order.push('60 ms passed'), 60) // fires before a delay that starts later
    const answer = await use(way)
    order.push('answered')
    t.strictSame(order, ['60 ms passed', 'answered'], way)
    t.match(answer, { status: 429, reason: 'fault_injected' })
    t.strictSame([answer.headers.get('retry-after'), answer.headers.get('x-trace')], ['7', 'a b'])
    t.equal(await state(), before, `${way} did nothing`)
    const [recorded] = (await get(`/requests?operation=${way}`)).body.requests
    t.match(recorded, { fault: '1', response: { headers: { 'Retry-After': '7' } } })
    t.equal((await use(way)).headers.get('retry-after'), null)
  }
})

t.test('a fault that could never apply is refused with its path, and nothing changes', async t => {
  const { ask, ...rest } = await start(t)
  const { faults } = control({ ask, ...rest })
  const list = { operation: 'list' }
  const delivery = { operation: 'delivery' }
  const cases: [why: string, path: string, body: unknown][] = [
    ['nothing', '$.on', {}],
    ['no effect', '$.do', { on: list }],
    ['an empty effect', '$.do', { on: list, do: {} }],
    ['an unknown operation', '$.on.operation', { on: { operation: 'patch' }, do: { status: 500 } }],
    ['no operation', '$.on.operation', { on: {}, do: { status: 500 } }],
    ['a mistyped member', '$.onn', { onn: list, on: list, do: { status: 500 } }],
    ['a mistyped scope', '$.on.extensions', { on: { ...list, extensions: 'x' }, do: { status: 500 } }],
    ['a mistyped effect', '$.do.delay', { on: list, do: { delay: 5 } }],
    ['a short number', '$.on.extension', { on: { ...list, extension: '210' }, do: { status: 500 } }],
    ['an unknown extension', '$.on.extension', { on: { ...list, extension: '0003*999' }, do: { status: 500 } }],
    ['a kind without events', '$.on.extension', { on: { ...list, extension: '0003*900' }, do: { status: 500 } }],
    [
      'a kind without events, for deliveries',
      '$.on.extension',
      { on: { operation: 'delivery', extension: '0003*900' }, do: { hold: true } }
    ],
    [
      'an extension for a token',
      '$.on.extension',
      { on: { operation: 'token', extension: '0003*210' }, do: { status: 500 } }
    ],
    ['a type for a token', '$.on.type', { on: { operation: 'token', type: '0' }, do: { status: 500 } }],
    ['a type for PhoneCalls', '$.on.type', { on: { operation: 'phoneCalls.create', type: '0' }, do: { status: 500 } }],
    ['type 7', '$.on.type', { on: { ...list, type: '7' }, do: { status: 500 } }],
    ['a type that is a number', '$.on.type', { on: { ...list, type: 0 }, do: { status: 500 } }],
    ['several types', '$.on.type', { on: { ...list, type: ['0', '2'] }, do: { status: 500 } }],
    ['no times', '$.times', { on: list, times: 0, do: { status: 500 } }],
    ['half a time', '$.times', { on: list, times: 1.5, do: { status: 500 } }],
    ['a negative skip', '$.skip', { on: list, skip: -1, do: { status: 500 } }],
    ['a success', '$.do.status', { on: list, do: { status: 200 } }],
    ['a redirect', '$.do.status', { on: list, do: { status: 302 } }],
    ['status 600', '$.do.status', { on: list, do: { status: 600 } }],
    ['a status in quotes', '$.do.status', { on: list, do: { status: '500' } }],
    ['a code with a space', '$.do.code', { on: list, do: { status: 500, code: 'not now' } }],
    ['a long code', '$.do.code', { on: list, do: { status: 500, code: 'a'.repeat(65) } }],
    ['a code alone', '$.do.code', { on: list, do: { code: 'access_denied' } }],
    ['a code and a delay', '$.do.code', { on: list, do: { delayMs: 5, code: 'access_denied' } }],
    ['two effects', '$.do.drop', { on: list, do: { status: 500, drop: 'reset' } }],
    ['three effects', '$.do.drop', { on: list, do: { status: 500, delayMs: 5, drop: 'reset' } }],
    ['a delay and a drop', '$.do.drop', { on: list, do: { delayMs: 5, drop: 'reset' } }],
    ['headers alone', '$.do.headers', { on: list, do: { headers: { 'Retry-After': '1' } } }],
    ['no headers', '$.do.headers', { on: list, do: { status: 500, headers: {} } }],
    ['a header that is a number', '$.do.headers.Age', { on: list, do: { status: 500, headers: { Age: 1 } } }],
    ['a header of two lines', '$.do.headers.Age', { on: list, do: { status: 500, headers: { Age: '1\r\nX: y' } } }],
    ['a malformed header name', '$.do.headers["a b"]', { on: list, do: { status: 500, headers: { 'a b': '1' } } }],
    [
      'a length',
      '$.do.headers["Content-Length"]',
      { on: list, do: { status: 500, headers: { 'Content-Length': '1' } } }
    ],
    ['a connection', '$.do.headers.Connection', { on: list, do: { status: 500, headers: { Connection: 'close' } } }],
    [
      'an encoding',
      '$.do.headers["transfer-encoding"]',
      { on: list, do: { status: 500, headers: { 'transfer-encoding': 'x' } } }
    ],
    [
      'our own header',
      '$.do.headers["X-Emulator-Reason"]',
      { on: list, do: { status: 500, headers: { 'X-Emulator-Reason': 'x' } } }
    ],
    ['a delivery for *', '$.do.hold', { on: { operation: '*' }, do: { hold: true } }],
    ['a moment for *', '$.on.moment', { on: { operation: '*', moment: 'hangup' }, do: { status: 500 } }],
    ['no delay', '$.do.delayMs', { on: list, do: { delayMs: 0 } }],
    ['a delay over a minute', '$.do.delayMs', { on: list, do: { delayMs: 60_001 } }],
    ['an unknown drop', '$.do.drop', { on: list, do: { drop: 'slowly' } }],
    ['a drop of a request that says no how', '$.do.drop', { on: list, do: { drop: true } }],
    ['a request held', '$.do.hold', { on: list, do: { hold: true } }],
    ['a token twice', '$.do.duplicate', { on: { operation: 'token' }, do: { duplicate: 1 } }],
    ['a status of a delivery', '$.do.status', { on: { operation: 'delivery' }, do: { status: 500 } }],
    ['a reset of a delivery', '$.do.drop', { on: { operation: 'delivery' }, do: { drop: 'reset' } }],
    ['a hold that is none', '$.do.hold', { on: { operation: 'delivery' }, do: { hold: false } }],
    ['no duplicate', '$.do.duplicate', { on: { operation: 'delivery' }, do: { duplicate: 0 } }],
    ['a call of a request', '$.on.callId', { on: { ...list, callId: '1479144949.4665265' }, do: { status: 500 } }],
    ['an event of a request', '$.on.eventId', { on: { ...list, eventId: PAGE_EVENT }, do: { status: 500 } }],
    ['a moment of a request', '$.on.moment', { on: { ...list, moment: 'hangup' }, do: { status: 500 } }],
    ['an unknown moment', '$.on.moment', { on: { ...delivery, moment: 'ring' }, do: { hold: true } }],
    ['a malformed CallID', '$.on.callId', { on: { ...delivery, callId: '7' }, do: { hold: true } }],
    ['a malformed event id', '$.on.eventId', { on: { ...delivery, eventId: 'a-b' }, do: { hold: true } }],
    ['concurrent alone', '$.do.concurrent', { on: delivery, do: { concurrent: true } }],
    ['concurrent with a hold', '$.do.concurrent', { on: delivery, do: { hold: true, concurrent: true } }],
    ['concurrent that is no boolean', '$.do.concurrent', { on: delivery, do: { duplicate: 1, concurrent: 1 } }],
    ['a clock alone', '$.do.clock', { on: delivery, do: { clock: 'wall' } }],
    ['an unknown clock', '$.do.clock', { on: delivery, do: { delayMs: 5, clock: 'moon' } }],
    ['a clock of a request', '$.do.clock', { on: list, do: { delayMs: 5, clock: 'sandbox' } }],
    ['a delay over a day', '$.do.delayMs', { on: delivery, do: { delayMs: 86_400_001, clock: 'sandbox' } }],
    ['a delivery delayed over a minute', '$.do.delayMs', { on: delivery, do: { delayMs: 60_001 } }],
    ['a change of nothing', '$.do.change.parameters', { on: delivery, do: { change: {} } }],
    ['a change of no parameters', '$.do.change.parameters', { on: delivery, do: { change: { parameters: {} } } }],
    ['a change of a request', '$.do.change', { on: list, do: { change: { parameters: { X: 'y' } } } }],
    ['a change to a number', '$.do.change.parameters.X', { on: delivery, do: { change: { parameters: { X: 7 } } } }],
    [
      'half a byte',
      '$.do.change.parameters.X.bytes',
      { on: delivery, do: { change: { parameters: { X: { bytes: 'f' } } } } }
    ],
    ['a hold and a change', '$.do.change', { on: delivery, do: { hold: true, change: { parameters: { X: 'y' } } } }],
    ['a body of null', '$', 'null']
  ]
  for (const [why, path, body] of cases) {
    const { status, body: answer } = await ask('POST', FAULTS, { body })
    t.equal(status, 400, why)
    const paths = answer.error.details.map((detail: { path: string }) => detail.path)
    t.ok(paths.includes(path), `${why}: ${JSON.stringify(answer.error.details)}`)
  }
  t.strictSame(await faults(), [])
})

t.test('an unknown fault is 404, and a fault that holds nothing cannot be released', async t => {
  const emulator = await start(t)
  const { add, post, faults } = control(emulator)
  await add({ on: { operation: 'list' }, do: { status: 500 } })
  for (const id of ['2', '0', 'x']) {
    t.match(await emulator.ask('DELETE', `${FAULTS}/${id}`), { status: 404, reason: 'fault_unknown' }, id)
    t.match(await post(`/faults/${id}/release`), { status: 404, reason: 'fault_unknown' }, id)
  }
  t.match(await post('/faults/1/release'), { status: 409, reason: 'fault_state' })
  t.match(await post('/faults/1/release', { all: true }), { status: 400 })
  t.match(await emulator.ask('GET', `${FAULTS}?limit=1`), { status: 400, reason: 'query_unknown' })
  t.match(await faults(), [{ id: '1' }])
  t.equal((await emulator.ask('DELETE', `${FAULTS}/1`)).status, 204)
  t.strictSame((await emulator.ask('GET', FAULTS)).body, { faults: [], total: 0 })
})

t.test('at most a thousand faults exist', async t => {
  const { sandbox, ask } = await start(t)
  const fault = { on: { operation: 'list' as const }, times: 1, do: { status: 500 } }
  for (let index = 0; index < 1000; index++) sandbox.faults.add(fault)
  t.match(await ask('POST', FAULTS, { body: fault }), { status: 409, reason: 'fault_limit' })
})

t.test('a reset discards faults and the deliveries that they hold', async t => {
  const { add, place, idle, came, post, faults, get } = await ringing(t)
  await add({ on: { operation: 'delivery' }, do: { hold: true } })
  await add({ on: { operation: 'list' }, do: { status: 500 } })
  await place()
  await post('/reset')
  t.strictSame(await faults(), [])
  t.equal((await idle()).status, 200)
  t.strictSame(came(), [])
  t.equal((await get('/deliveries')).body.total, 0)
  t.match(await add({ on: { operation: 'list' }, do: { status: 500 } }), { id: '3' }, 'an id is never used again')
})

t.test('a sandbox has faults of its own', async t => {
  const emulator = await start(t)
  const { ask } = emulator
  await ask('POST', '/_emulator/sandboxes', { body: { name: 'one' } })
  await ask('POST', `/sandboxes/one${FAULTS}`, { body: { on: { operation: 'list' }, do: { status: 500 } } })
  t.equal((await ask('GET', EVENTS)).status, 200)
  t.equal((await ask('GET', `/sandboxes/one${EVENTS}`)).status, 500)
})

t.test('deliveries that were held at the end of the emulator are sent after the next start', async t => {
  const receiver = await receive(t)
  const event = { extension: '0003*210', type: '0', method: '0', url: `${receiver.url}/dialIn` }
  const fixture = { ...readFixture('default'), phoneCallEvents: [event] }
  const database = join(t.testdir(), 'emulator.db')
  const first = await start(t, { database, fixture })
  const { add, place, idle } = control(first)
  await add({ on: { operation: 'delivery' }, do: { hold: true } })
  await place()
  await idle()
  await first.app.close()
  t.equal(receiver.received.length, 0)
  const second = control(await start(t, { database, fixture }))
  await second.idle()
  t.equal(receiver.received.length, 1)
  t.strictSame(await second.faults(), [])
})

t.test('the client has a method for every operation on faults', async t => {
  const { url } = await start(t)
  const client = createClient({ url })
  t.teardown(client.close)
  const { id } = await client.faults.add({ on: { operation: 'delivery', type: '3' }, times: 1, do: { hold: true } })
  t.match(await client.faults.list(), { total: 1, faults: [{ id, hits: 0 }] })
  t.strictSame(await client.faults.release(id), { released: [] })
  await client.faults.remove(id)
  await client.faults.add({ on: { operation: 'token' }, do: { status: 503, code: undefined } })
  await client.faults.clear()
  t.strictSame(await client.faults.list(), { faults: [], total: 0 })
  await t.rejects(client.faults.remove('x'), { code: 'fault_unknown' })
})
