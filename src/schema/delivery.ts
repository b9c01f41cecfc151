import Type, { type Static } from 'typebox'
import { CallId, DeliveryId, DeliveryState, MomentName } from './call.js'
import { ExtensionNumber } from './directory.js'
import { EventType } from './event-type.js'
import { Limit, listCounts } from './list-limit.js'
import { EventId } from './phone-call-event.js'

const closed = { additionalProperties: false }

/** Headers in the order in which they were sent; one that was repeated has its values in a list. */
export const HeaderValues = Type.Unsafe<Record<string, string | string[]>>({
  type: 'object',
  additionalProperties: { anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] }
})
export type HeaderValues = Static<typeof HeaderValues>

/** A webhook as it is sent, byte for byte. @source call-events.md §2 */
export const WebhookRequest = Type.Object({
  method: Type.Enum(['GET', 'POST']),
  url: Type.String({ description: 'The url of the event, its fragment apart; with the parameters, when it is a GET.' }),
  headers: Type.Unsafe<Record<string, string>>({ type: 'object', additionalProperties: { type: 'string' } }),
  body: Type.String({ description: 'Empty when it is a GET.' })
})
export type WebhookRequest = Static<typeof WebhookRequest>

/** The most that is kept of the body of an answer, in bytes. @source call-events.md §3 */
export const MAX_KEPT_BODY = 65_536

/** What a receiver answered. */
export const WebhookResponse = Type.Object({
  status: Type.Integer(),
  headers: HeaderValues,
  body: Type.String({ description: 'The first 64 KiB, read as UTF-8.' }),
  truncated: Type.Boolean({ description: 'Whether there was more.' })
})
export type WebhookResponse = Static<typeof WebhookResponse>

/** Why a delivery did not succeed, by what a program reads. */
export const FAILURES = {
  name_unresolved: 'the name of the host has no address',
  refused: 'nothing listens at that address and port',
  unreachable: 'the network knows no way to that address',
  connect_timeout: 'no connection came about in time',
  response_timeout: 'the connection stood and no answer came in time',
  body_timeout: 'an answer began and did not end in time',
  reset: 'the receiver reset the connection',
  closed_early: 'the receiver closed the connection before the answer was complete',
  response_malformed: 'what came back is not HTTP',
  response_headers_too_large: 'the headers of the answer are larger than 16 KiB',
  tls_untrusted: 'the certificate of the receiver is not trusted',
  tls_failed: 'the receiver does not speak TLS as it should',
  redirected: 'the answer is a redirect, which is never followed',
  status_not_2xx: 'the answer is not a 2xx',
  upgraded: 'the receiver changed to another protocol',
  blocked_by_policy: 'the policy for callbacks forbids this address',
  own_listener: 'the address is where this emulator itself listens',
  url_invalid: 'the url cannot be requested',
  fault_injected: 'a fault that was asked for lost it, see /_emulator/faults',
  interrupted: 'the emulator ended while it was in flight',
  unexpected: 'a mistake of the emulator; its log says more'
} as const

/** The word for it. */
export const FailureReason = Type.Enum(Object.keys(FAILURES) as [keyof typeof FAILURES, ...(keyof typeof FAILURES)[]]) // the keys of a const table
export type FailureReason = Static<typeof FailureReason>

/** Why an attempt failed, and what a person can do about it. */
export const Failure = Type.Object({
  reason: FailureReason,
  message: Type.String(),
  hint: Type.Optional(Type.String())
})
export type Failure = Static<typeof Failure>

/** One HTTP try of a delivery, and its outcome. */
export const Attempt = Type.Object({
  at: Type.String({ description: "ISO 8601 in UTC, by the sandbox's clock." }),
  ms: Type.Union([Type.Number(), Type.Null()], {
    description: 'Milliseconds of wall time; null when nobody measured.'
  }),
  resent: Type.Optional(
    Type.Boolean({ description: 'Whether the kept connection was gone, so that it was sent once more on a new one.' })
  ),
  duplicate: Type.Optional(Type.Literal(true, { description: 'There only where a fault sent it once more.' })),
  response: Type.Optional(WebhookResponse),
  failure: Type.Optional(Failure)
})
export type Attempt = Static<typeof Attempt>

/** One phone call event × one moment: a webhook that is owed. @source control-api.md "Calls and deliveries" */
export const Delivery = Type.Object({
  id: DeliveryId,
  callId: CallId,
  eventId: EventId,
  extension: ExtensionNumber,
  type: EventType,
  moment: MomentName,
  state: DeliveryState,
  request: WebhookRequest,
  attempts: Type.Array(Attempt)
})
export type Delivery = Static<typeof Delivery>

const matchable = {
  callId: CallId,
  extension: ExtensionNumber,
  type: EventType,
  moment: MomentName,
  state: DeliveryState,
  eventId: EventId
}

/** What deliveries are looked for by; every member has to hold. */
export const DeliveryMatch = Type.Partial(Type.Object(matchable), closed)
export type DeliveryMatch = Static<typeof DeliveryMatch>

/** What a list of deliveries can be asked for. @source control-api.md "Calls and deliveries" */
export const DeliveryQuery = Type.Partial(
  Type.Object({
    ...matchable,
    limit: Limit,
    after: DeliveryId
  }),
  closed
)
export type DeliveryQuery = Static<typeof DeliveryQuery>

/** A list of deliveries, in the order in which they were sent; those that were not come last. */
export const DeliveryList = Type.Object({
  deliveries: Type.Array(Delivery),
  ...listCounts('log')
})
export type DeliveryList = Static<typeof DeliveryList>
