import type { FastifyRequest } from 'fastify'
import type { User } from '../schema/directory.js'
import type { Operation } from '../schema/operations.js'
import type { Sandbox } from '../service/sandbox.js'
import type { RequestContext } from '../service/watch/request-context.js'
import type { AnswerCount } from './hooks/count-answers.js'

declare module 'fastify' {
  /** The two things that a request carries of ours. */
  interface FastifyRequest {
    /** The emulator that the request is for. */
    sandbox: Sandbox
    /** Who the request acts as; set by `authenticate`, so only on the vendor's surface. */
    principal: User
  }

  interface FastifyContextConfig {
    /** Is asked by supervisors, again and again: such requests are not recorded. */
    probe?: boolean
    /** Answers while the emulator shuts down, too. */
    whileStopping?: boolean
    /** What the route does, by what the journal calls it. */
    operation?: Operation
    /** Where its answers are counted. */
    answers?: AnswerCount
    /** Needs no control token. */
    open?: boolean
  }
}

// A symbol hides the context: hooks and handlers use contextOf. A WeakMap would keep the garbage collector busy at every request.
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
    extension: undefined
  }
  return request[CONTEXT]
}
