import t from 'tap'
import { verdictOf } from '../src/domain/verification.js'
import { createChanges } from '../src/service/watch/changes.js'
import { createEventSource } from '../src/service/watch/event-source.js'
import { sizeOf } from './support/effort.js'
import { EVENTS, NOW, type Running, readFixture, sendWaiting, start } from './support/emulator.js'
import { call, serveHere, until } from './support/program.js'
import { receive } from './support/receiver.js'
import { turnsUntil } from './support/turns.js'

const OUTSIDE = '+40700000001'
const TYPES = ['0', '1', '2', '3', '4']
const everyType = (url: string) => ({
  ...readFixture('default'),
  phoneCallEvents: TYPES.map(type => ({
    extension: '0003*210',
    type,
    id: `e${type}`,
    method: '0' as const,
    url: `${url}/${type}`
  }))
})

const control = ({ ask }: Running) => ({
  place: async (body: object = {}) =>
    (await ask('POST', '/_emulator/calls', { body: { from: OUTSIDE, to: '0003*210', ...body } })).body,
  post: (path: string, body?: unknown) => ask('POST', `/_emulator${path}`, { body }),
  get: (path: string) => ask('GET', `/_emulator${path}`),
  set: (body: unknown) => ask('PUT', '/_emulator/clock', { body }),
  verify: (body: unknown) => ask('POST', '/_emulator/deliveries/verify', { body })
})

const at = (ms: number) => new Date(NOW.getTime() + ms).toISOString()

t.test('a call that rings for 45 seconds is tested without waiting: freeze, place, verify, advance', async t => {
  const receiver = await receive(t)
  const { place, post, set, verify } = control(await start(t, { fixture: everyType(receiver.url) }))
  await set({ mode: 'frozen' })
  const { callId } = await place({ ringMs: 45_000, talkMs: 60_000 })
  const waiting = verify({ match: { callId, moment: 'hangup' }, timeoutMs: 60_000 })
  const advanced = await post('/clock/advance', { ms: 105_000 })
  t.match(advanced, { status: 200, body: { mode: 'frozen', now: at(105_000) } })
  t.match(await waiting, { status: 200, body: { verified: true, count: 1 } })
  t.strictSame(
    advanced.body.moments.map(({ moment, at, callId }: { moment: string; at: string; callId: string }) => [
      moment,
      at,
      callId
    ]),
    [
      ['answerIncoming', at(45_000), callId],
      ['hangup', at(105_000), callId]
    ]
  )
  t.match(advanced.body.deliveries, [
    { moment: 'answerIncoming', state: 'delivered' },
    { moment: 'hangup', state: 'delivered' }
  ])
  t.strictSame(
    receiver.received.map(({ target }) => target.slice(0, 2)),
    ['/0', '/3', '/2']
  )
})

t.test('calls pause while the clock is frozen, and continue when it runs', async t => {
  const receiver = await receive(t)
  const emulator = await start(t, { fixture: everyType(receiver.url) })
  const { place, get, set } = control(emulator)
  await set({ mode: 'frozen' })
  const { callId } = await place({ ringMs: 20, talkMs: 20 })
  emulator.setTime(new Date(at(3_600_000)))
  t.match((await get('/idle?timeoutMs=10000')).body, { idle: true }, 'nothing is due')
  t.match((await get(`/calls/${callId}`)).body, { state: 'ringing', moments: [{ moment: 'dialIn' }] })
  await set({ mode: 'running' })
  let machine = 3_600_000
  await until(async () => {
    machine += 20
    emulator.setTime(new Date(at(machine)))
    return (await get(`/calls/${callId}`)).body.state === 'ended'
  })
  await get('/idle?timeoutMs=10000')
  t.strictSame(
    receiver.received.map(({ target }) => target.slice(0, 2)),
    ['/0', '/3', '/2']
  )
})

t.test('advancing waits for the deliveries of each step: a receiver can react before the next step', async t => {
  const receiver = await receive(t, async (_request, response, { target }) => {
    if (target.startsWith('/0')) {
      await emulator.ask('POST', `${EVENTS}/2`, { body: { method: '0', url: `${receiver.url}/made` } })
    }
    response.end()
  })
  const [dialIn] = everyType(receiver.url).phoneCallEvents
  const emulator = await start(t, { fixture: { ...everyType(receiver.url), phoneCallEvents: [dialIn] } })
  const { place, post, set } = control(emulator)
  await set({ mode: 'frozen' })
  await place({ ringMs: 5, talkMs: 5 })
  await post('/clock/advance', { ms: 10 })
  t.strictSame(
    receiver.received.map(({ target }) => target.split('?')[0]),
    ['/0', '/made']
  )
})

