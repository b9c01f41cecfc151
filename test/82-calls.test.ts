import t from 'tap'
import type { CallRequest } from '../src/schema/calls/call-request.js'
import type { CallOutcome } from '../src/schema/calls/call-step.js'
import type { WebhookRequest } from '../src/schema/calls/delivery.js'
import { EVENT_TYPES } from '../src/schema/event-type.js'
import type { Outcome, Send } from '../src/service/deliveries/outcome.js'
import { randomId } from '../src/service/new-id.js'
import { createSandbox } from '../src/service/sandbox.js'
import { countedIds, NOW, type Running, readFixture, start } from './support/emulator.js'
import fc from './support/random.js'
import { receive } from './support/receiver.js'

const OK: Outcome = { kind: 'answered', ms: 1, response: { status: 200, headers: {}, body: '', truncated: false } }
const OUTSIDE = '+40700000001'
/** @source call-events.md §2 (recorded): the parameters in their order */
const PARAMETERS = [
  'CallID',
  'CallerIDNum',
  'CallerIDName',
  'CalledDID',
  'CalledExtension',
  'CallStatus',
  'CallFlow',
  'CallerExtension',
  'CalledNumber',
  'CallAPIID'
]

/** The default fixture, with events of every type on two of its extensions. */
const everyEvent = (url: string, method: '0' | '1') => ({
  ...readFixture('default'),
  phoneCallEvents: ['0003*210', '0003*211'].flatMap(extension =>
    EVENT_TYPES.map(({ code, name }) => ({
      extension,
      type: code,
      id: `${name}${extension.slice(-3)}`,
      method,
      url: `${url}/${extension.slice(-3)}/${name}?own=a%20b`
    }))
  )
})

const control = ({ ask }: Running) => ({
  place: (body: object) => ask('POST', '/_emulator/calls', { body }),
  post: (path: string, body: unknown = {}) => ask('POST', `/_emulator${path}`, { body }),
  get: (path: string) => ask('GET', `/_emulator${path}`),
  idle: () => ask('GET', '/_emulator/idle?timeoutMs=10000'),
  freeze: () => ask('PUT', '/_emulator/clock', { body: { mode: 'frozen' } })
})

/** The moments of both legs for each outcome, with their CallStatus, from the vendor's guide. */
const TIMELINES: Record<CallOutcome, [leg: 'caller' | 'called', name: string, status: string][]> = {
  answered: [
    ['caller', 'dialOut', 'CALLING'],
    ['called', 'dialIn', 'CALLING'],
    ['called', 'answerIncoming', 'ANSWER'],
    ['caller', 'answerOutgoing', 'ANSWER'],
    ['caller', 'hangup', 'ANSWER'],
    ['called', 'hangup', 'ANSWER']
  ],
  busy: unanswered('BUSY'),
  noAnswer: unanswered('NOANSWER'),
  cancelled: unanswered('CANCEL'),
  congestion: unreached('CONGESTION'),
  unavailable: unreached('CHANUNAVAIL')
}

function unanswered(status: string): [leg: 'caller' | 'called', name: string, status: string][] {
  return [
    ['caller', 'dialOut', 'CALLING'],
    ['called', 'dialIn', 'CALLING'],
    ['caller', 'hangup', status],
    ['called', 'hangup', status]
  ]
}

function unreached(status: string): [leg: 'caller' | 'called', name: string, status: string][] {
  return unanswered(status).filter(([, name]) => name !== 'dialIn')
}

const OUTCOMES = Object.keys(TIMELINES) as CallOutcome[]

