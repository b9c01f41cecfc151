import type { Socket } from 'node:net'
import type { FastifyReply, FastifyRequest, preHandlerHookHandler } from 'fastify'
import type { InjectedAnswer, InjectedError } from '../../domain/errors/injected.js'
import { UapiError } from '../../domain/errors/uapi.js'
import { type FaultSubject, firstHalf, GARBAGE } from '../../domain/fault.js'
import { contextOf } from '../request.js'
import { recordArrival, recordRequest } from './journal.js'

/** Options for `injectFaults`, by which surfaces differ. */
export interface FaultInjection {
  /** Operation, extension and type that faults are matched by. */
  subjectOf: (request: FastifyRequest) => FaultSubject
  /** The error of the surface for an answer that a fault injects. */
  errorOf: (answer: InjectedAnswer) => InjectedError
}

/**
 * Applies the faults of the sandbox to requests: after authentication and reading of the body, before the operation.
 * Without faults it costs one property access.
 * @throws InjectedError; UapiError `service_unavailable` when a reset or a shutdown ends a delay
 * @assumed 0020
 */
export function injectFaults({ subjectOf, errorOf }: FaultInjection): preHandlerHookHandler {
  return function injectFault(request, reply, done) {
    const { faults } = request.sandbox
    if (faults.isEmpty) return done()
    const applied = faults.applyToRequest(subjectOf(request))
    if (applied === undefined) return done()
    const { id, delayed, instead, cutsAnswer } = applied
    contextOf(request).fault = id
    const proceed = () => {
      if (cutsAnswer) cutAnswer(request, reply)
      if (instead === undefined) return done()
      if (instead.kind === 'drop') return drop(request, reply, instead.how)
      reply.headers(instead.headers)
      done(errorOf(instead))
    }
    const refuse = () => {
      contextOf(request).isOfReplacedState = true
      done(new UapiError('service_unavailable', 'state_replaced'))
    }
    if (delayed === undefined) return proceed()
    recordArrival(request, reply)
    delayed.then(
      isSameState => (isSameState ? proceed() : refuse()),
      () => done(new UapiError('service_unavailable', 'stopping'))
    )
  }
}

/** Ends a connection without an answer in HTTP. The journal records it with the status 0. */
function drop(request: FastifyRequest, reply: FastifyReply, how: 'reset' | 'empty' | 'garbage'): void {
  reply.header('X-Emulator-Reason', 'fault_injected')
  reply.raw.statusCode = 0
  recordRequest(request, reply, undefined, () => undefined)
  reply.hijack()
  const { socket } = request.raw
  if (how === 'garbage') socket.write(GARBAGE)
  if (how === 'reset') reset(socket)
  else socket.destroySoon()
}

/**
 * Makes the answer of a request end after half of its body, and its connection with it. The Content-Length stays that of
 * the whole body, so that clients detect the missing half.
 */
function cutAnswer(request: FastifyRequest, reply: FastifyReply): void {
  const { raw } = reply
  contextOf(request).isAnswerCut = true
  reply.headers({ connection: 'close', 'x-emulator-reason': 'fault_injected' })
  const end = raw.end.bind(raw)
  raw.end = (body?: unknown) => (typeof body === 'string' || body instanceof Uint8Array ? end(firstHalf(body)) : end())
}

/**
 * Resets a connection. Of TLS only the plain socket below can be reset; `_parent` is an internal property of Node. The
 * socket above is destroyed later: Node fails in the middle of a read that has another request (`parser.onIncoming`).
 */
function reset(socket: Socket): void {
  const below: unknown = Reflect.get(socket, '_parent')
  const plain = below instanceof Object && 'resetAndDestroy' in below ? (below as Socket) : socket // only a socket has it
  plain.resetAndDestroy()
  setImmediate(() => socket.destroy())
}
