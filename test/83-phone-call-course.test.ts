import t, { type Test } from 'tap'
import type { WebhookRequest } from '../src/schema/calls/delivery.js'
import { EVENT_TYPES } from '../src/schema/event-type.js'
import type { PhoneCall } from '../src/schema/phone-call.js'
import { OK } from './support/call-world.js'
import { at, CALLS, FIXTURE, type Frozen, newCall, startFrozen } from './support/phone-calls.js'

/** Advances a call to its end, which is at a time to the millisecond. */
async function mustEndAt(t: Test, { advance, call }: Frozen, id: string, ms: number, outcome: string) {
  if (ms > 0) {
    await advance(ms - 1)
    t.not((await call(id)).state, 'ended', `${ms - 1} ms after it was placed it goes on`)
    await advance(1)
  }
  const { state, outcome: ended } = await call(id)
  t.strictSame([state, ended], ['ended', outcome], `it is over after ${ms} ms`)
}

t.test('while the source rings nothing fires, however its ringing ends', async t => {
  for (const [phone, query, endsAt, outcome] of [
    [{ outcome: 'busy', ringMs: 700 }, '', 700, 'busy'],
    [{ outcome: 'cancelled', ringMs: 700 }, '', 700, 'cancelled'],
    [{ outcome: 'congestion', ringMs: 700 }, '', 0, 'congestion'],
    [{ outcome: 'unavailable', ringMs: 700 }, '', 0, 'unavailable'],
    [{ outcome: 'noAnswer', ringMs: 700 }, '', 25_000, 'cancelled'],
    [{ outcome: 'noAnswer', ringMs: 700 }, '?waitForPickup=2', 2000, 'cancelled'],
    [{ outcome: 'noAnswer' }, '?waitForPickup=86400', 86_400_000, 'cancelled'],
    [{ ringMs: 25_001 }, '', 25_000, 'cancelled'],
    [{ ringMs: 2001 }, '?waitForPickup=2', 2000, 'cancelled'],
    [{ outcome: 'busy', ringMs: 2001 }, '?waitForPickup=2', 2000, 'cancelled']
  ] as const) {
    const frozen = await startFrozen(t)
    const { place, phone: setPhone, list, call, advance } = frozen
    await setPhone('0003*210', phone)
    const { id } = await place(newCall(), query)
    t.equal((await list()).length, endsAt === 0 ? 0 : 1)
    await mustEndAt(t, frozen, id, endsAt, outcome)
    t.strictSame(await list(), [], 'the list shows it no more')
    await advance(100_000)
    t.strictSame((await call(id)).moments, [], `${JSON.stringify(phone)} ${query}: no moment, not even a Hangup`)
  }
})

t.test('a source that cannot be reached ends the call in the answer of Create', async t => {
  const { place, phone, list } = await startFrozen(t)
  await phone('0003*210', { outcome: 'unavailable' })
  t.match((await place()).phoneCallView, [{ status: '0', disposition: '2' }])
  t.strictSame(await list(), [])
})

t.test('a source that picks up at the very end of waitForPickup takes the call', async t => {
  const { place, phone, advance, moments } = await startFrozen(t)
  await phone('0003*210', { ringMs: 2000 })
  const { id } = await place(newCall(), '?waitForPickup=2')
  await advance(1999)
  t.strictSame(await moments(id), [])
  await advance(1)
  t.strictSame(await moments(id), ['2000 210 dialOut CALLING out', '2000 211 dialIn CALLING in'])
})

