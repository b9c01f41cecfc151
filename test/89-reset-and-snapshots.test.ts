import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { createClient } from '../src/client/client.js'
import { ClientError } from '../src/client/errors.js'
import type { Fixture } from '../src/schema/fixture.js'
import { DEFAULT_SETTINGS } from '../src/schema/settings.js'
import type { EndSignal } from '../src/service/deliveries/ending.js'
import type { Outcome } from '../src/service/deliveries/outcome.js'
import { sizeOf } from './support/effort.js'
import {
  EVENTS,
  NEW_EVENT,
  NOW,
  NOW_PRINTED,
  PAGE_EVENT,
  type Running,
  readFixture,
  sendWaiting,
  start
} from './support/emulator.js'
import { until } from './support/program.js'
import fc from './support/random.js'
import { receive } from './support/receiver.js'

const OUTSIDE = '+40700000001'
const AT_START = {
  organizations: 2,
  users: 5,
  extensions: 7,
  apps: 1,
  tokens: 4,
  sessions: 1,
  phoneCallEvents: 1,
  phones: 0
}
const NOTHING = {
  organizations: 0,
  users: 0,
  extensions: 0,
  apps: 0,
  tokens: 0,
  sessions: 0,
  phoneCallEvents: 0,
  phones: 0
}

const armed = (url: string, types = ['0', '2', '3'], method: '0' | '1' = '0'): Fixture => ({
  ...readFixture('default'),
  phoneCallEvents: types.map(type => ({
    extension: '0003*210',
    type: type as '0',
    id: `e${type}`,
    method,
    url: `${url}/${type}`
  }))
})

const control = ({ ask }: Running) => ({
  place: async (body: object = {}) =>
    (await ask('POST', '/_emulator/calls', { body: { from: OUTSIDE, to: '0003*210', ...body } })).body,
  post: (path: string, body?: unknown) => ask('POST', `/_emulator${path}`, { body }),
  put: (path: string, body?: unknown) => ask('PUT', `/_emulator${path}`, { body }),
  patch: (path: string, body?: unknown) => ask('PATCH', `/_emulator${path}`, { body }),
  get: async (path: string) => (await ask('GET', `/_emulator${path}`)).body,
  remove: (path: string) => ask('DELETE', `/_emulator${path}`),
  reset: (fixture?: unknown) => ask('POST', '/_emulator/reset', { body: { fixture } })
})

/** The visible state of an emulator, without the journal. */
async function visibleState(running: Running): Promise<Record<string, unknown>> {
  const { get } = control(running)
  const paths = ['fixtures', 'directory', 'settings', 'snapshots', 'calls', 'deliveries', 'clock', 'phones']
  return Object.fromEntries(await Promise.all(paths.map(async path => [path, await get(`/${path}`)])))
}

/** A receiver that accepts connections and never answers, with the request line of each webhook. */
async function hang(t: Test): Promise<{ url: string; sockets: Socket[]; lines: string[] }> {
  const sockets: Socket[] = []
  const lines: string[] = []
  const server = createServer(socket => {
    sockets.push(socket.on('error', () => {}))
    socket.setEncoding('utf8').on('data', (text: string) => void lines.push(...(text.match(/^(?:GET|POST) .*/m) ?? [])))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, sockets, lines }
}

const hasCall = (lines: string[], callId: string) => lines.some(line => line.includes(encodeURIComponent(callId)))

t.test('a reset restores the state that the emulator was started with', async t => {
  const receiver = await receive(t)
  const running = await start(t, { fixture: armed(receiver.url) })
  const { place, post, put, patch, get, reset } = control(running)
  const before = await visibleState(running)

  const app = { grant_type: 'client_credentials', client_id: 'emulator-app', client_secret: 'emulator-secret' }
  const { body: oauth } = await running.ask('POST', '/oauth/token.php', { as: null, body: app })
  const { body: token } = await post('/tokens', { user: '12' })
  const { body: session } = await post('/sessions', { user: '12' })
  await running.ask('POST', `${EVENTS}/1`, { body: NEW_EVENT })
  await running.ask('DELETE', `${EVENTS}/0/e0`)
  await post('/fixtures', { users: [{ id: '12', name: 'Another', organization: null, role: 'administrator' }] })
  await patch('/settings', { listEnvelope: 'object' })
  await put('/clock', { mode: 'frozen', now: '2031-01-01T00:00:00Z' })
  await put('/phones/0003*211', { outcome: 'busy' })
  await place({ ringMs: 1000, talkMs: 1000 })
  await post('/clock/advance', { ms: 5000 })
  t.equal((await get('/deliveries')).total, 2)

  t.match(await reset(), { status: 200, body: { ...AT_START, phoneCallEvents: 3 } })
  t.strictSame(await visibleState(running), before)
  t.strictSame(
    await get('/clock'),
    { mode: 'running', now: NOW.toISOString() },
    'the clock runs with the machine again'
  )
  t.strictSame(await get('/calls'), { calls: [], total: 0, dropped: 0 })
  t.strictSame(await get('/requests'), { requests: [], total: 0, dropped: 0 })
  const headers = { cookie: session.cookie, 'x-xsrf-token': session.xsrfToken }
  t.match(await running.ask('GET', EVENTS, { as: null, headers }), { status: 401, reason: 'session_unknown' })
  for (const bearer of [oauth.access_token, token.accessToken]) {
    const headers = { authorization: `Bearer ${bearer}` }
    t.match(await running.ask('GET', EVENTS, { as: null, headers }), { status: 401, reason: 'token_unknown' })
  }
  t.equal((await running.ask('GET', EVENTS)).status, 200, 'tokens of the fixture are valid again')
})

t.test('a reset restores the fixtures of the start, also with an older database file', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'state-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const database = join(folder, 'emulator.db')
  const first = await start(t, { database })
  await first.ask('POST', `${EVENTS}/1`, { body: NEW_EVENT })
  await control(first).patch('/settings', { callFlowCase: 'upper' })
  await first.app.close()
  const second = await start(t, { database, fixture: readFixture('empty') })
  t.notOk(second.seeded)
  t.equal((await control(second).get('/fixtures')).phoneCallEvents.length, 2)
  t.match(
    await control(second).get('/settings'),
    { callFlowCase: 'lower' },
    'what was changed at run time ended with the run'
  )
  t.match((await control(second).reset()).body, { phoneCallEvents: 0, extensions: 0 })
})

