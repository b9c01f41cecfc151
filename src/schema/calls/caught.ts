import Type, { type Static } from 'typebox'
import { Limit, listCounts } from '../list-limit.js'
import { UtcTime } from '../time.js'
import { HeaderValues } from './delivery.js'
import { SerialId } from './serial-id.js'

const closed = { additionalProperties: false }

/** The pattern of the names of catch addresses. @source control-api.md "Calls and deliveries" */
export const CATCH_NAME = '^[a-z0-9-]{1,64}$'

/** The limits of the requests that catch addresses keep, for each sandbox. @source control-api.md "Calls and deliveries" */
export const CATCH_LIMITS = {
  /** The number of names. */
  names: 100,
  /** The number of requests of a name. */
  requests: 100,
  /** The bytes of one body. */
  bodyBytes: 64 * 1024,
  /** The bytes of all requests: of their bodies, headers and targets. */
  totalBytes: 16 * 1024 * 1024
} as const

/** The name of a catch address. */
export const CatchName = Type.String({ pattern: CATCH_NAME, description: 'The name in /_emulator/catch/{name}.' })

/** The id of a caught request. */
export const CaughtId = SerialId('In the order of arrival, counted for each sandbox.')

/** A request that a catch address received. Nothing is masked. @source control-api.md "Calls and deliveries" */
export const CaughtRequest = Type.Object({
  id: CaughtId,
  name: CatchName,
  at: UtcTime("by the sandbox's clock"),
  method: Type.Enum(['GET', 'POST']),
  path: Type.String({ description: 'As it was sent, without its query.' }),
  query: Type.Optional(Type.String({ description: 'As it was sent, after the question mark.' })),
  headers: HeaderValues,
  body: Type.String({ description: 'The first 64 KiB: their text, or Base64 when they are not UTF-8.' }),
  encoding: Type.Optional(Type.Literal('base64', { description: 'Present only when the body is Base64.' })),
  truncated: Type.Optional(Type.Literal(true, { description: 'Present only when the body was longer.' }))
})
export type CaughtRequest = Static<typeof CaughtRequest>

/** The query of a list of caught requests. */
export const CaughtQuery = Type.Partial(Type.Object({ name: CatchName, limit: Limit, after: CaughtId }), closed)
export type CaughtQuery = Static<typeof CaughtQuery>

/** The caught requests, oldest first. */
export const CaughtList = Type.Object({ caught: Type.Array(CaughtRequest), ...listCounts('memory of catch addresses') })
export type CaughtList = Static<typeof CaughtList>

/** Selects the caught requests to delete: those of a name, or all. */
export const CaughtClearing = Type.Partial(Type.Object({ name: CatchName }), closed)
export type CaughtClearing = Static<typeof CaughtClearing>

/** The number of caught requests that were deleted. */
export const CaughtCleared = Type.Object({ cleared: Type.Integer() })
export type CaughtCleared = Static<typeof CaughtCleared>
