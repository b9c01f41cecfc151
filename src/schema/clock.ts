import Type, { type Static } from 'typebox'
import { Moment } from './calls/call.js'
import { Delivery } from './calls/delivery.js'
import { IsoTime, UtcTime } from './time.js'

const closed = { additionalProperties: false }

export const ClockMode = Type.Enum(['running', 'frozen'], { description: 'Whether the clock runs by itself.' })
export type ClockMode = Static<typeof ClockMode>

/** The time of a sandbox, and whether its clock runs. @source control-api.md "Calls and deliveries" */
export const ClockReading = Type.Object({
  mode: ClockMode,
  now: UtcTime()
})
export type ClockReading = Static<typeof ClockReading>

/** The request of setting a clock. Without `now` its time does not change. */
export const ClockSetting = Type.Object({ mode: ClockMode, now: Type.Optional(IsoTime) }, closed)
export type ClockSetting = Static<typeof ClockSetting>

/** The maximum of one advance of a clock, in milliseconds: a hundred years. */
export const MAX_ADVANCE_MS = 3_155_760_000_000

/** The request of advancing a clock, by milliseconds or to a time. */
export const ClockAdvance = Type.Object(
  {
    ms: Type.Optional(Type.Integer({ minimum: 0, maximum: MAX_ADVANCE_MS })),
    to: Type.Optional(IsoTime)
  },
  { ...closed, minProperties: 1, maxProperties: 1, description: 'Either `ms` or `to`.' }
)
export type ClockAdvance = Static<typeof ClockAdvance>

/** The time after an advance, with the moments and deliveries on the way. */
export const ClockAdvanced = Type.Object({
  mode: ClockMode,
  now: UtcTime(),
  moments: Type.Array(Type.Object({ callId: Type.String(), ...Moment.properties }), {
    description: 'The moments on the way, in order; the newest thousand.'
  }),
  deliveries: Type.Array(Delivery, { description: 'Their deliveries with the outcomes; the newest thousand.' })
})
export type ClockAdvanced = Static<typeof ClockAdvanced>
