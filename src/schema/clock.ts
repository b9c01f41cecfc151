import Type, { type Static } from 'typebox'
import { Moment } from './call.js'
import { Delivery } from './delivery.js'
import { IsoTime } from './time.js'

const closed = { additionalProperties: false }

export const ClockMode = Type.Enum(['running', 'frozen'], { description: 'Whether time goes on by itself.' })
export type ClockMode = Static<typeof ClockMode>

/** What time it is in a sandbox. @source control-api.md "Calls and deliveries" */
export const ClockReading = Type.Object({
  mode: ClockMode,
  now: Type.String({ description: 'ISO 8601 in UTC.' })
})
export type ClockReading = Static<typeof ClockReading>

/** What a clock can be set to. Without `now` it stays where it is. */
export const ClockSetting = Type.Object({ mode: ClockMode, now: Type.Optional(IsoTime) }, closed)
export type ClockSetting = Static<typeof ClockSetting>

/** The most that a clock is moved on at once, in milliseconds: a hundred years. */
export const MAX_ADVANCE_MS = 3_155_760_000_000

/** How far a clock is moved on: by so many milliseconds, or to a time. */
export const ClockAdvance = Type.Object(
  {
    ms: Type.Optional(Type.Integer({ minimum: 0, maximum: MAX_ADVANCE_MS })),
    to: Type.Optional(IsoTime)
  },
  { ...closed, minProperties: 1, maxProperties: 1, description: 'Either `ms` or `to`.' }
)
export type ClockAdvance = Static<typeof ClockAdvance>

/** Where the clock stands now, and what fired on the way. */
export const ClockAdvanced = Type.Object({
  mode: ClockMode,
  now: Type.String({ description: 'ISO 8601 in UTC.' }),
  moments: Type.Array(Type.Object({ callId: Type.String(), ...Moment.properties }), {
    description: 'What happened on the way, in order; the newest thousand.'
  }),
  deliveries: Type.Array(Delivery, { description: 'What that owed, as it ended; the newest thousand.' })
})
export type ClockAdvanced = Static<typeof ClockAdvanced>