t.test('of two concurrent advances each waits for the deliveries of its own steps', async t => {
  const receiver = await receive(t, (_request, response) => void setTimeout(() => response.end(), 50))
  const { place, post, set } = control(await start(t, { fixture: everyType(receiver.url) }))
  await set({ mode: 'frozen' })
  await place({ ringMs: 100, talkMs: 100 })
  const [first, second] = await Promise.all([post('/clock/advance', { ms: 100 }), post('/clock/advance', { ms: 100 })])
  const momentsOf = ({ body }: typeof first) => body.moments.map(({ moment }: { moment: string }) => moment)
  t.strictSame([momentsOf(first), momentsOf(second)], [['answerIncoming'], ['hangup']])
})

t.test('advancing does not wait for the deliveries of calls that are placed meanwhile', async t => {
  let placed = 0
  const receiver = await receive(t, (_request, response) => {
    response.end()
    if (placed++ < 2000) void place().catch(() => {}) // each webhook places another call, until the test is over
  })
  const [dialIn] = everyType(receiver.url).phoneCallEvents
  const { place, post, set } = control(
    await start(t, { fixture: { ...everyType(receiver.url), phoneCallEvents: [dialIn] } })
  )
  await set({ mode: 'frozen' })
  await place()
  const { body } = await post('/clock/advance', { ms: 1000 })
  t.equal(body.now, at(1000))
  t.ok(placed < 2000, `it ended after ${placed} calls`)
  placed = 2000
})

t.test('fifty calls with a step at the same time all make that step, also when the clock is set', async t => {
  const { place, set, get } = control(await start(t, { fixture: everyType('http://127.0.0.1:1') }))
  await set({ mode: 'frozen' })
  for (let index = 0; index < 50; index++) await place({ to: '0003*300', ringMs: 1000, outcome: 'busy' })
  await set({ mode: 'frozen', now: at(5000) })
  const { body } = await get('/calls')
  t.ok(
    body.calls.every(
      ({ state, moments }: { state: string; moments: { at: string }[] }) =>
        state === 'ended' && moments[1]?.at === at(1000)
    )
  )
})

t.test('steps of many calls happen in the order in which they are due', async t => {
  const receiver = await receive(t)
  const { place, post, set } = control(await start(t, { fixture: everyType(receiver.url) }))
  await set({ mode: 'frozen' })
  const slow = await place({ ringMs: 300, outcome: 'busy' })
  const quick = await place({ ringMs: 100, talkMs: 150 })
  const same = await place({ ringMs: 300, outcome: 'noAnswer' })
  const { body } = await post('/clock/advance', { to: at(1000) })
  t.strictSame(
    body.moments.map(({ callId, moment, at }: { callId: string; moment: string; at: string }) => [callId, moment, at]),
    [
      [quick.callId, 'answerIncoming', at(100)],
      [quick.callId, 'hangup', at(250)],
      [slow.callId, 'hangup', at(300)],
      [same.callId, 'hangup', at(300)]
    ]
  )
})

t.test('two concurrent advances are served one after the other', async t => {
  const { place, post, set, get } = control(await start(t, { fixture: everyType('http://127.0.0.1:1') }))
  await set({ mode: 'frozen' })
  await place({ ringMs: 100, outcome: 'busy' })
  const answers = await Promise.all([post('/clock/advance', { ms: 60 }), post('/clock/advance', { ms: 60 })])
  t.strictSame(answers.map(({ body }) => body.now).sort(), [at(60), at(120)])
  t.match((await get('/clock')).body, { now: at(120) })
})

t.test('the clock can be set forwards, with every due step, and backwards', async t => {
  const receiver = await receive(t)
  const { place, set, get, post } = control(await start(t, { fixture: everyType(receiver.url) }))
  t.strictSame((await get('/clock')).body, { mode: 'running', now: NOW.toISOString() })
  t.strictSame((await set({ mode: 'frozen' })).body, { mode: 'frozen', now: NOW.toISOString() }, 'it stays where it is')
  const { callId } = await place({ ringMs: 1000, outcome: 'busy' })
  t.strictSame((await set({ mode: 'frozen', now: at(-5000) })).body, { mode: 'frozen', now: at(-5000) })
  t.match((await get(`/calls/${callId}`)).body, { state: 'ringing', next: [{ at: at(1000) }] })
  t.strictSame((await set({ mode: 'frozen', now: '2026-03-01T12:20:32.456+02:00' })).body.now, at(2000))
  const { body } = await get(`/calls/${callId}`)
  t.match(body, { state: 'ended', moments: [{ at: at(0) }, { moment: 'hangup', at: at(1000) }] })
  t.strictSame((await set({ mode: 'running' })).body, { mode: 'running', now: at(2000) }, 'it runs from there')
  t.strictSame((await post('/clock/advance', { ms: 500 })).body.now, at(2500), 'and a running one can be moved on, too')
})

