import type { FastifyPluginAsync, FastifyRequest, HookHandlerDoneFunction } from 'fastify'
import type { AllowedOrigins } from '../../domain/allowed-origins.js'
import { ControlError } from '../../domain/errors/control.js'
import { sandboxPrefixOf } from '../server/target.js'
import { type ApiOptions, api } from './api.js'
import {
  CONTROL_OPENAPI_PATH,
  createDocumentation,
  DOCS_PATH,
  OPENAPI_PATH,
  type ReadDocument,
  withServer,
  withSettings
} from './documentation.js'
import { replyWithControlError } from './error-handler.js'
import { controlTokenGuard, originGuard } from './guards.js'

/** Options of the control API. */
export interface ControlOptions extends ApiOptions {
  /** Undefined when none is required. */
  controlToken: string | undefined
  allowedOrigins: AllowedOrigins
  readDocument: ReadDocument
}

/** The control API, under `/_emulator`, with its documents and pages. @source control-api.md */
export const control: FastifyPluginAsync<ControlOptions> = async (app, options) => {
  app.setErrorHandler(replyWithControlError)
  app.setNotFoundHandler(() => {}) // the hook has refused the request
  app.addHook('onRequest', controlTokenGuard(options.controlToken))
  app.addHook('onRequest', originGuard(options.allowedOrigins))
  app.addHook('onRequest', refuseUnknownRoute)
  const { health, answers, memoryUsage, sandboxes, largeWork, version, baseUrl } = options
  await app.register(api, { health, answers, memoryUsage, sandboxes, largeWork, version, baseUrl })

  const documentation = createDocumentation(options.readDocument)
  const below = (path: string) => path.slice(app.prefix.length)
  // Documents and pages have no state and no secret, and a link to them cannot send the control token.
  const config = { open: true }
  const ofDocument = { config, exposeHeadRoute: true, onRequest: refuseUnknownQuery }
  app.get(below(OPENAPI_PATH), ofDocument, async ({ raw, sandbox }) =>
    withServer(withSettings(await documentation.uapi(), sandbox.settings.current()), sandboxPrefixOf(raw))
  )
  app.get(below(CONTROL_OPENAPI_PATH), ofDocument, async ({ raw }) =>
    withServer(await documentation.control(), sandboxPrefixOf(raw))
  )
  for (const path of [DOCS_PATH, `${DOCS_PATH}/*`]) {
    app.get(below(path), { config, exposeHeadRoute: true }, async (request, reply) => {
      const pages = await documentation.pages()
      // The headers of a hijacked reply are not sent. None of ours is undefined.
      for (const [name, value] of Object.entries(reply.getHeaders())) reply.raw.setHeader(name, value ?? '')
      reply.hijack()
      documentation.noteSettings(request.raw, request.sandbox.settings.current())
      request.raw.method = 'GET' // an answer to HEAD was created without a body, whatever is written to it
      pages.routing(request.raw, reply.raw)
    })
  }
}

/** Refuses any query: a misspelt name must not pass silently. @source control-api.md "Errors" */
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
