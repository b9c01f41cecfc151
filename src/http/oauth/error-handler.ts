import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { InjectedError } from '../../domain/errors/injected.js'
import { OAuthError } from '../../domain/errors/oauth.js'
import { StorageError } from '../../domain/errors/storage.js'
import { UapiError } from '../../domain/errors/uapi.js'
import type { OAuthErrorResponse } from '../../schema/error.js'
import { logOf } from '../hooks/log.js'
import { frameworkRefusal } from '../refusal.js'

/** Error handler of the OAuth surface: answers in the shape of RFC 6749. @source contract §7; RFC 6749 §5.2 */
export async function replyWithOAuthError(
  error: FastifyError | OAuthError | UapiError | InjectedError | StorageError,
  request: FastifyRequest,
  reply: FastifyReply
): Promise<OAuthErrorResponse> {
  const refusal = error instanceof InjectedError ? error : toOAuthError(error, request)
  if (refusal.reason === 'unexpected') logOf(request).error({ err: error }, 'unexpected error')
  const { code, message, status, reason } = refusal
  if (status === 401) reply.header('WWW-Authenticate', 'Basic realm="uapi-emulator"')
  reply.code(status).header('X-Emulator-Reason', reason).header('Cache-Control', 'no-store')
  return { error: code, error_description: message }
}

/** Converts any error of a request to one of the OAuth catalogue. */
export function toOAuthError(
  error: FastifyError | OAuthError | UapiError | StorageError,
  request: FastifyRequest
): OAuthError {
  if (error instanceof OAuthError) return error
  if (error instanceof StorageError)
    return new OAuthError('server_error', error.reason, 'An unexpected error occurred.')
  const refusal = error instanceof UapiError ? error : frameworkRefusal(error, request)
  if (refusal === undefined) return new OAuthError('server_error', 'unexpected', 'An unexpected error occurred.')
  return fromUapiError(refusal)
}

/** Converts an error of HTTP itself, which keeps its status. */
export function fromUapiError({ status, reason, message, remedy }: UapiError): OAuthError {
  if (status >= 502) return new OAuthError('temporarily_unavailable', reason, message, status)
  if (reason === 'sandbox_unknown') return new OAuthError('sandbox_unknown', reason, message)
  if (status === 415) return new OAuthError('invalid_request', reason, remedy || UNSUPPORTED, status)
  return new OAuthError('invalid_request', reason, status === 413 || status === 501 ? remedy : message, status)
}

const UNSUPPORTED =
  'The content type must be application/x-www-form-urlencoded, multipart/form-data or application/json.'