t.test('the expiry of tokens, modified, CallID and the times of attempts follow the clock', async t => {
  const receiver = await receive(t)
  const fixture = {
    ...everyType(receiver.url),
    tokens: [
      { accessToken: 'emulator-user-token', user: '12' },
      { accessToken: 'emulator-organization-token', user: '20', expiresAt: at(1000) }
    ]
  }
  const emulator = await start(t, { fixture })
  const { place, post, set, get } = control(emulator)
  const list = () => emulator.ask('GET', '/uapi/extensions/12/0003*210/phoneCallEvents?count=1', { as: 'organization' })
  await set({ mode: 'frozen' })
  t.equal((await list()).status, 200)
  await post('/clock/advance', { ms: 1000 })
  t.match(await list(), { status: 401, reason: 'token_expired' })
  await set({ mode: 'frozen', now: '2030-05-06T07:08:09Z' })
  const made = await emulator.ask('POST', `${EVENTS}/0`, { body: { method: '0', url: receiver.url } })
  t.equal(made.body.PhoneCallEvent.modified, '2030-05-06T07:08:09+00:00')
  const { callId, placedAt } = await place()
  t.match(callId, new RegExp(`^${Date.parse('2030-05-06T07:08:09Z') / 1000}\\.[0-9]+$`))
  t.equal(placedAt, '2030-05-06T07:08:09.000Z')
  await get('/idle?timeoutMs=10000')
  const [{ id }] = (await get(`/deliveries?callId=${callId}`)).body.deliveries
  await set({ mode: 'frozen', now: '2031-01-01T00:00:00Z' })
  await post(`/deliveries/${id}/replay`)
  await get('/idle?timeoutMs=10000')
  t.strictSame(
    (await get(`/deliveries/${id}`)).body.attempts.map(({ at }: { at: string }) => at),
    ['2030-05-06T07:08:09.000Z', '2031-01-01T00:00:00.000Z'],
    'a replay has a time of its own'
  )
})

t.test('an invalid time is refused with the path, and the clock does not change', async t => {
  const { set, post, get } = control(await start(t))
  for (const [body, path] of [
    [{}, '$.mode'],
    [{ mode: 'stopped' }, '$.mode'],
    [{ mode: 'frozen', now: 'tomorrow' }, '$.now'],
    [{ mode: 'frozen', now: '2026-02-31T00:00:00Z' }, '$.now'],
    [{ mode: 'frozen', now: '2026-02-01T25:00:00Z' }, '$.now'],
    [{ mode: 'frozen', now: 1_700_000_000 }, '$.now'],
    [{ mode: 'frozen', no: 'x' }, '$.no']
  ] as const) {
    t.match(await set(body), { status: 400, body: { error: { details: [{ path }] } } }, JSON.stringify(body))
  }
  for (const [body, path] of [
    [{}, '$'],
    [{ ms: 1, to: at(1) }, '$'],
    [{ ms: -1 }, '$.ms'],
    [{ ms: 1.5 }, '$.ms'],
    [{ ms: 1e15 }, '$.ms'],
    [{ ms: '5' }, '$.ms'],
    [{ to: '2020-01-01T00:00:00Z' }, '$.to'],
    [{ to: '2026-13-01T00:00:00Z' }, '$.to'],
    [{ too: 1 }, '$.too']
  ] as const) {
    t.match(
      await post('/clock/advance', body),
      { status: 400, body: { error: { details: [{ path }] } } },
      JSON.stringify(body)
    )
  }
  await set({ mode: 'frozen', now: '9999-12-31T23:59:59Z' })
  t.match(await post('/clock/advance', { ms: 60_000 }), { status: 400, body: { error: { message: /year 9999/ } } })
  t.strictSame((await get('/clock')).body, { mode: 'frozen', now: '9999-12-31T23:59:59.000Z' })
})