t.test('webhooks of every event type, method, outcome and direction are requested as by the vendor', async t => {
  for (const method of ['0', '1'] as const) {
    const receiver = await receive(t)
    const emulator = await start(t, { fixture: everyEvent(receiver.url, method) })
    const { place, idle } = control(emulator)
    for (const outcome of OUTCOMES) {
      for (const [direction, from, to] of [
        ['between extensions', '0003*211', '0003*210'],
        ['from outside', OUTSIDE, '0003*210'],
        ['to the outside', '0003*211', OUTSIDE]
      ] as const) {
        const why = `${method === '0' ? 'GET' : 'POST'}, ${outcome}, ${direction}`
        receiver.received.length = 0
        const { status, body: call } = await place({ from, to, outcome, callerName: 'Ana & Ben + *' })
        t.equal(status, 201, why)
        await idle()
        const legs = { caller: from, called: to }
        const expected = TIMELINES[outcome].filter(([leg]) => legs[leg] !== OUTSIDE)
        t.equal(receiver.received.length, expected.length, `${why}: as many as there are moments`)
        for (const [index, [leg, name, callStatus]] of expected.entries()) {
          const got = receiver.received[index] ?? { method: '', target: '', rawHeaders: [], body: '' }
          const form = [
            `CallID=${call.legs[leg === 'caller' ? 0 : 1].callId}`,
            `CallerIDNum=${from === OUTSIDE ? '%2B40700000001' : from}`,
            'CallerIDName=Ana+%26+Ben+%2B+*',
            `CalledDID=${to === OUTSIDE ? '' : '40312345210'}`,
            ...(to === OUTSIDE ? [] : [`CalledExtension=${to}`]), // call-events.md §2 (recorded): none in calls outside
            `CallStatus=${callStatus}`,
            `CallFlow=${leg === 'caller' ? 'out' : 'in'}`,
            `CallerExtension=${from === OUTSIDE ? '' : from}`,
            ...(name === 'dialIn' ? [] : [`CalledNumber=${to === OUTSIDE ? '%2B40700000001' : to}`]), // none at Dial-In
            `CallAPIID=${call.callApiId}`
          ].join('&')
          const own = `/${legs[leg].slice(-3)}/${name}?own=a%20b`
          const host = ['Host', `127.0.0.1:${receiver.port}`, 'User-Agent', 'uapi-emulator', 'Accept', '*/*']
          const typed = ['Content-Type', 'application/x-www-form-urlencoded', 'Content-Length', String(form.length)]
          t.strictSame(
            got,
            {
              method: method === '0' ? 'GET' : 'POST',
              target: method === '0' ? `${own}&${form}` : own,
              rawHeaders: [...host, ...(method === '0' ? [] : typed), 'Connection', 'keep-alive'],
              body: method === '0' ? '' : form
            },
            `${why}: ${name} of ${legs[leg]}`
          )
        }
      }
    }
  }
})

t.test('the delivery log has exactly the requests that were sent', async t => {
  const receiver = await receive(t, (_request, response) => {
    response.writeHead(201, 'Made', ['X-One', '1', 'Set-Cookie', 'a=1', 'Set-Cookie', 'b=2'])
    response.end('thanks')
  })
  const fixture = everyEvent(receiver.url, '1')
  const { place, idle, get } = control(await start(t, { fixture }))
  const { body: call } = await place({ from: OUTSIDE, to: '+40312345210', dialled: '003258422544' })
  await idle()
  const { body } = await get('/deliveries')
  t.match(body, { total: 3, dropped: 0 })
  for (const [index, { request, attempts, state, callId }] of body.deliveries.entries()) {
    const got = receiver.received[index]
    t.equal(request.method, got?.method)
    t.equal(request.url, receiver.url + got?.target)
    t.strictSame(Object.entries(request.headers).flat(), got?.rawHeaders)
    t.equal(request.body, got?.body)
    t.match({ state, callId }, { state: 'delivered', callId: call.callId })
    t.match(attempts, [
      { at: NOW.toISOString(), ms: Number, response: { status: 201, body: 'thanks', truncated: false } }
    ])
    t.match(attempts[0].response.headers, { 'X-One': '1', 'Set-Cookie': ['a=1', 'b=2'] })
  }
  const [first] = receiver.received
  t.match(first && receiver.parametersOf(first), { CalledDID: '40312345210' })
  const answered = receiver.received[1]
  t.match(answered && receiver.parametersOf(answered), { CalledDID: '40312345210', CalledNumber: '003258422544' })
})

