import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest, HookHandlerDoneFunction } from 'fastify'
import { Health } from '../../schema/state.js'
import { readJsonBodies } from '../hooks/bodies.js'
import type { AnswerCount } from '../hooks/count-answers.js'
import { callRoutes } from './calls.js'
import { clockRoutes } from './clock.js'
import { deliveryRoutes } from './deliveries.js'
import { described } from './described.js'
import { faultRoutes } from './faults.js'
import { type MemoryUsage, metricsRoutes } from './metrics.js'
import { requestRoutes } from './requests.js'
import { type SandboxRoutesOptions, sandboxRoutes } from './sandboxes.js'
import { snapshotRoutes } from './snapshots.js'
import { stateRoutes } from './state.js'
import { streamRoutes } from './stream.js'
import { compileSerializer, compileValidator, NO_QUERY, refuseNull } from './validation.js'

/** What the calls need beside the sandbox of a request. */
export interface ApiOptions {
  health: () => Health
  /** How many requests were answered so far. */
  answers: () => readonly AnswerCount[]
  memoryUsage?: (() => MemoryUsage) | undefined
  sandboxes: SandboxRoutesOptions
}

/** The calls of our own API, JSON in and JSON out. @source control-api.md */
export const api: FastifyPluginAsyncTypebox<ApiOptions> = async (app, { health, answers, memoryUsage, sandboxes }) => {
  readJsonBodies(app)
  app.setValidatorCompiler(compileValidator)
  app.setSerializerCompiler(compileSerializer)
  app.addHook('onRoute', route => {
    route.schema = { querystring: NO_QUERY, ...route.schema }
  })
  app.addHook('onRequest', forgetTypeOfNothing)
  app.addHook('preValidation', refuseNull)

  const schema = described('getHealth', 'State', 'How the emulator is.', { 200: Health }, ['request_invalid'])
  app.get('/health', { schema, config: { open: true, whileStopping: true } }, async () => health())
  await app.register(stateRoutes)
  await app.register(snapshotRoutes)
  await app.register(callRoutes)
  await app.register(deliveryRoutes)
  await app.register(faultRoutes)
  await app.register(requestRoutes)
  await app.register(clockRoutes)
  await app.register(streamRoutes)
  await app.register(metricsRoutes, { answers, memoryUsage, sandboxes: () => health().sandboxes })
  await app.register(sandboxRoutes, sandboxes)
}

/** What no body is said to be does not matter: `curl -d ''` calls it a form. */
function forgetTypeOfNothing({ raw }: FastifyRequest, _reply: unknown, done: HookHandlerDoneFunction): void {
  if (raw.headers['content-length'] === '0') raw.headers['content-type'] = undefined
  done()
}
