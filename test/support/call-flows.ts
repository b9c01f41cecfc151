import type { ModelRequest } from './call-model.js'
import { OUTSIDE, OUTSIDE_TOO } from './call-world.js'

/** Legs that begin to ring, in this order. */
const rings = (...legs: string[]): string[] => legs.map(leg => `${leg} dialIn CALLING in`)

/** Legs that end with a status, in this order; each with its CallFlow. */
const ends = (status: string, ...legs: string[]): string[] =>
  legs.map(leg => leg.replace(/ (in|out)$/, ` hangup ${status} $1`))

/** 0003*213 calls 0003*210, which answers. */
const talk = [
  '0 213 dialOut CALLING out',
  '1 210 dialIn CALLING in',
  '1 210 answerIncoming ANSWER in',
  '0 213 answerOutgoing ANSWER out'
]

/**
 * Each flow of call-events.md §3, with the moments that its table and decision 0015 promise, written by hand: leg,
 * extension, moment, CallStatus and CallFlow.
 */
export const FLOWS: [title: string, request: ModelRequest, moments: string[]][] = [
  [
    'ring group: the first one answers',
    { from: OUTSIDE, to: ['0003*210', '0003*211', '0003*212'], ringMs: 5, talkMs: 5 },
    [
      ...rings('1 210', '2 211', '3 212'),
      '1 210 answerIncoming ANSWER in',
      '2 211 hangup CANCEL in',
      '3 212 hangup CANCEL in',
      '1 210 hangup ANSWER in'
    ]
  ],
  [
    'ring group: the last one answers an extension',
    { from: '0003*213', to: ['0003*210', '0003*211'], answeredBy: '0003*211' },
    [
      '0 213 dialOut CALLING out',
      ...rings('1 210', '2 211'),
      '2 211 answerIncoming ANSWER in',
      '0 213 answerOutgoing ANSWER out',
      '1 210 hangup CANCEL in',
      '0 213 hangup ANSWER out',
      '2 211 hangup ANSWER in'
    ]
  ],
  [
    'ring group: nobody answers',
    { from: '0003*213', to: ['0003*210', '0003*211'], outcome: 'noAnswer' },
    ['0 213 dialOut CALLING out', ...rings('1 210', '2 211'), ...ends('NOANSWER', '0 213 out', '1 210 in', '2 211 in')]
  ],
  [
    'ring group: the caller gives up',
    { from: '0003*213', to: ['0003*210', '0003*211'], outcome: 'cancelled' },
    ['0 213 dialOut CALLING out', ...rings('1 210', '2 211'), ...ends('CANCEL', '0 213 out', '1 210 in', '2 211 in')]
  ],
  [
    'ring group: no phone is registered (v5: the called extensions hang up, too)',
    { from: '0003*213', to: ['0003*210', '0003*211'], outcome: 'unavailable' },
    ['0 213 dialOut CALLING out', ...ends('CHANUNAVAIL', '0 213 out', '1 210 in', '2 211 in')]
  ],
  [
    'an IVR that is called never answers (sibling)',
    { from: '0003*211', to: '0003*400' },
    [
      '0 211 dialOut CALLING out',
      '1 400 dialIn CALLING in',
      '0 211 answerOutgoing ANSWER out',
      ...ends('ANSWER', '0 211 out', '1 400 in')
    ]
  ],
  [
    'a queue that is called plainly answers like a phone',
    { from: '0003*211', to: '0003*300', ringMs: 3 },
    [
      '0 211 dialOut CALLING out',
      '1 300 dialIn CALLING in',
      '1 300 answerIncoming ANSWER in',
      '0 211 answerOutgoing ANSWER out',
      ...ends('ANSWER', '0 211 out', '1 300 in')
    ]
  ],
  [
    'a conference that is called plainly answers like a phone',
    { from: OUTSIDE, to: '0003*500', ringMs: 3 },
    ['1 500 dialIn CALLING in', '1 500 answerIncoming ANSWER in', '1 500 hangup ANSWER in']
  ],
  [
    'a conference that is called within a call answers at once',
    {
      from: '0003*211',
      to: '0003*400',
      steps: [
        { afterMs: 5, ring: '0003*500', via: '0003*400' },
        { afterMs: 5, hangup: '0003*500' }
      ]
    },
    [
      '0 211 dialOut CALLING out',
      '1 400 dialIn CALLING in',
      '2 500 dialIn CALLING in',
      '2 500 answerIncoming ANSWER in',
      '0 211 answerOutgoing ANSWER out',
      '2 500 hangup ANSWER in',
      ...ends('ANSWER', '0 211 out', '1 400 in')
    ]
  ],
  [
    'IVR, queue, agents one by one, and an attended transfer',
    {
      from: OUTSIDE,
      to: '+40312345400',
      steps: [
        { afterMs: 5, ring: '0003*300', via: '0003*400' },
        { ring: '0003*210', via: '0003*300' },
        { afterMs: 5, reject: '0003*210', outcome: 'noAnswer' },
        { ring: '0003*211', via: '0003*300' },
        { afterMs: 5, answer: '0003*211' },
        { transfer: { from: '0003*211', to: '0003*212', kind: 'attended' } },
        { afterMs: 5, answer: '0003*212' },
        { complete: '0003*211' },
        { afterMs: 5, hangup: '0003*212' }
      ]
    },
    [
      ...rings('1 400', '2 300', '3 210'),
      '3 210 hangup NOANSWER in',
      '4 211 dialIn CALLING in',
      '4 211 answerIncoming ANSWER in',
      '2 300 answerIncoming ANSWER in',
      '5 211 dialOut CALLING out',
      '6 212 dialIn CALLING in',
      '6 212 answerIncoming ANSWER in',
      '5 211 answerOutgoing ANSWER out',
      '4 211 hangup ANSWER in',
      '5 211 hangup ANSWER out',
      ...ends('ANSWER', '6 212 in', '2 300 in', '1 400 in')
    ]
  ],
  [
    'queue: all agents at once, the second answers',
    {
      from: '0003*213',
      to: '0003*300',
      steps: [
        { ring: ['0003*210', '0003*211', '0003*212'], via: '0003*300' },
        { answer: '0003*211' },
        { hangup: 'all' }
      ]
    },
    [
      '0 213 dialOut CALLING out',
      ...rings('1 300', '2 210', '3 211', '4 212'),
      '3 211 answerIncoming ANSWER in',
      '1 300 answerIncoming ANSWER in',
      '0 213 answerOutgoing ANSWER out',
      ...ends('CANCEL', '2 210 in', '4 212 in'),
      ...ends('ANSWER', '0 213 out', '3 211 in', '1 300 in')
    ]
  ],
  [
    'queue: nobody answers, the caller gives up, and the queue ends NOANSWER',
    {
      from: '0003*213',
      to: '0003*300',
      steps: [
        { ring: ['0003*210', '0003*211'], via: '0003*300' },
        { afterMs: 9, hangup: '0003*213' }
      ]
    },
    [
      '0 213 dialOut CALLING out',
      ...rings('1 300', '2 210', '3 211'),
      ...ends('CANCEL', '0 213 out', '2 210 in', '3 211 in'),
      '1 300 hangup NOANSWER in'
    ]
  ],
  [
    'queue in a ring group: it hangs up last',
    { from: OUTSIDE, to: ['0003*300', '0003*210'], outcome: 'busy' },
    [...rings('1 300', '2 210'), ...ends('BUSY', '2 210 in', '1 300 in')]
  ],
  [
    'blind transfer by the called party',
    {
      from: '0003*213',
      to: '0003*210',
      steps: [
        { answer: '0003*210' },
        { transfer: { from: '0003*210', to: '0003*211', kind: 'blind' } },
        { answer: '0003*211' },
        { hangup: '0003*211' }
      ]
    },
    [
      ...talk,
      '1 210 hangup ANSWER in',
      '2 210 dialOut CALLING out',
      '3 211 dialIn CALLING in',
      '3 211 answerIncoming ANSWER in',
      '2 210 answerOutgoing ANSWER out',
      '2 210 hangup ANSWER out',
      '3 211 hangup ANSWER in',
      '0 213 hangup ANSWER out'
    ]
  ],
  ...(['busy', 'noAnswer'] as const).map((outcome): [string, ModelRequest, string[]] => [
    `blind transfer to one who is ${outcome}: the second leg and the transferred party hang up with it`,
    {
      from: '0003*213',
      to: '0003*210',
      steps: [
        { answer: '0003*210' },
        { transfer: { from: '0003*210', to: '0003*211', kind: 'blind' } },
        { afterMs: 7, reject: '0003*211', outcome }
      ]
    },
    [
      ...talk,
      '1 210 hangup ANSWER in',
      '2 210 dialOut CALLING out',
      '3 211 dialIn CALLING in',
      ...ends(outcome === 'busy' ? 'BUSY' : 'NOANSWER', '3 211 in', '2 210 out', '0 213 out')
    ]
  ]),
  [
    'blind transfer by the calling party',
    {
      from: '0003*213',
      to: '0003*210',
      steps: [
        { answer: '0003*210' },
        { transfer: { from: '0003*213', to: '0003*211', kind: 'blind' } },
        { answer: '0003*211' },
        { hangup: 'all' }
      ]
    },
    [
      ...talk,
      '0 213 hangup ANSWER out',
      '2 213 dialOut CALLING out',
      '3 211 dialIn CALLING in',
      '3 211 answerIncoming ANSWER in',
      '2 213 answerOutgoing ANSWER out',
      '2 213 hangup ANSWER out',
      ...ends('ANSWER', '1 210 in', '3 211 in')
    ]
  ],
  [
    'the caller gives up while it is transferred: who was not answered ends CANCEL',
    {
      from: '0003*213',
      to: '0003*210',
      steps: [
        { answer: '0003*210' },
        { transfer: { from: '0003*210', to: '0003*211', kind: 'blind' } },
        { hangup: '0003*213' }
      ]
    },
    [
      ...talk,
      '1 210 hangup ANSWER in',
      '2 210 dialOut CALLING out',
      '3 211 dialIn CALLING in',
      '0 213 hangup ANSWER out',
      ...ends('CANCEL', '2 210 out', '3 211 in')
    ]
  ],
  [
    'attended transfer by the calling party',
    {
      from: '0003*213',
      to: '0003*210',
      steps: [
        { answer: '0003*210' },
        { transfer: { from: '0003*213', to: '0003*211', kind: 'attended' } },
        { answer: '0003*211' },
        { complete: '0003*213' },
        { hangup: '0003*210' }
      ]
    },
    [
      ...talk,
      '2 213 dialOut CALLING out',
      '3 211 dialIn CALLING in',
      '3 211 answerIncoming ANSWER in',
      '2 213 answerOutgoing ANSWER out',
      ...ends('ANSWER', '0 213 out', '2 213 out', '1 210 in', '3 211 in')
    ]
  ],
  [
    'attended transfer: hanging up the out leg brings back to the first party, before and after its answer',
    {
      from: '0003*213',
      to: '0003*210',
      steps: [
        { answer: '0003*210' },
        { transfer: { from: '0003*210', to: '0003*211', kind: 'attended' } },
        { hangup: '0003*210' },
        { transfer: { from: '0003*210', to: '0003*211', kind: 'attended' } },
        { answer: '0003*211' },
        { hangup: '0003*210' },
        { hangup: '0003*210' }
      ]
    },
    [
      ...talk,
      '2 210 dialOut CALLING out',
      '3 211 dialIn CALLING in',
      ...ends('CANCEL', '2 210 out', '3 211 in'),
      '4 210 dialOut CALLING out',
      '5 211 dialIn CALLING in',
      '5 211 answerIncoming ANSWER in',
      '4 210 answerOutgoing ANSWER out',
      ...ends('ANSWER', '4 210 out', '5 211 in', '1 210 in', '0 213 out')
    ]
  ],
  ...(['busy', 'noAnswer'] as const).map((outcome): [string, ModelRequest, string[]] => [
    `attended transfer to one who is ${outcome}: only the out leg ends, and the call goes on`,
    {
      from: '0003*213',
      to: '0003*210',
      steps: [
        { answer: '0003*210' },
        { transfer: { from: '0003*210', to: '0003*211', kind: 'attended' } },
        { reject: '0003*211', outcome },
        { hangup: 'all' }
      ]
    },
    [
      ...talk,
      '2 210 dialOut CALLING out',
      '3 211 dialIn CALLING in',
      ...ends(outcome === 'busy' ? 'BUSY' : 'NOANSWER', '3 211 in', '2 210 out'),
      ...ends('ANSWER', '0 213 out', '1 210 in')
    ]
  ]),
  [
    'chained transfers: the third party transfers on, to an outside party',
    {
      from: OUTSIDE,
      to: '0003*210',
      steps: [
        { answer: '0003*210' },
        { transfer: { from: '0003*210', to: '0003*211', kind: 'blind' } },
        { answer: '0003*211' },
        { transfer: { from: '0003*211', to: OUTSIDE_TOO, kind: 'attended' } },
        { answer: OUTSIDE_TOO },
        { complete: '0003*211' },
        { hangup: OUTSIDE_TOO }
      ]
    },
    [
      '1 210 dialIn CALLING in',
      '1 210 answerIncoming ANSWER in',
      '1 210 hangup ANSWER in',
      '2 210 dialOut CALLING out',
      '3 211 dialIn CALLING in',
      '3 211 answerIncoming ANSWER in',
      '2 210 answerOutgoing ANSWER out',
      '2 210 hangup ANSWER out',
      '4 211 dialOut CALLING out',
      '4 211 answerOutgoing ANSWER out',
      ...ends('ANSWER', '3 211 in', '4 211 out')
    ]
  ],
  [
    'transfer to the conference: it answers at once',
    {
      from: '0003*213',
      to: '0003*210',
      steps: [
        { answer: '0003*210' },
        { transfer: { from: '0003*210', to: '0003*500', kind: 'blind' } },
        { afterMs: 5, hangup: '0003*213' }
      ]
    },
    [
      ...talk,
      '1 210 hangup ANSWER in',
      '2 210 dialOut CALLING out',
      '3 500 dialIn CALLING in',
      '3 500 answerIncoming ANSWER in',
      '2 210 answerOutgoing ANSWER out',
      '2 210 hangup ANSWER out',
      ...ends('ANSWER', '0 213 out', '3 500 in')
    ]
  ],
  [
    'forwarding and follow me: each hangs up with its own status, and the first one rings again',
    {
      from: '0003*213',
      to: '0003*210',
      steps: [
        { afterMs: 5, reject: '0003*210', outcome: 'noAnswer' },
        { ring: '0003*211' },
        { afterMs: 5, reject: '0003*211', outcome: 'busy' },
        { ring: OUTSIDE_TOO },
        { afterMs: 5, reject: OUTSIDE_TOO, outcome: 'congestion' },
        { ring: '0003*210' },
        { afterMs: 5, answer: '0003*210' },
        { hangup: 'all' }
      ]
    },
    [
      '0 213 dialOut CALLING out',
      '1 210 dialIn CALLING in',
      '1 210 hangup NOANSWER in',
      '2 211 dialIn CALLING in',
      '2 211 hangup BUSY in',
      '4 210 dialIn CALLING in',
      '4 210 answerIncoming ANSWER in',
      '0 213 answerOutgoing ANSWER out',
      ...ends('ANSWER', '0 213 out', '4 210 in')
    ]
  ],
  [
    'forwarding: the last one refuses, and the caller ends with that status',
    {
      from: '0003*213',
      to: '0003*210',
      steps: [
        { reject: '0003*210', outcome: 'noAnswer' },
        { ring: '0003*211' },
        { reject: '0003*211', outcome: 'busy' }
      ]
    },
    [
      '0 213 dialOut CALLING out',
      '1 210 dialIn CALLING in',
      '1 210 hangup NOANSWER in',
      '2 211 dialIn CALLING in',
      ...ends('BUSY', '2 211 in', '0 213 out')
    ]
  ],
  [
    'Answer on outgoing fires once: after the agent hung up the caller is rung through to the next one',
    {
      from: '0003*213',
      to: '0003*300',
      steps: [
        { ring: '0003*210', via: '0003*300' },
        { answer: '0003*210' },
        { hangup: '0003*210' },
        { ring: '0003*211', via: '0003*300' },
        { answer: '0003*211' },
        { hangup: '0003*211' }
      ]
    },
    [
      '0 213 dialOut CALLING out',
      ...rings('1 300', '2 210'),
      '2 210 answerIncoming ANSWER in',
      '1 300 answerIncoming ANSWER in',
      '0 213 answerOutgoing ANSWER out',
      '2 210 hangup ANSWER in',
      '3 211 dialIn CALLING in',
      '3 211 answerIncoming ANSWER in',
      '3 211 hangup ANSWER in',
      ...ends('ANSWER', '0 213 out', '1 300 in')
    ]
  ]
]
