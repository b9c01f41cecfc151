import type { Socket } from 'node:net'
import type { FastifyReply, FastifyRequest, preHandlerHookHandler } from 'fastify'
import type { InjectedAnswer, InjectedError } from '../../domain/errors/injected.js'
import { UapiError } from '../../domain/errors/uapi.js'
import type { FaultSubject } from '../../domain/fault.js'
import { recordRequest } from './journal.js'

/** How a surface has faults. */
export interface FaultyOptions {
  /** What a request is, as faults see it. */
  subjectOf: (request: FastifyRequest) => FaultSubject
  /** An answer of a fault, in the words of the surface. */
  errorOf: (answer: InjectedAnswer) => InjectedError
}

/**
 * Lets requests run into the faults of their sandbox: after their credentials were checked and their body was read,
 * before anything is done. It asks for one property where there are none.
 * @throws InjectedError, UapiError `service_unavailable` when a delay was cut short, by a reset or a shutdown
 * @assumed 0020
 */
export function injectFaults({ subjectOf, errorOf }: FaultyOptions): preHandlerHookHandler {
  return function injectFault(request, reply, done) {
    const { faults } = request.sandbox
    if (faults.isEmpty) return done()
    const applied = faults.applyToRequest(subjectOf(request))
    if (applied === undefined) return done()
    if (applied.kind === 'answer') throw errorOf(applied)
    if (applied.kind === 'drop') return drop(request, reply, applied.how)
    applied.ended.then(
      isSameState => done(isSameState ? undefined : new UapiError('service_unavailable', 'state_replaced')),
      () => done(new UapiError('service_unavailable', 'stopping'))
    )
  }
}

/** Ends a connection without an answer, which the journal has with the status 0. */
function drop(request: FastifyRequest, reply: FastifyReply, how: 'reset' | 'empty'): void {
  reply.header('X-Emulator-Reason', 'fault_injected')
  reply.raw.statusCode = 0
  recordRequest(request, reply, undefined, () => undefined)
  reply.hijack()
  const { socket } = request.raw
  if (how === 'empty') socket.destroySoon()
  else reset(socket)
}

/** Of an encrypted connection only the bare one below can be reset; Node has no public name for it. */
function reset(socket: Socket): void {
  const below: unknown = Reflect.get(socket, '_parent')
  const bare = below instanceof Object && 'resetAndDestroy' in below ? (below as Socket) : socket // only sockets can
  bare.resetAndDestroy()
  socket.destroy()
}