t.test(
  'with absentParameters: empty all ten parameters are sent, once each, and callFlowCase: upper prints IN and OUT',
  async t => {
    const receiver = await receive(t)
    const settings = { callFlowCase: 'upper', absentParameters: 'empty' }
    const { place, idle } = control(await start(t, { fixture: { ...everyEvent(receiver.url, '0'), settings } }))
    for (const to of ['0003*210', OUTSIDE]) await place({ from: '0003*211', to })
    await idle()
    t.equal(receiver.received.length, 9)
    for (const one of receiver.received) {
      const names = [...new URLSearchParams(one.target.split('?')[1]).keys()]
      t.strictSame(names, ['own', ...PARAMETERS])
      t.match(receiver.parametersOf(one).CallFlow, /^(?:IN|OUT)$/)
    }
  }
)

t.test('the url of an event is requested exactly as it was registered', async t => {
  const receiver = await receive(t)
  const { port } = receiver
  const urls: [string, string, string][] = [
    ['no path', `http://127.0.0.1:${port}`, '/?'],
    ['a path', `http://127.0.0.1:${port}/a/../b//c`, '/a/../b//c?'],
    ['a query', `http://127.0.0.1:${port}/?a=1&a=2`, '/?a=1&a=2&'],
    ['an empty query', `http://127.0.0.1:${port}/x?`, '/x?'],
    ['a query with an open end', `http://127.0.0.1:${port}/x?a=1&`, '/x?a=1&'],
    ['a query and no path', `http://127.0.0.1:${port}?q`, '/?q&'],
    ['a fragment', `http://127.0.0.1:${port}/f#part?no`, '/f?'],
    ['a query and a fragment', `http://127.0.0.1:${port}/f?a=%2a#part`, '/f?a=%2a&'],
    ['a name and a password', `http://ann:p%40ss@127.0.0.1:${port}/in`, '/in?'],
    ['another letter case', `HTTP://LOCALHOST:${port}/UP`, '/UP?']
  ]
  const fixture = {
    ...readFixture('default'),
    phoneCallEvents: urls.map(([, url]) => ({ extension: '0003*210', type: '0', method: '0', url }))
  }
  const { place, idle } = control(await start(t, { fixture }))
  await place({ from: OUTSIDE, to: '0003*210' })
  await idle()
  const targets = receiver.received.map(({ target }) => target.replace(/CallID=.*/, ''))
  t.strictSame(targets.sort(), urls.map(([, , target]) => target).sort())
  const known = receiver.received.find(({ target }) => target.startsWith('/in'))
  t.equal(known?.rawHeaders[known.rawHeaders.indexOf('Authorization') + 1], `Basic ${btoa('ann:p@ss')}`)
})

t.test('a party is found by each of its numbers, and by no other', async t => {
  const fixture = {
    ...readFixture('default'),
    phoneCallEvents: [],
    extensions: [
      ...(readFixture('default').extensions ?? []),
      { number: '0003*2000', owner: '13', kind: 'phoneTerminal' as const }
    ]
  }
  const { place } = control(await start(t, { fixture }))
  for (const [from, to, caller, called] of [
    ['0003*211', '0003*210', '0003*211', '0003*210'],
    ['0003*211', '210', '0003*211', '0003*210'],
    ['211', '0003*210', '0003*211', '0003*210'],
    ['0003*211', '+40312345210', '0003*211', '0003*210'],
    ['+40312345210', '211', '0003*210', '0003*211'],
    ['0003*211', '2000', '0003*211', '0003*2000'],
    [OUTSIDE, '+40312345210', null, '0003*210'],
    ['0003*210', '0700000001', '0003*210', null],
    ['0003*210', '0004*210', '0003*210', '0004*210'],
    ['0004*210', '2000', '0004*210', null],
    ['0003*210', '999', '0003*210', null],
    ['0003*210', '*72', '0003*210', null],
    ['0003*210', '#31#', '0003*210', null],
    ['0003*300', '0003*900', '0003*300', '0003*900'],
    ['0003*400', '0003*500', '0003*400', '0003*500']
  ] as [string, string, string | null, string | null][]) {
    const { body } = await place({ from, to })
    t.match(body, { from, to, dialled: to }, `${from} → ${to}`)
    t.strictSame(
      body.legs.map(({ extension = null }: { extension?: string | null }) => extension),
      [caller, called],
      `${from} → ${to}: its legs`
    )
  }
})

