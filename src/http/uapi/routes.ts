import Type, { type Static, type TSchema } from 'typebox'
import { UAPI_ERRORS, type UapiErrorCode } from '../../domain/errors/uapi.js'
import { DeletedPhoneCallEvents, PhoneCallEventCollection, PhoneCallEventEnvelope } from '../../schema/collection.js'
import { ErrorEnvelope } from '../../schema/error.js'
import { EventType } from '../../schema/event-type.js'
import { ListQuery } from '../../schema/listing.js'
import { CreateRequest, EventId, PhoneCallEventPatch } from '../../schema/phone-call-event.js'

/** The paths of the service; the router takes care of trailing slashes. @source page "Endpoints"; contract §2 */
export const PATHS = {
  extension: '/extensions/:userId/:extension/phoneCallEvents',
  type: '/extensions/:userId/:extension/phoneCallEvents/:eventType',
  event: '/extensions/:userId/:extension/phoneCallEvents/:eventType/:eventId'
} as const

/** A path of the service, by what it addresses. */
export type PathName = keyof typeof PATHS

/** The schemas that the documents name; the scope of the routes adds them. */
export const NAMED_SCHEMAS = { PhoneCallEventCollection, PhoneCallEventEnvelope }

/** Schemas by the names that documents give them. */
export type NamedSchemas = Readonly<Record<string, TSchema>>

/** A reference to one of the named schemas; the scope of the route has to have added it under its name. */
export const refTo = <S extends NamedSchemas, Name extends keyof S & string>(_schemas: S, name: Name) =>
  Type.Unsafe<Static<S[Name]>>({ $ref: `${name}#` })

/** The answer of List when the envelope is an object. @source contract §4 (v3) */
export const Collection = refTo(NAMED_SCHEMAS, 'PhoneCallEventCollection')

/** The answer of List when the envelope is the vendor's: an array of one collection. @source page "List" */
export const CollectionArray = Type.Array(Collection)

const Envelope = refTo(NAMED_SCHEMAS, 'PhoneCallEventEnvelope')
const NoContent = Type.Unsafe<undefined>({ type: 'null', description: 'There is no PhoneCallEvent to be returned.' })

/** Create, by path. @source page "Create PhoneCallEvents"; contract §2 (both forms) */
export const createRoute = (path: 'extension' | 'type') => ({
  ...documented('createPhoneCallEvent', path, 'type', 'Creates a phone call event on an extension.'),
  body: CreateRequest,
  response: { 200: Envelope },
  errors: ['pcet_type_invalid', ...BODY, ...EVERYWHERE]
})

/** List, by path. @source page "List PhoneCallEvents" */
export const listRoute = (path: PathName) => ({
  ...documented('listPhoneCallEvents', path, 'event', 'Lists the phone call events of an extension.'),
  querystring: ListQuery,
  response: { 200: CollectionArray, 204: NoContent },
  errors: ['pce_type_invalid', 'pce_id_invalid', ...LISTING, ...EVERYWHERE]
})

/** Update, by path; the shorter ones only refuse. @source page "Update PhoneCallEvents"; contract §2 */
export const updateRoute = (path: PathName) => ({
  ...documented(
    'updatePhoneCallEvent',
    path,
    'event',
    path === 'event'
      ? 'Changes a phone call event of an extension.'
      : 'Is refused: an Update names its type and its id.'
  ),
  body: PhoneCallEventPatch,
  response: { 200: Envelope },
  errors: ['pce_type_invalid', 'pce_id_invalid', ...BODY, ...EVERYWHERE]
})

/** Delete, by path. @source page "Delete PhoneCallEvents"; contract §2 (fewer segments) */
export const deleteRoute = (path: PathName) => ({
  ...documented('deletePhoneCallEvents', path, 'event', 'Deletes phone call events of an extension.'),
  response: { 200: DeletedPhoneCallEvents, 204: NoContent },
  errors: ['pce_type_invalid', 'pce_id_invalid', ...EVERYWHERE]
})

/**
 * What a route can answer, its errors among it: a status each, with the codes that it can carry. Only the documents
 * want them; the routes themselves would have to prepare hundreds of serialisers at every start.
 */
export function responsesOf({ response, errors }: { response: object; errors: UapiErrorCode[] }): object {
  const statuses = new Map<number, UapiErrorCode[]>([[401, ['access_denied']]])
  for (const code of errors) {
    const { status } = UAPI_ERRORS[code]
    statuses.set(status, [...(statuses.get(status) ?? []), code])
  }
  const refusals = [...statuses].map(([status, codes]) => [
    status,
    Type.Object(ErrorEnvelope.properties, { description: codes.join(', ') })
  ])
  return { ...response, ...Object.fromEntries(refusals) }
}

/** The errors that every operation can answer. */
const EVERYWHERE: UapiErrorCode[] = [
  'request_invalid',
  'user_invalid',
  'extension_invalid',
  'access_denied',
  'sandbox_unknown',
  'request_timeout',
  'request_too_large',
  'uri_too_long',
  'headers_too_large',
  'internal_server_error',
  'service_unavailable'
]

const LISTING: UapiErrorCode[] = [
  'count_invalid',
  'startindex_invalid',
  'filterby_invalid',
  'filterop_invalid',
  'filtervalue_invalid',
  'fields_invalid',
  'sortorder_invalid'
]

const BODY: UapiErrorCode[] = [
  'pce_method_invalid',
  'pce_url_invalid',
  'pce_status_invalid',
  'pce_note_invalid',
  'content_type_unsupported'
]

/** What the documents say of an operation. The path that the vendor's page gives has the plain name. */
function documented(name: string, path: PathName, plain: PathName, summary: string) {
  return {
    operationId: path === plain ? name : `${name}Of${path[0]?.toUpperCase()}${path.slice(1)}`,
    summary,
    tags: ['PhoneCallEvents'],
    security: [{ bearer: [] }, { accessRequestToken: [] }, { session: [], xsrf: [] }],
    params: Type.Object({ ...ADDRESS, ...(path !== 'extension' && TYPE), ...(path === 'event' && ID) })
  }
}

/** The segments of a path, for the documents: the domain judges them, each with its own error. */
const ADDRESS = {
  userId: Type.String({
    description: 'The authenticated user (@me, @viewer), the owner of the extension (@owner), or the id of a user.'
  }),
  extension: Type.String({ description: 'An extension number, extended (0003*210) or short (210). Never @self.' })
}
const TYPE = { eventType: EventType }
const ID = { eventId: EventId }