t.test('a reset accepts the name of a fixture, or a fixture', async t => {
  const running = await start(t, {
    fixtures: [
      { name: './own/one.json', document: readFixture('default') },
      { name: 'two', document: { organizations: [{ id: '9', name: 'Nine' }] } }
    ]
  })
  const { reset, get } = control(running)
  t.match((await reset('empty')).body, NOTHING)
  t.match((await reset('default')).body, AT_START)
  t.ok((await reset('call-centre')).body.extensions > 7)
  t.match((await reset('two')).body, { ...NOTHING, organizations: 1 }, 'one of those it was started with, alone')
  t.match((await reset('./own/one.json')).body, AT_START)
  t.match((await reset({ organizations: [{ id: '5', name: 'Five' }] })).body, { ...NOTHING, organizations: 1 })
  t.match((await reset()).body, { ...AT_START, organizations: 3 }, 'and nothing means all of those it was started with')
  for (const name of [
    '',
    'nope',
    '../package',
    './default',
    'default.json',
    'fixture.schema',
    '/etc/passwd',
    'a'.repeat(10_000)
  ]) {
    const { status, reason, body } = await reset(name)
    t.match(
      { status, reason, code: body.error.code },
      { status: 400, reason: 'fixture_unknown', code: 'fixture_invalid' },
      name
    )
    t.match(body.error.details, [{ path: '$.fixture', message: 'known are ./own/one.json, two, ' }])
    t.match(body.error.message, /default/)
    t.ok(body.error.message.length < 500)
  }
  t.match((await get('/fixtures')).organizations.length, 3, 'nothing was changed by that')
})

t.test('a reset of a sandbox restores its own fixtures, and changes no other sandbox', async t => {
  const running = await start(t, { fixtures: [{ name: 'own', document: readFixture('default') }] })
  const { post, put, get, reset } = control(running)
  const before = await visibleState(running)
  await post('/sandboxes', { name: 'one', fixture: { organizations: [{ id: '5', name: 'Five' }] } })
  const within = (path: string, body: object = {}) => running.ask('POST', `/sandboxes/one/_emulator${path}`, { body })
  t.match((await within('/reset', { fixture: 'own' })).body, AT_START, 'the fixture names of the emulator can be used')
  t.match((await within('/reset')).body, { ...NOTHING, organizations: 1 })
  t.strictSame(await visibleState(running), before)
  await put('/snapshots/of-the-default')
  t.equal((await within('/snapshots/of-the-default/restore')).status, 404, 'snapshots are its own')
  await reset('empty')
  t.match((await within('/fixtures', {})).body, { organizations: 1 })
  t.equal((await get('/sandboxes')).total, 1, 'a reset of the default one leaves it alone')
  t.equal((await post('/sandboxes', { name: 'two', fixture: 'nope' })).body.error.code, 'fixture_invalid')
  const { details } = (await post('/sandboxes', { name: 'two', fixture: { users: [{}] } })).body.error
  t.equal(details[0].path, '$.fixture.users[0].id')
})

t.test('a reset aborts deliveries in flight and discards pending ones, and neither is recorded', async t => {
  const hanging = await hang(t)
  const running = await start(t, { fixture: armed(hanging.url, ['0', '2']) })
  const { place, get, reset } = control(running)
  for (let placed = 0; placed < 20; placed++) await place({ talkMs: 0 })
  await until(() => hanging.sockets.length === 8)
  const old = await get('/deliveries')
  t.equal(old.total, 40)
  t.match((await reset()).body, AT_START.organizations === 2 ? { phoneCallEvents: 2 } : {})
  t.strictSame(await get('/idle'), { idle: true }, 'at once')
  t.strictSame(await get('/deliveries'), { deliveries: [], total: 0, dropped: 0 })
  await until(() => hanging.sockets.every(socket => socket.destroyed || socket.readableEnded))
  const last = Math.max(...old.deliveries.map(({ id }: { id: string }) => Number(id)))
  const { callId } = await place({ manual: true })
  const { deliveries } = await get('/deliveries')
  t.ok(deliveries.length === 1 && Number(deliveries[0].id) > last, 'an id is not given twice')
  t.notOk(
    old.deliveries.some((delivery: { callId: string }) => delivery.callId === callId),
    'nor a CallID'
  )
  await until(() => hasCall(hanging.lines, callId))
  t.equal(hanging.sockets.length, 9, 'nothing else was sent after the reset')
  t.match(await get('/deliveries'), { deliveries: [{ callId }], total: 1, dropped: 0 }, 'and nothing else is recorded')
})

t.test('the late outcome of a delivery of before a reset changes nothing', async t => {
  const ends: ((outcome: Outcome) => void)[] = []
  const signals: EndSignal[] = []
  const response = { status: 200, headers: {}, body: '', truncated: false }
  const answered: Outcome = { kind: 'answered', ms: 1, response }
  const running = await start(t, {
    fixture: armed('http://receiver.test', ['0']),
    send: (_request, signal) => {
      signals.push(signal)
      return new Promise<Outcome>(resolve => void ends.push(resolve)) // it takes no notice of the abort
    },
    callbackConcurrencyPerOrigin: 1
  })
  const { place, get, reset } = control(running)
  await place({ manual: true })
  await until(() => ends.length === 1)
  const stateOf = async () =>
    (await get('/deliveries')).deliveries.map(({ state, attempts }: { state: string; attempts: unknown[] }) => [
      state,
      attempts.length
    ])
  await reset(armed('http://receiver.test', ['0']))
  t.ok(signals[0]?.aborted, 'it is aborted')
  await place({ manual: true })
  await place({ manual: true })
  await until(() => ends.length === 2)
  ends[0]?.(answered)
  await place({ manual: true })
  t.strictSame(await stateOf(), [
    ['sending', 0],
    ['pending', 0],
    ['pending', 0]
  ])
  t.equal(ends.length, 2, 'and makes no room for another one')
  ends[1]?.(answered)
  await until(() => ends.length === 3)
  ends[2]?.(answered)
  await until(() => ends.length === 4)
  ends[3]?.(answered)
  t.strictSame(await get('/idle?timeoutMs=10000'), { idle: true })
  t.strictSame(await stateOf(), [
    ['delivered', 1],
    ['delivered', 1],
    ['delivered', 1]
  ])
})

