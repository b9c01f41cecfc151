import Type, { type Static, type TSchema } from 'typebox'
import { Delivery, DeliveryMatch } from './calls/delivery.js'
import { JournalEntry, RequestMatch } from './journal.js'

const closed = { additionalProperties: false }

/** The maximum waiting time of an operation, in milliseconds. @source control-api.md "Watching and verifying" */
export const MAX_WAIT_MS = 60_000

export const TimeoutMs = Type.Integer({
  minimum: 0,
  maximum: MAX_WAIT_MS,
  default: 0,
  description: 'How long to wait, in milliseconds of wall time.'
})

/** How long waiting for the end of a call takes at most by default, in milliseconds. @source control-api.md "Calls and deliveries" */
export const DEFAULT_END_WAIT_MS = 10_000

const Count = Type.Integer({ minimum: 0, maximum: 1_000_000 })

/** The expected number: exact, or between two bounds. */
export const ExpectedCount = Type.Union([
  Count,
  Type.Object({ min: Type.Optional(Count), max: Type.Optional(Count) }, { ...closed, minProperties: 1 })
])
export type ExpectedCount = Static<typeof ExpectedCount>

/** The maximum number of steps in a sequence. @source control-api.md "Watching and verifying" */
export const MAX_SEQUENCE_STEPS = 1_000

/** Verifies how many entries match. */
export interface CountVerification<Match> {
  match: Match
  count?: ExpectedCount
  timeoutMs?: number
}

/** Verifies that entries are in an order. Others may be between them. */
export interface SequenceVerification<Match> {
  sequence: { match: Match }[]
  timeoutMs?: number
}

/** A verification by number or by order. */
export type Verification<Match> = CountVerification<Match> | SequenceVerification<Match>

/**
 * It has either `match` or `sequence`. The service checks which, because validation errors of a union would name
 * the members of both.
 */
const VerificationOf = <Match extends TSchema>(match: Match, order: string) =>
  Type.Unsafe<Verification<Static<Match>>>(
    Type.Object(
      {
        match: Type.Optional(match),
        count: Type.Optional(ExpectedCount),
        sequence: Type.Optional(
          Type.Array(Type.Object({ match }, closed), {
            minItems: 1,
            maxItems: MAX_SEQUENCE_STEPS,
            description: `Instead of \`match\` and \`count\`: ${order}.`
          })
        ),
        timeoutMs: Type.Optional(TimeoutMs)
      },
      closed
    )
  )

/** The request of verifying deliveries: by number, or by order. @source control-api.md "Watching and verifying" */
export const DeliveryVerification = VerificationOf(DeliveryMatch, 'deliveries in the order in which they were sent')
export type DeliveryVerification = Static<typeof DeliveryVerification>

/** The request of verifying requests: by number, or by order. @source control-api.md "Watching and verifying" */
export const RequestVerification = VerificationOf(RequestMatch, 'requests in the order in which they came')
export type RequestVerification = Static<typeof RequestVerification>

/** The answer of a verification that holds. */
export const Verified = Type.Object({ verified: Type.Literal(true), count: Type.Integer() })
export type Verified = Static<typeof Verified>

/** The answer of a verification of deliveries that does not hold. */
export const DeliveriesNotVerified = Type.Object({
  verified: Type.Literal(false),
  count: Type.Integer({ description: 'Of a sequence: how many of its steps were found.' }),
  expected: ExpectedCount,
  nearest: Type.Array(Type.Object({ delivery: Delivery, differs: Type.Array(Type.String()) }), {
    description: 'The nearest deliveries, each with its differences.'
  }),
  hints: Type.Array(Type.String(), { description: 'Possible explanations.' })
})
export type DeliveriesNotVerified = Static<typeof DeliveriesNotVerified>

/** The answer of a verification of requests that does not hold. */
export const RequestsNotVerified = Type.Object({
  verified: Type.Literal(false),
  count: Type.Integer({ description: 'Of a sequence: how many of its steps were found.' }),
  expected: ExpectedCount,
  nearest: Type.Array(Type.Object({ request: JournalEntry, differs: Type.Array(Type.String()) }), {
    description: 'The nearest requests, each with its differences.'
  }),
  hints: Type.Array(Type.String(), { description: 'Possible explanations.' })
})
export type RequestsNotVerified = Static<typeof RequestsNotVerified>

/** The answer of waiting until idle. */
export const Idle = Type.Object({ idle: Type.Literal(true) })
export type Idle = Static<typeof Idle>

/** The query of waiting for the end of a call. */
export const EndedQuery = Type.Partial(
  Type.Object({ timeoutMs: Type.Integer({ ...TimeoutMs, default: DEFAULT_END_WAIT_MS }) }),
  closed
)
export type EndedQuery = Static<typeof EndedQuery>

/** The query of waiting until idle. */
export const IdleQuery = Type.Partial(Type.Object({ timeoutMs: TimeoutMs }), closed)
export type IdleQuery = Static<typeof IdleQuery>
