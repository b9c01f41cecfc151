import Type, { type Static } from 'typebox'
import { ExtensionNumber, Name } from './directory.js'
import { EVENT_TYPES, EventType } from './event-type.js'
import { Limit, listCounts } from './list-limit.js'
import { EventId, Url } from './phone-call-event.js'
import { SerialId } from './serial-id.js'
import { UtcTime } from './time.js'

/**
 * The outcomes of a call: the CallStatus of its hangup, and whether it reached the called extension.
 * @source contract §1 (v5): the six values of CallStatus; call-events.md §1
 * @assumed 0015
 */
export const OUTCOMES = {
  answered: { callStatus: 'ANSWER', reaches: true, meaning: 'the called party answers' },
  busy: { callStatus: 'BUSY', reaches: true, meaning: 'the called party is in another call' },
  noAnswer: { callStatus: 'NOANSWER', reaches: true, meaning: 'nobody answers' },
  cancelled: { callStatus: 'CANCEL', reaches: true, meaning: 'the caller gives up' },
  congestion: { callStatus: 'CONGESTION', reaches: false, meaning: 'the number is not known' },
  unavailable: { callStatus: 'CHANUNAVAIL', reaches: false, meaning: 'no phone is registered' }
} as const

// Object.keys widens to string; the keys of a const table are exactly its outcomes.
const OUTCOME_NAMES = Object.keys(OUTCOMES) as [keyof typeof OUTCOMES, ...(keyof typeof OUTCOMES)[]]

export const CallOutcome = Type.Enum(OUTCOME_NAMES, { description: 'How the call ends.' })
export type CallOutcome = Static<typeof CallOutcome>

/** The values of CallStatus. @source call-events.md §1 (v5) */
export const CALL_STATUSES = ['CALLING', ...Object.values(OUTCOMES).map(({ callStatus }) => callStatus)] as const
/** One of them. */
export type CallStatus = (typeof CALL_STATUSES)[number]

/** The maximum ringing or talking time of a call, in milliseconds: a day. @source control-api.md "Calls and deliveries" */
export const MAX_CALL_MS = 86_400_000

const closed = { additionalProperties: false }
const Party = (role: string) =>
  Type.String({
    pattern: '^[0-9+*]{1,33}$',
    description: `${role}: an extension (0003*210, its short or its public number), or an outside number.`
  })
const Duration = (meaning: string) =>
  Type.Integer({ minimum: 0, maximum: MAX_CALL_MS, default: 0, description: `${meaning}, in milliseconds.` })

/** The request of a new call. @source control-api.md "Calls and deliveries" */
export const CallRequest = Type.Object(
  {
    from: Party('The caller'),
    to: Party('The called party'),
    outcome: Type.Optional(CallOutcome),
    ringMs: Type.Optional(Duration('How long it rings')),
    talkMs: Type.Optional(Duration('How long the parties talk')),
    callerName: Type.Optional(Name),
    dialled: Type.Optional(
      Type.String({
        pattern: '^[0-9+*#]{1,33}$',
        description: 'CalledNumber, if the caller dialled another number than `to`; for example 003258422544.'
      })
    ),
    manual: Type.Optional(
      Type.Boolean({ default: false, description: 'The call rings until it is answered or hung up over this API.' })
    )
  },
  closed
)
export type CallRequest = Static<typeof CallRequest>

/** The request of hanging up a manual call. */
export const HangupRequest = Type.Object({ outcome: Type.Optional(CallOutcome) }, closed)
export type HangupRequest = Static<typeof HangupRequest>

/** The request of answering a manual call. */
export const AnswerRequest = Type.Object({ outcome: Type.Optional(Type.Literal('answered')) }, closed)
export type AnswerRequest = Static<typeof AnswerRequest>

/** The moments of a call, by the names of the event types that they fire. */
export const MomentName = Type.Enum(
  EVENT_TYPES.map(({ name }) => name),
  { description: 'The moment of the call.' }
)
export type MomentName = Static<typeof MomentName>

