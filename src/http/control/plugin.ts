import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { ControlError } from '../../domain/control-errors.js'
import { Health } from '../../schema/health.js'
import { createDocumentation } from './documentation.js'
import { replyWithControlError } from './error-handler.js'
import { controlTokenGuard, originGuard } from './guards.js'

/** What our own API needs. */
export interface ControlOptions {
  health: () => Health
  version: string
  /** Undefined where no token is asked for. */
  controlToken: string | undefined
  allowedOrigins: ReadonlySet<string>
}

/** Our own API, under `/_emulator`. @source control-api.md */
export const control: FastifyPluginAsyncTypebox<ControlOptions> = async (app, options) => {
  app.setErrorHandler(replyWithControlError)
  app.setNotFoundHandler(refuseUnknownRoute)
  app.addHook('onRequest', controlTokenGuard(options.controlToken))
  app.addHook('onRequest', originGuard(options.allowedOrigins))
  app.addHook('onRequest', refuseUnknownRoute)

  const health = {
    onRequest: refuseUnknownQuery,
    schema: { response: { 200: Health } },
    config: { open: true, whileStopping: true }
  }
  app.get('/health', health, async () => options.health())

  const documentation = createDocumentation(options.version)
  app.addHook('onClose', async () => {
    await documentation.close()
  })
  for (const url of ['/openapi/uapi.json', '/docs', '/docs/*']) {
    app.get(url, url.endsWith('.json') ? { onRequest: refuseUnknownQuery } : {}, async (request, reply) => {
      const documents = await documentation.open()
      reply.raw.setHeader('X-Emulator-Request-Id', request.id) // what stands in the reply is lost with it
      reply.hijack()
      documents.routing(request.raw, reply.raw)
    })
  }
}

/** It is our API: a name that is mistyped must not pass silently. @source control-api.md "Errors" */
async function refuseUnknownQuery({ query }: FastifyRequest): Promise<void> {
  const [name] = Object.keys(Object(query))
  if (name === undefined) return
  throw new ControlError('request_invalid', 'query_unknown', 'This call takes no query names. Leave them out.')
}

async function refuseUnknownRoute({ is404 }: FastifyRequest): Promise<void> {
  if (is404) throw new ControlError('route_unknown', 'route_unknown')
}
