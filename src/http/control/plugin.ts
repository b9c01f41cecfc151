import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest, HookHandlerDoneFunction } from 'fastify'
import { ControlError } from '../../domain/errors/control.js'
import { type ApiOptions, api } from './api.js'
import { CONTROL_OPENAPI_PATH, createDocumentation, DOCS_PATH, OPENAPI_PATH } from './documentation.js'
import { replyWithControlError } from './error-handler.js'
import { controlTokenGuard, originGuard } from './guards.js'

/** What our own API needs. */
export interface ControlOptions extends ApiOptions {
  version: string
  /** Undefined where no token is asked for. */
  controlToken: string | undefined
  allowedOrigins: ReadonlySet<string>
}

/** Our own API, under `/_emulator`. @source control-api.md */
export const control: FastifyPluginAsyncTypebox<ControlOptions> = async (app, options) => {
  app.setErrorHandler(replyWithControlError)
  app.setNotFoundHandler(() => {}) // the hook has refused what comes here
  app.addHook('onRequest', controlTokenGuard(options.controlToken))
  app.addHook('onRequest', originGuard(options.allowedOrigins))
  app.addHook('onRequest', refuseUnknownRoute)
  const { health, answers, memoryUsage, sandboxes } = options
  await app.register(api, { health, answers, memoryUsage, sandboxes })

  const documentation = createDocumentation(options.version)
  app.addHook('onClose', async () => {
    await documentation.close()
  })
  for (const path of [OPENAPI_PATH, CONTROL_OPENAPI_PATH, DOCS_PATH, `${DOCS_PATH}/*`]) {
    const url = path.slice(app.prefix.length)
    app.get(url, url.endsWith('.json') ? { onRequest: refuseUnknownQuery } : {}, async (request, reply) => {
      const documents = await documentation.open()
      reply.raw.setHeader('X-Emulator-Request-Id', request.id) // what stands in the reply is lost with it
      reply.hijack()
      documents.routing(request.raw, reply.raw)
    })
  }
}

/** It is our API: a name that is mistyped must not pass silently. @source control-api.md "Errors" */
function refuseUnknownQuery({ query }: FastifyRequest, _reply: unknown, done: HookHandlerDoneFunction): void {
  const details = Object.keys(Object(query)).map(name => ({
    path: `?${name}`,
    message: 'is not a member that this call has here'
  }))
  if (details.length > 0) throw new ControlError('request_invalid', { reason: 'query_unknown', details })
  done()
}

function refuseUnknownRoute({ is404 }: FastifyRequest, _reply: unknown, done: HookHandlerDoneFunction): void {
  if (is404) throw new ControlError('route_unknown')
  done()
}
