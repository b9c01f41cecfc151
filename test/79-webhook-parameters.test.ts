import t, { type Test } from 'tap'
import { worldOf } from './support/call-world.js'
import { NOW, start } from './support/emulator.js'
import fc from './support/random.js'
import { receive } from './support/receivers.js'

// The tables here are those of call-events.md §1 to §3, line by line: "recorded" marks what published webhooks show.

const OUTSIDE = '+40722000111'

/** All ten parameters in their order. @source call-events.md §2 (recorded, and the order of the vendor's table) */
const ALL =
  'CallID CallerIDNum CallerIDName CalledDID CalledExtension CallStatus CallFlow CallerExtension CalledNumber CallAPIID'.split(
    ' '
  )
const without = (name: string) => ALL.filter(one => one !== name)

/** An emulator with an event of every type on every extension at a receiver that keeps the bytes of its requests. */
async function startWithReceiver(t: Test, method: '0' | '1' = '0') {
  const receiver = await receive(t)
  const url = `http://127.0.0.1:${receiver.port}`
  const emulator = await start(t, { fixture: worldOf(url, method) })
  const { ask } = emulator
  const post = (path: string, body?: unknown) => ask('POST', `/_emulator${path}`, { body })
  const play = async (request: object) => {
    receiver.requests.length = 0
    const placed = await post('/calls', request)
    await ask('GET', '/_emulator/idle?timeoutMs=20000')
    return placed
  }
  return { ...emulator, receiver, post, play, sent: () => receiver.requests.map(readRequest) }
}

/** Path and parameters of a request, in the order in which they were sent. */
function readRequest(text: string): { path: string; parameters: [string, string][]; values: Record<string, string> } {
  const [, target = ''] = /^\S+ (\S+)/.exec(text) ?? []
  const [path = '', query = ''] = target.split('?')
  const form = text.slice(text.indexOf('\r\n\r\n') + 4) || query
  const parameters = [...new URLSearchParams(form)]
  return { path, parameters, values: Object.fromEntries(parameters) }
}

interface Row {
  title: string
  request: object
  /** For each leg of an extension: its index, direction, and values. */
  legs: { leg: number; path: string; flow: 'in' | 'out'; values: Record<string, string> }[]
  /** The moments: leg, moment, CallStatus, and the parameters that recorded ones lack. */
  moments: [leg: number, moment: string, status: string, absent?: string][]
}

const FROM_OUTSIDE = { CallerIDNum: OUTSIDE, CallerIDName: '40722000111', CallerExtension: '' }
const FROM_211 = { CallerIDNum: '0003*211', CallerIDName: 'Back Office', CallerExtension: '0003*211' }