t.test('an invalid call is refused with the path of each problem, and nothing is stored', async t => {
  const { place, get } = control(await start(t))
  const good = { from: '0003*211', to: '0003*210' }
  for (const [why, body, path, message] of [
    ['an unknown extension', { ...good, to: '0003*999' }, '$.to', /no extension has/],
    ['a number of one digit', { ...good, to: '9' }, '$.to', /at least two digits/],
    ['an unknown short number of a caller', { ...good, from: '999' }, '$.from', /no short number in the organization/],
    ['a short number from outside', { from: OUTSIDE, to: '210' }, '$.to', /extended or its public number/],
    ['two short numbers', { from: '211', to: '210' }, '$.from', /at least four digits/],
    ['both outside', { from: OUTSIDE, to: '+40700000002' }, '$.to', /leads outside, as \$\.from does/],
    ['a call to oneself', { from: '0003*210', to: '210' }, '$.to', /cannot call itself/],
    ['a call to oneself by the public number', { from: '0003*210', to: '+40312345210' }, '$.to', /cannot call itself/],
    ['no called party', { from: '0003*211' }, '$.to', /is missing/],
    ['a number', { ...good, from: 211 }, '$.from', /must be string/],
    ['letters', { ...good, from: 'anna' }, '$.from', /must match/],
    ['a negative time', { ...good, ringMs: -1 }, '$.ringMs', />= 0/],
    ['more than a day', { ...good, talkMs: 86_400_001 }, '$.talkMs', /<= 86400000/],
    ['half a millisecond', { ...good, ringMs: 0.5 }, '$.ringMs', /integer/],
    ['a time as a text', { ...good, ringMs: '5' }, '$.ringMs', /integer/],
    ['an unknown outcome', { ...good, outcome: 'lost' }, '$.outcome', /must be one of "answered", "busy"/],
    ['an unknown member', { ...good, outcme: 'busy' }, '$.outcme', /is not a member/],
    ['a name with a NUL', { ...good, callerName: 'a\u0000' }, '$.callerName', /must match/],
    ['an outcome of a manual call', { ...good, manual: true, outcome: 'busy' }, '$.outcome', /manual/],
    ['times of a manual call', { ...good, manual: true, ringMs: 5 }, '$.ringMs', /manual/],
    ['null', null, '$', /must be an object/],
    ['a list', [good], '$', /must be object/]
  ] as const) {
    const answer = await place(body as object)
    t.equal(answer.status, 400, why)
    t.equal(answer.body.error.code, 'request_invalid', why)
    t.match(answer.body.error.details[0], { path, message }, why)
    t.match(answer.body.error.message, message, why)
    t.ok(answer.reason, why)
  }
  t.match((await get('/calls')).body, { calls: [], total: 0, dropped: 0 })
  t.match((await get('/deliveries')).body, { deliveries: [], total: 0, dropped: 0 })
})

t.test('the time of a call is the time of its first moments, even when the clock moves meanwhile', async t => {
  let time = NOW.getTime()
  const clock = () => {
    time += 700 // the machine's clock differs at every reading
    return new Date(time)
  }
  const { place } = control(await start(t, { machineClock: clock }))
  const { callId, placedAt, moments } = (await place({ from: OUTSIDE, to: '0003*210' })).body
  t.strictSame([...new Set(moments.map(({ at }: { at: string }) => at))], [placedAt])
  t.equal(callId.split('.')[0], String(Math.floor(Date.parse(placedAt) / 1000)))
})

