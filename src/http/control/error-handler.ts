import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { ControlError } from '../../domain/control-errors.js'
import { UapiError } from '../../domain/errors.js'
import type { ErrorEnvelope } from '../../schema/error.js'
import { frameworkRefusal } from '../refusal.js'

/** Answers every error of our own surfaces. @source control-api.md "Errors" */
export async function replyWithControlError(
  error: FastifyError | ControlError | UapiError,
  request: FastifyRequest,
  reply: FastifyReply
): Promise<ErrorEnvelope> {
  const { code, message, status, reason } = refusalOf(error)
  if (reason === 'unexpected') request.log.error({ err: error }, 'unexpected error')
  if (status === 401) reply.header('WWW-Authenticate', 'Bearer')
  reply.code(status).header('X-Emulator-Reason', reason)
  return { error: { code, message } }
}

function refusalOf(error: FastifyError | ControlError | UapiError): ControlError {
  if (error instanceof ControlError) return error
  const refusal = error instanceof UapiError ? error : frameworkRefusal(error)
  if (refusal === undefined) return new ControlError('internal_error', 'unexpected')
  if (refusal.reason === 'host_not_allowed') return new ControlError('host_not_allowed', refusal.reason)
  return new ControlError(
    refusal.status === 503 ? 'stopping' : 'request_invalid',
    refusal.reason,
    refusal.message,
    refusal.status
  )
}