const ROWS: Row[] = [
  {
    title: 'a Dial-In from outside has no CalledNumber, and an empty CallerExtension (recorded)',
    request: { from: OUTSIDE, to: '0003*211', talkMs: 0 },
    legs: [
      {
        leg: 1,
        path: '/211',
        flow: 'in',
        values: { ...FROM_OUTSIDE, CalledDID: '', CalledExtension: '0003*211', CalledNumber: '0003*211' }
      }
    ],
    moments: [
      [1, 'dialIn', 'CALLING', 'CalledNumber'],
      [1, 'answerIncoming', 'ANSWER'],
      [1, 'hangup', 'answered']
    ]
  },
  {
    title: 'CalledDID is the public number that was dialled, without its + (recorded)',
    request: { from: OUTSIDE, to: '+40312345210', outcome: 'busy' },
    legs: [
      {
        leg: 1,
        path: '/210',
        flow: 'in',
        values: {
          ...FROM_OUTSIDE,
          CalledDID: '40312345210',
          CalledExtension: '0003*210',
          CalledNumber: '+40312345210'
        }
      }
    ],
    moments: [
      [1, 'dialIn', 'CALLING', 'CalledNumber'],
      [1, 'hangup', 'BUSY']
    ]
  },
  {
    title: 'a Dial-Out to an extension has all ten; CalledNumber is as dialled (recorded)',
    request: { from: '0003*211', to: '210' },
    legs: [0, 1].map(leg => ({
      leg,
      path: leg === 0 ? '/211' : '/210',
      flow: leg === 0 ? ('out' as const) : ('in' as const),
      values: { ...FROM_211, CalledDID: '40312345210', CalledExtension: '0003*210', CalledNumber: '210' }
    })),
    moments: [
      [0, 'dialOut', 'CALLING'],
      [1, 'dialIn', 'CALLING', 'CalledNumber'],
      [1, 'answerIncoming', 'ANSWER'],
      [0, 'answerOutgoing', 'ANSWER'],
      [0, 'hangup', 'answered'],
      [1, 'hangup', 'answered']
    ]
  },
  {
    title: 'no moment of an out leg that calls outside has a CalledExtension (recorded)',
    request: { from: '0003*211', to: '003258422544' },
    legs: [
      {
        leg: 0,
        path: '/211',
        flow: 'out',
        values: { ...FROM_211, CalledDID: '', CalledExtension: '', CalledNumber: '003258422544' }
      }
    ],
    moments: [
      [0, 'dialOut', 'CALLING', 'CalledExtension'],
      [0, 'answerOutgoing', 'ANSWER', 'CalledExtension'],
      [0, 'hangup', 'answered', 'CalledExtension']
    ]
  },
  {
    title:
      'behind an IVR CallerExtension is that of the IVR, CalledDID is kept, CalledNumber is the extended number (sibling)',
    request: {
      from: OUTSIDE,
      to: '+40312345400',
      steps: [{ ring: '212', via: '0003*400' }, { answer: '0003*212' }, { hangup: 'all' }]
    },
    legs: [
      {
        leg: 1,
        path: '/400',
        flow: 'in',
        values: {
          ...FROM_OUTSIDE,
          CalledDID: '40312345400',
          CalledExtension: '0003*400',
          CalledNumber: '+40312345400'
        }
      },
      {
        leg: 2,
        path: '/212',
        flow: 'in',
        values: {
          ...FROM_OUTSIDE,
          CallerExtension: '0003*400',
          CalledDID: '40312345400',
          CalledExtension: '0003*212',
          CalledNumber: '0003*212'
        }
      }
    ],
    moments: [
      [1, 'dialIn', 'CALLING', 'CalledNumber'],
      [2, 'dialIn', 'CALLING', 'CalledNumber'],
      [2, 'answerIncoming', 'ANSWER'],
      [2, 'hangup', 'answered'],
      [1, 'hangup', 'answered']
    ]
  }
]

const SWITCHES = (['omit', 'empty'] as const).flatMap(absentParameters =>
  (['perLeg', 'perCall'] as const).flatMap(callIds =>
    (['lower', 'upper'] as const).flatMap(callFlowCase =>
      (['cause', 'unknown', 'hangup'] as const).map(hangupStatus => ({
        absentParameters,
        callIds,
        callFlowCase,
        hangupStatus
      }))
    )
  )
)

/** CallStatus of a Hangup that ends an answered leg. @source contract §4 */
const ENDED = { cause: 'ANSWER', unknown: 'UNKNOWN', hangup: 'HANGUP' }

/** A form as it is sent: space is `+`, plus is `%2B`, `*` is raw. @source call-events.md §2 */
const encode = (pairs: string[][]): string =>
  pairs
    .map(pair => pair.map(text => encodeURIComponent(text).replaceAll('%20', '+').replaceAll('%2A', '*')).join('='))
    .join('&')