t.test('a manual call can be answered and hung up, from every state that allows it', async t => {
  const { place, post, get } = control(await start(t))
  const manual = async () => (await place({ from: '0003*211', to: '0003*210', manual: true })).body
  const names = (call: { moments: { moment: string; callStatus: string }[] }) =>
    call.moments.map(({ moment, callStatus }) => `${moment} ${callStatus}`)
  const ringing = ['dialOut CALLING', 'dialIn CALLING']

  const first = await manual()
  t.match(first, { state: 'ringing', outcome: null, next: [] })
  t.strictSame(names(first), ringing)
  const answered = await post(`/calls/${first.callId}/answer`)
  t.match(answered, { status: 200, body: { state: 'answered', outcome: 'answered' } })
  const over = await post(`/calls/${first.callId}/hangup`)
  t.match(over, { status: 200, body: { state: 'ended', outcome: 'answered' } })
  t.strictSame(names(over.body), [
    ...ringing,
    'answerIncoming ANSWER',
    'answerOutgoing ANSWER',
    'hangup ANSWER',
    'hangup ANSWER'
  ])
  const later = (await get(`/calls/${first.callId}`)).body
  t.strictSame(names(later), names(over.body))
  t.match(later, { state: 'ended', outcome: 'answered' })

  for (const [outcome, status] of [
    [undefined, 'CANCEL'],
    ['busy', 'BUSY'],
    ['noAnswer', 'NOANSWER'],
    ['congestion', 'CONGESTION'],
    ['unavailable', 'CHANUNAVAIL'],
    ['cancelled', 'CANCEL']
  ]) {
    const call = await manual()
    const { body } = await post(`/calls/${call.callId}/hangup`, outcome === undefined ? undefined : { outcome })
    t.match(body, { state: 'ended', outcome: outcome ?? 'cancelled' })
    t.strictSame(names(body), [...ringing, `hangup ${status}`, `hangup ${status}`], String(outcome))
  }
})

t.test('a call and its deliveries are found by the CallID of any leg', async t => {
  const receiver = await receive(t)
  const { place, post, get, idle } = control(await start(t, { fixture: everyEvent(receiver.url, '0') }))
  await place({ from: OUTSIDE, to: '0003*210' })
  const { body: call } = await place({ from: '0003*211', to: '0003*210' })
  await idle()
  const [caller, called] = call.legs.map(({ callId }: { callId: string }) => callId)
  t.not(caller, called)
  t.equal(call.callId, caller)
  for (const callId of [caller, called]) {
    t.match((await get(`/calls/${callId}`)).body, { callId: caller }, callId)
    t.equal((await get(`/deliveries?callId=${callId}`)).body.total, 6, callId)
    const verified = await post('/deliveries/verify', { match: { callId, type: '2' }, count: 2 })
    t.match(verified, { status: 200, body: { verified: true } }, callId)
    const inOrder = { sequence: [{ match: { callId, type: '0' } }, { match: { callId, type: '4' } }] }
    t.equal((await post('/deliveries/verify', inOrder)).status, 200, callId)
  }
})

t.test('a party outside is found by its number, also when an extension has got that number meanwhile', async t => {
  const { place, post } = control(await start(t))
  const { body: call } = await place({ from: '0003*210', to: '0744555666', manual: true })
  const desk = { number: '0003*2001', owner: '13', kind: 'phoneTerminal', publicNumber: '0744555666' }
  t.equal((await post('/fixtures', { extensions: [desk] })).status, 200)
  t.match(await post(`/calls/${call.callId}/answer`, { number: '0744555666' }), {
    status: 200,
    body: { state: 'answered' }
  })
})

