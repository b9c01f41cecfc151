import type { FastifyBaseLogger, FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify'

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

/** Gives every request the logger of all: few say anything, and a logger of its own would cost each of them. */
export const sharedLogger = (logger: FastifyBaseLogger): FastifyBaseLogger => logger

/** The logger of a request, whose lines name it. */
export const logOf = ({ log, id }: FastifyRequest): FastifyBaseLogger => log.child({ reqId: id })