for (const method of ['0', '1'] as const) {
  t.test(`the bytes of a ${method === '0' ? 'GET' : 'POST'} are those of the recordings, for every switch`, async t => {
    const { ask, play, receiver } = await startWithReceiver(t, method)
    for (const settings of SWITCHES) {
      await ask('PATCH', '/_emulator/settings', { body: settings })
      for (const { title, request, legs, moments } of ROWS) {
        const { status, body: call } = await play(request)
        t.equal(status, 201, title)
        const expected = moments.map(([leg, moment, callStatus, absent]) => {
          const { path = '', flow = 'in', values = {} } = legs.find(one => one.leg === leg) ?? {}
          const all: Record<string, string> = {
            ...values,
            CallID: settings.callIds === 'perCall' ? call.callId : call.legs[leg].callId,
            CallAPIID: call.callApiId,
            CallStatus: callStatus === 'answered' ? ENDED[settings.hangupStatus] : callStatus,
            CallFlow: settings.callFlowCase === 'upper' ? flow.toUpperCase() : flow
          }
          const names = settings.absentParameters === 'omit' && absent ? without(absent) : ALL
          const form = encode(names.map(name => [name, all[name] ?? '']))
          const head = [`Host: 127.0.0.1:${receiver.port}`, 'User-Agent: uapi-emulator', 'Accept: */*']
          const typed = ['Content-Type: application/x-www-form-urlencoded', `Content-Length: ${form.length}`]
          return method === '0'
            ? [`GET ${path}/${moment}?${form} HTTP/1.1`, ...head, 'Connection: keep-alive', '', ''].join('\r\n')
            : [`POST ${path}/${moment} HTTP/1.1`, ...head, ...typed, 'Connection: keep-alive', '', form].join('\r\n')
        })
        t.strictSame(receiver.requests, expected, `${title}: ${JSON.stringify(settings)}`)
      }
    }
  })
}

/** The caller as a webhook shows it. @source call-events.md §2, CallerIDNum and CallerIDName */
const CALLERS: [title: string, request: object, num: string, name: string][] = [
  ['outside: the number with its +, the name without (recorded)', { from: OUTSIDE }, OUTSIDE, '40722000111'],
  ['outside, written without +', { from: '0722000111' }, '0722000111', '0722000111'],
  ['an extension: its extended number and its name (recorded)', { from: '0003*211' }, '0003*211', 'Back Office'],
  ['an extension by its short number', { from: '211' }, '0003*211', 'Back Office'],
  ['an extension without a name: its short number (recorded)', { from: '0003*212' }, '0003*212', '212'],
  ['callerName', { from: OUTSIDE, callerName: 'Ana & Ben' }, OUTSIDE, 'Ana & Ben'],
  ['callerName of an extension', { from: '0003*211', callerName: 'Ana' }, '0003*211', 'Ana'],
  ['an empty callerName', { from: '0003*211', callerName: '' }, '0003*211', ''],
  ['withheld: none', { callerNumber: '' }, '', ''],
  ['withheld by an extension', { from: '0003*211', callerNumber: '' }, '', 'Back Office'],
  ['withheld: anonymous', { from: OUTSIDE, callerNumber: 'anonymous' }, 'anonymous', 'anonymous'],
  ['withheld: any text', { callerNumber: '+Nr. 7 / "x"', callerName: 'N' }, '+Nr. 7 / "x"', 'N'],
  ['no from at all', {}, '', ''],
  ['an emoji and a combining accent', { callerNumber: '☎ 📞', callerName: 'Zoé 🙂 e\u0301' }, '☎ 📞', 'Zoé 🙂 e\u0301'],
  ['80 characters outside the BMP', { callerNumber: '📞'.repeat(80) }, '📞'.repeat(80), '📞'.repeat(80)],
  [
    'line ends and control characters',
    { callerNumber: 'a\r\nHost: b\t\u0007' },
    'a\r\nHost: b\t\u0007',
    'a\r\nHost: b\t\u0007'
  ]
]

