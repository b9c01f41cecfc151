import type { FastifyPluginAsync } from 'fastify'
import Type, { type Static, type TSchema } from 'typebox'
import { UAPI_ERRORS, type UapiErrorCode } from '../../domain/errors/uapi.js'
import { BODY_BOUNDS, describeBounds } from '../../schema/body-bounds.js'
import { ErrorEnvelope } from '../../schema/error.js'
import type { Operation } from '../../schema/operations.js'
import { LIMITS } from '../server/options.js'
import type { BaseUrl } from '../server/target.js'

/**
 * A service of the vendor: the routes and schemas that differ from service to service. The surface adds authentication,
 * the error envelope, faults, and 501 for other methods and paths.
 */
export interface VendorService {
  /** Tag of its operations in the OpenAPI document. */
  tag: { name: string; description: string }
  /** Schemas that the document shows by name. */
  schemas: NamedSchemas
  /** Registers the operations, with paths below `/uapi`. */
  routes: FastifyPluginAsync<ServiceOptions>
}

/** Options of the routes of a service. */
export interface ServiceOptions {
  baseUrl: BaseUrl
  /** Whether the routes are registered for the OpenAPI document, and serve no requests. */
  isDocumented?: boolean
}

/** Route options of an operation: its name for journal, faults and metrics, and the limit of its body. */
export const operationOptions = (operation: Operation) => ({ config: { operation }, bodyLimit: LIMITS.uapiBody })

/** Schemas by their names in the OpenAPI document. */
export type NamedSchemas = Readonly<Record<string, TSchema>>

/** A reference to a named schema of the service. */
export const refTo = <S extends NamedSchemas, Name extends keyof S & string>(_schemas: S, name: Name) =>
  Type.Unsafe<Static<S[Name]>>({ $ref: `${name}#` })

/** The ways to authenticate, as `security` of an operation. */
export const SECURITY = [{ bearer: [] }, { accessRequestToken: [] }, { session: [], xsrf: [] }]

/** Path parameters of an extension, for the OpenAPI document: the domain validates them, each with its own error. */
export const EXTENSION_PARAMETERS = {
  userId: Type.String({
    description: 'The authenticated user (@me, @viewer), the owner of the extension (@owner), or the id of a user.'
  }),
  extension: Type.String({ description: 'An extension number, extended (0003*210) or short (210). Never @self.' })
}

/** Errors of every operation on an extension. */
export const SHARED_ERRORS: UapiErrorCode[] = [
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
  'request_not_implemented',
  'service_unavailable'
]

/**
 * The responses of an operation for the OpenAPI document: its own, and for each status of its errors the envelope with
 * their codes. Routes do not use it, because every start would then compile hundreds of serializers.
 */
export function responsesOf({ response, errors }: { response: object; errors: UapiErrorCode[] }): object {
  const statuses = new Map<number, UapiErrorCode[]>([[401, ['access_denied']]])
  for (const code of new Set(errors)) {
    const { status } = UAPI_ERRORS[code]
    statuses.set(status, [...(statuses.get(status) ?? []), code])
  }
  const refusals = [...statuses].map(([status, codes]) => [
    status,
    Type.Object(ErrorEnvelope.properties, { description: [codes.join(', '), NOTES[status]].filter(Boolean).join('. ') })
  ])
  return { ...response, ...Object.fromEntries(refusals) }
}

/** What the codes of a status do not say. */
const NOTES: Partial<Record<number, string>> = {
  413: describeBounds(BODY_BOUNDS.uapi),
  501: 'A transfer coding other than chunked is not read',
  503: 'The emulator is shutting down (`stopping`), or the state was reset before the request was done (`state_replaced`)'
}