t.test('after the pick-up the phone of the destination decides, as the request of the control API would', async t => {
  const rings = ['100 210 dialOut CALLING out', '100 211 dialIn CALLING in']
  for (const [phone, endsAt, outcome, expected] of [
    [
      { ringMs: 1000, talkMs: 2000 },
      3100,
      'answered',
      [
        ...rings,
        '1100 211 answerIncoming ANSWER in',
        '1100 210 answerOutgoing ANSWER out',
        '3100 210 hangup ANSWER out',
        '3100 211 hangup ANSWER in'
      ]
    ],
    [
      { outcome: 'busy', ringMs: 1000 },
      1100,
      'busy',
      [...rings, '1100 210 hangup BUSY out', '1100 211 hangup BUSY in']
    ],
    [
      { outcome: 'noAnswer', ringMs: 1000 },
      1100,
      'noAnswer',
      [...rings, '1100 210 hangup NOANSWER out', '1100 211 hangup NOANSWER in']
    ],
    [
      { outcome: 'cancelled', ringMs: 1000 },
      1100,
      'cancelled',
      [...rings, '1100 210 hangup CANCEL out', '1100 211 hangup CANCEL in']
    ],
    [
      { outcome: 'congestion', ringMs: 1000 },
      100,
      'congestion',
      ['100 210 dialOut CALLING out', '100 210 hangup CONGESTION out', '100 211 hangup CONGESTION in']
    ],
    [
      { outcome: 'unavailable', ringMs: 1000 },
      100,
      'unavailable',
      ['100 210 dialOut CALLING out', '100 210 hangup CHANUNAVAIL out', '100 211 hangup CHANUNAVAIL in']
    ]
  ] as const) {
    const frozen = await startFrozen(t)
    await frozen.phone('0003*210', { ringMs: 100, talkMs: 5000 })
    await frozen.phone('0003*211', phone)
    const { id } = await frozen.place()
    await mustEndAt(t, frozen, id, endsAt, outcome)
    t.strictSame(await frozen.moments(id), expected)
  }
})

t.test('by default a phone answers after half a second and talks for 30 seconds', async t => {
  const frozen = await startFrozen(t)
  const { id } = await frozen.place()
  await mustEndAt(t, frozen, id, 31_000, 'answered')
  t.strictSame(await frozen.moments(id), [
    '500 210 dialOut CALLING out',
    '500 211 dialIn CALLING in',
    '1000 211 answerIncoming ANSWER in',
    '1000 210 answerOutgoing ANSWER out',
    '31000 210 hangup ANSWER out',
    '31000 211 hangup ANSWER in'
  ])
})

t.test('it ends after the shorter talkMs of the two phones, or callDuration after the answer', async t => {
  for (const [source, destination, query, endsAt] of [
    [5000, 2000, '', 6000],
    [2000, 5000, '', 6000],
    [0, 5000, '', 4000],
    [5000, 5000, '?callDuration=3', 7000],
    [5000, 2000, '?callDuration=3', 6000],
    [2000, 5000, '?callDuration=3', 6000],
    [86_400_000, 86_400_000, '?callDuration=86400', 86_404_000]
  ] as const) {
    const frozen = await startFrozen(t)
    await frozen.phone('0003*210', { ringMs: 1000, talkMs: source })
    await frozen.phone('0003*211', { ringMs: 3000, talkMs: destination })
    const { id } = await frozen.place(newCall(), query)
    await mustEndAt(t, frozen, id, endsAt, 'answered')
  }
})

t.test('Delete hangs up at every stage of a call', async t => {
  for (const [ms, outcome, expected] of [
    [0, 'cancelled', []],
    [999, 'cancelled', []],
    [
      1000,
      'cancelled',
      [
        '1000 210 dialOut CALLING out',
        '1000 211 dialIn CALLING in',
        '1000 210 hangup CANCEL out',
        '1000 211 hangup CANCEL in'
      ]
    ],
    [
      2999,
      'cancelled',
      [
        '1000 210 dialOut CALLING out',
        '1000 211 dialIn CALLING in',
        '2999 210 hangup CANCEL out',
        '2999 211 hangup CANCEL in'
      ]
    ],
    [
      4000,
      'answered',
      [
        '1000 210 dialOut CALLING out',
        '1000 211 dialIn CALLING in',
        '3000 211 answerIncoming ANSWER in',
        '3000 210 answerOutgoing ANSWER out',
        '4000 210 hangup ANSWER out',
        '4000 211 hangup ANSWER in'
      ]
    ]
  ] as const) {
    const { place, phone, advance, ask, call, moments } = await startFrozen(t)
    await phone('0003*210', { ringMs: 1000 })
    await phone('0003*211', { ringMs: 2000 })
    const { id } = await place()
    if (ms > 0) await advance(ms)
    t.strictSame((await ask('DELETE', `${CALLS}/${id}`)).body, [{ id }])
    t.match(await call(id), { state: 'ended', outcome })
    await advance(60_000)
    t.strictSame(await moments(id), expected, `after ${ms} ms`)
  }
})