t.test('an action that the state of a call forbids is 409, and an unknown call is 404', async t => {
  const { place, post, get } = control(await start(t))
  const { body: manual } = await place({ from: '0003*211', to: '0003*210', manual: true })
  const { body: scripted } = await place({ from: '0003*211', to: '0003*210', ringMs: 1000 })
  const forbidden = async (path: string, body: unknown, message: RegExp) => {
    const answer = await post(path, body)
    t.match(answer, { status: 409, body: { error: { code: 'call_state', message } }, reason: 'call_state' }, path)
  }
  await forbidden(`/calls/${manual.callId}/hangup`, { outcome: 'answered' }, /cannot end as answered/)
  await post(`/calls/${manual.callId}/answer`)
  await forbidden(`/calls/${manual.callId}/answer`, {}, /no called leg is ringing: the call is answered/)
  await forbidden(`/calls/${manual.callId}/hangup`, { outcome: 'busy' }, /can only end as answered/)
  await post(`/calls/${manual.callId}/hangup`)
  await forbidden(`/calls/${manual.callId}/hangup`, {}, /is over/)
  await forbidden(`/calls/${manual.callId}/answer`, {}, /is over/)
  await forbidden(`/calls/${scripted.callId}/answer`, {}, /follows its script/)
  for (const path of ['/calls/1.1/answer', '/calls/1.1/hangup', '/calls/nonsense/hangup']) {
    t.match(await post(path), { status: 404, body: { error: { code: 'call_unknown' } } }, path)
  }
  for (const id of ['1.1', '..', '%00', '1e3', "'"]) t.equal((await get(`/calls/${id}`)).status, 404, id)
  t.match(await post(`/calls/${scripted.callId}/hangup`, { outcom: 'busy' }), { status: 400, reason: 'member_unknown' })
})

for (const count of [30, 70]) {
  t.test(
    `a moment lists the events it considered, with the reason why each fired or did not: among ${count} others`,
    async t => {
      const receiver = await receive(t)
      const event = (type: string, status: string, id: string) => ({
        extension: '0003*210',
        type,
        status,
        id,
        method: '0',
        url: `${receiver.url}/${id}`
      })
      const many = Array.from({ length: count }, (_, index) =>
        event('1', '1', `other${String(index).padStart(2, '0')}`)
      )
      const fixture = {
        ...readFixture('default'),
        phoneCallEvents: [
          event('0', '1', 'b'),
          event('0', '1', 'a'),
          { ...event('0', '1', 'c'), url: `${receiver.url}/a` },
          event('0', '0', 'off'),
          { ...event('0', '1', 'public'), url: 'http://93.184.216.34/hook' },
          ...many
        ]
      }
      const { place, idle, get } = control(await start(t, { fixture }))
      const { body: placed } = await place({ from: OUTSIDE, to: '0003*210' })
      await idle()
      const { body: call } = await get(`/calls/${placed.callId}`)
      const [dialIn] = call.moments
      t.match(dialIn, { moment: 'dialIn', extension: '0003*210', type: '0', callStatus: 'CALLING', callFlow: 'in' })
      t.strictSame(
        dialIn.armed.map(({ eventId, state }: { eventId: string; state: string }) => [eventId, state]),
        [
          ['a', 'delivered'],
          ['c', 'delivered'],
          ['b', 'delivered'],
          ['public', 'blocked']
        ],
        'in the order of url, then id'
      )
      t.strictSame(dialIn.reasons, { disabled: 1, other_type: count, blocked_by_policy: 1 })
      t.equal(dialIn.others.length, 20, 'the first twenty of those that did not')
      t.match(dialIn.others[0], { eventId: 'off', type: '0', reason: 'disabled' })
      t.match(dialIn.others[1], { eventId: 'other00', type: '1', reason: 'other_type' })
      t.strictSame(
        receiver.received.map(({ target }) => target.split('?')[0]),
        ['/a', '/a', '/b']
      )
    }
  )
}

t.test('a call that does not reach its party ends at once, without ringMs', async t => {
  const { place, freeze } = control(await start(t))
  await freeze()
  for (const outcome of ['congestion', 'unavailable']) {
    const { body } = await place({ from: '0003*211', to: '0003*210', outcome, ringMs: 5000, talkMs: 5000 })
    t.match(body, { state: 'ended', next: [], moments: [{ moment: 'dialOut' }, {}, {}] }, outcome)
  }
})

