import Type, { type Static } from 'typebox'
import { ExtensionNumber } from '../directory.js'
import { EventType } from '../event-type.js'
import { Limit, listCounts } from '../list-limit.js'
import { EventId } from '../phone-call-event.js'
import { UtcTime } from '../time.js'
import { CallId, DeliveryId, DeliveryState, MomentName } from './call.js'
import { Matcher, ParameterMatchers } from './matcher.js'
import { SerialId } from './serial-id.js'

const closed = { additionalProperties: false }

/** Headers in the order in which they were sent. The values of a repeated header are a list. */
export const HeaderValues = Type.Unsafe<Record<string, string | string[]>>({
  type: 'object',
  additionalProperties: { anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] }
})
export type HeaderValues = Static<typeof HeaderValues>

/** A webhook as it is sent, byte for byte. @source call-events.md §2 */
export const WebhookRequest = Type.Object({
  method: Type.Enum(['GET', 'POST']),
  url: Type.String({ description: 'The url of the event without its fragment; of a GET, with the parameters.' }),
  headers: Type.Unsafe<Record<string, string>>({ type: 'object', additionalProperties: { type: 'string' } }),
  body: Type.String({ description: 'Empty for a GET.' })
})
export type WebhookRequest = Static<typeof WebhookRequest>

/** The limit of a kept response body, in bytes. @source call-events.md §4 */
export const MAX_KEPT_BODY = 65_536

/** The answer of a receiver. */
export const WebhookResponse = Type.Object({
  status: Type.Integer(),
  headers: HeaderValues,
  body: Type.String({ description: 'The first 64 KiB, read as UTF-8.' }),
  base64: Type.Optional(
    Type.String({ description: 'The same bytes in Base64; present only when they are not valid UTF-8.' })
  ),
  truncated: Type.Boolean({ description: 'Whether the body was longer.' })
})
export type WebhookResponse = Static<typeof WebhookResponse>

/** Why a delivery failed, by machine-readable reason. */
export const FAILURES = {
  name_unresolved: 'the name of the host has no address',
  refused: 'no process listens at that address and port',
  unreachable: 'there is no route to that address',
  connect_timeout: 'the connection was not established in time',
  response_timeout: 'the connection was established, and no answer was received in time',
  body_timeout: 'an answer began and did not end in time',
  connection_lost: 'a reused connection broke before the answer began; the request is not sent again',
  reset: 'the receiver reset the connection',
  closed_early: 'the receiver closed the connection before the answer was complete',
  response_malformed: 'the answer is not HTTP',
  response_headers_too_large: 'the headers of the answer are larger than 16 KiB',
  tls_untrusted: 'the certificate of the receiver is not trusted',
  tls_failed: 'the TLS handshake failed',
  redirected: 'the answer is a redirect, which is never followed',
  status_not_2xx: 'the answer is not a 2xx',
  upgraded: 'the receiver switched to another protocol',
  blocked_by_policy: 'the policy for callbacks forbids this address',
  own_listener: 'this emulator itself listens at that address',
  url_invalid: 'the url cannot be requested',
  fault_injected: 'a fault dropped it, see /_emulator/faults',
  interrupted: 'the emulator ended while the delivery was in flight',
  unexpected: 'an error of the emulator; its log has the details'
} as const

/** The machine-readable reason of a failure. */
export const FailureReason = Type.Enum(Object.keys(FAILURES) as [keyof typeof FAILURES, ...(keyof typeof FAILURES)[]]) // the keys of a const table
export type FailureReason = Static<typeof FailureReason>

/** Why an attempt failed, and what to do about it. */
export const Failure = Type.Object({
  reason: FailureReason,
  message: Type.String(),
  hint: Type.Optional(Type.String())
})
export type Failure = Static<typeof Failure>

/** One HTTP try of a delivery, and its outcome. */
export const Attempt = Type.Object({
  at: UtcTime("by the sandbox's clock"),
  ms: Type.Union([Type.Number(), Type.Null()], {
    description: 'Milliseconds of wall time; null when it was not measured.'
  }),
  connectionReused: Type.Optional(
    Type.Literal(true, { description: 'Present only when a reused connection broke: the reason is `connection_lost`.' })
  ),
  duplicate: Type.Optional(Type.Literal(true, { description: 'Present only when a fault sent the request again.' })),
  fault: Type.Optional(SerialId('The id of the fault that hit this attempt.')),
  response: Type.Optional(WebhookResponse),
  failure: Type.Optional(Failure)
})
export type Attempt = Static<typeof Attempt>

/** One phone call event × one moment: a webhook. @source control-api.md "Calls and deliveries" */
export const Delivery = Type.Object({
  id: DeliveryId,
  callId: CallId,
  eventId: EventId,
  extension: ExtensionNumber,
  type: EventType,
  moment: MomentName,
  state: DeliveryState,
  replayOf: Type.Optional(SerialId('The id of the delivery that this one replays with changes.')),
  heldBy: Type.Optional(SerialId('The id of the fault that holds it now.')),
  dueAt: Type.Optional(UtcTime("by the sandbox's clock")),
  faults: Type.Optional(
    Type.Array(SerialId('The id of a fault.'), {
      description: 'The faults that hit it, those of earlier runs included; absent when none did.'
    })
  ),
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

/**
 * A match of deliveries: every member has to hold. The members after `eventId` are compared with the request.
 * @source control-api.md "Watching and verifying"
 */
export const DeliveryMatch = Type.Partial(
  Type.Object({
    ...matchable,
    method: Type.Enum(['GET', 'POST'], { description: 'The HTTP method of the request.' }),
    url: Matcher,
    callStatus: Matcher,
    callFlow: Matcher,
    parameters: ParameterMatchers
  }),
  closed
)
export type DeliveryMatch = Static<typeof DeliveryMatch>

/** The query of a list of deliveries. @source control-api.md "Calls and deliveries" */
export const DeliveryQuery = Type.Partial(
  Type.Object({
    ...matchable,
    limit: Limit,
    after: DeliveryId
  }),
  closed
)
export type DeliveryQuery = Static<typeof DeliveryQuery>

/** A list of deliveries, in the order in which they were sent. Those that were never sent come last. */
export const DeliveryList = Type.Object({
  deliveries: Type.Array(Delivery),
  ...listCounts('log')
})
export type DeliveryList = Static<typeof DeliveryList>