t.test('without an id Delete hangs up every call of the extension, in the order of placing, and no other', async t => {
  const { place, ask, list, sandbox } = await startFrozen(t)
  const first = await place()
  const { callApiId: placed } = sandbox.calls.place({ from: '+40722000111', to: '0003*210', manual: true })
  const charged = await place(newCall({ source: '0003*212', destination: '0003*213' }))
  const { callApiId: other } = sandbox.calls.place({ from: '0003*211', to: '0003*212', manual: true })
  const { body } = await ask('DELETE', CALLS)
  t.strictSame(body, [{ id: first.id }, { id: placed }, { id: charged.id }])
  const rest = await ask('GET', '/uapi/phoneCalls/@owner/0003*212', { as: 'organization' })
  t.strictSame(
    rest.body.entry.map(({ id }: PhoneCall) => id),
    [other]
  )
  t.strictSame(await list(), [])
})

t.test('of several sources the first that picks up takes the call, and the others fire nothing', async t => {
  const { place, phone, advance, moments, list, ask } = await startFrozen(t)
  await phone('0003*210', { ringMs: 900 })
  await phone('0003*212', { ringMs: 400 })
  await phone('0003*213', { ringMs: 200, outcome: 'busy' })
  const { id } = await place(newCall({ source: ['210', '213', '212'], destination: '211' }, { extension: '210' }))
  const statuses = async () =>
    (await list())[0]?.phoneCallView.map(
      ({ extension, status, disposition }) => `${extension} ${status} ${disposition}`
    )
  t.strictSame(await statuses(), ['0003*210 3 4', '0003*213 3 4', '0003*212 3 4'], 'all of them ring')
  await advance(399)
  t.strictSame(await statuses(), ['0003*210 3 4', '0003*213 0 1', '0003*212 3 4'])
  await advance(30_001)
  t.strictSame(await statuses(), ['0003*210 0 3', '0003*213 0 1', '0003*212 5 0', '0003*211 5 0'])
  await ask('DELETE', CALLS)
  t.strictSame(await moments(id), [
    '400 212 dialOut CALLING out',
    '400 211 dialIn CALLING in',
    '900 211 answerIncoming ANSWER in',
    '900 212 answerOutgoing ANSWER out',
    '30400 212 hangup ANSWER out',
    '30400 211 hangup ANSWER in'
  ])
})

t.test('when every source refuses, the call is over with the last of them', async t => {
  const frozen = await startFrozen(t)
  await frozen.phone('0003*210', { outcome: 'busy', ringMs: 300 })
  await frozen.phone('0003*212', { outcome: 'unavailable' })
  await frozen.phone('0003*213', { outcome: 'busy', ringMs: 700 })
  const { id } = await frozen.place(newCall({ source: ['0003*210', '0003*212', '0003*213'] }))
  await mustEndAt(t, frozen, id, 700, 'busy')
  t.strictSame(await frozen.moments(id), [])
})

t.test('several destinations ring at once: the first that answers takes the call', async t => {
  const { place, phone, advance, moments } = await startFrozen(t)
  await phone('0003*210', { ringMs: 0 })
  await phone('0003*211', { outcome: 'busy', ringMs: 300 })
  await phone('0003*212', { ringMs: 800, talkMs: 100 })
  await phone('0003*213', { ringMs: 2000 })
  const { id } = await place(newCall({ destination: ['0003*211', '0003*212', '0003*213'] }))
  t.equal((await moments(id)).length, 4, 'a source that answers at once has picked up in the answer of Create')
  await advance(5000)
  t.strictSame(await moments(id), [
    '0 210 dialOut CALLING out',
    '0 211 dialIn CALLING in',
    '0 212 dialIn CALLING in',
    '0 213 dialIn CALLING in',
    '300 211 hangup BUSY in',
    '800 212 answerIncoming ANSWER in',
    '800 210 answerOutgoing ANSWER out',
    '800 213 hangup CANCEL in',
    '900 210 hangup ANSWER out',
    '900 212 hangup ANSWER in'
  ])
})

