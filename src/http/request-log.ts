import type { FastifyBaseLogger, FastifyRequest } from 'fastify'

/** Gives every request the logger of all: few say anything, and a logger of its own would cost each of them. */
export const sharedLogger = (logger: FastifyBaseLogger): FastifyBaseLogger => logger

/** The logger of a request, whose lines name it. */
export const logOf = ({ log, id }: FastifyRequest): FastifyBaseLogger => log.child({ reqId: id })
