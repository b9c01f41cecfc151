import type { FastifyRequest } from 'fastify'
import type { EventAddress } from '../domain/addressing.js'
import type { BodyBounds } from '../schema/body-bounds.js'
import type { User } from '../schema/directory.js'
import type { Operation } from '../schema/operations.js'
import type { Sandbox } from '../service/sandbox.js'
import type { RequestContext } from '../service/watch/request-context.js'
import type { AnswerCount } from './hooks/count-answers.js'

declare module 'fastify' {
  /** The two decorations of a request. */
  interface FastifyRequest {
    /** The sandbox that the request addresses. */
    sandbox: Sandbox
    /** The user that the request acts as; set by `authenticate`, so only on the vendor's surface. */
    principal: User
  }

  interface FastifyContextConfig {
    /** A health probe of a supervisor: refused ones are no activity either. */
    probe?: boolean
    /** Its requests are in no journal, because no program under test sends them. */
    unrecorded?: boolean
    /** Answers also while the emulator shuts down. */
    whileStopping?: boolean
    /** Operation of the route, for journal, faults and metrics. */
    operation?: Operation
    /** Counter of its answers. */
    answers?: AnswerCount
    /** Accepts a body as large as a fixture. */
    largeBody?: boolean
    /** Changes nothing in the state, whatever its method is. */
    reads?: boolean
    /** Needs no control token. */
    open?: boolean
    /** What its body may have at most. */
    bounds?: BodyBounds
  }
}

/** Path parameters of any route, as they were sent; undefined where the path lacks one. */
export type PathParameters = Partial<EventAddress>

// A symbol keeps the context private to this file. A WeakMap would burden the garbage collector at every request.
const CONTEXT = Symbol('context')

declare module 'fastify' {
  interface FastifyRequest {
    [CONTEXT]?: RequestContext
  }
}

/** The context of a request; created empty at the first call. */
export function contextOf(request: FastifyRequest): RequestContext {
  request[CONTEXT] ??= {
    at: undefined,
    body: undefined,
    ignored: undefined,
    type: undefined,
    eventId: undefined,
    extension: undefined,
    fault: undefined,
    isAnswerCut: false,
    answerStart: undefined,
    isOfReplacedState: false,
    isRecorded: false
  }
  return request[CONTEXT]
}

/** Whether a journal has recorded a request. */
export const isRecorded = (request: FastifyRequest): boolean => request[CONTEXT]?.isRecorded ?? false

/** The event type of a request as it was sent: of its body, where that was read for it, else of its path. */
export function eventTypeOf(request: FastifyRequest): string | undefined {
  const params = request.params as PathParameters | undefined // undefined where the router refused the request
  return request[CONTEXT]?.type ?? (params?.eventType || undefined)
}
