import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import Type from 'typebox'
import type { FixtureSource } from '../../domain/fixtures/read.js'
import { SandboxList, SandboxName, SandboxPlace, SandboxRequest } from '../../schema/sandbox.js'
import type { Sandboxes } from '../../service/sandboxes.js'
import { LIMITS } from '../server/options.js'
import { described } from './described.js'

/** What the calls about sandboxes need. */
export interface SandboxRoutesOptions {
  sandboxes: Pick<Sandboxes, 'create' | 'list' | 'end'>
  /** Where the emulator itself is, whichever sandbox a request is for. */
  rootUrl: (request: FastifyRequest) => string
  /** The fixtures that a request means. @throws ControlError `request_invalid` when it names none */
  sourcesOf: (fixture: string | object) => FixtureSource[]
}

const params = Type.Object({ name: SandboxName })

/** Emulators of their own beside the default one. @source control-api.md "Sandboxes" */
export const sandboxRoutes: FastifyPluginAsyncTypebox<SandboxRoutesOptions> = async (app, options) => {
  const { sandboxes, rootUrl, sourcesOf } = options
  const placeOf = (request: FastifyRequest, name: string): SandboxPlace => {
    const url = `${rootUrl(request)}/sandboxes/${name}`
    return { name, url, controlUrl: `${url}/_emulator` }
  }

  const create = described('createSandbox', 'Sandboxes', 'Makes a sandbox.', { 201: SandboxPlace }, [
    'request_invalid',
    'sandbox_exists',
    'sandbox_limit'
  ])
  app.post(
    '/sandboxes',
    { schema: { ...create, body: SandboxRequest }, bodyLimit: LIMITS.fixtureBody },
    async (request, reply) => {
      const { name: asked, fixture } = request.body
      const { name } = sandboxes.create(asked, fixture === undefined ? undefined : sourcesOf(fixture))
      return reply.code(201).send(placeOf(request, name))
    }
  )

  const list = described('listSandboxes', 'Sandboxes', 'Lists the sandboxes.', { 200: SandboxList }, [
    'request_invalid'
  ])
  app.get('/sandboxes', { schema: list }, async request => {
    const found = sandboxes.list().map(({ name, ...times }) => ({ ...placeOf(request, name), ...times }))
    return { sandboxes: found, total: found.length }
  })

  const gone = Type.Unsafe<undefined>({ type: 'null', description: 'It has ended.' })
  const end = described('endSandbox', 'Sandboxes', 'Ends a sandbox, with all that it has.', { 204: gone }, [
    'sandbox_unknown'
  ])
  app.delete('/sandboxes/:name', { schema: { ...end, params } }, async ({ params }, reply) => {
    await sandboxes.end(params.name)
    return reply.code(204).send(undefined)
  })
}
