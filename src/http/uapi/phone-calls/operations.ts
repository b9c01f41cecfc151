import Type from 'typebox'
import type { UapiErrorCode } from '../../../domain/errors/uapi.js'
import { PhoneCallCollection } from '../../../schema/collection.js'
import {
  DeletedPhoneCalls,
  NewPhoneCall,
  NewPhoneCallQuery,
  PhoneCall,
  PhoneCallAction,
  PhoneCallId,
  PhoneCallListQuery
} from '../../../schema/phone-call.js'
import { EXTENSION_PARAMETERS, refTo, SECURITY, SHARED_ERRORS } from '../vendor-service.js'

/** Tag of the operations in the OpenAPI document. */
export const TAG = { name: 'PhoneCalls', description: 'Calls that are going on: place, show, change, hang up.' }

/** The paths of the service; the router ignores trailing slashes. @source phone-calls.md "Paths" (v3) */
export const PATHS = {
  simple: '/phoneCalls/:userId/simple',
  extension: '/phoneCalls/:userId/:extension',
  call: '/phoneCalls/:userId/:extension/:phoneCallId'
} as const

/** A path of the operations on calls that go on. */
export type PathName = Exclude<keyof typeof PATHS, 'simple'>

/** The schemas that the OpenAPI document shows by name. */
export const NAMED_SCHEMAS = { PhoneCall, PhoneCallCollection }

const Calls = Type.Array(refTo(NAMED_SCHEMAS, 'PhoneCall'))

/** Create. @source phone-calls.md "Create" (v3) */
export const createRoute = {
  operationId: 'createPhoneCall',
  summary: 'Place a call',
  tags: [TAG.name],
  security: SECURITY,
  params: Type.Object({ userId: EXTENSION_PARAMETERS.userId }),
  querystring: NewPhoneCallQuery,
  body: NewPhoneCall,
  response: { 200: Calls },
  errors: [
    'phone_call_view_invalid',
    'waitforpickup_invalid',
    'callduration_invalid',
    'nonce_invalid',
    'content_type_unsupported',
    ...SHARED_ERRORS
  ] satisfies UapiErrorCode[]
}

/** List, by path. @source phone-calls.md "Paths" (v3) */
export const listRoute = (path: PathName) => ({
  ...documented('listPhoneCalls', path, path === 'call' ? 'Show a call' : 'List the calls of an extension'),
  querystring: PhoneCallListQuery,
  response: { 200: refTo(NAMED_SCHEMAS, 'PhoneCallCollection') },
  errors: [
    'phone_call_id_invalid',
    'count_invalid',
    'startindex_invalid',
    'filterby_invalid',
    'filterop_invalid',
    'filtervalue_invalid',
    'fields_invalid',
    ...SHARED_ERRORS
  ] satisfies UapiErrorCode[]
})

/** Update, by path. @source phone-calls.md "Paths", "The resource" (v3) */
export const updateRoute = (path: PathName) => ({
  ...documented('updatePhoneCalls', path, path === 'call' ? 'Change a call' : 'Change the calls of an extension'),
  body: PhoneCallAction,
  response: { 200: Calls },
  errors: [
    'phone_call_id_invalid',
    'phone_call_view_invalid',
    'action_invalid',
    'request_not_implemented',
    'content_type_unsupported',
    ...SHARED_ERRORS
  ] satisfies UapiErrorCode[]
})

/** Delete, by path. @source phone-calls.md "Paths" (clients) */
export const deleteRoute = (path: PathName) => ({
  ...documented('deletePhoneCalls', path, path === 'call' ? 'Hang up a call' : 'Hang up the calls of an extension'),
  response: { 200: DeletedPhoneCalls },
  errors: ['phone_call_id_invalid', ...SHARED_ERRORS] satisfies UapiErrorCode[]
})

/** The OpenAPI members of an operation. The path with an id has the plain name, the other one a suffix. */
const documented = (name: string, path: PathName, summary: string) => ({
  operationId: path === 'call' ? name : `${name}OfExtension`,
  summary,
  tags: [TAG.name],
  security: SECURITY,
  params: Type.Object({
    userId: EXTENSION_PARAMETERS.userId,
    extension: Type.String({ description: 'An extension number, extended (0003*210) or short (210), or @self.' }),
    ...(path === 'call' && { phoneCallId: PhoneCallId })
  })
})