t.test('deliveries after a reset are sent, also when the reset happens between answers and new deliveries', async t => {
  const receiver = await receive(t, (_request, response) => void setTimeout(() => response.end(), Math.random() * 5))
  const running = await start(t, { fixture: armed(receiver.url) })
  const { place, post, get, reset } = control(running)
  for (let round = 0; round < 20; round++) {
    await Promise.all(Array.from({ length: 20 }, () => place()))
    await sleep(Math.random() * 8)
    await reset()
    t.equal((await get('/deliveries')).total, 0)
  }
  const { callId } = await place()
  t.match(await post('/deliveries/verify', { match: { callId, state: 'delivered' }, count: 3, timeoutMs: 20_000 }), {
    status: 200
  })
  t.equal((await get('/deliveries')).total, 3)
})

t.test('a reset discards calls that ring', async t => {
  const receiver = await receive(t)
  const running = await start(t, { fixture: armed(receiver.url) })
  const { place, get, reset } = control(running)
  await place({ ringMs: 10, talkMs: 10 })
  const { callId } = await place({ manual: true })
  await until(() => receiver.received.length === 2)
  await reset()
  t.strictSame((await get('/calls')).calls, [])
  t.equal((await running.ask('POST', `/_emulator/calls/${callId}/hangup`, { body: {} })).status, 404)
  const next = await place({ ringMs: 20, talkMs: 20 })
  let machine = NOW.getTime()
  await until(async () => {
    machine += 20
    running.setTime(new Date(machine))
    return (await get(`/calls/${next.callId}`)).state === 'ended'
  })
  const verified = { match: { callId: next.callId, moment: 'hangup', state: 'delivered' }, timeoutMs: 20_000 }
  t.equal((await control(running).post('/deliveries/verify', verified)).status, 200, 'those placed after it go on')
  t.equal(receiver.received.length, 2 + 3, 'and nothing was sent for the others, which would have been due first')
})

t.test('waits continue after a reset, with the new state', async t => {
  const hanging = await hang(t)
  const receiver = await receive(t)
  const running = await start(t, { fixture: armed(hanging.url, ['0']) })
  const { place, reset } = control(running)
  await place()
  await until(() => hanging.sockets.length === 1)
  const verify = (count: unknown, timeoutMs: number) =>
    sendWaiting(running, 'POST', '/_emulator/deliveries/verify', { body: { match: {}, count, timeoutMs } })
  const idle = await sendWaiting(running, 'GET', '/_emulator/idle?timeoutMs=20000')
  const two = await verify(2, 20_000)
  const most = await verify({ max: 1 }, 2_000)
  await reset(armed(receiver.url, ['0', '2']))
  t.match(await idle.answer, { status: 200, body: { idle: true } })
  await place({ manual: true })
  t.match(await most.answer, { status: 200, body: { count: 1 } }, 'the delivery of before is not counted')
  await place({ manual: true })
  t.match(await two.answer, { status: 200, body: { count: 2 } })
})

t.test('a reset ends an advance of the clock with state_replaced', async t => {
  const hanging = await hang(t)
  const running = await start(t, { fixture: armed(hanging.url, ['0', '3']) })
  const { place, post, put, get, reset } = control(running)
  await put('/clock', { mode: 'frozen' })
  await place({ ringMs: 1000, talkMs: 1000 })
  const advancing = await sendWaiting(running, 'POST', '/_emulator/clock/advance', { body: { ms: 5000 } })
  const body = { mode: 'frozen', now: '2040-01-01T00:00:00Z' }
  const behind = await sendWaiting(running, 'PUT', '/_emulator/clock', { body })
  await reset()
  const ended = { status: 409, reason: 'state_replaced', body: { error: { code: 'state_replaced' } } }
  t.match(await advancing.answer, ended)
  t.match(await behind.answer, ended, 'and so does the request that waited behind it')
  t.strictSame(await get('/clock'), { mode: 'running', now: NOW.toISOString() })
  t.match(
    await post('/clock/advance', { ms: 1000 }),
    { status: 200, body: { moments: [], deliveries: [] } },
    'the next advance succeeds'
  )
})

t.test('a reset under load removes everything of before, and every request is answered', async t => {
  const receiver = await receive(t)
  const running = await start(t, { fixture: armed(receiver.url) })
  const { place, post, get, reset, put } = control(running)
  const { ask } = running
  const statuses = new Set<number>()
  let stop = false
  const worker = async (work: () => Promise<{ status: number }>) => {
    while (!stop) statuses.add((await work()).status)
  }
  const workers = [
    () => ask('POST', `${EVENTS}/1`, { body: NEW_EVENT }),
    () => ask('GET', EVENTS),
    () => ask('DELETE', EVENTS),
    () => post('/calls', { from: OUTSIDE, to: '0003*210' }),
    () => post('/tokens', { user: '12' }),
    () =>
      post('/fixtures', { phoneCallEvents: [{ extension: '0003*211', type: '0', method: '0', url: receiver.url }] }),
    () => put('/snapshots/under-load'),
    () => post('/snapshots/under-load/restore', {}),
    () => ask('GET', '/_emulator/deliveries'),
    () => ask('GET', '/_emulator/idle?timeoutMs=20')
  ].map(worker)
  for (let round = 0; round < 60; round++) t.equal((await reset()).status, 200)
  stop = true
  await Promise.all(workers)
  t.strictSame(
    [...statuses].filter(status => ![200, 201, 204, 404, 408].includes(status)),
    []
  )
  await reset()
  const { callId } = await place()
  await get('/idle?timeoutMs=20000')
  const { deliveries, total } = await get('/deliveries')
  t.equal(total, 3)
  t.ok(deliveries.every((delivery: { callId: string }) => delivery.callId === callId))
})

t.test('a hundred resets and restores in a row each lead to the same state', async t => {
  const running = await start(t)
  const { reset } = control(running)
  const { fixtures, snapshots } = running.sandbox
  const before = JSON.stringify(fixtures.export())
  snapshots.take('before')
  const states = new Set<string>()
  for (let round = 0; round < 100; round++) {
    fixtures.replace([])
    states.add(JSON.stringify(fixtures.export().users))
    if (round % 2) fixtures.replace()
    else snapshots.restore('before')
    states.add(JSON.stringify(fixtures.export()))
    snapshots.take('again')
  }
  t.strictSame([...states], ['[]', before])
  t.match(await reset(), { status: 200, body: AT_START })
  t.equal(JSON.stringify(fixtures.export()), before, 'and so does a reset by request')
})

