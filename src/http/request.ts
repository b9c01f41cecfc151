import type { FastifyRequest } from 'fastify'
import type { Parameters } from '../domain/oauth-request.js'
import type { User } from '../schema/directory.js'
import type { Operation } from '../schema/journal.js'
import type { Trace } from '../service/phone-call-events.js'
import type { Sandbox } from '../service/sandbox.js'
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

/** What is found out about a request on its way, and wanted by the journal at its end. */
export interface RequestNote extends Trace {
  /** When it came, by the sandbox's clock, in milliseconds since 1970. */
  at: number | undefined
  /** Its body: the bytes, or the parameters that they were read to, or what is shown instead of them. */
  body: Uint8Array | Parameters | string | undefined
  /** The names that it sent in vain. */
  ignored: string[] | undefined
  /** The event type, where the path does not have it. */
  type: string | undefined
  /** The id of an event that was created. */
  eventId: string | undefined
}

// Known only here: of ours, others see two things on a request. A WeakMap would keep its collector busy at every request.
const NOTE = Symbol('note')

declare module 'fastify' {
  interface FastifyRequest {
    [NOTE]?: RequestNote
  }
}

/** The note of a request; an empty one, at first. */
export function noteOf(request: FastifyRequest): RequestNote {
  request[NOTE] ??= {
    at: undefined,
    body: undefined,
    ignored: undefined,
    type: undefined,
    eventId: undefined,
    extension: undefined
  }
  return request[NOTE]
}
