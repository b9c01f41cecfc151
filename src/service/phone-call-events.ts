import { type EventAddress, hasPhoneCallEvents } from '../domain/addressing.js'
import { UapiError } from '../domain/errors/uapi.js'
import { parseListing, type Query } from '../domain/listing.js'
import {
  type Members,
  parseEventId,
  parseEventType,
  parseNewPhoneCallEvent,
  parsePhoneCallEventPatch
} from '../domain/phone-call-event.js'
import { createTimestampPrinter } from '../domain/timestamp.js'
import type { User } from '../schema/directory.js'
import { FIELDS, FILTER_FIELDS, type Listing } from '../schema/listing.js'
import type { EventId, StoredPhoneCallEvent } from '../schema/phone-call-event.js'
import type { Scope } from '../store/phone-call-events.js'
import type { Store } from '../store/store.js'
import type { ExtensionService } from './extensions.js'
import type { NewId } from './new-id.js'
import type { SettingsService } from './state/settings.js'
import type { Clock } from './time/clock.js'
import type { RequestContext } from './watch/request-context.js'

/** Filters and fields of a list of phone call events. @source contract §3 */
const LISTING = { filterFields: FILTER_FIELDS, fields: FIELDS, isSorted: true }

/** How long the ids that we generate are. @source page (the sample id) */
export const EVENT_ID_LENGTH = 30

/** Prints timestamps; it keeps the formatters of time zones, for all sandboxes. */
export const printTimestamp = createTimestampPrinter()

/** The four operations of the vendor's PhoneCallEvents service. */
export type PhoneCallEventService = ReturnType<typeof createPhoneCallEventService>

/**
 * Each operation checks in the contract's order: userId, permission, extension, eventType, eventId, then the query or
 * the body. The first failure is thrown as a UapiError.
 * @source page "Endpoints"
 * @assumed 0005, 0006
 */
export function createPhoneCallEventService({
  store,
  extensions,
  clock,
  newId,
  settings
}: {
  store: Store
  extensions: ExtensionService
  clock: Clock
  newId: NewId
  settings: SettingsService
}) {
  const { events } = store
  const newEventId = () => newId(EVENT_ID_LENGTH, id => events.findAnywhere(id) !== undefined)

  const resolve = (
    principal: User,
    address: EventAddress,
    context: RequestContext | undefined
  ): Pick<Scope, 'user' | 'extension'> => {
    const { owner, number } = extensions.resolve(principal, address, hasPhoneCallEvents, context)
    return { user: owner, extension: number }
  }

  /** The scope of List and Delete, which may leave out the id, and the type too. */
  const scopeOf = (principal: User, address: EventAddress, context: RequestContext | undefined): Scope => {
    const { eventType, eventId } = address
    const scope: Scope = resolve(principal, address, context)
    if (eventType !== undefined) {
      if (eventType === '' && eventId === undefined) return scope // an empty last segment is a slash too many
      scope.type = parseEventType(eventType, 'pce_type_invalid')
    }
    if (eventId !== undefined && eventId !== '') scope.id = parseEventId(eventId)
    return scope
  }

  const now = () => printTimestamp(clock(), settings.current().timeZone)

  return {
    create(principal: User, address: EventAddress, body: Members, context?: RequestContext): StoredPhoneCallEvent {
      const owner = resolve(principal, address, context)
      const pathType = address.eventType ? parseEventType(address.eventType, 'pcet_type_invalid') : undefined
      const { type, input } = parseNewPhoneCallEvent(body, pathType)
      return store.write(() => {
        const event = { ...owner, type, ...input, id: newEventId(), modified: now() }
        events.add(event)
        return event
      })
    },

    list(
      principal: User,
      address: EventAddress,
      query: Query,
      context?: RequestContext
    ): { listing: Listing; total: number; page: StoredPhoneCallEvent[] } {
      const scope = scopeOf(principal, address, context)
      const listing = parseListing(query, LISTING)
      return { listing, ...events.list(scope, listing) }
    },

    update(principal: User, address: EventAddress, body: Members, context?: RequestContext): StoredPhoneCallEvent {
      const owner = resolve(principal, address, context)
      const type = parseEventType(address.eventType ?? '', 'pce_type_invalid')
      const id = parseEventId(address.eventId ?? '')
      return store.write(() => {
        const found = events.find({ ...owner, type, id })
        if (found === undefined) throw new UapiError('pce_id_invalid', 'event_unknown')
        const event = { ...found, ...parsePhoneCallEventPatch(body), modified: now() }
        events.update(event, found)
        return event
      })
    },

    /** @returns the ids that were deleted, in the order of a list */
    remove(principal: User, address: EventAddress, context?: RequestContext): EventId[] {
      const scope = scopeOf(principal, address, context)
      const removed = store.write(() => events.remove(scope))
      if (scope.id !== undefined && removed.length === 0) throw new UapiError('pce_id_invalid', 'event_unknown')
      return removed
    }
  }
}