t.test('when no destination answers, the last one ends the call with its outcome', async t => {
  const { place, phone, advance, moments } = await startFrozen(t)
  await phone('0003*210', { ringMs: 0 })
  await phone('0003*211', { outcome: 'busy', ringMs: 300 })
  await phone('0003*212', { outcome: 'noAnswer', ringMs: 800 })
  await phone('0003*213', { outcome: 'unavailable' })
  const { id } = await place(newCall({ destination: ['0003*211', '0003*212', '0003*213'] }))
  await advance(5000)
  t.strictSame(await moments(id), [
    '0 210 dialOut CALLING out',
    '0 211 dialIn CALLING in',
    '0 212 dialIn CALLING in',
    '0 213 hangup CHANUNAVAIL in',
    '300 211 hangup BUSY in',
    '800 210 hangup NOANSWER out',
    '800 212 hangup NOANSWER in'
  ])
})

t.test('an outside party fires nothing; between two of them the whole call is silent', async t => {
  const { place, advance, moments } = await startFrozen(t)
  const outgoing = await place(newCall({ destination: '+40733000222' }))
  const incoming = await place(newCall({ source: '+40722000111' }))
  const outside = await place(newCall({ source: '+40722000111', destination: '+40733000222' }))
  await advance(60_000)
  t.strictSame(await moments(outgoing.id), [
    '500 210 dialOut CALLING out',
    '1000 210 answerOutgoing ANSWER out',
    '31000 210 hangup ANSWER out'
  ])
  t.strictSame(await moments(incoming.id), [
    '500 211 dialIn CALLING in',
    '1000 211 answerIncoming ANSWER in',
    '31000 211 hangup ANSWER in'
  ])
  t.strictSame(await moments(outside.id), [])
})

/** An emulator that records webhooks, with an event of every type on two extensions. */
async function startRecording(t: Test) {
  const sent: WebhookRequest[] = []
  const phoneCallEvents = ['0003*210', '0003*211'].flatMap(extension =>
    EVENT_TYPES.map(({ code, name }) => ({
      extension,
      type: code,
      method: '0',
      url: `http://127.0.0.1:9/${extension.slice(-3)}/${name}`
    }))
  )
  const frozen = await startFrozen(t, {
    fixture: { ...FIXTURE, phoneCallEvents },
    send: async request => {
      sent.push(request)
      return OK
    }
  })
  const webhooks = () =>
    sent.map(({ url }) => {
      const { pathname, searchParams } = new URL(url)
      return { path: pathname, parameters: Object.fromEntries(searchParams) }
    })
  return { ...frozen, sent, webhooks }
}

t.test('CallAPIID of the webhooks is the id of the PhoneCall, and callerId is what the destination sees', async t => {
  for (const [callerId, name, number] of [
    [undefined, 'Front Desk', '0003*210'],
    ['John Doe <4242425>', 'John Doe', '4242425'],
    ['"John Doe" <+40 21>', 'John Doe', '+40 21'],
    ['John Doe', 'John Doe', '0003*210'],
    ['4242425', 'Front Desk', '4242425'],
    ['<4242425>', 'Front Desk', '4242425'],
    ['Ünï & <1>', 'Ünï &', '1'],
    ['', 'Front Desk', '0003*210'],
    [' ', 'Front Desk', '0003*210'],
    ['""', 'Front Desk', '0003*210']
  ] as const) {
    const { place, advance, webhooks, list } = await startRecording(t)
    const { id } = await place(newCall({ callerId }))
    await advance(2000)
    const [shown] = await list()
    t.equal(shown?.phoneCallView[0]?.callerId, callerId?.trim() || 'Front Desk <0003*210>')
    await advance(60_000)
    const came = webhooks()
    t.strictSame(
      came.map(({ path }) => path),
      ['/210/dialOut', '/211/dialIn', '/211/answerIncoming', '/210/answerOutgoing', '/210/hangup', '/211/hangup']
    )
    for (const { path, parameters } of came) {
      t.equal(parameters.CallAPIID, id, path)
      const caller = path.startsWith('/211') ? [name, number] : ['Front Desk', '0003*210']
      t.strictSame([parameters.CallerIDName, parameters.CallerIDNum], caller, `${path} ${callerId}`)
    }
  }
})