t.test('the frozen clock and ringing calls survive a restart', async t => {
  const folder = t.testdir()
  const words = ['--database', `${folder}/clock.db`, '--log-level', 'silent']
  const first = await serveHere(t, words)
  const put = { mode: 'frozen', now: '2031-01-01T00:00:00Z' }
  await call(`${first.url}/_emulator/clock`, { method: 'PUT', body: put })
  const placed = await call(`${first.url}/_emulator/calls`, {
    method: 'POST',
    body: { from: OUTSIDE, to: '0003*300', ringMs: 5000, outcome: 'busy' }
  })
  await first.stop()
  const second = await serveHere(t, words)
  t.strictSame((await call(`${second.url}/_emulator/clock`)).body, { mode: 'frozen', now: '2031-01-01T00:00:00.000Z' })
  await call(`${second.url}/_emulator/clock/advance`, { method: 'POST', body: { ms: 5000 } })
  const { body } = await call(`${second.url}/_emulator/calls/${placed.body.callId}`)
  t.match(body, { state: 'ended', moments: [{}, { at: '2031-01-01T00:00:05.000Z' }] })
  await second.stop()
  const fresh = await serveHere(t, [...words, '--fresh'])
  t.match((await call(`${fresh.url}/_emulator/clock`)).body, { mode: 'running' }, 'and --fresh discards them')
  t.match((await call(`${fresh.url}/_emulator/calls`)).body, { total: 0 })
  t.match((await call(`${fresh.url}/uapi/extensions/@me/0003*210/phoneCallEvents`)).status, 200)
})

t.test('a verification is decided as soon as its result cannot change', async t => {
  for (const [count, expected, isOver, verdict] of [
    [0, { min: 1 }, false, 'open'],
    [0, { min: 1 }, true, 'fails'],
    [1, { min: 1 }, false, 'holds'],
    [9, { min: 1 }, false, 'holds'],
    [1, 2, false, 'open'],
    [2, 2, false, 'holds'],
    [3, 2, false, 'fails'],
    [1, 2, true, 'fails'],
    [0, 0, false, 'holds'],
    [0, { max: 0 }, false, 'open'],
    [0, { max: 0 }, true, 'holds'],
    [1, { max: 0 }, false, 'fails'],
    [2, { min: 2, max: 3 }, false, 'open'],
    [3, { min: 2, max: 3 }, true, 'holds'],
    [1, { min: 2, max: 3 }, true, 'fails'],
    [4, { min: 2, max: 3 }, false, 'fails']
  ] as const) {
    t.equal(
      verdictOf(count, expected, isOver),
      verdict,
      `${count} of ${JSON.stringify(expected)}, ${isOver ? 'over' : 'waiting'}`
    )
  }
})

t.test('a waiter is resolved by the change that fulfils it', async t => {
  const eventSource = createEventSource(error => t.fail(String(error)))
  const changes = createChanges(eventSource)
  const alive = setInterval(() => {}, 1_000) // a waiter does not keep a process alive
  t.teardown(() => clearInterval(alive))
  let count = 0
  const looked: number[] = []
  const waiting = changes.waitFor(() => {
    looked.push(count)
    return count >= 2 ? `found ${count}` : undefined
  })
  const turn = () => new Promise(resolve => setImmediate(resolve))
  for (count = 1; count <= 3; count++) {
    for (const _ of 'several') eventSource.publish('request', '1')
    await turn()
  }
  t.equal(await waiting, 'found 2')
  t.strictSame(looked, [0, 1, 2], 'once a turn, and no more after that')
  t.equal(await changes.waitFor(() => undefined, { timeoutMs: 5 }), undefined, 'a waiter can time out')
  const gone = new AbortController()
  const left = changes.waitFor(() => undefined, { signal: gone.signal })
  gone.abort()
  t.equal(await left, undefined, 'or be aborted')
  const failing = changes.waitFor(() => {
    if (count > 5) throw new Error('no more')
  })
  count = 6
  eventSource.publish('request', '1')
  await t.rejects(failing, { message: 'no more' })
  const open = changes.waitFor(() => undefined)
  changes.stop()
  await t.rejects(open, 'or end with the emulator')
  await t.rejects(changes.waitFor(() => undefined))
})

