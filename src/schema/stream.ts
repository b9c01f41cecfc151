import Type, { type Static } from 'typebox'
import type { Call } from './call.js'
import type { Delivery } from './delivery.js'
import type { JournalEntry } from './journal.js'

/** What a stream tells of. @source control-api.md "Watching and verifying" */
export const STREAM_TYPES = ['request', 'call', 'delivery'] as const

/** One of them. */
export type StreamType = (typeof STREAM_TYPES)[number]

/** Why a stream does not tell all that happened. */
export const DROPPED = {
  forgotten: 'what came in between is not remembered any more',
  reset: 'another state was put in place of the one that was told of'
} as const

/** One of the reasons. */
export type DroppedReason = keyof typeof DROPPED

const TYPE = `(?:${STREAM_TYPES.join('|')})`

export const StreamEventId = Type.String({
  pattern: '^(?:0|[1-9][0-9]{0,15})$',
  description: 'The `id` of the last event that was read: what came after it is told first. 0 begins with the oldest.'
})

/** What is told, and from where on. */
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

/** What a client sends that comes back; it stands above the query. */
export const StreamHeaders = Type.Object({ 'last-event-id': Type.Optional(StreamEventId) })
export type StreamHeaders = Static<typeof StreamHeaders>

/** What a stream tells: the thing as it stands when it is told. */
export type StreamEvent =
  | { id: string; type: 'request'; data: JournalEntry }
  | { id: string; type: 'call'; data: Call }
  | { id: string; type: 'delivery'; data: Delivery }
  | { id: string; type: 'dropped'; data: { reason: DroppedReason } }
