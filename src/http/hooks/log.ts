import type { FastifyBaseLogger, FastifyRequest } from 'fastify'

/** Child logger factory without children: most requests log nothing, and a logger for each would cost time. */
export const sharedLogger = (logger: FastifyBaseLogger): FastifyBaseLogger => logger

/** The logger of a request, whose lines hold its id. */
export const logOf = ({ log, id }: FastifyRequest): FastifyBaseLogger => log.child({ reqId: id })
