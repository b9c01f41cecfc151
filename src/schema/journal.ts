import Type, { type Static } from 'typebox'
import { HeaderValues } from './delivery.js'
import { ExtensionNumber, UserId } from './directory.js'
import { EventType } from './event-type.js'
import { Operation } from './operations.js'
import { EventId } from './phone-call-event.js'

const closed = { additionalProperties: false }

export const RequestId = Type.String({
  pattern: '^[1-9][0-9]{0,14}$',
  description: 'The X-Emulator-Request-Id of its answer.'
})
export type RequestId = Static<typeof RequestId>

const Message = (what: string) =>
  Type.Object({
    headers: HeaderValues,
    body: Type.String({ description: `${what} Secrets are masked (***). At most 64 KiB are kept.` }),
    truncated: Type.Optional(Type.Literal(true, { description: 'There only where there was more.' }))
  })

/** A request that came in, and its answer. Whatever is a secret is masked. @source control-api.md "Watching and verifying" */
export const JournalEntry = Type.Object({
  id: RequestId,
  at: Type.String({ description: "When it came: ISO 8601 in UTC, by the sandbox's clock." }),
  ms: Type.Number({ description: 'How long the answer took, in milliseconds of wall time.' }),
  method: Type.String(),
  path: Type.String({ description: 'As it was sent, with its query; empty when it could not be read.' }),
  operation: Type.Optional(Operation),
  user: Type.Optional(Type.String({ description: 'The id of the authenticated user.' })),
  extension: Type.Optional(Type.String({ description: 'Extended, where it was found; as it was sent, else.' })),
  type: Type.Optional(Type.String({ description: 'The event type, as it was sent.' })),
  eventId: Type.Optional(Type.String({ description: 'As it was sent, or made by Create.' })),
  status: Type.Integer({ description: '0 where a fault ended the connection without an answer.' }),
  reason: Type.Optional(Type.String({ description: 'X-Emulator-Reason, where it was refused.' })),
  ignoredFields: Type.Array(Type.String(), {
    description: 'The members and parameters that the operation does not know.'
  }),
  unmatched: Type.Optional(Type.Literal(true, { description: 'No operation has that method and path.' })),
  request: Message('What was sent; empty where nothing was, or it was refused before it was read.'),
  response: Message('What was answered.')
})
export type JournalEntry = Static<typeof JournalEntry>

const matchable = {
  method: Type.String({ pattern: '^[A-Z-]{1,32}$', description: 'The method of HTTP.' }),
  operation: Operation,
  status: Type.Integer({ minimum: 100, maximum: 599 }),
  user: UserId,
  extension: ExtensionNumber,
  type: EventType,
  eventId: EventId,
  path: Type.String({
    pattern: '^[/*]',
    maxLength: 8192,
    description: 'The path without its query, percent-decoded; one that ends in * is what paths begin with.'
  }),
  unmatched: Type.Boolean({ description: 'Whether no operation has that method and path.' })
}

/** What requests are looked for by; every member has to hold. */
export const RequestMatch = Type.Partial(Type.Object(matchable), closed)
export type RequestMatch = Static<typeof RequestMatch>

/** What the journal can be asked for. @source control-api.md "Watching and verifying" */
export const RequestQuery = Type.Partial(
  Type.Object({
    ...matchable,
    limit: Type.Integer({ minimum: 0, maximum: 10_000, default: 1000, description: 'Only the newest so many.' }),
    after: RequestId
  }),
  closed
)
export type RequestQuery = Static<typeof RequestQuery>

/** A list of requests, in the order in which they were answered. */
export const RequestList = Type.Object({
  requests: Type.Array(JournalEntry),
  total: Type.Integer({ description: 'How many match, before `limit`.' }),
  dropped: Type.Integer({ description: 'How many were forgotten because the journal is bounded.' })
})
export type RequestList = Static<typeof RequestList>

/** How many requests were forgotten because somebody wanted it. */
export const RequestsCleared = Type.Object({ cleared: Type.Integer() })
export type RequestsCleared = Static<typeof RequestsCleared>
