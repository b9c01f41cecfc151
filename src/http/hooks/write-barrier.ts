import type { FastifyRequest, preHandlerHookHandler } from 'fastify'

/**
 * Makes requests wait that may write while a large change of the state is prepared from a copy. Without one it costs one
 * call. It is the last hook before an operation: nothing of a body or a fault is waited for after it.
 * @source control-api.md "State"
 */
export const waitIfWriting: preHandlerHookHandler = function waitIfWriting(request, _reply, done) {
  if (mayWrite(request) && request.sandbox.writeBarrier.isActive()) request.sandbox.writeBarrier.whenOver(() => done())
  else done()
}

/** Makes every request wait like one that writes: with the consent of a user, a GET creates an authorization code. */
export const waitAlways: preHandlerHookHandler = function waitAlways({ sandbox }, _reply, done) {
  if (sandbox.writeBarrier.isActive()) sandbox.writeBarrier.whenOver(() => done())
  else done()
}

const mayWrite = ({ method, routeOptions }: FastifyRequest): boolean =>
  method !== 'GET' && method !== 'HEAD' && routeOptions.config.reads !== true
