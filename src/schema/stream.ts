import Type, { type Static } from 'typebox'
import type { Call } from './calls/call.js'
import type { Delivery } from './calls/delivery.js'
import type { JournalEntry } from './journal.js'

/** The types of streamed events, but for `dropped`. @source control-api.md "Watching and verifying" */
export const STREAM_TYPES = ['request', 'call', 'delivery'] as const

/** One of them. */
export type StreamType = (typeof STREAM_TYPES)[number]

/** Why a stream misses events, by reason. */
export const DROPPED = {
  forgotten: 'the events in between are no longer kept',
  reset: 'the state was reset or restored'
} as const

/** One of the reasons. */
export type DroppedReason = keyof typeof DROPPED

const TYPE = `(?:${STREAM_TYPES.join('|')})`

export const StreamEventId = Type.String({
  pattern: '^(?:0|[1-9][0-9]{0,15})$',
  description: 'The `id` of the last event that was read: the stream continues after it. 0 starts with the oldest.'
})

/** The query of a stream. */
export const StreamQuery = Type.Partial(
  Type.Object({
    types: Type.String({
      pattern: `^${TYPE}(?:,${TYPE})*$`,
      description: 'Only events of these types, separated by commas.'
    }),
    lastEventId: StreamEventId
  }),
  { additionalProperties: false }
)
export type StreamQuery = Static<typeof StreamQuery>

/** The header of a client that reconnects. It takes precedence over the query. */
export const StreamHeaders = Type.Object({ 'last-event-id': Type.Optional(StreamEventId) })
export type StreamHeaders = Static<typeof StreamHeaders>

/** An event of a stream, with its subject in the present state. */
export type StreamEvent =
  | { id: string; type: 'request'; data: JournalEntry }
  | { id: string; type: 'call'; data: Call }
  | { id: string; type: 'delivery'; data: Delivery }
  | { id: string; type: 'dropped'; data: { reason: DroppedReason } }
