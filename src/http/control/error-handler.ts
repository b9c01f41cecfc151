import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { ControlError } from '../../domain/errors/control.js'
import { StorageError } from '../../domain/errors/storage.js'
import { UapiError } from '../../domain/errors/uapi.js'
import { FixtureInvalid } from '../../domain/fixtures/read.js'
import type { ControlErrorEnvelope } from '../../schema/error.js'
import { REASONS } from '../../schema/reasons.js'
import { Stopped } from '../../service/watch/changes.js'
import { logOf } from '../hooks/log.js'
import { frameworkRefusal } from '../refusal.js'

/** Answers every error of our own surfaces. @source control-api.md "Errors" */
export async function replyWithControlError(
  error: FastifyError | ControlError | UapiError | StorageError,
  request: FastifyRequest,
  reply: FastifyReply
): Promise<ControlErrorEnvelope> {
  const { code, message, status, reason, details } = refusalOf(error, request)
  if (reason === 'unexpected') logOf(request).error({ err: error }, 'unexpected error')
  if (status === 401) reply.header('WWW-Authenticate', 'Bearer')
  reply.code(status).header('X-Emulator-Reason', reason)
  return { error: { code, message, ...(details && { details }) } }
}

function refusalOf(
  error: FastifyError | ControlError | UapiError | StorageError,
  request: FastifyRequest
): ControlError {
  if (error instanceof ControlError) return error
  if (error instanceof FixtureInvalid)
    return new ControlError('fixture_invalid', { details: error.details(), hasMore: error.hasMore })
  if (error instanceof StorageError) return new ControlError(error.reason, { message: error.message })
  if (error instanceof Stopped) return new ControlError('stopping')
  const refusal = error instanceof UapiError ? error : frameworkRefusal(error, request)
  return refusal === undefined ? new ControlError('internal_error') : fromUapiError(refusal)
}

/** Converts an error of HTTP itself. */
export function fromUapiError({ code, status, reason, message, remedy }: UapiError): ControlError {
  if (reason === 'host_not_allowed' || reason === 'sandbox_unknown' || reason === 'transfer_encoding_unsupported')
    return new ControlError(reason)
  if (code === 'uri_too_long' || code === 'headers_too_large' || code === 'request_timeout')
    return new ControlError(code)
  if (reason === 'body_too_large')
    return new ControlError('request_too_large', { message: `The body is too large. ${remedy}` })
  if (status === 413) return new ControlError('body_too_complex', { reason, message: remedy })
  if (status === 415)
    return new ControlError('content_type_unsupported', { reason, ...(remedy && { message: remedy }) })
  if (status === 503) return new ControlError('stopping')
  return new ControlError('request_invalid', { reason, status, message: `${message} (${REASONS[reason].meaning})` })
}