t.test('a fixture can be merged at run time: the same id or number replaces', async t => {
  const running = await start(t)
  const { post, get } = control(running)
  const merged = await post('/fixtures', {
    users: [{ id: '60', name: 'Sixty', organization: '3', role: 'user' }],
    extensions: [{ number: '0003*600', owner: '60', kind: 'queue' }],
    tokens: [{ accessToken: 'token-of-sixty', user: '60' }],
    phoneCallEvents: [
      { extension: '0003*210', type: '0', id: PAGE_EVENT, method: '1', url: 'http://other.test/' },
      { extension: '0003*600', type: '2', method: '0', url: 'http://sixty.test/' }
    ],
    settings: { emptyCollection: 200 }
  })
  t.match(merged, { status: 200, body: { ...AT_START, users: 6, extensions: 8, tokens: 5, phoneCallEvents: 2 } })
  t.match((await running.ask('GET', `${EVENTS}/0/${PAGE_EVENT}`)).body[0].entry[0], {
    method: '1',
    url: 'http://other.test/',
    modified: NOW_PRINTED
  })
  const headers = { authorization: 'Bearer token-of-sixty' }
  t.match(
    (await running.ask('GET', '/uapi/extensions/@me/600/phoneCallEvents', { as: null, headers })).body[0].totalResults,
    1
  )
  t.match(await get('/settings'), { emptyCollection: 200 })
})