t.test('the webhooks are those of the same call placed over the control API, but for the ids', async t => {
  const webhooksOf = async (place: (frozen: Frozen) => Promise<unknown>) => {
    const recording = await startRecording(t)
    await place(recording)
    await recording.advance(60_000)
    return recording.webhooks().map(({ path, parameters: { CallID, CallAPIID, ...rest } }) => [path, rest])
  }
  for (const to of ['0003*211', '211', '+40733000222']) {
    const controlled = await webhooksOf(async ({ sandbox }) =>
      sandbox.calls.place({ from: '0003*210', to, ringMs: 500, talkMs: 30_000 })
    )
    t.ok(controlled.length >= 3)
    t.strictSame(await webhooksOf(({ place }) => place(newCall({ destination: to }))), controlled, to)
  }
})

t.test('a PhoneCall shows its views at every stage, with dates, and leaves out what is null', async t => {
  const { place, phone, advance, list, url } = await startFrozen(t)
  await phone('0003*210', { ringMs: 2000 })
  await phone('0003*211', { ringMs: 3000 })
  const whole = {
    extension: '0003*210',
    ownerId: '12',
    ownerName: 'Default Organization',
    published: at(0)
  }
  const placed = await place()
  const { id } = placed
  const links = { self: `${url}${CALLS}/${id}` }
  const between = { source: ['0003*210'], destination: ['0003*211'], callerId: 'Front Desk <0003*210>', flow: '2' }
  const source = { id: '00', extension: '0003*210', ...between }
  const destination = { id: '01', extension: '0003*211', ...between }
  const ringing = { ...source, status: '3', ringing: at(0), disposition: '4' }
  t.strictSame(placed, { id, ...whole, phoneCallView: [ringing], links }, 'the source rings')
  t.strictSame(Object.keys(placed), ['id', 'extension', 'ownerId', 'ownerName', 'published', 'phoneCallView', 'links'])
  await advance(2000)
  t.strictSame(
    await list(),
    [
      {
        id,
        ...whole,
        phoneCallView: [
          { ...source, status: '4', ringing: at(0), disposition: '4' },
          { ...destination, status: '3', ringing: at(2), disposition: '4' }
        ],
        links
      }
    ],
    'the destination rings'
  )
  await advance(3000)
  const onCall = { status: '5', answered: at(5), disposition: '0' }
  t.strictSame(
    await list(),
    [
      {
        id,
        ...whole,
        answered: at(5),
        phoneCallView: [
          { ...source, ...onCall, ringing: at(0) },
          { ...destination, ...onCall, ringing: at(2) }
        ],
        links
      }
    ],
    'they talk'
  )
  await advance(30_000)
  t.strictSame(await list(), [], 'and it is over')
})

t.test('flow is local between extensions, outgoing to a number outside, incoming from one', async t => {
  const { place, advance, list, sandbox, ask } = await startFrozen(t)
  const flows = async () => {
    const [call] = await list()
    await ask('DELETE', CALLS)
    return call?.phoneCallView.map(({ extension, flow }) => `${extension} ${flow}`)
  }
  await place()
  await advance(500)
  t.strictSame(await flows(), ['0003*210 2', '0003*211 2'])
  await place(newCall({ destination: '+40733000222' }))
  t.strictSame(await flows(), ['0003*210 4'], 'while the source rings')
  await place(newCall({ destination: '+40733000222' }))
  await advance(500)
  t.strictSame(await flows(), ['0003*210 4'])
  await place(newCall({ source: '+40722000111' }))
  await advance(500)
  t.strictSame(await flows(), ['0003*211 8'])
  sandbox.calls.place({ from: '+40722000111', to: '0003*210', manual: true })
  t.strictSame(await flows(), ['0003*210 8'])
  sandbox.calls.place({ from: '0003*210', to: '+40722000111', manual: true })
  t.strictSame(await flows(), ['0003*210 4'])
  await place(newCall({ source: '+40722000111', destination: '+40733000222' }))
  t.strictSame(await flows(), ['0003*210 4'], 'of the extension that is charged')
})

