import type { FastifyBaseLogger, FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify'

/**
 * Logs refused requests at `info` and all others at `debug`. Query and headers are left out, because both can hold
 * tokens.
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

/** Child logger factory without children: most requests log nothing, and a logger for each would cost time. */
export const sharedLogger = (logger: FastifyBaseLogger): FastifyBaseLogger => logger

/** The logger of a request, whose lines hold its id. */
export const logOf = ({ log, id }: FastifyRequest): FastifyBaseLogger => log.child({ reqId: id })
