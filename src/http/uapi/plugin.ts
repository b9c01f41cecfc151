import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { EventAddress } from '../../domain/addressing.js'
import { injectedUapiError } from '../../domain/errors/injected.js'
import { UapiError } from '../../domain/errors/uapi.js'
import {
  ignoredParameters,
  printCollection,
  printPhoneCallEvent,
  type Query,
  type RequestPlace,
  TOKEN_PARAMETER
} from '../../domain/listing.js'
import { ignoredMembers, type Members } from '../../domain/phone-call-event.js'
import type { PhoneCallEventCollection } from '../../schema/collection.js'
import type { Operation } from '../../schema/operations.js'
import type { StoredPhoneCallEvent } from '../../schema/phone-call-event.js'
import { discardBodies, readJsonBodies } from '../hooks/bodies.js'
import { injectFaults } from '../hooks/fault.js'
import { type Guard, inTurn } from '../hooks/guard.js'
import { logOf } from '../hooks/log.js'
import { contextOf } from '../request.js'
import { LIMITS } from '../server/options.js'
import type { BaseUrl } from '../server/target.js'
import { authenticate } from './authenticate.js'
import { replyWithUapiError } from './error-handler.js'
import { faultSubjectOf } from './fault-subject.js'
import {
  Collection,
  createRoute,
  deleteRoute,
  listRoute,
  NAMED_SCHEMAS,
  PATHS,
  type PathName,
  updateRoute
} from './routes.js'

/** What the vendor's surface needs beside the sandbox of a request. */
export interface UapiOptions {
  baseUrl: BaseUrl
}

const EVERY_PATH = Object.keys(PATHS) as PathName[] // a const table has no other keys

/**
 * The vendor's surface: the four operations, who may use them, and how they refuse.
 *
 * Parameters and bodies are judged by the domain and not by the framework: permission comes before validity, and each
 * parameter has an error of its own (contract §5, §6). The schemas of the routes are the same ones, for the documents
 * and for serialising answers.
 */
export const uapi: FastifyPluginAsyncTypebox<UapiOptions> = async (app, { baseUrl }) => {
  app.setErrorHandler(replyWithUapiError)
  app.setValidatorCompiler(() => () => true)
  app.setNotFoundHandler(() => {}) // the hook has refused what comes here
  // What is unknown is refused before it asks who is there: there is nothing to be allowed to use.
  app.addHook('onRequest', inTurn(refuseUnknownRoute, authenticate))
  app.addHook('preHandler', injectFaults({ subjectOf: faultSubjectOf, errorOf: injectedUapiError }))
  for (const [name, schema] of Object.entries(NAMED_SCHEMAS)) app.addSchema({ ...schema, $id: name })
  await app.register(readers, { baseUrl })
  await app.register(writers, { baseUrl })
}

/** List and Delete, whose bodies are read and ignored. */
const readers: FastifyPluginAsyncTypebox<UapiOptions> = async (app, { baseUrl }) => {
  discardBodies(app)
  app.addHook('onRequest', inTurn(forgetContentType))
  for (const path of EVERY_PATH) {
    app.get(PATHS[path], { ...routeOf('list'), schema: listRoute(path) }, async (request, reply) => {
      const query = queryOf(request)
      noteIgnored(request, ignoredParameters(query))
      const { listEnvelope, emptyCollection } = request.sandbox.settings.current()
      const found = request.sandbox.events.list(request.principal, addressOf(request), query, contextOf(request))
      if (found.total === 0 && emptyCollection === 204) return reply.code(204).send(undefined)
      const collection = printCollection(found, placeOf(request, baseUrl), query)
      if (listEnvelope === 'array') return [collection]
      return serialized(reply, collection)
    })

    app.delete(PATHS[path], { ...routeOf('delete'), schema: deleteRoute(path) }, async (request, reply) => {
      noteIgnored(request, parametersOf(request))
      const ids = request.sandbox.events.remove(request.principal, addressOf(request), contextOf(request))
      if (ids.length === 0 && request.sandbox.settings.current().emptyCollection === 204)
        return reply.code(204).send(undefined)
      return ids.map(id => ({ id }))
    })
  }
}