t.test('the caller name is taken from the directory, and the ids have the format of the vendor', async t => {
  const receiver = await receive(t)
  const { place, idle } = control(await start(t, { fixture: everyEvent(receiver.url, '0'), newId: randomId }))
  await place({ from: '0003*211', to: '0003*210', outcome: 'busy' })
  await idle()
  for (const one of receiver.received) {
    const { CallerIDName, CallAPIID, CallID } = receiver.parametersOf(one)
    t.equal(CallerIDName, 'Back Office')
    t.match(CallAPIID, /^[a-z0-9]{20}$/)
    t.match(CallID, /^[0-9]+\.[0-9]{7}$/)
  }
})

t.test('a call in progress is never removed from the log', async t => {
  const { place, get, freeze, post } = control(await start(t, { deliveryLogSize: 2 }))
  await freeze()
  const { body: ringing } = await place({ from: '0003*211', to: '0003*210', ringMs: 1000, outcome: 'busy' })
  for (let index = 0; index < 5; index++) await place({ from: OUTSIDE, to: '0003*210' })
  t.equal((await get(`/calls/${ringing.callId}`)).body.state, 'ringing')
  t.match((await get('/calls')).body, { total: 3, dropped: 3 })
  await post('/clock/advance', { ms: 1000 })
  t.equal((await get(`/calls/${ringing.callId}`)).status, 404, 'and once it has ended, it is the oldest')
})

t.test('an event that is created, changed or disabled during a call applies from the next moment on', async t => {
  const receiver = await receive(t)
  const emulator = await start(t, { fixture: { ...readFixture('default'), phoneCallEvents: [] } })
  const { place, post, freeze } = control(emulator)
  const events = '/uapi/extensions/@me/0003*210/phoneCallEvents'
  const create = async (type: string) =>
    (await emulator.ask('POST', `${events}/${type}`, { body: { method: '0', url: `${receiver.url}/${type}` } })).body
      .PhoneCallEvent.id
  await freeze()
  const dialIn = await create('0')
  const answer = await create('3')
  await place({ from: OUTSIDE, to: '0003*210', ringMs: 1000, talkMs: 1000 })
  await create('2')
  await emulator.ask('PUT', `${events}/0/${dialIn}`, { body: { status: '0' } })
  await emulator.ask('PUT', `${events}/3/${answer}`, { body: { url: `${receiver.url}/changed` } })
  const { body } = await post('/clock/advance', { ms: 2000 })
  t.strictSame(
    body.moments.map(({ moment }: { moment: string }) => moment),
    ['answerIncoming', 'hangup']
  )
  t.strictSame(
    receiver.received.map(({ target }) => target.split('?')[0]),
    ['/0', '/changed', '/2']
  )
})

t.test('calls are listed oldest first, and their log is bounded', async t => {
  const { place, get, idle } = control(await start(t, { deliveryLogSize: 5 }))
  const ids: string[] = []
  for (let index = 0; index < 8; index++) ids.push((await place({ from: OUTSIDE, to: '0003*210' })).body.callId)
  await idle()
  const { body } = await get('/calls')
  const listed = (page: { callId: string }[]) => page.map(({ callId }) => callId)
  t.match(body, { total: 5, dropped: 3 })
  t.strictSame(listed(body.calls), ids.slice(3))
  t.strictSame(listed((await get('/calls?limit=2')).body.calls), ids.slice(6))
  t.strictSame(listed((await get(`/calls?after=${ids[5]}`)).body.calls), ids.slice(6))
  t.strictSame(listed((await get(`/calls?after=${ids[3]}&limit=1`)).body.calls), ids.slice(7))
  t.match((await get('/deliveries')).body, { total: 5, dropped: 3 })
  for (const query of [
    'limit=-1',
    'limit=x',
    'limit=10001',
    'limit=1&limit=2',
    'after=1.1',
    'after=nonsense',
    'nope=1'
  ]) {
    const answer = await get(`/calls?${query}`)
    t.match(answer, { status: 400, body: { error: { details: [{ path: `?${query.split('=')[0]}` }] } } }, query)
  }
})

