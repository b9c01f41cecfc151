import type { User } from '../schema/directory.js'
import type { Sandbox } from '../service/sandbox.js'

declare module 'fastify' {
  /** The two things that a request carries of ours. */
  interface FastifyRequest {
    /** The emulator that the request is for. */
    sandbox: Sandbox
    /** Who the request acts as; set by `authenticate`, so only on the vendor's surface. */
    principal: User
  }

  interface FastifyContextConfig {
    /** Answers while the emulator shuts down, too. */
    whileStopping?: boolean
    /** Needs no control token. */
    open?: boolean
  }
}
