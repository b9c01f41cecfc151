import Type, { type Static } from 'typebox'
import type { Call } from './calls/call.js'
import type { Delivery } from './calls/delivery.js'
import type { ClockReading } from './clock.js'
import type { Fault } from './fault.js'
import type { JournalEntry } from './journal.js'
import type { SettingsInForce } from './settings.js'

/** The types of streamed events, but for `dropped`. @source control-api.md "Watching and verifying" */
export const STREAM_TYPES = ['request', 'call', 'delivery', 'clock', 'fault', 'settings', 'state', 'sandbox'] as const

/** One of them. */
export type StreamType = (typeof STREAM_TYPES)[number]

/** Why a stream misses events, by reason. */
export const DROPPED = {
  forgotten: 'the events in between are no longer kept',
  reset: 'the state was reset or restored',
  too_many: 'more has changed in the interval than is sent'
} as const

/** One of the reasons. */
export type DroppedReason = keyof typeof DROPPED

const TYPE = `(?:${STREAM_TYPES.join('|')})`

export const StreamEventId = Type.String({
  pattern: '^(?:0|[1-9][0-9]{0,15})$',
  description: 'The `id` of the last event that was read: the stream continues after it. 0 starts with the oldest.'
})

/** The longest interval of a paced stream, in milliseconds. */
const MAX_EVERY_MS = 5_000

/** The query of a stream. */
export const StreamQuery = Type.Partial(
  Type.Object({
    types: Type.String({
      pattern: `^${TYPE}(?:,${TYPE})*$`,
      description: 'Only events of these types, separated by commas.'
    }),
    lastEventId: StreamEventId,
    everyMs: Type.Integer({
      minimum: 0,
      maximum: MAX_EVERY_MS,
      default: 0,
      description:
        'Sends events at most once in so many milliseconds, and only the last one about the same subject. 0 sends every event at once.'
    })
  }),
  { additionalProperties: false }
)
export type StreamQuery = Static<typeof StreamQuery>

/** The header of a client that reconnects. It takes precedence over the query. */
export const StreamHeaders = Type.Object({ 'last-event-id': Type.Optional(StreamEventId) })
export type StreamHeaders = Static<typeof StreamHeaders>

/** What has changed in the state of a sandbox, beside what has a type of its own. */
export const STATE_CHANGES = [
  'reset',
  'restore',
  'merge',
  'snapshot',
  'events',
  'phones',
  'apps',
  'requests',
  'caught'
] as const

/** A change of the state. `name` is that of the snapshot (`restore`, `snapshot`), or of the catch address (`caught`). */
export interface StateChange {
  change: (typeof STATE_CHANGES)[number]
  name?: string
}

/** A sandbox that was created or has ended. */
export interface SandboxChange {
  change: 'created' | 'ended'
  name: string
}

/** A fault that was removed. */
export interface FaultRemoved {
  id: string
  removed: true
}

/** An event of a stream, with its subject in the present state. */
export type StreamEvent =
  | { id: string; type: 'request'; data: JournalEntry }
  | { id: string; type: 'call'; data: Call }
  | { id: string; type: 'delivery'; data: Delivery }
  | { id: string; type: 'clock'; data: ClockReading }
  | { id: string; type: 'fault'; data: Fault | FaultRemoved }
  | { id: string; type: 'settings'; data: SettingsInForce }
  | { id: string; type: 'state'; data: StateChange }
  | { id: string; type: 'sandbox'; data: SandboxChange }
  | { id: string; type: 'dropped'; data: { reason: DroppedReason } }
