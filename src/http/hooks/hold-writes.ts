import type { FastifyRequest, preHandlerHookHandler } from 'fastify'

/**
 * Makes requests wait that may write while a large change of the state is prepared from a copy. Without one it costs one
 * call. It is the last hook before an operation: nothing of a body or a fault is waited for after it.
 * @source control-api.md "State"
 */
export const holdWrites: preHandlerHookHandler = function holdWrites(request, _reply, done) {
  if (mayWrite(request) && request.sandbox.hold.isActive()) request.sandbox.hold.whenOver(() => done())
  else done()
}

/** Makes every request wait like one that writes: with the consent of a user, a GET creates an authorization code. */
export const holdAll: preHandlerHookHandler = function holdAll({ sandbox }, _reply, done) {
  if (sandbox.hold.isActive()) sandbox.hold.whenOver(() => done())
  else done()
}

const mayWrite = ({ method, routeOptions }: FastifyRequest): boolean =>
  method !== 'GET' && method !== 'HEAD' && routeOptions.config.reads !== true