for (const method of ['0', '1'] as const) {
  t.test(`the caller is shown as it came, in ${method === '0' ? 'GET' : 'POST'}`, async t => {
    const { play, sent } = await startWithReceiver(t, method)
    for (const [title, request, num, name] of CALLERS) {
      const placed = await play({ to: '0003*210', outcome: 'noAnswer', ...request })
      t.equal(placed.status, 201, `${title}: ${placed.text}`)
      const dialIn = sent().find(({ path }) => path === '/210/dialIn')
      t.match(dialIn?.values, { CallerIDNum: num, CallerIDName: name }, title)
    }
  })
}

t.test('any Unicode text is a caller, and arrives as it was set', async t => {
  const { play, sent } = await startWithReceiver(t, '1')
  const text = fc
    .string({ unit: 'binary', maxLength: 80 })
    .map(one => [...one].filter(character => character !== '\0' && !/^\p{Surrogate}$/u.test(character)).join(''))
  await fc.assert(
    fc.asyncProperty(text, text, async (callerNumber, callerName) => {
      const { status } = await play({ to: '0003*210', outcome: 'busy', callerNumber, callerName })
      const [first] = sent()
      if (status !== 201) throw new Error(`${status}`)
      t.match(first?.values, { CallerIDNum: callerNumber, CallerIDName: callerName })
    }),
    { numRuns: 30 }
  )
})

/** @source call-events.md §2, CalledDID */
const DIDS: [title: string, request: object, path: string, did: string][] = [
  ['the own public number of the called extension', { from: OUTSIDE, to: '0003*210' }, '/210/dialIn', '40312345210'],
  ['none: sent empty (recorded)', { from: OUTSIDE, to: '0003*211' }, '/211/dialIn', ''],
  ['the dialled public number', { from: OUTSIDE, to: '+40312345212' }, '/212/dialIn', '40312345212'],
  [
    'a public number in dialled',
    { from: OUTSIDE, to: '0003*211', dialled: '+40312345210' },
    '/211/dialIn',
    '40312345210'
  ],
  ['calledDid, without its +', { from: OUTSIDE, to: '0003*210', calledDid: '+40390' }, '/210/dialIn', '40390'],
  ['an empty calledDid', { from: OUTSIDE, to: '0003*210', calledDid: '' }, '/210/dialIn', ''],
  ['on the leg that dials', { from: '0003*211', to: '0003*210' }, '/211/dialOut', '40312345210'],
  ['of an outside party: empty', { from: '0003*211', to: OUTSIDE }, '/211/dialOut', ''],
  [
    'kept behind a queue (sibling)',
    { from: OUTSIDE, to: '+40312345300', steps: [{ ring: '0003*210', via: '0003*300' }, { hangup: 'all' }] },
    '/210/dialIn',
    '40312345300'
  ],
  [
    'kept behind an IVR with a queue behind it (sibling)',
    {
      from: OUTSIDE,
      to: '0003*400',
      calledDid: '+40391',
      steps: [{ ring: '0003*300', via: '0003*400' }, { ring: '0003*210', via: '0003*300' }, { hangup: 'all' }]
    },
    '/210/dialIn',
    '40391'
  ],
  [
    'kept when the call is forwarded',
    {
      from: OUTSIDE,
      to: '+40312345210',
      steps: [{ reject: '0003*210', outcome: 'busy' }, { ring: '0003*212' }, { hangup: 'all' }]
    },
    '/212/dialIn',
    '40312345210'
  ],
  [
    'after a transfer: that of the party that it leads to',
    {
      from: OUTSIDE,
      to: '+40312345210',
      steps: [
        { answer: '0003*210' },
        { transfer: { from: '0003*210', to: '0003*212', kind: 'blind' } },
        { hangup: 'all' }
      ]
    },
    '/212/dialIn',
    '40312345212'
  ]
]

t.test('CalledDID is the public number that the call came by', async t => {
  const { play, sent } = await startWithReceiver(t)
  for (const [title, request, path, did] of DIDS) {
    const placed = await play(request)
    t.equal(placed.status, 201, `${title}: ${placed.text}`)
    t.equal(sent().find(one => one.path === path)?.values.CalledDID, did, title)
  }
})

