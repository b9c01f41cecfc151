import Type, { type Static } from 'typebox'
import { Delivery, DeliveryMatch } from './delivery.js'
import { JournalEntry, RequestMatch } from './journal.js'

const closed = { additionalProperties: false }

/** The longest that a call of ours waits, in milliseconds. @source control-api.md "Watching and verifying" */
export const MAX_WAIT_MS = 60_000

export const TimeoutMs = Type.Integer({
  minimum: 0,
  maximum: MAX_WAIT_MS,
  default: 0,
  description: 'How long to wait for it, in milliseconds of wall time.'
})

const Count = Type.Integer({ minimum: 0, maximum: 1_000_000 })

/** How many are expected: exactly so many, or between two bounds. */
export const ExpectedCount = Type.Union([
  Count,
  Type.Object({ min: Type.Optional(Count), max: Type.Optional(Count) }, { ...closed, minProperties: 1 })
])
export type ExpectedCount = Static<typeof ExpectedCount>

/** What deliveries are expected. @source control-api.md "Watching and verifying" */
export const DeliveryVerification = Type.Object(
  {
    match: DeliveryMatch,
    count: Type.Optional(ExpectedCount),
    timeoutMs: Type.Optional(TimeoutMs)
  },
  closed
)
export type DeliveryVerification = Static<typeof DeliveryVerification>

/** What was expected came. */
export const Verified = Type.Object({ verified: Type.Literal(true), count: Type.Integer() })
export type Verified = Static<typeof Verified>

/** What was expected did not come: what came closest, and why. */
export const DeliveriesNotVerified = Type.Object({
  verified: Type.Literal(false),
  count: Type.Integer(),
  expected: ExpectedCount,
  nearest: Type.Array(Type.Object({ delivery: Delivery, differs: Type.Array(Type.String()) }), {
    description: 'The deliveries that come closest, with what differs.'
  }),
  hints: Type.Array(Type.String(), { description: 'What else may explain it.' })
})
export type DeliveriesNotVerified = Static<typeof DeliveriesNotVerified>

/** What requests are expected. @source control-api.md "Watching and verifying" */
export const RequestVerification = Type.Object(
  {
    match: RequestMatch,
    count: Type.Optional(ExpectedCount),
    timeoutMs: Type.Optional(TimeoutMs)
  },
  closed
)
export type RequestVerification = Static<typeof RequestVerification>

/** Requests that were expected did not come: which came closest, and why. */
export const RequestsNotVerified = Type.Object({
  verified: Type.Literal(false),
  count: Type.Integer(),
  expected: ExpectedCount,
  nearest: Type.Array(Type.Object({ request: JournalEntry, differs: Type.Array(Type.String()) }), {
    description: 'The requests that come closest, with what differs.'
  }),
  hints: Type.Array(Type.String(), { description: 'What else may explain it.' })
})
export type RequestsNotVerified = Static<typeof RequestsNotVerified>

/** Whether anything is left to be done. */
export const Idle = Type.Object({ idle: Type.Literal(true) })
export type Idle = Static<typeof Idle>

/** How long idleness is waited for. */
export const IdleQuery = Type.Partial(Type.Object({ timeoutMs: TimeoutMs }), closed)
export type IdleQuery = Static<typeof IdleQuery>
