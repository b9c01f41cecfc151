import Type, { type Static } from 'typebox'
import { ExtensionNumber } from '../directory.js'
import { EVENT_TYPES, EventType } from '../event-type.js'
import { Limit, listCounts } from '../list-limit.js'
import { PlacedPhoneCall } from '../phone-call.js'
import { EventId, Url } from '../phone-call-event.js'
import { UtcTime } from '../time.js'
import { Called, CallOutcome, NextStep, OUTCOMES } from './call-step.js'
import { SerialId } from './serial-id.js'

/**
 * CallStatus of a Hangup that ends an answered leg, by the setting `hangupStatus`.
 * @source contract §4 (v5; recorded and the vendor's knowledge base; a receiver of 2026)
 */
export const ANSWERED_HANGUP_STATUSES = { cause: 'ANSWER', unknown: 'UNKNOWN', hangup: 'HANGUP' } as const

/** The values of CallStatus. @source call-events.md §1 (v5) */
export const CALL_STATUSES = [
  'CALLING',
  ...Object.values(OUTCOMES).map(({ callStatus }) => callStatus),
  ANSWERED_HANGUP_STATUSES.unknown,
  ANSWERED_HANGUP_STATUSES.hangup
] as const
/** One of them. */
export type CallStatus = (typeof CALL_STATUSES)[number]

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
  over_limit: 'its moment had fired as many events as a call may fire at one time',
  blocked_by_policy: 'it fired, and the policy for callbacks forbids the address of its url'
} as const

/** The reason why an event did not fire. */
export const NotFiredReason = Type.Enum(
  Object.keys(NOT_FIRED) as [keyof typeof NOT_FIRED, ...(keyof typeof NOT_FIRED)[]]
) // the keys of a const table
export type NotFiredReason = Static<typeof NotFiredReason>

/** How many events the moments of a call fire together at one time, at most. @assumed 0026 */
export const MAX_FIRED = 1_000

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
  description:
    'CallID of any leg of the call, for example 1479144949.4665265. Answers have that of the first leg of an extension.'
})
export type CallId = Static<typeof CallId>

/** The values of CallFlow, in both letter cases. @source call-events.md §1 (recorded), contract §4 (v5) */
export const CALL_FLOWS = ['in', 'out', 'IN', 'OUT'] as const
/** One of them. */
export type CallFlow = (typeof CALL_FLOWS)[number]

const Instant = UtcTime("by the sandbox's clock")

/** A moment of a leg of a call, with the events of its extension and why each fired or not. */
export const Moment = Type.Object({
  moment: MomentName,
  leg: Type.Integer({ minimum: 0, description: 'Index of its leg in `legs`.' }),
  extension: ExtensionNumber,
  type: EventType,
  at: Instant,
  callStatus: Type.Enum([...CALL_STATUSES], { description: 'CallStatus, as it was sent.' }),
  callFlow: Type.Enum([...CALL_FLOWS], { description: 'CallFlow, as it was sent.' }),
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

/** The state of a call, and of each of its legs. */
export const CallState = Type.Enum(['ringing', 'answered', 'ended'])
export type CallState = Static<typeof CallState>

/** A leg of a call: one extension or outside party in it. @source control-api.md "Calls and deliveries" */
export const CallLeg = Type.Object({
  number: Type.String({ description: 'Its number as it was written; empty for a caller without a number.' }),
  extension: Type.Optional(ExtensionNumber),
  direction: Type.Enum(['in', 'out'], { description: '`out`: it placed the call, or transfers it.' }),
  callId: Type.Optional(Type.String({ description: 'CallID; none for an outside party.' })),
  state: CallState,
  via: Type.Optional(Type.String({ description: 'The IVR or queue that it was reached through.' }))
})
export type CallLeg = Static<typeof CallLeg>

/** A simulated call with its legs, its moments so far, and the steps to come. @source control-api.md "Calls and deliveries" */
export const Call = Type.Object({
  callId: CallId,
  callApiId: Type.String({ description: 'CallAPIID: 20 characters.' }),
  from: Type.String({ description: 'The caller; empty when it has no number.' }),
  to: Called,
  callerName: Type.String({ description: 'CallerIDName.' }),
  dialled: Type.String({ description: 'CalledNumber of the first leg.' }),
  manual: Type.Boolean(),
  state: CallState,
  outcome: Type.Union([CallOutcome, Type.Null()], {
    description: 'The outcome. Of a manual call, or of one with steps, null until it is answered or over.'
  }),
  placedAt: Instant,
  phoneCall: Type.Optional({
    ...PlacedPhoneCall,
    description: "What the request said, if a request of the vendor's API placed the call."
  }),
  legs: Type.Array(CallLeg),
  moments: Type.Array(Moment),
  next: Type.Array(NextStep, { description: 'The steps that the call still performs.' }),
  warnings: Type.Optional(
    Type.Array(Type.String(), { description: 'Possible mistakes; only in the answer to placing the call.' })
  )
})
export type Call = Static<typeof Call>

/** The query of a list of calls. */
export const CallQuery = Type.Partial(
  Type.Object({
    limit: Limit,
    after: CallId
  }),
  { additionalProperties: false }
)
export type CallQuery = Static<typeof CallQuery>

/** A list of calls, oldest first. */
export const CallList = Type.Object({
  calls: Type.Array(Call),
  ...listCounts('log')
})
export type CallList = Static<typeof CallList>
