import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest, preValidationHookHandler } from 'fastify'
import { printCollection } from '../../../domain/collection.js'
import { ignoredParameters } from '../../../domain/listing.js'
import { type AbsoluteAddress, ignoredMembers, listUrl, printPhoneCallEvent } from '../../../domain/phone-call-event.js'
import { BODY_BOUNDS } from '../../../schema/body-bounds.js'
import type { PhoneCallEventCollection } from '../../../schema/collection.js'
import { ListQuery } from '../../../schema/listing.js'
import { MAX_NOTE_LENGTH, MAX_URL_LENGTH, type StoredPhoneCallEvent } from '../../../schema/phone-call-event.js'
import { inTurn } from '../../../service/turns.js'
import { parseJsonBodies } from '../../hooks/bodies.js'
import { joinTexts, recordStart, sendParts } from '../../parts.js'
import { contextOf } from '../../request.js'
import type { BaseUrl } from '../../server/target.js'
import { addressOf, ignoreBodies, membersOf, parametersOf, queryOf, recordIgnored } from '../request-parts.js'
import { operationOptions, type ServiceOptions, type VendorService } from '../vendor-service.js'
import {
  Collection,
  createRoute,
  deleteRoute,
  listRoute,
  NAMED_SCHEMAS,
  PATHS,
  type PathName,
  TAG,
  updateRoute
} from './operations.js'

/** The PhoneCallEvents service. */
export const phoneCallEvents: VendorService = {
  tag: TAG,
  schemas: NAMED_SCHEMAS,
  routes: async (app, options) => {
    await app.register(readers, options)
    await app.register(writers, options)
  }
}

const EVERY_PATH = Object.keys(PATHS) as PathName[] // a const table has no other keys

// The handlers are synchronous: nothing in them waits, and a promise for each request would cost more than its hooks.

/** List and Delete, which ignore bodies. */
const readers: FastifyPluginAsyncTypebox<ServiceOptions> = async (app, { baseUrl }) => {
  ignoreBodies(app)
  for (const path of EVERY_PATH) {
    app.get(PATHS[path], { ...operationOptions('list'), schema: listRoute(path) }, (request, reply) => {
      const query = queryOf(request)
      recordIgnored(request, ignoredParameters(query, ListQuery))
      const { listEnvelope, emptyCollection } = request.sandbox.settings.current()
      const found = request.sandbox.events.list(request.principal, addressOf(request), query, contextOf(request))
      if (found.total === 0 && emptyCollection === 204) return void reply.code(204).send(undefined)
      const address = absoluteAddressOf(request, baseUrl)
      const print = (page: StoredPhoneCallEvent[]) => {
        const entries = page.map(event => printPhoneCallEvent(event, address))
        return printCollection(found, entries, listUrl(address), query)
      }
      const isArray = listEnvelope === 'array'
      if (isLong(found.page) && !contextOf(request).isAnswerCut)
        return void inTurn(() => sendLong(request, reply, found.page, print, isArray)).catch(error => reply.send(error))
      return isArray ? [print(found.page)] : sendSerialized(reply, print(found.page))
    })

    app.delete(PATHS[path], { ...operationOptions('delete'), schema: deleteRoute(path) }, (request, reply) => {
      recordIgnored(request, parametersOf(request))
      const ids = request.sandbox.events.remove(request.principal, addressOf(request), contextOf(request))
      if (ids.length === 0 && request.sandbox.settings.current().emptyCollection === 204)
        return void reply.code(204).send(undefined)
      return ids.map(id => ({ id }))
    })
  }
}

/** Create and Update, whose bodies are JSON objects. */
const writers: FastifyPluginAsyncTypebox<ServiceOptions> = async (app, { baseUrl }) => {
  parseJsonBodies(app, () => BODY_BOUNDS.uapi)
  const answer = (request: FastifyRequest, event: StoredPhoneCallEvent) => ({
    PhoneCallEvent: printPhoneCallEvent(event, absoluteAddressOf(request, baseUrl))
  })

  for (const path of ['extension', 'type'] as const) {
    const typed = path === 'extension' ? { preValidation: readBodyType } : {}
    const options = { ...operationOptions('create'), ...typed, schema: createRoute(path) }
    app.post(PATHS[path], options, request => {
      const body = membersOf(request)
      const context = contextOf(request)
      recordIgnored(request, [...ignoredMembers(body, 'create'), ...parametersOf(request)])
      const event = request.sandbox.events.create(request.principal, addressOf(request), body, context)
      context.eventId = event.id
      return answer(request, event)
    })
  }

  for (const path of EVERY_PATH) {
    app.put(PATHS[path], { ...operationOptions('update'), schema: updateRoute(path) }, request => {
      const body = membersOf(request)
      recordIgnored(request, [...ignoredMembers(body, 'update'), ...parametersOf(request)])
      const event = request.sandbox.events.update(request.principal, addressOf(request), body, contextOf(request))
      return answer(request, event)
    })
  }
}

/** Reads the event type of a body, valid or not, for faults and the journal. Only routes without a type in the path use it. */
const readBodyType: preValidationHookHandler = (request, _reply, done) => {
  const type: unknown = Reflect.get(Object(request.body), 'type')
  if (typeof type === 'string' || typeof type === 'number') contextOf(request).type = String(type)
  done()
}

const absoluteAddressOf = (request: FastifyRequest, baseUrl: BaseUrl): AbsoluteAddress => ({
  base: baseUrl(request),
  ...addressOf(request)
})

/** Up to so many events, and so many characters of their notes and urls, a page is sent as a whole. */
const MAX_SHORT = { events: 500, characters: 256 * 1024 }

/** The most characters that note and url of an event have. */
const MAX_TEXTS = MAX_NOTE_LENGTH + MAX_URL_LENGTH

function isLong(page: readonly StoredPhoneCallEvent[]): boolean {
  if (page.length > MAX_SHORT.events) return true
  if (page.length * MAX_TEXTS <= MAX_SHORT.characters) return false
  return page.reduce((sum, { note, url }) => sum + note.length + url.length, 0) > MAX_SHORT.characters
}

/**
 * Sends a collection in parts, with the bytes that the route prints. All its events were read at once, in a turn of the
 * event loop before this one.
 */
function sendLong(
  request: FastifyRequest,
  reply: FastifyReply,
  page: readonly StoredPhoneCallEvent[],
  print: (page: StoredPhoneCallEvent[]) => PhoneCallEventCollection,
  isArray: boolean
): FastifyReply {
  const textOf = (page: StoredPhoneCallEvent[]) => reply.serializeInput(print(page), COLLECTION)
  const around = textOf([])
  const place = around.lastIndexOf(NO_ENTRIES) + NO_ENTRIES.length - 1 // no text has it: quotes in texts are escaped
  const [beginning, end] = [around.slice(0, place), around.slice(place)]
  function* printEach() {
    for (const event of page) yield textOf([event]).slice(beginning.length, -end.length)
  }
  const [before, after] = isArray ? ['[', ']'] : ['', '']
  return sendParts(request, reply, recordStart(request, joinTexts(before + beginning, printEach(), end + after)))
}

const NO_ENTRIES = '"entry":[]'

const COLLECTION = { ...Collection } // a copy of its own: it is compiled once

/** Sends a collection without the array that the response schema of the route has around it. */
function sendSerialized(reply: FastifyReply, collection: PhoneCallEventCollection): void {
  reply.type('application/json; charset=utf-8').send(reply.serializeInput(collection, COLLECTION))
}