t.test('an invalid fixture is refused with every problem and without secrets, and nothing changes', async t => {
  const receiver = await receive(t)
  const running = await start(t, { fixture: armed(receiver.url) })
  const { place, post, put, patch, reset } = control(running)
  await patch('/settings', { listEnvelope: 'object' })
  await put('/clock', { mode: 'frozen', now: '2031-01-01T00:00:00Z' })
  await put('/snapshots/one')
  await place({ ringMs: 1000 })
  await place({ manual: true })
  await running.ask('GET', '/_emulator/idle?timeoutMs=20000')
  const before = await visibleState(running)

  const wrong = {
    users: [{ id: '12', name: 'Desk', organization: 'nowhere', role: 'user' }, { id: '@x' }],
    tokens: [{ accessToken: 'short' }],
    phoneCallEvents: [{ extension: '0003*900', type: '0', method: '0', url: 'http://a.test/' }],
    settings: { timeZone: 'Mars/Base', listEnvelope: 'list' },
    calls: []
  }
  const merged = await post('/fixtures', wrong)
  t.match(merged, { status: 400, reason: 'fixture_invalid', body: { error: { code: 'fixture_invalid' } } })
  const paths = merged.body.error.details.map(({ path }: { path: string }) => path).sort()
  t.strictSame(paths, [
    '$.calls',
    '$.phoneCallEvents[0].extension',
    '$.settings.listEnvelope',
    '$.settings.timeZone',
    '$.tokens[0].accessToken',
    '$.tokens[0].user',
    '$.users[0].organization',
    '$.users[1].id',
    '$.users[1].name',
    '$.users[1].organization',
    '$.users[1].role'
  ])
  t.notMatch(merged.text, /"short"|short\\"/)
  const replaced = (await reset(wrong)).body.error.details.map(({ path }: { path: string }) => path)
  t.ok(replaced.includes('$.fixture.users[1].id'), 'in a reset the places are those of its body')
  t.ok(replaced.every((path: string) => path.startsWith('$.fixture.')))

  const deep = `${'['.repeat(500_000)}${']'.repeat(500_000)}`
  const rows: [string, string, unknown, number?][] = [
    ['POST', '/reset', '{"fixture":5}'],
    ['POST', '/reset', '{"fixture":null}'],
    ['POST', '/reset', '{"fixture":[]}'],
    ['POST', '/reset', '{"fixture":true}'],
    ['POST', '/reset', '{"fixtures":"empty"}'],
    ['POST', '/reset', '{"fixture":{"organization":[]}}'],
    ['POST', '/reset', '{"fixture":{"__proto__":{}}}'],
    ['POST', '/reset', '[]'],
    ['POST', '/reset', '5'],
    ['POST', '/reset', 'null'],
    ['POST', '/reset', '"empty"'],
    ['POST', '/reset', '{'],
    ['POST', '/reset', `{"fixture":${deep}}`, 413],
    ['POST', '/reset?fixture=empty', '{}'],
    ['POST', '/fixtures', deep, 413],
    ['POST', '/fixtures', '[]'],
    ['POST', '/fixtures', 'null'],
    ['POST', '/fixtures', '"empty"'],
    ['POST', '/fixtures', { users: 'none' }],
    ['POST', '/fixtures', { users: Array(5_000).fill({ id: '@' }) }],
    ['POST', '/fixtures', { tokens: [{ accessToken: 'a'.repeat(600), user: '12' }] }],
    ['POST', '/fixtures', ' '.repeat(32 * 1024 * 1024 + 1), 413],
    ['POST', '/reset', ' '.repeat(32 * 1024 * 1024 + 1), 413],
    ['POST', '/tokens', ' '.repeat(1024 * 1024 + 1), 413],
    ['POST', '/tokens', {}],
    ['POST', '/tokens', { user: '99' }],
    ['POST', '/tokens', { user: '@me' }],
    ['POST', '/tokens', { user: 12 }],
    ['POST', '/tokens', { user: '12', expiresInSeconds: -1 }],
    ['POST', '/tokens', { user: '12', expiresInSeconds: 1.5 }],
    ['POST', '/tokens', { user: '12', expiresInSeconds: 1e12 }],
    ['POST', '/tokens', { user: '12', expiresInSeconds: '60' }],
    ['POST', '/tokens', { user: '12', expiresIn: 60 }],
    ['POST', '/sessions', {}],
    ['POST', '/sessions', { user: '99' }],
    ['POST', '/sessions', { user: '12', vn: 'mine' }],
    ['PATCH', '/settings', { listEnvelope: 'list' }],
    ['PATCH', '/settings', { emptyCollection: '200' }],
    ['PATCH', '/settings', { listEnvelope: 'array', timeZone: 'Mars/Base' }],
    ['PATCH', '/settings', { tokenLifetimeSeconds: 0 }],
    ['PATCH', '/settings', { nope: 1 }],
    ['PATCH', '/settings', 'null'],
    ['PUT', '/snapshots/a%20b', {}],
    ['PUT', `/snapshots/${'a'.repeat(65)}`, {}],
    ['PUT', '/snapshots/%2E%2E%2Fx', {}],
    ['PUT', '/snapshots/two', { name: 'two' }],
    ['POST', '/snapshots/two/restore', {}, 404],
    ['POST', '/snapshots/One/restore', {}, 404],
    ['POST', '/snapshots/one/restore', { at: 1 }],
    ['DELETE', '/snapshots/two', undefined, 404],
    ['DELETE', '/snapshots/a%20b', undefined, 404]
  ]
  for (const [method, path, body, expected = 400] of rows) {
    const title = `${method} ${path} ${(typeof body === 'string' ? body : (JSON.stringify(body) ?? '')).slice(0, 60)}`
    const answer = await running.ask(method, `/_emulator${path}`, { body })
    t.equal(answer.status, expected, title)
    t.match(answer.body, { error: { code: String, message: String } }, title)
    if (path === '/tokens' && expected === 400) t.match(answer.body.error.details?.[0]?.path, '$.', title)
  }
  t.strictSame(await visibleState(running), before, 'everything is as it was')
  await put('/clock', { mode: 'frozen', now: '2031-01-01T00:01:00Z' })
  t.match((await control(running).get('/calls')).calls[0], { state: 'ended' }, 'and calls go on')
})

/** A random action that changes the state. */
const word = fc.stringMatching(/^[A-Za-z0-9]{1,12}$/)
const note = fc.string({ unit: 'grapheme', maxLength: 40 }).filter(text => !text.includes('\0') && text.isWellFormed())
const action = fc.oneof(
  fc.record({
    kind: fc.constant('event' as const),
    as: fc.constantFrom('user' as const, 'administrator' as const),
    extension: fc.constantFrom('12/0003*210', '12/0003*300', '13/0003*211', '40/0004*210'),
    type: fc.constantFrom('0', '1', '2', '3', '4'),
    body: fc.record({
      method: fc.constantFrom('0', '1', 0, 1),
      status: fc.constantFrom('0', '1'),
      url: word.map(path => `https://Receiver.test:8443/${path}?q=%20`),
      note
    })
  }),
  fc.record({
    kind: fc.constant('token' as const),
    user: fc.constantFrom('1', '12', '40'),
    seconds: fc.option(fc.nat(1e8))
  }),
  fc.record({ kind: fc.constant('session' as const), user: fc.constantFrom('1', '12', '40') }),
  fc.record({ kind: fc.constant('oauth' as const) }),
  fc.record({
    kind: fc.constant('app' as const),
    body: fc.record({ disabled: fc.boolean(), clientSecret: fc.constant('another') }, { requiredKeys: [] })
  }),
  fc.record({
    kind: fc.constant('revoke' as const),
    body: fc.constantFrom({ user: '12' }, { accessToken: 'emulator-other-token' })
  }),
  fc.record({
    kind: fc.constant('phone' as const),
    number: fc.constantFrom('0003*210', '%2B40722000111', '*72', '7'),
    body: fc.record({ outcome: fc.constantFrom('answered', 'busy'), ringMs: fc.nat(1000) }, { requiredKeys: [] })
  }),
  fc.record({ kind: fc.constant('time' as const), ms: fc.nat(1e11) }),
  fc.record({
    kind: fc.constant('settings' as const),
    body: fc.record(
      {
        listEnvelope: fc.constantFrom('array', 'object'),
        emptyCollection: fc.constantFrom(200, 204),
        invalidTokenStatus: fc.constantFrom(401, 403),
        callFlowCase: fc.constantFrom('upper', 'lower'),
        tokenLifetimeSeconds: fc.integer({ min: 1, max: 315_360_000 }),
        timeZone: fc.constantFrom('UTC', 'Europe/Bucharest', 'Asia/Kolkata', 'America/St_Johns')
      },
      { requiredKeys: [] }
    )
  }),
  fc.record({
    kind: fc.constant('fixture' as const),
    body: fc.record({
      users: fc.uniqueArray(
        fc.record({
          id: word,
          name: fc.constantFrom('A', 'Ö', '☎'),
          role: fc.constant('user'),
          organization: fc.constantFrom('3', null)
        }),
        {
          selector: ({ id }) => id,
          maxLength: 3
        }
      ),
      apps: fc.uniqueArray(
        fc.record({
          clientId: word,
          clientSecret: word,
          user: fc.constantFrom('1', '12'),
          trusted: fc.boolean(),
          redirectUris: fc.array(
            word.map(path => `app:/${path}`),
            { maxLength: 3 }
          )
        }),
        { selector: ({ clientId }) => clientId, maxLength: 3 }
      )
    })
  })
)

t.test('an exported state can be loaded again, after any actions', async t => {
  const one = await start(t)
  const other = await start(t, { fixture: readFixture('empty') })
  const { post, put, patch, get, reset } = control(one)
  const perform = async (done: typeof action extends fc.Arbitrary<infer A> ? A : never) => {
    switch (done.kind) {
      case 'event':
        return one.ask('POST', `/uapi/extensions/${done.extension}/phoneCallEvents/${done.type}`, {
          as: 'administrator',
          body: done.body
        })
      case 'token':
        return post('/tokens', { user: done.user, ...(done.seconds !== null && { expiresInSeconds: done.seconds }) })
      case 'session':
        return post('/sessions', { user: done.user })
      case 'oauth':
        return one.ask('POST', '/oauth/token.php', {
          as: null,
          body: { grant_type: 'client_credentials', client_id: 'emulator-app', client_secret: 'emulator-secret' }
        })
      case 'app':
        return patch('/apps/emulator-app', done.body)
      case 'revoke':
        return post('/tokens/revoke', done.body)
      case 'phone':
        return put(`/phones/${done.number}`, done.body)
      case 'time':
        return post('/clock/advance', { ms: done.ms })
      case 'settings':
        return patch('/settings', done.body)
      case 'fixture':
        return post('/fixtures', done.body)
    }
  }
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 12 }), async actions => {
      await reset()
      await put('/clock', { mode: 'frozen' })
      for (const done of actions) {
        const { status, text } = await perform(done)
        if (status > 201 && done.kind !== 'oauth') throw new Error(`${JSON.stringify(done)}: ${status} ${text}`)
      }
      const exported = await get('/fixtures')
      const loaded = await control(other).reset(exported)
      t.equal(loaded.status, 200, loaded.text)
      t.strictSame(await control(other).get('/fixtures'), exported)
      t.strictSame(await control(other).get('/directory'), await get('/directory'))
      const [{ origins: _of, ...restored }, { origins: _ofThese, ...settings }] = [
        await control(other).get('/settings'),
        await get('/settings')
      ]
      t.strictSame(restored, settings, 'the same settings, by way of a fixture')
      for (const place of ['12/0003*210', '12/0003*300', '13/0003*211', '40/0004*210']) {
        const path = `/uapi/extensions/${place}/phoneCallEvents?count=5000`
        const lists = await Promise.all([one, other].map(({ ask }) => ask('GET', path, { as: 'administrator' })))
        const [first, second] = lists.map(({ status, text }, at) => [
          status,
          text.replaceAll([one, other][at]?.url ?? '', '')
        ])
        t.strictSame(second, first)
      }
      t.equal((await control(other).post('/fixtures', exported)).status, 200, 'and merges into itself')
      t.strictSame(await control(other).get('/fixtures'), exported)
    }),
    { numRuns: 40 }
  )
})

