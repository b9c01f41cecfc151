import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { InjectedError } from '../../domain/errors/injected.js'
import { StorageError } from '../../domain/errors/storage.js'
import { UapiError } from '../../domain/errors/uapi.js'
import type { ErrorEnvelope } from '../../schema/error.js'
import { logOf } from '../hooks/log.js'
import { frameworkRefusal } from '../refusal.js'

/** Error handler of the vendor's surface: answers in the vendor's envelope. @source contract §6 */
export async function replyWithUapiError(
  error: FastifyError | UapiError | InjectedError | StorageError,
  request: FastifyRequest,
  reply: FastifyReply
): Promise<ErrorEnvelope> {
  const refusal = refusalOf(error, request)
  if (refusal === undefined) logOf(request).error({ err: error }, 'unexpected error')
  const { code, message, status, reason } = refusal ?? new UapiError('internal_server_error', 'unexpected')
  if (status === 401) reply.header('WWW-Authenticate', 'Bearer')
  reply.code(status).header('X-Emulator-Reason', reason)
  return { error: { code, message } }
}

function refusalOf(error: FastifyError | UapiError | InjectedError | StorageError, request: FastifyRequest) {
  if (error instanceof UapiError || error instanceof InjectedError) return error
  if (error instanceof StorageError) return new UapiError('internal_server_error', error.reason)
  return frameworkRefusal(error, request)
}
