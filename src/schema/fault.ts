import Type, { type Static } from 'typebox'
import { CallId, DeliveryId, MomentName } from './calls/call.js'
import { ParameterChanges } from './calls/replay.js'
import { SerialId } from './calls/serial-id.js'
import { ExtensionNumber } from './directory.js'
import { EventType } from './event-type.js'
import { FaultOperation } from './operations.js'
import { EventId } from './phone-call-event.js'

const closed = { additionalProperties: false }

/**
 * The requests or deliveries that a fault can hit: every member has to match. The last three are of deliveries only;
 * `callId` is that of any leg of the call.
 */
export const FaultScope = Type.Object(
  {
    operation: FaultOperation,
    extension: Type.Optional(ExtensionNumber),
    type: Type.Optional(EventType),
    callId: Type.Optional(CallId),
    eventId: Type.Optional(EventId),
    moment: Type.Optional(MomentName)
  },
  closed
)
export type FaultScope = Static<typeof FaultScope>

/** The maximum delay of a fault, in milliseconds of wall time. @source control-api.md "Watching and verifying" */
export const MAX_DELAY_MS = 60_000

/** The maximum delay by the sandbox's clock, in milliseconds: a day, as in calls. */
export const MAX_CLOCK_DELAY_MS = 86_400_000

/** The ways to drop the connection of a request. Only `truncate` performs its operation. */
export const REQUEST_DROPS = ['reset', 'empty', 'truncate', 'garbage'] as const

/**
 * The effect of a fault: one effect, with the members that belong to it. The domain checks which effect fits which
 * operation, and which members can be combined.
 */
export const FaultEffect = Type.Object(
  {
    status: Type.Optional(
      Type.Integer({
        minimum: 400,
        maximum: 599,
        description: 'Answers with this status, in the error shape of the surface.'
      })
    ),
    code: Type.Optional(
      Type.String({
        pattern: '^[a-z_]{1,64}$',
        description: 'The error code of the answer; by default one of that status.'
      })
    ),
    headers: Type.Optional(
      Type.Record(
        Type.String({ pattern: "^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$" }),
        Type.String({ maxLength: 1024, pattern: '^[ -~]*$', description: 'Visible ASCII and spaces.' }),
        { ...closed, minProperties: 1, maxProperties: 20, description: 'Headers of that answer, such as Retry-After.' }
      )
    ),
    delayMs: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: MAX_CLOCK_DELAY_MS,
        description: `Delays by so many milliseconds: up to ${MAX_DELAY_MS} of wall time.`
      })
    ),
    clock: Type.Optional(
      Type.Enum(['wall', 'sandbox'], {
        description: 'The clock of the delay of a delivery: wall time, the default, or that of the sandbox.'
      })
    ),
    drop: Type.Optional(
      Type.Union([Type.Enum(REQUEST_DROPS), Type.Literal(true)], {
        description:
          'Of a request: resets its connection (reset), closes it without a byte (empty), after the head and half of the body of its answer (truncate), or after 64 bytes that are not HTTP (garbage). Of a delivery, with true: does not send it.'
      })
    ),
    hold: Type.Optional(Type.Literal(true, { description: 'Of a delivery: holds it until it is released.' })),
    duplicate: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 100, description: 'Of a delivery: sends it so many additional times.' })
    ),
    concurrent: Type.Optional(
      Type.Boolean({ description: 'Whether duplicates are sent at the same time instead of one after the other.' })
    ),
    change: Type.Optional(
      Type.Object(
        { parameters: ParameterChanges },
        { ...closed, description: 'Of a delivery: changes its parameters before it is sent.' }
      )
    )
  },
  { ...closed, minProperties: 1 }
)
export type FaultEffect = Static<typeof FaultEffect>

const MAX_COUNT = 1_000_000

/** The request of a new fault. @source control-api.md "Watching and verifying" */
export const FaultRequest = Type.Object(
  {
    on: FaultScope,
    times: Type.Optional(
      Type.Integer({ minimum: 1, maximum: MAX_COUNT, description: 'How often it hits; unlimited when left out.' })
    ),
    skip: Type.Optional(
      Type.Integer({ minimum: 0, maximum: MAX_COUNT, default: 0, description: 'How many matches it skips first.' })
    ),
    do: FaultEffect
  },
  closed
)
export type FaultRequest = Static<typeof FaultRequest>

export const FaultId = SerialId('For example 1.')
export type FaultId = Static<typeof FaultId>

const orNull = (description: string) => Type.Union([Type.Integer(), Type.Null()], { description })

/** A fault with its hits so far. */
export const Fault = Type.Object({
  id: FaultId,
  on: FaultScope,
  times: orNull('How often it hits; null is unlimited.'),
  skip: Type.Integer(),
  do: FaultEffect,
  seen: Type.Integer({ description: 'How many requests or deliveries matched: skipped ones and hits.' }),
  hits: Type.Integer({ description: 'How often it took effect.' }),
  remaining: orNull('How many hits are left; null is unlimited.'),
  held: Type.Array(DeliveryId, { description: 'The deliveries that it holds, in their order.' })
})
export type Fault = Static<typeof Fault>

/** The faults, oldest first, exhausted ones included. */
export const FaultList = Type.Object({ faults: Type.Array(Fault), total: Type.Integer() })
export type FaultList = Static<typeof FaultList>

/** The deliveries that were held, and are sent now. */
export const Released = Type.Object({ released: Type.Array(DeliveryId) })
export type Released = Static<typeof Released>

/** The maximum number of faults. */
export const MAX_FAULTS = 1000
