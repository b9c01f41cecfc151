import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { EventAddress } from '../../domain/addressing.js'
import { UapiError } from '../../domain/errors/uapi.js'
import { type Query, TOKEN_PARAMETER } from '../../domain/listing.js'
import type { Members } from '../../domain/phone-call-event.js'
import type { ExtensionAddress } from '../../service/extensions.js'
import { discardBodies } from '../hooks/bodies.js'
import { type Guard, runGuards } from '../hooks/guard.js'
import { contextOf } from '../request.js'

// The router gives params and query as objects of strings. The casts hold, although the schemas are not enforced.

/** The path parameters of a request. */
export const addressOf = (request: FastifyRequest): EventAddress => request.params as EventAddress

/** The user and the extension of a request; the extension of the body, where the path has none. */
export function extensionAddressOf(request: FastifyRequest): ExtensionAddress {
  const { userId, extension } = addressOf(request)
  const body: unknown = request.body
  const inBody: unknown = Reflect.get(Object(body), 'extension')
  return { userId, extension: extension ?? (typeof inBody === 'string' ? inBody : '') }
}

/** The query of a request. */
export const queryOf = (request: FastifyRequest): Query => request.query as Query

/** The members of a JSON body; none without a body. @throws UapiError `request_invalid` when it is not an object */
export function membersOf({ body }: FastifyRequest): Members {
  if (body === undefined) return {}
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new UapiError('request_invalid', 'json_not_an_object')
  }
  return body as Members // a parsed JSON object
}

/** Names of the query, for an operation that reads no parameters. The token is not among them. */
export const parametersOf = (request: FastifyRequest): string[] =>
  Object.keys(queryOf(request)).filter(name => name !== TOKEN_PARAMETER)

/** Reads and discards the bodies of a scope, with any content type, even a malformed one. */
export function ignoreBodies(app: FastifyInstance): void {
  discardBodies(app)
  app.addHook('onRequest', runGuards(removeContentType))
}

const removeContentType: Guard = ({ raw }) => {
  raw.headers['content-type'] = undefined
}

/** Records the names that an operation ignores, even when the request is refused later. @source contract §1, §2.4 */
export function recordIgnored(request: FastifyRequest, names: string[]): void {
  if (names.length > 0) contextOf(request).ignored = names
}
