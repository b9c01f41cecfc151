import {
  type EventAddress,
  hasPhoneCallEvents,
  parseExtensionRef,
  parseUserRef,
  reaches
} from '../domain/addressing.js'
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
import type { Extension, ExtensionNumber, User } from '../schema/directory.js'
import type { Listing } from '../schema/listing.js'
import type { EventId, StoredPhoneCallEvent } from '../schema/phone-call-event.js'
import type { Scope } from '../store/phone-call-events.js'
import type { Store } from '../store/store.js'
import type { NewId } from './new-id.js'
import type { SettingsService } from './state/settings.js'
import type { Clock } from './time/clock.js'
import type { RequestContext } from './watch/request-context.js'

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
  clock,
  newId,
  settings
}: {
  store: Store
  clock: Clock
  newId: NewId
  settings: SettingsService
}) {
  const { directory, events } = store

  /**
   * Resolves the user and the extension of a path. `@me` is the principal and every user that its role reaches.
   * @source contract §5; contract §2 (clients): an organization's app addresses the extensions of its users with `@me`
   */
  const resolve = (
    principal: User,
    { userId, extension }: EventAddress,
    context: RequestContext | undefined
  ): Pick<Scope, 'user' | 'extension'> => {
    const ref = parseUserRef(userId)
    const addressed = ref.kind === 'id' ? directory.findUser(ref.id) : principal
    if (addressed === undefined) throw new UapiError('user_invalid', 'user_unknown')
    if (ref.kind !== 'owner') checkReach(principal, addressed)
    const found = findExtension(extension, addressed)
    if (context !== undefined) context.extension = found.number
    if (ref.kind === 'owner') checkReach(principal, ownerOf(found))
    else if (found.owner !== addressed.id && !(ref.kind === 'authenticated' && reaches(principal, ownerOf(found)))) {
      throw new UapiError('extension_invalid', 'extension_not_owned')
    }
    if (!hasPhoneCallEvents(found.kind)) throw new UapiError('extension_invalid', 'extension_kind')
    return { user: found.owner, extension: found.number }
  }

  const findExtension = (text: string, { organization }: User): Extension => {
    const { kind, number } = parseExtensionRef(text)
    if (kind === 'short' && organization === null) throw new UapiError('extension_invalid', 'organization_missing')
    const found = kind === 'short' ? directory.findShort(number, organization ?? '') : directory.findExtension(number)
    if (found === undefined) throw new UapiError('extension_invalid', 'extension_unknown')
    return found
  }

  const ownerOf = ({ number, owner }: Extension): User => {
    const user = directory.findUser(owner)
    if (user === undefined) throw new Error(`The owner of ${number} does not exist.`) // a foreign key forbids it
    return user
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
    /** Finds the extended number of the extension in a path, without a check of permissions; undefined when there is none. */
    locate(principal: User, { userId, extension }: EventAddress): ExtensionNumber | undefined {
      const ref = parseUserRef(userId)
      const addressed = ref.kind === 'id' ? directory.findUser(ref.id) : principal
      try {
        return addressed && findExtension(extension, addressed).number
      } catch (error) {
        if (error instanceof UapiError) return undefined // the operation itself refuses it
        throw error
      }
    },

    create(principal: User, address: EventAddress, body: Members, context?: RequestContext): StoredPhoneCallEvent {
      const owner = resolve(principal, address, context)
      const pathType = address.eventType ? parseEventType(address.eventType, 'pcet_type_invalid') : undefined
      const { type, input } = parseNewPhoneCallEvent(body, pathType)
      const event = { ...owner, type, ...input, id: newId(EVENT_ID_LENGTH), modified: now() }
      store.write(() => events.add(event))
      return event
    },

    list(
      principal: User,
      address: EventAddress,
      query: Query,
      context?: RequestContext
    ): { listing: Listing; total: number; page: StoredPhoneCallEvent[] } {
      const scope = scopeOf(principal, address, context)
      const listing = parseListing(query)
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
        events.update(event)
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

function checkReach(principal: User, target: User): void {
  if (!reaches(principal, target)) throw new UapiError('access_denied', 'role_forbids', 403)
}
