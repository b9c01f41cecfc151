import type { User } from '../schema/directory.js'
import type { Operation } from '../schema/journal.js'
import type { Sandbox } from '../service/sandbox.js'
import type { AnswerCount } from './count-answers.js'

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