t.test('cached users, extensions and credentials are never stale', async t => {
  const running = await start(t)
  const { post, put, remove, reset } = control(running)
  const statusOf = async (path: string, headers?: Record<string, string>) =>
    (await running.ask('GET', `/uapi/extensions/${path}/phoneCallEvents`, headers ? { as: null, headers } : {})).status
  const session = (xsrf: string) => ({
    cookie: `vn=XI%2Cm-tpsEWgqBMBCNVpeAnUEaeqCpG7f; xsrf-token=${xsrf}`,
    'x-xsrf-token': xsrf
  })
  const merge = async (fixture: Fixture) => t.match(await post('/fixtures', fixture), { status: 200 })
  const isAtStart = async (when: string) => {
    t.equal(await statusOf('13/0003*211'), 403, `${when}, a user reaches nobody else`)
    t.equal(await statusOf('@me/0003*211'), 400, `${when}, nor owns what is another's`)
    t.equal(await statusOf('@me/0003*210', session('44HzZ6YIHDN6mbRY')), 200, `${when}, the session is the page's`)
    t.equal(
      await statusOf('@me/0004*210', { authorization: 'Bearer emulator-user-token' }),
      400,
      `${when}, the token too`
    )
  }
  await isAtStart('at the start')
  await put('/snapshots/start')
  for (const [back, goBack] of [
    ['after a reset', () => reset()],
    ['after a restore', () => post('/snapshots/start/restore', {})]
  ] as const) {
    await merge({ users: [{ id: '12', name: 'Front Desk', organization: '3', role: 'organization' }] })
    t.equal(await statusOf('13/0003*211'), 204, 'a role that was merged counts at once')
    await merge({ extensions: [{ number: '0003*211', owner: '12', kind: 'phoneTerminal' }] })
    t.equal(await statusOf('@me/0003*211'), 204, 'so does an owner')
    await merge({
      sessions: [{ user: '12', vn: 'XI,m-tpsEWgqBMBCNVpeAnUEaeqCpG7f', xsrfToken: 'another' }]
    })
    t.equal(await statusOf('@me/0003*210', session('44HzZ6YIHDN6mbRY')), 403, 'an xsrf token')
    t.equal(await statusOf('@me/0003*210', session('another')), 200)
    await merge({ tokens: [{ accessToken: 'emulator-user-token', user: '40' }] })
    t.equal(await statusOf('@me/0004*210', { authorization: 'Bearer emulator-user-token' }), 204, 'and a token')
    await goBack()
    await isAtStart(back)
  }
  await remove('/snapshots/start')
})

const EXTENSIONS = ['0003*210', '0003*211', '0003*300'] as const
const anyExtension = fc.constantFrom(...EXTENSIONS)
const anyType = fc.constantFrom('0', '1')
const change = fc.oneof(
  fc.record({ kind: fc.constant('create' as const), extension: anyExtension, type: anyType }),
  fc.record({ kind: fc.constant('deleteOne' as const), nth: fc.nat(20) }),
  fc.record({ kind: fc.constant('deleteType' as const), extension: anyExtension, type: anyType }),
  fc.record({ kind: fc.constant('deleteAll' as const), extension: anyExtension }),
  fc.record({ kind: fc.constant('move' as const), nth: fc.nat(20), extension: anyExtension, type: anyType }),
  fc.record({ kind: fc.constant('newOwner' as const), owner: fc.constantFrom('12', '13') }),
  fc.record({ kind: fc.constantFrom('reset' as const, 'take' as const, 'restore' as const) })
)

t.test('the total of a list is correct after every change', async t => {
  const running = await start(t, { settings: { emptyCollection: 200 } })
  const { post, put, get, reset } = control(running)
  const uapi = (method: 'GET' | 'POST' | 'DELETE', path: string, body?: object) =>
    running.ask(method, `/uapi/extensions/@owner/${path}`, { as: 'administrator', ...(body && { body }) })
  const events = async () =>
    (await get('/fixtures')).phoneCallEvents as { extension: string; type: string; id: string }[]

  const perform = async (done: typeof change extends fc.Arbitrary<infer C> ? C : never) => {
    const all = await events()
    const { extension, type, id } = ('nth' in done && all[done.nth % all.length]) || { extension: '', type: '', id: '' }
    switch (done.kind) {
      case 'create':
        return uapi('POST', `${done.extension}/phoneCallEvents/${done.type}`, NEW_EVENT)
      case 'deleteOne':
        return id === '' ? undefined : uapi('DELETE', `${extension}/phoneCallEvents/${type}/${id}`)
      case 'deleteType':
        return uapi('DELETE', `${done.extension}/phoneCallEvents/${done.type}`)
      case 'deleteAll':
        return uapi('DELETE', `${done.extension}/phoneCallEvents`)
      case 'move': {
        const moved = { extension: done.extension, type: done.type, id, method: '0', url: 'http://moved.test/' }
        return id === '' ? undefined : post('/fixtures', { phoneCallEvents: [moved] })
      }
      case 'newOwner':
        return post('/fixtures', { extensions: [{ number: '0003*300', owner: done.owner, kind: 'queue' }] })
      case 'reset':
        return reset()
      case 'take':
        return put('/snapshots/counted')
      case 'restore':
        return post('/snapshots/counted/restore', {})
    }
  }
  await fc.assert(
    fc.asyncProperty(fc.array(change, { maxLength: 15 }), async changes => {
      await reset()
      await put('/snapshots/counted')
      for (const done of changes) {
        const answer = await perform(done)
        if (answer !== undefined && answer.status > 299) throw new Error(`${JSON.stringify(done)}: ${answer.text}`)
        const all = await events()
        for (const extension of EXTENSIONS) {
          const own = all.filter(event => event.extension === extension)
          const total = async (path: string) =>
            (await uapi('GET', `${extension}/phoneCallEvents${path}?count=1`)).body[0].totalResults
          t.equal(await total(''), own.length, extension)
          for (const type of ['0', '1']) {
            t.equal(await total(`/${type}`), own.filter(event => event.type === type).length, `${extension} ${type}`)
          }
        }
      }
    }),
    { numRuns: 25 }
  )
})