/** @source call-events.md §2, CalledNumber; control-api.md "Calls and deliveries": what an extension may dial */
const DIALLED: [title: string, request: object, number: string, warns: boolean][] = [
  ['an extended number', { to: '0003*210' }, '0003*210', false],
  ['a short number', { to: '210' }, '210', false],
  ['a public number', { to: '+40312345210' }, '+40312345210', false],
  ['another number than it leads to', { to: '0003*210', dialled: '003258422544' }, '003258422544', false],
  ['an outside number', { to: '003258422544' }, '003258422544', false],
  ['a feature code', { to: '*72' }, '*72', true],
  ['a feature code with #', { to: '#31#' }, '#31#', true],
  ['a feature code with a number behind it', { to: '*72*0722000111#' }, '*72*0722000111#', false],
  ['an emergency number', { to: '112' }, '112', true],
  ['an emergency number of two digits', { to: '17' }, '17', true],
  ['an unknown number, congested', { to: '999', outcome: 'congestion' }, '999', false],
  ['an unknown extended number, congested', { to: '0003*999', outcome: 'congestion' }, '0003*999', false],
  ['any dialled text, congested', { to: '*#*+#', outcome: 'congestion' }, '*#*+#', false],
  ['one digit, unavailable', { to: '7', outcome: 'unavailable' }, '7', false]
]