t.test('disposition is how a leg ended: its view stays while the call goes on', async t => {
  for (const [outcome, disposition] of [
    ['busy', '1'],
    ['noAnswer', '3'],
    ['cancelled', '3'],
    ['congestion', '2'],
    ['unavailable', '2']
  ] as const) {
    const { place, phone, advance, list } = await startFrozen(t)
    await phone('0003*211', { outcome, ringMs: 1000 })
    await phone('0003*212', { ringMs: 60_000 })
    await place(newCall({ destination: ['0003*211', '0003*212'] }))
    await advance(1500)
    const [call] = await list()
    t.match(call?.phoneCallView, [
      { id: '00', status: '4', disposition: '4' },
      { id: '01', extension: '0003*211', status: '0', disposition },
      { id: '02', extension: '0003*212', status: '3', disposition: '4' }
    ])
  }
})

t.test('status, flow and disposition are numbers with the setting phoneCallNumbers: number', async t => {
  const { place, advance, list } = await startFrozen(t, { settings: { phoneCallNumbers: 'number' } })
  t.match((await place()).phoneCallView, [{ id: '00', flow: 2, status: 3, disposition: 4 }])
  await advance(1000)
  const [call] = await list()
  t.strictSame(
    call?.phoneCallView.map(({ flow, status, disposition }) => [flow, status, disposition]),
    [
      [2, 5, 0],
      [2, 5, 0]
    ]
  )
})

t.test('dates are in the time zone of the setting', async t => {
  const { place, advance, ask, list } = await startFrozen(t, { settings: { timeZone: 'Europe/Bucharest' } })
  t.equal((await place()).published, at(0, '+02:00', 12))
  await advance(1000)
  for (const action of ['OnHold', 'Park', 'StartRecording']) await ask('PUT', CALLS, { body: { action } })
  const dates = (await list()).flatMap(({ published, answered, phoneCallView: [view] }) => [
    published,
    answered,
    view?.ringing,
    view?.answered,
    view?.onHold,
    view?.parked,
    view?.recording
  ])
  const one = at(1, '+02:00', 12)
  t.strictSame(dates, [at(0, '+02:00', 12), one, at(0, '+02:00', 12), one, one, one, one])
})

t.test('ownerName is left out where the owner has no organization', async t => {
  const alone = { number: '0009*100', owner: '1', kind: 'phoneTerminal' }
  const fixture = { ...FIXTURE, extensions: [...(FIXTURE.extensions ?? []), alone] }
  const { place } = await startFrozen(t, { fixture })
  const call = await place(newCall({}, { extension: '0009*100' }), '', { as: 'administrator' })
  t.equal(call.ownerId, '1')
  t.notOk('ownerName' in call)
})