t.test('a snapshot keeps a state, and a restore returns to it', async t => {
  const receiver = await receive(t)
  const running = await start(t, { fixture: armed(receiver.url), autoConsent: true })
  const { place, post, put, patch, get, remove, reset } = control(running)
  await running.ask('POST', `${EVENTS}/1`, { body: NEW_EVENT })
  const { body: token } = await post('/tokens', { user: '12', expiresInSeconds: 60 })
  const { body: session } = await post('/sessions', { user: '12' })
  await patch('/settings', { listEnvelope: 'object' })
  await put('/clock', { mode: 'frozen', now: '2031-01-01T00:00:00Z' })
  const query = 'response_type=code&client_id=emulator-app&redirect_uri=http://localhost/callback&state=s'
  const consent = await running.ask('GET', `/oauth/authorize.php?${query}`, { as: null })
  const code = new URL(consent.headers.get('location') ?? '').searchParams.get('code')
  await put('/phones/0003*211', { outcome: 'busy' })
  await place({ ringMs: 1000 })
  const held = await visibleState(running)

  const counts = { ...AT_START, tokens: 5, sessions: 2, phoneCallEvents: 4, phones: 1 }
  const taken = await put('/snapshots/before.it-all_1')
  t.match(taken, { status: 201, body: { name: 'before.it-all_1', createdAt: NOW.toISOString(), counts } })
  t.strictSame(await get('/snapshots'), { snapshots: [taken.body], total: 1 })

  await reset('empty')
  await patch('/settings', { callFlowCase: 'upper' })
  t.match((await get('/snapshots')).total, 1, 'a reset keeps it')
  t.match(await post('/snapshots/before.it-all_1/restore', {}), { status: 200, body: counts })
  const { calls, deliveries, snapshots, ...state } = await visibleState(running)
  t.match(held, state, 'directory, events, apps, tokens, sessions, settings and clock are back')
  t.strictSame(
    [calls, deliveries],
    [
      { calls: [], total: 0, dropped: 0 },
      { deliveries: [], total: 0, dropped: 0 }
    ]
  )
  await put('/clock', { mode: 'frozen', now: '2026-03-01T10:20:00Z' })
  const bearer = { authorization: `Bearer ${token.accessToken}` }
  t.equal((await running.ask('GET', EVENTS, { as: null, headers: bearer })).status, 200)
  const cookies = { cookie: session.cookie, 'x-xsrf-token': session.xsrfToken }
  t.equal((await running.ask('GET', EVENTS, { as: null, headers: cookies })).status, 200)
  const body = {
    grant_type: 'authorization_code',
    code,
    client_id: 'emulator-app',
    client_secret: 'emulator-secret',
    redirect_uri: 'http://localhost/callback'
  }
  t.equal((await running.ask('POST', '/oauth/token.php', { as: null, body })).status, 200, 'a code can be exchanged')
  await post('/snapshots/before.it-all_1/restore')
  t.equal((await running.ask('POST', '/oauth/token.php', { as: null, body })).status, 200, 'again, in that state')

  t.match(await put('/snapshots/before.it-all_1', {}), { status: 200 }, 'the same name replaces')
  t.match((await get('/snapshots')).total, 1)
  t.equal((await remove('/snapshots/before.it-all_1')).status, 204)
  const gone = await post('/snapshots/before.it-all_1/restore')
  t.match(gone, { status: 404, reason: 'snapshot_unknown', body: { error: { code: 'snapshot_unknown' } } })
  t.strictSame(await get('/snapshots'), { snapshots: [], total: 0 })
})

t.test('a restore aborts deliveries in flight, as a reset does', async t => {
  const hanging = await hang(t)
  const running = await start(t, { fixture: armed(hanging.url, ['0', '2']), callbackTotalMs: 60_000 })
  const { place, post, put, get } = control(running)
  await put('/snapshots/a')
  await place()
  await until(() => hanging.sockets.length === 1)
  const [idle] = await Promise.all([get('/idle?timeoutMs=10000'), post('/snapshots/a/restore')])
  t.strictSame(idle, { idle: true })
  t.equal((await get('/deliveries')).total, 0)
  const { callId } = await place({ manual: true })
  await until(() => hasCall(hanging.lines, callId))
  t.equal(hanging.sockets.length, 2, 'nothing else was sent after the restore')
  t.match(await get('/deliveries'), { deliveries: [{ callId }], total: 1 })
})

t.test('at most a hundred snapshots are kept, and they are listed oldest first', async t => {
  const running = await start(t)
  const { put, get, remove } = control(running)
  for (let nth = 0; nth < 100; nth++) await put(`/snapshots/s${nth}`)
  t.match(await put('/snapshots/one-more'), { status: 409, reason: 'snapshot_limit' })
  t.match(await put('/snapshots/s0'), { status: 200 }, 'one that is there is replaced')
  const names = (await get('/snapshots')).snapshots.map(({ name }: { name: string }) => name)
  t.strictSame([names.length, names[0], names[99]], [100, 's1', 's0'])
  await remove('/snapshots/s5')
  t.match(await put('/snapshots/one-more'), { status: 201 })
})

/** How many events a large snapshot has. */
const MANY = sizeOf(100_000, 20_000)

t.test('a snapshot of many events is restored completely, also with a database file', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'state-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const events = Array.from({ length: MANY }, (_, nth) => ({
    extension: '0003*210',
    type: '0' as const,
    id: `e${nth}`,
    method: '0' as const,
    url: `http://receiver.test/${nth}`
  }))
  const fixture = { ...readFixture('default'), phoneCallEvents: events }
  const { sandbox, ask } = await start(t, { database: join(folder, 'emulator.db'), fixture })
  const exported = JSON.stringify(sandbox.fixtures.export())
  await sandbox.snapshots.take('large')
  sandbox.fixtures.replace([])
  t.strictSame(sandbox.fixtures.export().phoneCallEvents, [])
  t.ok((await ask('GET', '/_emulator/snapshots/large')).text === exported)
  await sandbox.snapshots.restore('large')
  t.ok(JSON.stringify(sandbox.fixtures.export()) === exported)
  sandbox.fixtures.replace()
  t.ok(JSON.stringify(sandbox.fixtures.export()) === exported, 'and so do the fixtures of the start')
})

