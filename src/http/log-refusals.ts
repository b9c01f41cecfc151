import type { FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify'
import { logOf } from './request-log.js'

/**
 * Writes a line for every request that was refused, and at `debug` for every other. The path stands in it without its
 * query and headers are left out, because both can hold tokens.
 */
export function logRefusals(request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction): void {
  done()
  const refused = reply.statusCode >= 400
  if (!refused && request.log.level !== 'debug' && request.log.level !== 'trace') return
  const line = {
    method: request.method,
    path: request.routeOptions.url ?? '(no route)',
    status: reply.statusCode,
    ms: Math.round(reply.elapsedTime),
    ...(refused && { reason: reply.getHeader('x-emulator-reason') })
  }
  if (refused) logOf(request).info(line, 'refused')
  else logOf(request).debug(line, 'answered')
}
