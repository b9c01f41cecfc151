import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { printCollection } from '../../../domain/collection.js'
import { ignoredParameters } from '../../../domain/listing.js'
import { ignoredByUpdate } from '../../../domain/phone-calls/action.js'
import { ignoredByCreate } from '../../../domain/phone-calls/new-phone-call.js'
import { BODY_BOUNDS } from '../../../schema/body-bounds.js'
import type { Operation } from '../../../schema/operations.js'
import { PhoneCallListQuery } from '../../../schema/phone-call.js'
import { extensionIn, type PhoneCallAddress } from '../../../service/phone-calls.js'
import { parseJsonBodies } from '../../hooks/bodies.js'
import { contextOf } from '../../request.js'
import type { BaseUrl } from '../../server/target.js'
import { ignoreBodies, membersOf, parametersOf, queryOf, recordIgnored } from '../request-parts.js'
import { operationOptions, type ServiceOptions, type VendorService } from '../vendor-service.js'
import { createRoute, deleteRoute, listRoute, NAMED_SCHEMAS, PATHS, TAG, updateRoute } from './operations.js'

/** The PhoneCalls service. @source phone-calls.md */
export const phoneCalls: VendorService = {
  tag: TAG,
  schemas: NAMED_SCHEMAS,
  routes: async (app, options) => {
    await app.register(readers, options)
    await app.register(writers, options)
  }
}

/** The paths of the operations on calls that go on. */
const ONGOING_PATHS = ['extension', 'call'] as const

/** List and Delete, which ignore bodies. */
const readers: FastifyPluginAsyncTypebox<ServiceOptions> = async (app, { baseUrl, isDocumented }) => {
  ignoreBodies(app)
  for (const path of ONGOING_PATHS) {
    app.get(
      PATHS[path],
      optionsOf('phoneCalls.list', () => listRoute(path), isDocumented),
      async request => {
        const query = queryOf(request)
        const address = addressOf(request)
        recordIgnored(request, ignoredParameters(query, PhoneCallListQuery))
        const { phoneCalls } = request.sandbox
        const url = urlOf(request, baseUrl, address.extension)
        const found = phoneCalls.list(request.principal, address, query, id => `${url}/${id}`, contextOf(request))
        return printCollection(found, found.entries, address.phoneCallId ? `${url}/${address.phoneCallId}` : url, query)
      }
    )

    app.delete(
      PATHS[path],
      optionsOf('phoneCalls.delete', () => deleteRoute(path), isDocumented),
      async request => {
        recordIgnored(request, parametersOf(request))
        const ids = request.sandbox.phoneCalls.remove(request.principal, addressOf(request), contextOf(request))
        return ids.map(id => ({ id }))
      }
    )
  }
}

/** Create and Update, whose bodies are JSON objects. */
const writers: FastifyPluginAsyncTypebox<ServiceOptions> = async (app, { baseUrl, isDocumented }) => {
  parseJsonBodies(app, () => BODY_BOUNDS.uapi)

  app.post(
    PATHS.simple,
    optionsOf('phoneCalls.create', () => createRoute, isDocumented),
    async request => {
      const body = membersOf(request)
      const query = queryOf(request)
      recordIgnored(request, ignoredByCreate(body, query))
      const url = urlOf(request, baseUrl, extensionIn(body))
      const { phoneCalls } = request.sandbox
      const { userId } = addressOf(request)
      return [phoneCalls.create(request.principal, userId, { body, query }, id => `${url}/${id}`, contextOf(request))]
    }
  )

  for (const path of ONGOING_PATHS) {
    app.put(
      PATHS[path],
      optionsOf('phoneCalls.update', () => updateRoute(path), isDocumented),
      async request => {
        const body = membersOf(request)
        const address = addressOf(request)
        recordIgnored(request, [...ignoredByUpdate(body), ...parametersOf(request)])
        const url = urlOf(request, baseUrl, address.extension)
        const { phoneCalls } = request.sandbox
        return phoneCalls.update(request.principal, address, body, id => `${url}/${id}`, contextOf(request))
      }
    )
  }
}

/**
 * Options of a route. Only the document needs its schema: the domain validates, and members are printed in their order
 * without it. Every start would pay for these schemas.
 */
const optionsOf = (operation: Operation, schema: () => object, isDocumented = false) => ({
  ...operationOptions(operation),
  ...(isDocumented && { schema: schema() })
})

/** The path parameters of a request. */
const addressOf = (request: FastifyRequest): PhoneCallAddress => request.params as PhoneCallAddress // strings, by the router

/** The absolute address of the calls of an extension, as the request wrote user and extension. */
const urlOf = (request: FastifyRequest, baseUrl: BaseUrl, extension: string): string =>
  `${baseUrl(request)}/uapi/phoneCalls/${addressOf(request).userId || '@me'}/${extension}`
