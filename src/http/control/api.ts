import type { FastifyPluginAsync, FastifyRequest, HookHandlerDoneFunction } from 'fastify'
import { BODY_BOUNDS } from '../../schema/body-bounds.js'
import { CONTROL_API } from '../../schema/control-api.js'
import type { Health } from '../../schema/state.js'
import type { LargeWork } from '../../service/state/large/large-work.js'
import { parseJsonBodies } from '../hooks/bodies.js'
import type { AnswerCount } from '../hooks/count-answers.js'
import { releaseBody } from '../hooks/large-bodies.js'
import { waitIfWriting } from '../hooks/write-barrier.js'
import { type ExportOptions, exportHandlers } from './exports.js'
import { HANDLERS } from './handlers.js'
import { createMetrics, type MemoryUsage } from './metrics.js'
import { addRoutes } from './route.js'
import { type SandboxRoutesOptions, sandboxHandlers } from './sandboxes.js'
import { streamEvents } from './stream.js'
import { compileValidator, refuseNull } from './validation.js'

/** Dependencies of the operations, beside the sandbox of a request. */
export interface ApiOptions extends ExportOptions {
  health: () => Health
  /** The counts of answered requests. */
  answers: () => readonly AnswerCount[]
  memoryUsage?: (() => MemoryUsage) | undefined
  sandboxes: SandboxRoutesOptions
  /** The worker that parses large bodies; without it they are parsed here. */
  largeWork?: LargeWork | undefined
}

/** The operations of the control API: a handler for each row of its table. @source control-api.md */
export const api: FastifyPluginAsync<ApiOptions> = async (app, options) => {
  const { health, answers, memoryUsage, sandboxes, largeWork } = options
  parseJsonBodies(app, ({ routeOptions }) => routeOptions.config.bounds ?? BODY_BOUNDS.control, largeWork)
  app.setValidatorCompiler(compileValidator)
  app.addHook('onRequest', dropTypeOfEmptyBody)
  app.addHook('preValidation', refuseNull)
  if (largeWork) app.addHook('preValidation', releaseBody)
  app.addHook('preHandler', waitIfWriting)

  const metrics = createMetrics({ answers, memoryUsage, sandboxes: () => health().sandboxes })
  app.addHook('onClose', async () => metrics.close())
  addRoutes(app, CONTROL_API, {
    ...HANDLERS,
    ...sandboxHandlers(sandboxes),
    ...exportHandlers(options),
    getHealth: () => health(),
    getMetrics: metrics.getMetrics,
    getStream: streamEvents
  })
}

/** Ignores the content type of an empty body: `curl -d ''` sends that of a form. */
function dropTypeOfEmptyBody({ raw }: FastifyRequest, _reply: unknown, done: HookHandlerDoneFunction): void {
  if (raw.headers['content-length'] === '0') raw.headers['content-type'] = undefined
  done()
}
