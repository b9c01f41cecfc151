import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { InjectedError } from '../../domain/errors/injected.js'
import { UapiError } from '../../domain/errors/uapi.js'
import type { ErrorEnvelope } from '../../schema/error.js'
import { logOf } from '../hooks/log.js'
import { frameworkRefusal } from '../refusal.js'

/** Error handler of the vendor's surface: answers in the vendor's envelope. @source contract §6 */
export async function replyWithUapiError(
  error: FastifyError | UapiError | InjectedError,
  request: FastifyRequest,
  reply: FastifyReply
): Promise<ErrorEnvelope> {
  const refusal =
    error instanceof UapiError || error instanceof InjectedError ? error : frameworkRefusal(error, request)
  if (refusal === undefined) logOf(request).error({ err: error }, 'unexpected error')
  const { code, message, status, reason } = refusal ?? new UapiError('internal_server_error', 'unexpected')
  if (status === 401) reply.header('WWW-Authenticate', 'Bearer')
  reply.code(status).header('X-Emulator-Reason', reason)
  return { error: { code, message } }
}
