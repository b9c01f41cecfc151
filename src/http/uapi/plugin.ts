import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { injectedUapiError } from '../../domain/errors/injected.js'
import { UapiError } from '../../domain/errors/uapi.js'
import type { FaultSubject } from '../../domain/fault.js'
import { injectFaults } from '../hooks/fault.js'
import { type Guard, runGuards } from '../hooks/guard.js'
import { waitIfWriting } from '../hooks/write-barrier.js'
import { contextOf, eventTypeOf } from '../request.js'
import { collectRoutes, type MethodsAt } from '../route-table.js'
import { authenticate } from './authenticate.js'
import { replyWithUapiError } from './error-handler.js'
import { phoneCallEvents } from './phone-call-events/plugin.js'
import { phoneCalls } from './phone-calls/plugin.js'
import { extensionAddressOf } from './request-parts.js'
import type { ServiceOptions, VendorService } from './vendor-service.js'

/** Options of the vendor's surface. */
export interface UapiOptions extends ServiceOptions {
  services?: readonly VendorService[]
}

/** The services of the vendor that are emulated. */
export const VENDOR_SERVICES: readonly VendorService[] = [phoneCallEvents, phoneCalls]

/**
 * The vendor's surface: its services, with everything that they share.
 *
 * Parameters and bodies are validated by the domain and not by Fastify: permission is checked before validity, and each
 * parameter has its own error (contract §5, §6). The route schemas serve the OpenAPI document and serialization.
 */
export const uapi: FastifyPluginAsyncTypebox<UapiOptions> = async (
  app,
  { baseUrl, isDocumented = false, services = VENDOR_SERVICES }
) => {
  app.setErrorHandler(replyWithUapiError)
  app.setValidatorCompiler(() => () => true)
  app.setNotFoundHandler(() => {}) // never called: the guard throws first
  // Before authentication: an unknown route is refused whatever the credentials.
  app.addHook('onRequest', runGuards(unknownRouteGuard(collectRoutes(app)), authenticate))
  app.addHook('preHandler', injectFaults({ subjectOf: faultSubjectOf, errorOf: injectedUapiError }))
  app.addHook('preHandler', waitIfWriting)
  // All schemas first: addSchema would replace the validator compiler of scopes that exist already.
  for (const { schemas } of services)
    for (const [name, schema] of Object.entries(schemas)) app.addSchema({ ...schema, $id: name })
  for (const { routes } of services) await app.register(routes, { baseUrl, isDocumented })
}

/** Refuses other methods and paths as not implemented. @source contract §6 (v3) */
const unknownRouteGuard =
  (methodsAt: MethodsAt): Guard =>
  ({ is404, url }) => {
    if (!is404) return
    throw new UapiError('request_not_implemented', methodsAt(url).length > 0 ? 'method_unknown' : 'route_unknown')
  }

/** The values that faults match a request by. The extension is the extended number, however the path names it. */
function faultSubjectOf(request: FastifyRequest): FaultSubject {
  const { operation } = request.routeOptions.config
  const context = contextOf(request)
  context.extension = request.sandbox.extensions.locate(request.principal, extensionAddressOf(request))
  return { operation, extension: context.extension, type: eventTypeOf(request) }
}
