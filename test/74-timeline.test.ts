import t from 'tap'
import { createCommandLine } from '../src/cli/client-options.js'
import { commandsByHand } from '../src/cli/commands-by-hand.js'
import { createLanes, letterOf, MAX_LANES } from '../src/cli/lanes.js'
import { createTimeline, renderCall } from '../src/cli/timeline.js'
import type { CallUpdate } from '../src/cli/watch-call.js'
import type { Call, Moment } from '../src/schema/calls/call.js'
import type { Delivery } from '../src/schema/calls/delivery.js'
import { AT, CALL, DELIVERY, MOMENT, REFUSED } from './support/samples.js'

const render = (update: CallUpdate): string => createTimeline().render(update)

t.test('a timeline', async t => {
  t.test('gives the reason when a moment fired no event', async t => {
    const why = (reasons: Moment['reasons']) => render({ kind: 'moment', moment: { ...MOMENT, reasons } })
    // CallFlow is in lower case. @source call-events.md §1 (recorded)
    t.equal(why({}), '10:20:30.456  dialIn          0003*210   CALLING in   no phone call events\n')
    t.match(why({ disabled: 1, other_type: 2 }), /nothing armed: 1 event disabled, 2 of another type\n$/)
    t.match(why({ other_type: 3 }), /nothing armed: 3 events of another type\n$/)
    t.match(why({ blocked_by_policy: 1 }), /nothing armed: 1 event blocked by the policy for callbacks\n$/)
  })

  t.test('has each delivery with its answer, or with the failure and a hint', async t => {
    t.equal(
      render({ kind: 'delivery', delivery: DELIVERY, leg: 1 }),
      '              dialIn, delivery 17: GET http://receiver.test/hook?mine=1 → delivered, 200 in 12 ms\n'
    )
    t.equal(
      render({ kind: 'delivery', delivery: REFUSED, leg: 1 }),
      `              dialIn, delivery 18: GET http://receiver.test/hook?mine=1 → failed, refused in 1 ms
                Nothing listens there.
                Start it.
`
    )
    const attempt = { at: AT, ms: 3.4, response: { status: 500, headers: {}, body: '', truncated: false } }
    const failure = { reason: 'status_not_2xx' as const, message: 'The receiver answered 500.' }
    const answered: Delivery = { ...DELIVERY, state: 'failed', attempts: [{ ...attempt, failure }] }
    t.match(
      render({ kind: 'delivery', delivery: answered, leg: 1 }),
      /failed, 500 status_not_2xx in 3 ms\n +The receiver/
    )
    const interrupted: Delivery = { ...DELIVERY, state: 'interrupted', attempts: [] }
    t.match(render({ kind: 'delivery', delivery: interrupted, leg: 1 }), /→ interrupted\n$/)
  })

  t.test('ends with the outcome, or with the command that moves a frozen clock on', async t => {
    const armed = [DELIVERY, REFUSED, DELIVERY].map(({ id, state }) => ({
      eventId: 'a',
      url: 'http://x',
      deliveryId: id,
      state
    }))
    const moments = [{ ...MOMENT, armed }]
    t.equal(render({ kind: 'ended', call: { ...CALL, moments } }), '\nEnded: answered. 2 delivered, 1 failed.\n')
    t.equal(render({ kind: 'ended', call: CALL }), '\nEnded: answered. Nothing was sent.\n')
    const next = [{ at: '2026-03-01T10:20:32.456Z', hangup: 'all' }]
    const frozen = render({ kind: 'frozen', now: AT, call: { ...CALL, next } })
    t.match(frozen, /clock is frozen at 2026-03-01T10:20:30\.456Z.* 2s later.*\n.*advance \{"ms":2000\}/)
  })

  t.test('of more than two legs has a lane for each leg of an extension', async t => {
    const legs: Call['legs'] = [
      { number: '', direction: 'out', state: 'ringing' },
      {
        number: '+40312345210',
        extension: '0003*210',
        direction: 'in',
        callId: '1479144949.4665265',
        state: 'ringing'
      },
      { number: '0003*211', extension: '0003*211', direction: 'in', callId: '1479144949.4665266', state: 'ringing' }
    ]
    const call: Call = { ...CALL, from: '', to: ['0003*210', '0003*211'], legs }
    const later: Call['legs'] = [
      ...legs,
      { ...legs[2], number: '0003*212', extension: '0003*212', via: '0003*211', direction: 'in', state: 'ringing' }
    ]
    const moment = (name: Moment['moment'], leg: number): CallUpdate => ({
      kind: 'moment',
      moment: { ...MOMENT, moment: name, leg, extension: `0003*${209 + leg}` }
    })
    const updates: CallUpdate[] = [
      { kind: 'placed', call: { ...call, next: [{ at: AT, ring: '0003*212' }] } },
      moment('dialIn', 1),
      moment('dialIn', 2),
      { kind: 'delivery', delivery: DELIVERY, leg: 1 },
      moment('answerIncoming', 2),
      moment('hangup', 1),
      { kind: 'legs', legs: later },
      moment('dialIn', 3),
      moment('hangup', 2),
      { kind: 'delivery', delivery: { ...DELIVERY, moment: 'hangup' }, leg: 2 },
      moment('hangup', 3),
      { kind: 'ended', call }
    ]
    const timeline = createTimeline()
    t.equal(
      updates.map(timeline.render).join(''),
      `Call 1479144949.4665265 from a caller without number to 0003*210, 0003*211, placed at 2026-03-01T10:20:30.456Z

A  no number  out  outside: no webhooks
B  0003*210   in   CallID 1479144949.4665265, written +40312345210
C  0003*211   in   CallID 1479144949.4665266
Lanes: a letter is a moment of that leg; ":" means that the leg rings, "|" that it is answered.

10:20:30.456  B      dialIn          0003*210   CALLING in   no phone call events
10:20:30.456  : C    dialIn          0003*211   CALLING in   no phone call events
              : :    B dialIn, delivery 17: GET http://receiver.test/hook?mine=1 → delivered, 200 in 12 ms
10:20:30.456  : C    answerIncoming  0003*211   CALLING in   no phone call events
10:20:30.456  B |    hangup          0003*210   CALLING in   no phone call events

D  0003*212   in   CallID 1479144949.4665266, behind 0003*211

10:20:30.456    | D  dialIn          0003*212   CALLING in   no phone call events
10:20:30.456    C :  hangup          0003*211   CALLING in   no phone call events
                  :  C hangup, delivery 17: GET http://receiver.test/hook?mine=1 → delivered, 200 in 12 ms
10:20:30.456      D  hangup          0003*212   CALLING in   no phone call events

Ended: answered. Nothing was sent.
`
    )
  })

  t.test('has the letter of the leg alone when the lanes would be too many', async t => {
    t.strictSame([0, 25, 26, 51, 52, 701, 702].map(letterOf), ['A', 'Z', 'AA', 'AZ', 'BA', 'ZZ', 'AAA'])
    const legs = (count: number) =>
      Array.from({ length: count }, (_, index) => ({
        number: `0003*${index}`,
        extension: `0003*${index}`,
        direction: 'in' as const,
        state: 'ringing' as const
      }))
    for (const [count, drawn] of [
      [MAX_LANES, `    C${' '.repeat(2 * MAX_LANES - 6)}`],
      [MAX_LANES + 1, 'C'],
      [30, 'C ']
    ] as const) {
      const lanes = createLanes()
      lanes.name(legs(count))
      t.equal(lanes.at({ moment: 'dialIn', leg: 2 }), drawn, `${count} legs`)
    }
  })

  t.test('begins without lanes, and has them once a third leg is added', async t => {
    const lanes = createLanes()
    t.equal(lanes.name(CALL.legs), '')
    lanes.at({ moment: 'dialIn', leg: 1 })
    t.notOk(lanes.areShown())
    t.match(lanes.name([...CALL.legs, ...CALL.legs]), /^A .*\nB .*\nC .*\nD .*\nLanes: /)
    t.equal(lanes.at({ moment: 'dialOut', leg: 2 }), '  : C  ', 'the lanes of earlier moments are there')
  })

  t.test('names what the call waits for', async t => {
    t.equal(
      render({ kind: 'held', fault: '2', deliveries: ['17'] }),
      '\nDelivery 17 is held back by fault 2. Release:\n  uapi-emulator fault release 2\n\n'
    )
    t.match(
      render({ kind: 'held', fault: '2', deliveries: ['17', '18'] }),
      /Deliveries 17, 18 are held back by fault 2/
    )
    const open = [
      { id: '17', state: 'sending' as const },
      { id: '18', state: 'pending' as const }
    ]
    t.equal(
      render({ kind: 'unanswered', deliveries: open }),
      '\nWaiting for delivery 17, which is not answered yet.\n\n'
    )
    t.equal(
      render({ kind: 'unanswered', deliveries: open.slice(1), frozenAt: AT }),
      `\nWaiting for delivery 18, which is not sent yet. The clock is frozen at ${AT}; a delay by this clock ends when it is advanced.\n\n`
    )
  })

  t.test("of a call of the vendor's API has its sources before and after one picks up", async t => {
    const { callId } = CALL
    const phoneCall = {
      extension: '0003*210',
      source: ['0003*210', '0003*211', '+40722000111', '+40722000112'],
      destination: ['+40700000001'],
      waitForPickup: 25
    }
    const sources: Call['legs'] = phoneCall.source.map((number, index) => ({
      number,
      ...(index < 2 && { extension: number, callId: `1479144949.466526${index + 5}` }),
      direction: 'out',
      state: index === 0 ? 'ended' : 'ringing'
    }))
    const next = [{ at: '2026-03-01T10:20:30.956Z', reject: '0003*211', outcome: 'busy' as const }]
    const to = '+40700000001'
    const ringing: Call = { ...CALL, state: 'ringing', outcome: null, to, phoneCall, legs: sources, moments: [], next }
    t.equal(
      renderCall(ringing, createCommandLine()),
      `Call ${callId} from 0003*210, 0003*211, +40722000111 and 1 more to +40700000001, PhoneCall abcdefghij0123456789, ringing

A  0003*210      out  ended    CallID 1479144949.4665265
B  0003*211      out  ringing  CallID 1479144949.4665266
C  +40722000111  out  ringing  outside: no webhooks
D  +40722000112  out  ringing  outside: no webhooks

The next step is due at 2026-03-01T10:20:30.956Z: reject 0003*211 as busy. Or drive the call. For example:
  uapi-emulator answer ${callId} --number '0003*211'
  uapi-emulator answer ${callId} --number +40722000111
  uapi-emulator answer ${callId} --number +40722000112
  uapi-emulator reject ${callId} --number '0003*211' --outcome busy
  uapi-emulator hangup ${callId}
`
    )
    const legs: Call['legs'] = [
      ...sources.map((leg, index) => ({ ...leg, state: index === 1 ? ('answered' as const) : ('ended' as const) })),
      { number: to, direction: 'in', state: 'answered' }
    ]
    const dialOut: Moment = { ...MOMENT, moment: 'dialOut', leg: 1, extension: '0003*211', callFlow: 'out' }
    const hangup = [{ at: '2026-03-01T10:21:00.956Z', hangup: 'all' }]
    const talking: Call = { ...ringing, state: 'answered', outcome: 'answered', legs, moments: [dialOut], next: hangup }
    const [, rows = ''] = renderCall(talking, createCommandLine()).split(/^Lanes: .*\n\n/m)
    t.equal(
      rows,
      `10:20:30.456    B  dialOut         0003*211   CALLING out  no phone call events

The next step is due at 2026-03-01T10:21:00.956Z: hangup all. Or drive the call. For example:
  uapi-emulator transfer ${callId} --from '0003*211' --to NUMBER
  uapi-emulator hangup ${callId}
`
    )
    const one = { ...phoneCall, source: ['0003*210'] }
    t.strictSame(commandsByHand({ callId, state: 'ringing', legs: sources.slice(1, 2), phoneCall: one }), [
      ['answer', callId],
      ['reject', callId, '--number', '0003*211', '--outcome', 'busy'],
      ['hangup', callId]
    ])
  })

  t.test('has the commands that can drive a call by hand', async t => {
    const { callId } = CALL
    const commands = (state: Call['state'], ...legs: Partial<Call['legs'][number]>[]) =>
      commandsByHand({
        callId,
        state,
        legs: legs.map(leg => ({ number: '', direction: 'in', state: 'ringing', ...leg }))
      }).map(words => words.filter(word => word !== callId).join(' '))
    const caller = { direction: 'out' as const, extension: '0003*211' }
    const [one, two, three] = ['0003*210', '0003*212', '0003*213'].map(extension => ({ extension })) as [
      object,
      object,
      object
    ]
    t.strictSame(commands('ringing', caller, one), [
      'answer',
      'reject --number 0003*210 --outcome busy',
      'ring --number NUMBER',
      'hangup'
    ])
    t.strictSame(commands('ringing', caller, one, two, { ...three, via: '0003*210' }), [
      'answer --number 0003*212',
      'answer --number 0003*213',
      'reject --number 0003*212 --outcome busy',
      'ring --number NUMBER',
      'hangup'
    ])
    const answered = { state: 'answered' as const }
    t.strictSame(commands('answered', { ...caller, ...answered }, { ...one, ...answered }), [
      'transfer --from 0003*210 --to NUMBER',
      'hangup'
    ])
    t.strictSame(
      commands(
        'answered',
        { ...caller, ...answered },
        { ...one, ...answered },
        { ...one, ...answered, direction: 'out' },
        { ...two, ...answered }
      ),
      ['complete --extension 0003*210', 'hangup']
    )
    const given = { url: 'http://127.0.0.1:9', sandbox: 'worker-1', cacert: "it's.pem" }
    t.equal(
      createCommandLine(given)('answer', callId, '--number', '0003*210'),
      `uapi-emulator answer ${callId} --number '0003*210' --url http://127.0.0.1:9 --sandbox worker-1 --cacert 'it'\\''s.pem'`
    )
  })
})