t.test('List shows the calls of the control API, with a view for each leg of an extension', async t => {
  const { sandbox, list, advance, ask } = await startFrozen(t)
  const views = async (path?: string) =>
    (await list(path))[0]?.phoneCallView.map(({ extension, source, destination, status }) =>
      [extension, source, destination, status].join(' ')
    )
  const { callApiId: id } = sandbox.calls.place({ from: '0003*211', to: '0003*210', ringMs: 1000, talkMs: 1000 })
  const [two] = await list()
  t.match(two, { id, extension: '0003*211', ownerId: '13', published: at(0) })
  t.notOk('ringing' in Object(two?.phoneCallView[0]), 'the phone that calls does not ring')
  t.equal(two?.phoneCallView[1]?.ringing, at(0))
  await advance(1000)
  t.match(await list(), [{ answered: at(1), phoneCallView: [{ answered: at(1) }, { answered: at(1) }] }])
  await advance(1000)
  t.strictSame(await list(), [])

  sandbox.calls.place({ from: '+40722000111', to: ['0003*210', '0003*211'], ringMs: 1000, talkMs: 1000 })
  t.strictSame(await views(), ['0003*210 +40722000111 0003*210 3', '0003*211 +40722000111 0003*211 3'], 'ring group')
  await advance(1000)
  t.strictSame(await views(), ['0003*210 +40722000111 0003*210 5', '0003*211 +40722000111 0003*211 0'])
  await ask('DELETE', CALLS)

  sandbox.calls.place({
    from: '+40722000111',
    to: '0003*400',
    steps: [
      { afterMs: 5, ring: '0003*210', via: '0003*400' },
      { afterMs: 5, answer: '0003*210' },
      { afterMs: 9999, hangup: 'all' }
    ]
  })
  const IVR = '/uapi/phoneCalls/@me/0003*400'
  t.strictSame(await views(), undefined, 'the agent is not in it yet')
  t.strictSame(await views(IVR), ['0003*400 +40722000111 0003*400 3'], 'IVR')
  await advance(10)
  const both = ['0003*400 +40722000111 0003*400 5', '0003*210 +40722000111 0003*210 5']
  t.strictSame([await views(), await views(IVR)], [both, both])
  await ask('DELETE', CALLS)

  const { callId } = sandbox.calls.place({ from: '0003*211', to: '0003*210', manual: true })
  sandbox.calls.perform(callId, { verb: 'answer' })
  sandbox.calls.perform(callId, { verb: 'transfer', from: '0003*210', to: '0003*212', kind: 'attended' })
  t.strictSame(
    await views(),
    [
      '0003*211 0003*211 0003*210 5',
      '0003*210 0003*211 0003*210 5',
      '0003*210 0003*210 0003*212 4',
      '0003*212 0003*210 0003*212 3'
    ],
    'attended transfer'
  )
  sandbox.calls.perform(callId, { verb: 'answer', number: '0003*212' })
  sandbox.calls.perform(callId, { verb: 'complete', extension: '0003*210' })
  t.strictSame(await list(), [], 'an extension that has left is not in it')
})

t.test('phones are read when they begin to ring', async t => {
  const { place, phone, advance, moments } = await startFrozen(t)
  const { id } = await place()
  await phone('0003*210', { outcome: 'busy' })
  await phone('0003*211', { outcome: 'busy', ringMs: 100 })
  await advance(500)
  await phone('0003*211', { ringMs: 0 })
  await advance(100)
  t.strictSame(await moments(id), [
    '500 210 dialOut CALLING out',
    '500 211 dialIn CALLING in',
    '600 210 hangup BUSY out',
    '600 211 hangup BUSY in'
  ])
})

t.test(
  'a destination that leads to another party of the call by the time of the pick-up is called as a number outside',
  async t => {
    const { ask, place, advance, moments } = await startFrozen(t)
    const outside = '+40700000001'
    for (const [view, rings] of [
      [{ destination: outside }, []],
      [{ source: ['0003*210', '0003*211'], destination: outside }, []],
      [{ source: '0003*211', destination: ['0003*210', outside] }, ['500 210 dialIn CALLING in']],
      [{ source: '0003*211', destination: outside }, ['500 210 dialIn CALLING in']]
    ] as const) {
      await ask('POST', '/_emulator/reset', { body: {} })
      await ask('PUT', '/_emulator/clock', { body: { mode: 'frozen' } })
      const { id } = await place(newCall(view))
      const extension = FIXTURE.extensions?.find(({ number }) => number === '0003*210')
      const changed = { extensions: [{ ...extension, publicNumber: outside }] }
      t.equal((await ask('POST', '/_emulator/fixtures', { body: changed })).status, 200)
      await advance(500)
      t.strictSame((await moments(id)).slice(1), rings, JSON.stringify(view))
    }
  }
)