t.test('for random events and calls, the deliveries are those of a simple model', async t => {
  const extensions = ['0003*210', '0003*211', '0003*300', '0003*400', '0004*210']
  const parties = [...extensions, OUTSIDE]
  const subscription = fc.record({
    extension: fc.constantFrom(...extensions),
    type: fc.constantFrom(...EVENT_TYPES.map(({ code }) => code)),
    method: fc.constantFrom('0' as const, '1' as const),
    status: fc.constantFrom('0' as const, '1' as const),
    path: fc.constantFrom('a', 'b', 'B', 'a?x=1')
  })
  const script = fc
    .record({
      from: fc.constantFrom(...parties),
      to: fc.constantFrom(...parties),
      outcome: fc.constantFrom(...OUTCOMES),
      ringMs: fc.integer({ min: 0, max: 3 }),
      talkMs: fc.integer({ min: 0, max: 3 })
    })
    .filter(({ from, to }) => from !== to)
  let id = 0
  const events = fc.array(subscription, { maxLength: 25 }).map(list => list.map(one => ({ ...one, id: `e${++id}` })))

  await fc.assert(
    fc.asyncProperty(events, fc.array(script, { minLength: 1, maxLength: 4 }), async (subscriptions, scripts) => {
      const sent: WebhookRequest[] = []
      const record: Send = async request => {
        sent.push(request)
        return OK
      }
      const sandbox = createSandbox(
        { database: ':memory:', machineClock: () => NOW, newId: countedIds() },
        { send: record, report: error => t.fail(String(error)) }
      )
      try {
        const phoneCallEvents = subscriptions.map(({ path, ...event }) => ({ ...event, url: `http://x.test/${path}` }))
        sandbox.fixtures.replace([{ name: 'model', document: { ...readFixture('default'), phoneCallEvents } }])
        sandbox.resume()
        await sandbox.clock.set({ mode: 'frozen' })
        const placed = scripts.map(script => sandbox.calls.place(script))
        await sandbox.clock.advance({ ms: 10 })
        const { deliveries } = sandbox.deliveries.list({})
        for (const [index, { callId }] of placed.entries()) {
          const came = deliveries
            .filter(delivery => delivery.callId === callId)
            .map(({ eventId, moment, state }) => `${eventId} ${moment} ${state}`)
          const script = scripts[index]
          t.strictSame(came, script && model(script, phoneCallEvents), JSON.stringify(script))
        }
        t.equal(sent.length, deliveries.length, 'and every one was sent, once')
        t.strictSame(
          sent.map(({ url, body }) => url + body).sort(),
          deliveries.map(({ request }) => request.url + request.body).sort()
        )
      } finally {
        await sandbox.close()
      }
    }),
    { numRuns: 60 }
  )
})

/** The expected deliveries of a call, computed without the tested code: event, moment and state, in order. */
function model(
  { from, to, outcome = 'answered' }: CallRequest,
  events: { extension: string; type: string; status: string; url: string; id: string }[]
): string[] {
  const legs = { caller: from, called: to }
  return TIMELINES[outcome].flatMap(([leg, name]) => {
    // An IVR never fires Answer on incoming (call-events.md §1, sibling).
    if (name === 'answerIncoming' && to === '0003*400') return []
    const code = EVENT_TYPES.find(type => type.name === name)?.code
    return events
      .filter(({ extension, type, status }) => extension === legs[leg] && type === code && status === '1')
      .sort((one, other) => (one.url === other.url ? (one.id < other.id ? -1 : 1) : one.url < other.url ? -1 : 1))
      .map(({ id }) => `${id} ${name} delivered`)
  })
}