t.test('what has changed is read in parts, a few in each turn, before a waiter is checked', async t => {
  const eventSource = createEventSource(error => t.fail(String(error)))
  const changes = createChanges(eventSource)
  const alive = setInterval(() => {}, 1_000)
  t.teardown(() => clearInterval(alive))
  const PARTS = 40
  let left = 0
  let reads = 0
  const checks: number[] = []
  const check = () => {
    checks.push(reads)
    return checks.length > 1 ? 'found' : undefined
  }
  const readChanges = () => {
    reads += 1
    left -= 1
    return left > 0
  }
  const waiting = changes.waitFor(check, { readChanges, timeoutMs: 60_000 })
  left = PARTS
  eventSource.publish('request', '1')
  eventSource.publish('request', '2')
  const { result, turns } = await turnsUntil(waiting)
  t.equal(result, 'found')
  t.strictSame(checks, [0, PARTS])
  t.ok(turns >= 4, `${turns} turns`)
  const failing = changes.waitFor(() => undefined, {
    readChanges() {
      throw new Error('unreadable')
    }
  })
  eventSource.publish('request', '3')
  await t.rejects(failing, { message: 'unreadable' })
})

t.test('a verification never misses a delivery that arrives at the same time', async t => {
  const { ask } = await start(t, {
    fixture: everyType('http://x.test'),
    send: async () => ({ kind: 'answered', ms: 0, response: { status: 200, headers: {}, body: '', truncated: false } })
  })
  let verified = 0
  const rounds = sizeOf(50, 10)
  for (let round = 0; round < rounds; round++) {
    const races = Array.from({ length: 20 }, async (_, index) => {
      const { callId } = (
        await ask('POST', '/_emulator/calls', { body: { from: OUTSIDE, to: '0003*210', manual: true } })
      ).body
      const wait = () =>
        ask('POST', '/_emulator/deliveries/verify', {
          body: { match: { callId, moment: 'hangup', state: 'delivered' }, count: 1, timeoutMs: 20_000 }
        })
      const end = () => ask('POST', `/_emulator/calls/${callId}/hangup`, { body: {} })
      const [answer] = index % 2 ? await Promise.all([wait(), end()]) : (await Promise.all([end(), wait()])).reverse()
      if (answer?.status === 200 && answer.body.count === 1) verified++
    })
    await Promise.all(races)
  }
  t.equal(verified, rounds * 20)
})

t.test('a failed verification shows the nearest deliveries, and hints why others did not fire', async t => {
  const receiver = await receive(t, (_request, response) => {
    response.statusCode = 500
    response.end()
  })
  const fixture = everyType(receiver.url)
  const disabled = { extension: '0003*211', type: '1', id: 'off', method: '0', url: receiver.url, status: '0' }
  const { place, verify, get, set } = control(
    await start(t, { fixture: { ...fixture, phoneCallEvents: [...fixture.phoneCallEvents, disabled] } })
  )
  const none = await verify({ match: { extension: '0003*210', type: '0' } })
  t.match(none, {
    status: 409,
    reason: 'not_verified',
    body: { verified: false, count: 0, expected: { min: 1 }, nearest: [] }
  })
  t.match(none.body.hints, ['No call has been placed.'])

  await set({ mode: 'frozen' })
  const busy = await place({ outcome: 'busy' })
  const inner = await place({ from: '0003*211', outcome: 'congestion' })
  const open = await place({ ringMs: 60_000 })
  await get('/idle?timeoutMs=10000')
  for (const [why, match, hint] of [
    ['a typo in the extension', { extension: '0003*999' }, /No extension has the number 0003\*999/],
    ['an unknown event', { eventId: 'nope' }, /No phone call event has the id nope now/],
    ['an unknown call', { callId: '1.999' }, /No call with the id 1\.999 is in the log/],
    ['a disabled event', { eventId: 'off' }, /Event off is disabled/],
    ['an event of another type', { eventId: 'e0', type: '2' }, /Event e0 is of type 0 \(Dial-In\), not 2/],
    ['an event of another extension', { eventId: 'e0', extension: '0003*211' }, /belongs to extension 0003\*210, not/],
    ['a type that has another moment', { type: '0', moment: 'hangup' }, /Type 0 fires at dialIn, never at hangup/],
    [
      'nothing armed',
      { extension: '0003*211', type: '1' },
      /dialOut of 0003\*211 .* nothing was armed, 1 did not because its status is 0/
    ],
    ['no answer to a busy call', { callId: busy.callId, type: '3' }, /ends as busy, and has no answerIncoming/],
    [
      'no dial-in of a call that led nowhere',
      { callId: inner.callId, moment: 'dialIn' },
      /ends as congestion, and has no dialIn/
    ],
    ['a frozen clock', { callId: open.callId, moment: 'hangup' }, /is ringing until .* the clock is frozen at/],
    ['another state', { extension: '0003*210', type: '0', state: 'delivered' }, /dialIn of 0003\*210 happened/]
  ] as const) {
    const answer = await verify({ match })
    t.match(answer, { status: 409, body: { verified: false, count: 0 } }, why)
    t.ok(
      answer.body.hints.some((message: string) => hint.test(message)),
      `${why}: ${answer.body.hints.join(' ')}`
    )
  }
  const { body } = await verify({ match: { extension: '0003*210', moment: 'dialIn', state: 'delivered' } })
  t.match(body.nearest[0], {
    differs: ['state failed, expected delivered'],
    delivery: { attempts: [{ failure: { reason: 'status_not_2xx' } }] }
  })
  t.ok(body.nearest.length <= 5)
  const tooMany = await verify({ match: { extension: '0003*210', moment: 'dialIn' }, count: { max: 1 } })
  t.match(tooMany.body, { count: 2, expected: { max: 1 }, nearest: [{ differs: [] }, { differs: [] }] })
})

