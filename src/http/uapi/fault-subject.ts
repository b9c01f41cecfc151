import type { FastifyRequest } from 'fastify'
import type { EventAddress } from '../../domain/addressing.js'
import type { FaultSubject } from '../../domain/fault.js'
import { contextOf } from '../request.js'

/** A request of the vendor's surface as faults see it. Its extension is the extended one, however it was written. */
export function faultSubjectOf(request: FastifyRequest): FaultSubject {
  const { sandbox, principal, body } = request
  const { operation } = request.routeOptions.config
  const address = request.params as EventAddress // the router gives an object of strings
  const extension = sandbox.events.locate(principal, address)
  const said: unknown = Reflect.get(Object(body), 'type')
  const type = address.eventType || (operation === 'create' && said !== undefined ? String(said) : undefined)
  const context = contextOf(request)
  context.extension = extension
  if (!address.eventType) context.type = type
  return { operation, extension, type }
}