t.test('CalledNumber is the number as dialled, feature codes and emergency numbers among them', async t => {
  const { play, sent } = await startWithReceiver(t)
  for (const [title, request, number, warns] of DIALLED) {
    const placed = await play({ from: '0003*211', ...request })
    t.equal(placed.status, 201, `${title}: ${placed.text}`)
    for (const { path, values } of sent().filter(({ path }) => path.startsWith('/211')))
      t.equal(values.CalledNumber, number, `${title}: ${path}`)
    t.ok(sent().length >= 2, title)
    if (warns) t.match(placed.body.warnings, [new RegExp(number.replace(/[*#]/g, '\\$&'))], title)
    else t.equal(placed.body.warnings, undefined, title)
  }
})

t.test('a call that cannot reach a dialled text is refused unless it is congested or unavailable', async t => {
  const { play, ask } = await startWithReceiver(t)
  for (const to of ['0003*999', '7', '+', '5*']) {
    t.match(await play({ from: '0003*211', to }), { status: 400, body: { error: { details: [{ path: '$.to' }] } } }, to)
    t.match(await play({ from: OUTSIDE, to, outcome: 'congestion' }), { status: 400 }, `${to} from outside`)
  }
  t.equal((await ask('GET', '/_emulator/calls')).body.total, 0)
})

// ── CallID and CallAPIID. @source call-events.md §2 (recorded), control-api.md "Calls and deliveries" ──

t.test('a CallID has ten digits and seven, and is unique over many calls and legs', async t => {
  const { sandbox } = await start(t, { fixture: worldOf('http://192.0.2.1') })
  await sandbox.clock.set({ mode: 'frozen' })
  const ids: string[] = []
  for (let index = 0; index < 400; index++) {
    const to = index % 3 === 0 ? ['0003*210', '0003*212', '0003*300'] : '0003*210'
    const { legs } = sandbox.calls.place({ from: '0003*211', to, manual: true })
    ids.push(...legs.flatMap(({ callId }) => callId ?? []))
  }
  t.equal(new Set(ids).size, ids.length)
  const seconds = Math.floor(NOW.getTime() / 1000)
  t.strictSame(
    ids.filter(id => !/^[0-9]{10}\.[0-9]{7}$/.test(id) || !id.startsWith(`${seconds}.`)),
    []
  )
})

t.test('a CallID that is printed as a floating-point number of 14 digits is another text', async t => {
  const { sandbox } = await start(t, { fixture: worldOf('http://192.0.2.1') })
  for (let index = 0; index < 200; index++) {
    const { callId, legs } = sandbox.calls.place({ from: '0003*211', to: ['0003*210', '0003*212'], manual: true })
    for (const id of [callId, ...legs.flatMap(leg => leg.callId ?? [])]) {
      // PHP prints a float with 14 significant digits by default.
      const printed = String(Number(Number(id).toPrecision(14)))
      if (printed === id) t.fail(`${id} survives`)
    }
  }
})

t.test('all legs of a call have one CallAPIID, and each a CallID that finds the call', async t => {
  const { play, sent, ask } = await startWithReceiver(t)
  const { body: call } = await play({
    from: '0003*211',
    to: ['0003*210', '0003*212'],
    steps: [
      { answer: '0003*210' },
      { transfer: { from: '0003*210', to: '0003*213', kind: 'blind' } },
      { answer: '0003*213' },
      { hangup: 'all' }
    ]
  })
  t.match(call.callApiId, /^[a-z0-9]{20}$/)
  t.strictSame([...new Set(sent().map(({ values }) => values.CallAPIID))], [call.callApiId])
  const ids: string[] = call.legs.map(({ callId }: { callId: string }) => callId)
  t.equal(new Set(ids).size, 5)
  t.strictSame([...new Set(sent().map(({ values }) => values.CallID))].sort(), [...ids].sort())
  for (const id of ids) t.equal((await ask('GET', `/_emulator/calls/${id}`)).body.callId, call.callId, id)
})

t.test('pinned ids are used, further legs count up from them, and a taken one is 409', async t => {
  const { play, ask, post } = await startWithReceiver(t)
  const pinned = { callId: '1479144949.9999999', callApiId: 'abcdefghij0123456789' }
  const { body: call } = await play({ from: '0003*211', to: ['0003*210', '0003*212'], ...pinned })
  t.match(call, pinned)
  t.strictSame(
    call.legs.map(({ callId }: { callId: string }) => callId),
    ['1479144949.9999999', '1479144949.0000000', '1479144949.0000001']
  )
  const request = { from: OUTSIDE, to: '0003*210', outcome: 'busy' }
  for (const [path, again] of [
    ['$.callId', { callId: pinned.callId }],
    ['$.callId', { callId: '1479144949.0000001' }],
    ['$.callApiId', { callApiId: pinned.callApiId }]
  ] as const) {
    const refused = await post('/calls', { ...request, ...again })
    t.match(refused, {
      status: 409,
      reason: 'call_exists',
      body: { error: { code: 'call_exists', details: [{ path }] } }
    })
  }
  t.equal((await ask('GET', '/_emulator/calls')).body.total, 1, 'nothing was stored')
  const next = await play({ ...request, to: ['0003*210', '0003*213'], callId: '1479144949.9999998' })
  t.strictSame(
    next.body.legs.map(({ callId }: { callId?: string }) => callId),
    [undefined, '1479144949.9999998', '1479144949.0000002'],
    'taken ones are left out'
  )
  for (const callId of ['1479144949', '1479144949.466526', '1479144949.46652650', 'x.1234567', '1479144949.466526५'])
    t.match(await post('/calls', { ...request, callId }), { status: 400 }, callId)
  for (const callApiId of ['abc', 'ABCDEFGHIJ0123456789', 'abcdefghij012345678é'])
    t.match(await post('/calls', { ...request, callApiId }), { status: 400 }, callApiId)
})

t.test('the same calls on two emulators with pinned ids and a constant clock send the same bytes', async t => {
  const run = async (): Promise<string[]> => {
    const { play, receiver } = await startWithReceiver(t)
    await play({ from: OUTSIDE, to: ['0003*210', '0003*211'], callId: '1.0000001', callApiId: 'a'.repeat(20) })
    return receiver.requests.map(text => text.replace(/Host: .*/, ''))
  }
  t.strictSame(await run(), await run())
})