t.test('the directory lists organizations, users, extensions and apps without secrets', async t => {
  const { get } = control(await start(t))
  const { organizations, users, extensions, apps } = readFixture('default')
  const directory = await get('/directory')
  t.strictSame(directory, {
    organizations,
    users,
    extensions,
    apps: apps?.map(app => ({ ...app, clientSecret: '***' }))
  })
})

t.test('a token can be created for any user, with an expiry', async t => {
  const running = await start(t)
  const { post, put } = control(running)
  const as = async (token: string) =>
    running.ask('GET', EVENTS, { as: null, headers: { authorization: `Bearer ${token}` } })
  const lasting = await post('/tokens', { user: '12' })
  t.match(lasting, { status: 201, body: { accessToken: /^[A-Za-z0-9_.-]{40}$/, expiresAt: null } })
  const short = await post('/tokens', { user: '12', expiresInSeconds: 60 })
  t.equal(short.body.expiresAt, new Date(NOW.getTime() + 60_000).toISOString())
  t.match((await as(short.body.accessToken)).status, 200)
  const over = await post('/tokens', { user: '12', expiresInSeconds: 0 })
  t.match(await as(over.body.accessToken), { status: 401, reason: 'token_expired' })
  await put('/clock', { mode: 'frozen', now: '9999-01-01T00:00:00Z' })
  t.match(await as(short.body.accessToken), { status: 401, reason: 'token_expired' })
  t.match(await as(lasting.body.accessToken), { status: 200 })
  const far = await post('/tokens', { user: '12', expiresInSeconds: 315_360_000 })
  t.equal(far.body.expiresAt, '9999-12-31T23:59:59.999Z', 'no time is printed that could not be read')
})

t.test('a session can be created for any user, with its headers', async t => {
  const running = await start(t, { newId: (length: number) => 'x,;% "'.padEnd(length, 'é') })
  const { post } = control(running)
  const { status, body } = await post('/sessions', { user: '13' })
  t.equal(status, 201)
  t.match(body.cookie, /^dev=[^ ;]+; xsrf-token=[^ ;]+; vn=[^ ;]+$/)
  t.match(decodeURIComponent(/xsrf-token=([^;]*)/.exec(body.cookie)?.[1] ?? ''), body.xsrfToken)
  const plain = await start(t)
  const opened = (await control(plain).post('/sessions', { user: '13' })).body
  const headers = { cookie: opened.cookie, 'x-xsrf-token': opened.xsrfToken }
  const path = '/uapi/extensions/@me/0003*211/phoneCallEvents'
  t.equal((await plain.ask('POST', `${path}/0`, { as: null, headers, body: NEW_EVENT })).status, 200)
  t.equal((await plain.ask('GET', path, { as: null, headers: { cookie: opened.cookie } })).status, 403)
})

t.test('settings can be changed at run time, and override flags and fixtures until a reset', async t => {
  const ofFixture = { callFlowCase: 'lower', timeZone: 'Asia/Kolkata', emptyCollection: 204 }
  const fixture = { ...readFixture('default'), settings: ofFixture }
  const running = await start(t, { fixture, settings: { emptyCollection: 200 } })
  const { patch, post, get, reset } = control(running)
  const before = await get('/settings')
  t.match(before, { emptyCollection: 200, callFlowCase: 'lower', timeZone: 'Asia/Kolkata', listEnvelope: 'array' })
  t.strictSame(Object.keys(before), [...Object.keys(DEFAULT_SETTINGS), 'origins'])
  t.match(before.origins, { emptyCollection: 'flag', callFlowCase: 'fixture', listEnvelope: 'default' })
  const changed = await patch('/settings', {
    emptyCollection: 204,
    callFlowCase: 'upper',
    timeZone: 'Europe/Bucharest'
  })
  t.strictSame(
    [changed.status, changed.body],
    [
      200,
      {
        ...before,
        ...{ emptyCollection: 204, callFlowCase: 'upper', timeZone: 'Europe/Bucharest' },
        origins: { ...before.origins, emptyCollection: 'api', callFlowCase: 'api', timeZone: 'api' }
      }
    ]
  )
  t.strictSame(await get('/settings'), changed.body)
  t.strictSame((await patch('/settings', {})).body, changed.body, 'none of them is a choice too')
  t.equal((await running.ask('GET', `${EVENTS}/4`)).status, 204)
  const created = await running.ask('POST', `${EVENTS}/1`, { body: NEW_EVENT })
  t.match(created.body.PhoneCallEvent.modified, /\+02:00$/)
  await post('/fixtures', { settings: { timeZone: 'UTC', invalidTokenStatus: 403 } })
  t.match(
    await get('/settings'),
    { timeZone: 'Europe/Bucharest', invalidTokenStatus: 403 },
    'a fixture does not undo it'
  )
  await reset()
  t.strictSame(await get('/settings'), before)
})

t.test('the client has a method for every operation on state', async t => {
  const running = await start(t)
  const client = createClient({ url: running.url })
  t.teardown(() => client.close())
  t.strictSame(await client.reset(), AT_START)
  t.strictSame(await client.reset('empty'), NOTHING)
  const exported = await client.fixtures.export()
  t.strictSame(await client.reset(readFixture('default')), AT_START)
  t.strictSame(await client.fixtures.load({ organizations: [{ id: '9', name: 'Nine' }] }), {
    ...AT_START,
    organizations: 3
  })
  t.strictSame(exported.users, [])
  t.match(await client.snapshots.take('one'), { name: 'one', counts: { organizations: 3 } })
  await client.reset(exported)
  t.match(await client.snapshots.restore('one'), { organizations: 3 })
  t.match(await client.snapshots.list(), { total: 1 })
  t.equal(await client.snapshots.remove('one'), undefined)
  const unknown = await client.snapshots.restore('one').catch(error => error)
  t.ok(unknown instanceof ClientError)
  t.match(unknown, { code: 'snapshot_unknown' })
  t.match((await client.directory()).users.length, 5)
  t.match(await client.tokens.issue({ user: '12', expiresInSeconds: undefined }), { expiresAt: null })
  t.match(await client.sessions.open({ user: '12' }), { xsrfToken: String })
  t.match(await client.settings.change({ callFlowCase: 'upper' }), { callFlowCase: 'upper' })
  t.match(await client.settings.get(), { callFlowCase: 'upper' })
})