/** Why an event did not fire at a moment, by reason. */
export const NOT_FIRED = {
  disabled: 'its status is 0',
  other_type: 'it is of another type than the moment',
  blocked_by_policy: 'it fired, and the policy for callbacks forbids the address of its url'
} as const

/** The reason why an event did not fire. */
export const NotFiredReason = Type.Enum(
  Object.keys(NOT_FIRED) as [keyof typeof NOT_FIRED, ...(keyof typeof NOT_FIRED)[]]
) // the keys of a const table
export type NotFiredReason = Static<typeof NotFiredReason>

/** The maximum number of events that did not fire that a moment lists. @source control-api.md "Calls and deliveries" */
export const LISTED_OTHERS = 20

export const DeliveryState = Type.Enum(['pending', 'sending', 'delivered', 'failed', 'blocked', 'interrupted'], {
  description: '`delivered` means that a 2xx was received.'
})
export type DeliveryState = Static<typeof DeliveryState>

export const DeliveryId = SerialId('The id of a delivery.')
export type DeliveryId = Static<typeof DeliveryId>

export const CallId = Type.String({
  pattern: '^-?[0-9]{1,15}\\.[0-9]{1,15}$',
  description: 'For example 1479144949.4665265.'
})
export type CallId = Static<typeof CallId>

const Instant = UtcTime("by the sandbox's clock")

/** A moment of a call at one of its extensions, with the events of the extension and why each fired or not. */
export const Moment = Type.Object({
  moment: MomentName,
  extension: ExtensionNumber,
  type: EventType,
  at: Instant,
  callStatus: Type.Enum([...CALL_STATUSES]),
  callFlow: Type.Enum(['IN', 'OUT']),
  armed: Type.Array(
    Type.Object({
      eventId: EventId,
      url: Url,
      deliveryId: DeliveryId,
      state: DeliveryState
    }),
    { description: 'The armed events of its type, each with its delivery.' }
  ),
  forgotten: Type.Optional(
    Type.Integer({ minimum: 1, description: 'How many more events fired whose deliveries the log has dropped.' })
  ),
  others: Type.Array(Type.Object({ eventId: EventId, type: EventType, url: Url, reason: NotFiredReason }), {
    description: `The first ${LISTED_OTHERS} events of the extension that did not fire.`
  }),
  reasons: Type.Partial(Type.Record(NotFiredReason, Type.Integer({ minimum: 1 })), {
    description: 'How many events did not fire, by reason.'
  })
})
export type Moment = Static<typeof Moment>

/** The state of a call. */
export const CallState = Type.Enum(['ringing', 'answered', 'ended'])
export type CallState = Static<typeof CallState>

/** A simulated call with its moments so far. @source control-api.md "Calls and deliveries" */
export const Call = Type.Object({
  callId: CallId,
  callApiId: Type.String({ description: 'CallAPIID: 20 characters.' }),
  from: Type.String(),
  to: Type.String(),
  callerExtension: Type.Union([ExtensionNumber, Type.Null()]),
  calledExtension: Type.Union([ExtensionNumber, Type.Null()]),
  callerName: Type.String({ description: 'CallerIDName.' }),
  dialled: Type.String({ description: 'CalledNumber.' }),
  manual: Type.Boolean(),
  ringMs: Type.Integer(),
  talkMs: Type.Integer(),
  state: CallState,
  outcome: Type.Union([CallOutcome, Type.Null()], {
    description: 'The outcome; null while that of a manual call is open.'
  }),
  placedAt: Instant,
  nextAt: Type.Union([Instant, Type.Null()], { description: 'When the next step is due; null when none is.' }),
  moments: Type.Array(Moment)
})
export type Call = Static<typeof Call>

/** The query of a list of calls. */
export const CallQuery = Type.Partial(
  Type.Object({
    limit: Limit,
    after: CallId
  }),
  closed
)
export type CallQuery = Static<typeof CallQuery>

/** A list of calls, oldest first. */
export const CallList = Type.Object({
  calls: Type.Array(Call),
  ...listCounts('log')
})
export type CallList = Static<typeof CallList>