t.test('a count is not verified if dropped deliveries could have changed it', async t => {
  const { place, get, verify } = control(
    await start(t, { fixture: everyType('http://127.0.0.1:1'), deliveryLogSize: 2 })
  )
  await place({ outcome: 'busy' })
  await place({ outcome: 'busy' })
  await get('/idle?timeoutMs=10000')
  t.match((await get('/deliveries')).body, { total: 2, dropped: 2 })
  t.match(await verify({ match: {}, count: 2 }), { status: 409, body: { hints: [/dropped.*--delivery-log-size/] } })
  t.equal((await verify({ match: {}, count: { max: 3 } })).status, 409)
  t.equal(
    (await verify({ match: {}, count: { max: 5 } })).status,
    200,
    'a maximum holds that even they could not exceed'
  )
  t.equal((await verify({ match: {}, count: { min: 2 } })).status, 200, 'a minimum holds without them')
})

t.test('an invalid verification or wait is refused with the path', async t => {
  const { verify, get } = control(await start(t))
  for (const [body, path] of [
    [{}, '$.match'],
    [{ match: { extension: '210' } }, '$.match.extension'],
    [{ match: { type: 0 } }, '$.match.type'],
    [{ match: { status: 200 } }, '$.match.status'],
    [{ match: {}, count: -1 }, '$.count'],
    [{ match: {}, count: {} }, '$.count'],
    [{ match: {}, count: { mix: 1 } }, '$.count.mix'],
    [{ match: {}, count: { min: 3, max: 1 } }, '$.count'],
    [{ match: {}, timeoutMs: 60_001 }, '$.timeoutMs'],
    [{ match: {}, timeout: 5 }, '$.timeout']
  ] as const) {
    const answer = await verify(body)
    t.equal(answer.status, 400, JSON.stringify(body))
    t.ok(
      answer.body.error.details.some((one: { path: string }) => one.path === path),
      `${path}: ${answer.text}`
    )
  }
  for (const query of ['timeoutMs=-1', 'timeoutMs=60001', 'timeoutMs=x', 'wait=1']) {
    t.match(
      await get(`/idle?${query}`),
      { status: 400, body: { error: { details: [{ path: `?${query.split('=')[0]}` }] } } },
      query
    )
  }
})

t.test('a clock that is advancing is stopped on shutdown', async t => {
  const { app, ask } = await start(t)
  const { place, post, set } = control({ ask } as Running)
  await set({ mode: 'frozen' })
  for (let index = 0; index < 300; index++) await place({ to: '0003*300', ringMs: 1000, outcome: 'busy' })
  const moving = [post('/clock/advance', { ms: 1000 }), set({ mode: 'frozen', now: at(90_000) })]
  await new Promise(resolve => setImmediate(resolve))
  await app.close()
  for (const { status } of await Promise.all(moving)) t.ok(status === 200 || status === 503, String(status))
})

t.test('requests that wait are answered with stopping on shutdown', async t => {
  const { app, ask } = await start(t)
  const body = { match: {}, timeoutMs: 60_000 }
  const waiting = await sendWaiting({ app, ask }, 'POST', '/_emulator/deliveries/verify', { body })
  await app.close()
  t.match(await waiting.answer, { status: 503, body: { error: { code: 'stopping' } } })
})
