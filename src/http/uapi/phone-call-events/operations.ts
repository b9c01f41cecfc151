import Type from 'typebox'
import type { UapiErrorCode } from '../../../domain/errors/uapi.js'
import { DeletedPhoneCallEvents, PhoneCallEventCollection, PhoneCallEventEnvelope } from '../../../schema/collection.js'
import { EventType } from '../../../schema/event-type.js'
import { ListQuery } from '../../../schema/listing.js'
import { CreateRequest, EventId, PhoneCallEventPatch } from '../../../schema/phone-call-event.js'
import { EXTENSION_PARAMETERS, refTo, SECURITY, SHARED_ERRORS } from '../vendor-service.js'

/** Tag of the operations in the OpenAPI document. */
export const TAG = { name: 'PhoneCallEvents', description: 'Webhooks that are assigned to an extension.' }

/** The paths of the service; the router ignores trailing slashes. @source page "Endpoints"; contract §2 */
export const PATHS = {
  extension: '/extensions/:userId/:extension/phoneCallEvents',
  type: '/extensions/:userId/:extension/phoneCallEvents/:eventType',
  event: '/extensions/:userId/:extension/phoneCallEvents/:eventType/:eventId'
} as const

/** A path of the service, by the object that it addresses. */
export type PathName = keyof typeof PATHS

/** The schemas that the OpenAPI document shows by name. */
export const NAMED_SCHEMAS = { PhoneCallEventCollection, PhoneCallEventEnvelope }

/** The response of List with the setting `listEnvelope: object`. @source contract §4 (v3) */
export const Collection = refTo(NAMED_SCHEMAS, 'PhoneCallEventCollection')

/** The response of List as the vendor documents it: an array of one collection. @source page "List" */
export const CollectionArray = Type.Array(Collection)

const Envelope = refTo(NAMED_SCHEMAS, 'PhoneCallEventEnvelope')
const NoContent = Type.Unsafe<undefined>({ type: 'null', description: 'There is no PhoneCallEvent to be returned.' })

/** Create, by path. @source page "Create PhoneCallEvents"; contract §2 (both forms) */
export const createRoute = (path: 'extension' | 'type') => ({
  ...documented('createPhoneCallEvent', path, 'type', 'Create a phone call event'),
  body: CreateRequest,
  response: { 200: Envelope },
  errors: ['pcet_type_invalid', ...BODY, ...SHARED_ERRORS]
})

/** List, by path. @source page "List PhoneCallEvents" */
export const listRoute = (path: PathName) => ({
  ...documented('listPhoneCallEvents', path, 'event', 'List the phone call events of an extension'),
  querystring: ListQuery,
  response: { 200: CollectionArray, 204: NoContent },
  errors: ['pce_type_invalid', 'pce_id_invalid', ...LISTING, ...SHARED_ERRORS]
})

/** Update, by path; the shorter paths are always refused, and are not in the document. @source page "Update PhoneCallEvents"; contract §2 */
export const updateRoute = (path: PathName) => ({
  ...documented('updatePhoneCallEvent', path, 'event', 'Update a phone call event'),
  hide: path !== 'event',
  body: PhoneCallEventPatch,
  response: { 200: Envelope },
  errors: ['pce_type_invalid', 'pce_id_invalid', ...BODY, ...SHARED_ERRORS]
})

/** Delete, by path. @source page "Delete PhoneCallEvents"; contract §2 (fewer segments) */
export const deleteRoute = (path: PathName) => ({
  ...documented('deletePhoneCallEvents', path, 'event', 'Delete phone call events of an extension'),
  response: { 200: DeletedPhoneCallEvents, 204: NoContent },
  errors: ['pce_type_invalid', 'pce_id_invalid', ...SHARED_ERRORS]
})

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

/** The OpenAPI members of an operation. The path of the vendor's page has the plain name, the others a suffix. */
function documented(name: string, path: PathName, plain: PathName, summary: string) {
  return {
    operationId: path === plain ? name : `${name}Of${path[0]?.toUpperCase()}${path.slice(1)}`,
    summary,
    tags: [TAG.name],
    security: SECURITY,
    params: Type.Object({ ...EXTENSION_PARAMETERS, ...(path !== 'extension' && TYPE), ...(path === 'event' && ID) })
  }
}

const TYPE = { eventType: EventType }
const ID = { eventId: EventId }
