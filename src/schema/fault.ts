import Type, { type Static } from 'typebox'
import { DeliveryId } from './call.js'
import { ExtensionNumber } from './directory.js'
import { EventType } from './event-type.js'
import { FaultOperation } from './operations.js'

const closed = { additionalProperties: false }

/** Which requests, or deliveries, a fault is for; every member has to hold. */
export const FaultScope = Type.Object(
  {
    operation: FaultOperation,
    extension: Type.Optional(ExtensionNumber),
    type: Type.Optional(EventType)
  },
  closed
)
export type FaultScope = Static<typeof FaultScope>

/** The longest that a fault delays, in milliseconds. @source control-api.md "Watching and verifying" */
export const MAX_DELAY_MS = 60_000

/** What a fault does: one of its members, and `code` beside `status`. What fits which operation, the domain decides. */
export const FaultEffect = Type.Object(
  {
    status: Type.Optional(
      Type.Integer({ minimum: 400, maximum: 599, description: 'Answers with it, in the shape of the surface.' })
    ),
    code: Type.Optional(
      Type.String({
        pattern: '^[a-z_]{1,64}$',
        description: 'The code of that answer; without it, one of that status.'
      })
    ),
    delayMs: Type.Optional(
      Type.Integer({ minimum: 1, maximum: MAX_DELAY_MS, description: 'Waits so long, in milliseconds of wall time.' })
    ),
    drop: Type.Optional(
      Type.Union([Type.Enum(['reset', 'empty']), Type.Literal(true)], {
        description:
          'Of a request: its connection is reset, or closed without a byte. Of a delivery, with true: it is not sent.'
      })
    ),
    hold: Type.Optional(Type.Literal(true, { description: 'Of a delivery: keeps it back until it is released.' })),
    duplicate: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 100, description: 'Of a delivery: sends it so many times more.' })
    )
  },
  { ...closed, minProperties: 1 }
)
export type FaultEffect = Static<typeof FaultEffect>

const MAX_COUNT = 1_000_000

/** What is asked of a new fault. @source control-api.md "Watching and verifying" */
export const FaultRequest = Type.Object(
  {
    on: FaultScope,
    times: Type.Optional(
      Type.Integer({ minimum: 1, maximum: MAX_COUNT, description: 'How often; without end when it is left out.' })
    ),
    skip: Type.Optional(
      Type.Integer({ minimum: 0, maximum: MAX_COUNT, default: 0, description: 'How many it lets pass first.' })
    ),
    do: FaultEffect
  },
  closed
)
export type FaultRequest = Static<typeof FaultRequest>

export const FaultId = Type.String({ pattern: '^[1-9][0-9]{0,14}$', description: 'For example 1.' })
export type FaultId = Static<typeof FaultId>

const orNull = (description: string) => Type.Union([Type.Integer(), Type.Null()], { description })

/** A fault, and what it did so far. */
export const Fault = Type.Object({
  id: FaultId,
  on: FaultScope,
  times: orNull('How often; null is without end.'),
  skip: Type.Integer(),
  do: FaultEffect,
  seen: Type.Integer({ description: 'How many came to it: those that it let pass, and its hits.' }),
  hits: Type.Integer({ description: 'How often it did what it does.' }),
  remaining: orNull('How often it will; null is without end.'),
  held: Type.Array(DeliveryId, { description: 'The deliveries that it keeps back, in their order.' })
})
export type Fault = Static<typeof Fault>

/** The faults, oldest first, exhausted ones among them. */
export const FaultList = Type.Object({ faults: Type.Array(Fault), total: Type.Integer() })
export type FaultList = Static<typeof FaultList>

/** What was kept back, and is sent now. */
export const Released = Type.Object({ released: Type.Array(DeliveryId) })
export type Released = Static<typeof Released>

/** How many faults there may be. */
export const MAX_FAULTS = 1000