/** Create and Update, whose bodies are JSON objects. */
const writers: FastifyPluginAsyncTypebox<UapiOptions> = async (app, { baseUrl }) => {
  readJsonBodies(app)
  const answer = (request: FastifyRequest, event: StoredPhoneCallEvent) => ({
    PhoneCallEvent: printPhoneCallEvent(event, placeOf(request, baseUrl))
  })

  for (const path of ['extension', 'type'] as const) {
    app.post(PATHS[path], { ...routeOf('create'), schema: createRoute(path) }, async request => {
      const body = membersOf(request)
      const context = contextOf(request)
      noteIgnored(request, [...ignoredMembers(body, 'create'), ...parametersOf(request)])
      if (path === 'extension') context.type = printType(body)
      const event = request.sandbox.events.create(request.principal, addressOf(request), body, context)
      context.type = event.type
      context.eventId = event.id
      return answer(request, event)
    })
  }

  for (const path of EVERY_PATH) {
    app.put(PATHS[path], { ...routeOf('update'), schema: updateRoute(path) }, async request => {
      const body = membersOf(request)
      noteIgnored(request, [...ignoredMembers(body, 'update'), ...parametersOf(request)])
      const event = request.sandbox.events.update(request.principal, addressOf(request), body, contextOf(request))
      return answer(request, event)
    })
  }
}

const routeOf = (operation: Operation) => ({ config: { operation }, bodyLimit: LIMITS.uapiBody })

/** Any other method or path is not implemented, whoever asks. @source contract §6 (v3) */
const refuseUnknownRoute: Guard = request => {
  if (request.is404) throw unknownRoute(request)
}

function unknownRoute({ url, method }: FastifyRequest): UapiError {
  const known = /\/extensions\/[^/]*\/[^/]*\/phoneCallEvents(?:\/[^/]*){0,2}\/?(?:\?.*)?$/.test(url)
  const reason = known && method !== 'GET' ? 'method_unknown' : 'route_unknown'
  return new UapiError('request_not_implemented', reason)
}

/** What a body that nobody reads is said to be does not matter, not even whether that can be understood. */
const forgetContentType: Guard = ({ raw }) => {
  raw.headers['content-type'] = undefined
}

// The router gives params and query as objects of strings; the schemas of the routes say more than was checked.
const addressOf = (request: FastifyRequest): EventAddress => request.params as EventAddress
const queryOf = (request: FastifyRequest): Query => request.query as Query

const placeOf = (request: FastifyRequest, baseUrl: BaseUrl): RequestPlace => ({
  base: baseUrl(request),
  ...addressOf(request)
})

/** Sends a collection alone, which is not what the schema of the route says. */
function serialized(reply: FastifyReply, collection: PhoneCallEventCollection): FastifyReply {
  reply.type('application/json; charset=utf-8')
  return reply.send(reply.serializeInput(collection, { ...Collection }))
}

/** The members of a body; none when there is no body. @throws UapiError `request_invalid` when it is not an object */
function membersOf({ body }: FastifyRequest): Members {
  if (body === undefined) return {}
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new UapiError('request_invalid', 'json_not_an_object')
  }
  return body as Members // an object that JSON gave
}

/** The event type that a body names, if it looks like one. */
const printType = ({ type }: Members): string | undefined =>
  typeof type === 'string' || typeof type === 'number' ? String(type) : undefined

/** The parameters of a query that an operation reads none of. */
const parametersOf = (request: FastifyRequest): string[] =>
  Object.keys(queryOf(request)).filter(name => name !== TOKEN_PARAMETER)

/**
 * Says in the journal what a request sends in vain, whatever becomes of it, and in the log: the names, as far as they
 * cannot be anything else.
 * @source contract §1, §2.4
 */
function noteIgnored(request: FastifyRequest, names: string[]): void {
  if (names.length === 0) return
  contextOf(request).ignored = names
  const ignoredFields = names.filter(name => /^[A-Za-z]\w{0,30}$/.test(name)).slice(0, 10)
  logOf(request).info({ ignoredFields, count: names.length }, 'ignored what the operation does not know')
}
