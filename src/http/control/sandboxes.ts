import type { FastifyRequest } from 'fastify'
import type { FixtureSource } from '../../domain/fixtures/read.js'
import { CONTROL_PREFIX } from '../../schema/control-api/operation.js'
import type { SANDBOXES } from '../../schema/control-api/sandboxes.js'
import type { SandboxPlace } from '../../schema/sandbox.js'
import type { Sandboxes } from '../../service/sandboxes.js'
import { documentIn } from '../hooks/large-bodies.js'
import type { Handlers } from './route.js'

/** Dependencies of the operations on sandboxes. */
export interface SandboxRoutesOptions {
  sandboxes: Pick<Sandboxes, 'createLarge' | 'list' | 'end'>
  /** The URL of the emulator itself, without the prefix of a sandbox. */
  rootUrl: (request: FastifyRequest) => string
  /** The fixture that a request names or contains. @throws ControlError `request_invalid` for an unknown name */
  sourcesOf: (fixture: string | object) => FixtureSource[]
}

/** The handlers of the operations on sandboxes. @source control-api.md "Sandboxes" */
export function sandboxHandlers({ sandboxes, rootUrl, sourcesOf }: SandboxRoutesOptions): Handlers<typeof SANDBOXES> {
  const placeOf = (request: FastifyRequest, name: string): SandboxPlace => {
    const url = `${rootUrl(request)}/sandboxes/${name}`
    return { name, url, controlUrl: url + CONTROL_PREFIX }
  }
  return {
    async createSandbox(request, reply) {
      const { name: requestedName, fixture } = request.body
      const sources = fixture === undefined ? undefined : sourcesOf(documentIn(request.body, 'fixture') ?? fixture)
      const { name } = await sandboxes.createLarge(requestedName, sources)
      const place = placeOf(request, name)
      reply.header('Location', place.url) // for load balancers, which read no bodies
      return place
    },
    listSandboxes(request) {
      const found = sandboxes.list().map(({ name, ...times }) => ({ ...placeOf(request, name), ...times }))
      return { sandboxes: found, total: found.length }
    },
    endSandbox: async ({ params }) => sandboxes.end(params.name)
  }
}
