import { hasPhoneCallEvents, SELF } from '../domain/addressing.js'
import { calledNumber } from '../domain/calls/party.js'
import { UapiError } from '../domain/errors/uapi.js'
import { parseListing, passesFilter, type Query } from '../domain/listing.js'
import type { Members } from '../domain/phone-call-event.js'
import { parseAction } from '../domain/phone-calls/action.js'
import { parseNewPhoneCall, partiesOf } from '../domain/phone-calls/new-phone-call.js'
import { chargedOf, isCallOf, printPhoneCall, type ShownCall } from '../domain/phone-calls/phone-call.js'
import type { ExtensionKind, ExtensionNumber, User } from '../schema/directory.js'
import type { Listing } from '../schema/listing.js'
import {
  MAX_ONGOING_CALLS,
  PHONE_CALL_FIELDS,
  PHONE_CALL_FILTER_FIELDS,
  PHONE_CALL_ID,
  type PhoneCall
} from '../schema/phone-call.js'
import type { StoredCall } from '../store/calls.js'
import type { Store } from '../store/store.js'
import { createCallDirectory } from './calls/call-directory.js'
import type { CallEngine } from './calls/engine.js'
import type { ExtensionAddress, ExtensionService } from './extensions.js'
import { createAct } from './phone-call-actions.js'
import { printTimestamp } from './phone-call-events.js'
import type { SettingsService } from './state/settings.js'
import type { RequestContext } from './watch/request-context.js'

/** The user, the extension and the id in a path, as they were sent; undefined where the path lacks one. */
export interface PhoneCallAddress extends ExtensionAddress {
  phoneCallId?: string | undefined
}

/** Filters and fields of a list of PhoneCalls. @source phone-calls.md "The resource" (v3) */
const LISTING = { filterFields: PHONE_CALL_FILTER_FIELDS, fields: PHONE_CALL_FIELDS, isSorted: false }

type PhoneCallListing = Listing<(typeof PHONE_CALL_FILTER_FIELDS)[number], (typeof PHONE_CALL_FIELDS)[number]>

/** The absolute address of a PhoneCall, by its id. */
export type SelfOf = (id: string) => string

/** The four operations of the vendor's PhoneCalls service. */
export type PhoneCallService = ReturnType<typeof createPhoneCallService>

/**
 * Each operation checks in the contract's order: userId, permission, extension, phoneCallId, then the body and the query.
 * @source phone-calls.md
 * @assumed 0022
 */
export function createPhoneCallService({
  store,
  extensions,
  engine,
  settings
}: {
  store: Store
  extensions: ExtensionService
  engine: CallEngine
  settings: SettingsService
}) {
  const { calls, directory } = store
  const callDirectory = createCallDirectory(store)
  const act = createAct(callDirectory)

  /** Prepares to print calls; owners and times are looked up once for all of them. */
  const printer = (selfOf: SelfOf) => {
    const { timeZone, phoneCallNumbers: numbers } = settings.current()
    const ownerOf = memoize((extension: ExtensionNumber) => {
      const owner = directory.findUser(directory.findExtension(extension)?.owner ?? '')
      const organization = owner?.organization ? directory.findOrganization(owner.organization)?.name : undefined
      return owner && { id: owner.id, organization }
    })
    const printSecond = memoize((second: number) => printTimestamp(new Date(second * 1000), timeZone))
    const printTime = (milliseconds: number) => printSecond(Math.floor(milliseconds / 1000))
    return (call: ShownCall): PhoneCall =>
      printPhoneCall(call, { owner: ownerOf(chargedOf(call)), self: selfOf(call.callApiId), printTime, numbers })
  }

  /** The extension that a request addresses. @param isAllowed whether the operation has extensions of a kind */
  const resolve = (
    principal: User,
    address: ExtensionAddress,
    context: RequestContext | undefined,
    isAllowed: (kind: ExtensionKind) => boolean = hasPhoneCallEvents
  ): ExtensionNumber => {
    if (address.extension !== SELF) return extensions.resolve(principal, address, isAllowed, context).number
    const { number } = extensions.resolveSelf(principal, address.userId)
    if (context !== undefined) context.extension = number
    return number
  }

  /** Reads the calls of an extension that go on: the one with the id, else all. @throws UapiError `phone_call_id_invalid` */
  const ongoingOf = (extension: ExtensionNumber, id: string | undefined): StoredCall[] => {
    const isOwn = sameAs(extension)
    if (!id) return calls.ongoing(extension).filter(call => isCallOf(call, isOwn)) // an empty segment is a slash too many
    const call = calls.ofApiId(id)
    if (call !== undefined && call.state !== 'ended' && isCallOf(call, isOwn)) return [call]
    throw new UapiError('phone_call_id_invalid', 'phone_call_unknown')
  }

  return {
    create(
      principal: User,
      userId: string,
      { body, query }: { body: Members; query: Query },
      selfOf: SelfOf,
      context?: RequestContext
    ): PhoneCall {
      const extension = resolve(principal, { userId, extension: extensionIn(body) }, context, isTerminal)
      const parsed = parseNewPhoneCall(body, query)
      const parties = partiesOf(parsed, callDirectory.resolverOf({ legs: [], phoneCall: { ...parsed, extension } }))
      if (calls.countOngoing() >= MAX_ONGOING_CALLS)
        throw new UapiError('service_unavailable', 'call_limit', undefined, `${MAX_ONGOING_CALLS} calls are going on.`)
      const named = { source: parties.sources.map(calledNumber), destination: parties.destinations.map(calledNumber) }
      return printer(selfOf)(engine.placePhoneCall({ ...parsed, ...named, extension }, parties))
    },

    /**
     * A page of the calls that go on. The id of a call that is over gives an empty one: clients poll until they see it.
     * @source phone-calls.md "Paths" (clients)
     */
    list(
      principal: User,
      address: PhoneCallAddress,
      query: Query,
      selfOf: SelfOf,
      context?: RequestContext
    ): { listing: PhoneCallListing; total: number; entries: PhoneCall[] } {
      const isEvery = address.extension === SELF && principal.role !== 'user'
      const only = isEvery ? undefined : resolve(principal, address, context)
      const isListed = only === undefined ? extensions.reachedBy(principal, address.userId) : sameAs(only)
      const id = parseId(address.phoneCallId)
      const listing = parseListing(query, LISTING)
      const candidates: ShownCall[] = id ? [calls.ofApiId(id) ?? []].flat() : calls.shown(only)
      const found = candidates.filter(call => call.state !== 'ended' && isCallOf(call, isListed))
      const { filter, startIndex, count } = listing
      const page = <T>(all: T[]): T[] => all.slice(startIndex, startIndex + count)
      const print = printer(selfOf)
      if (filter === undefined) return { listing, total: found.length, entries: page(found).map(print) }
      const entries = found.map(print).filter(entry => passesFilter(entry[filter.by], filter))
      return { listing, total: entries.length, entries: page(entries) }
    },

    update(
      principal: User,
      address: PhoneCallAddress,
      body: Members,
      selfOf: SelfOf,
      context?: RequestContext
    ): PhoneCall[] {
      const extension = resolve(principal, address, context)
      const id = parseId(address.phoneCallId)
      if (id) ongoingOf(extension, id)
      const action = parseAction(body)
      const changed = engine.change(
        () => ongoingOf(extension, id),
        open => act(open, action, extension)
      )
      return changed.map(printer(selfOf))
    },

    /** @returns the ids of the calls that were hung up */
    remove(principal: User, address: PhoneCallAddress, context?: RequestContext): string[] {
      const extension = resolve(principal, address, context)
      const id = parseId(address.phoneCallId)
      return engine
        .change(
          () => ongoingOf(extension, id),
          ({ tryVerb }) => void tryVerb({ verb: 'hangup' })
        )
        .map(({ callApiId }) => callApiId)
    }
  }
}

/** Whether calls can be charged to a kind of extension. @source phone-calls.md "Create" (v3) */
const isTerminal = (kind: ExtensionKind): boolean => kind === 'phoneTerminal'

/** The extension in the body of Create; a value that is no text names none. */
export const extensionIn = ({ extension }: Members): string => (typeof extension === 'string' ? extension : '')

/** @throws UapiError `phone_call_id_invalid` when it is malformed */
function parseId(text: string | undefined): string | undefined {
  if (!text || PHONE_CALL_ID.test(text)) return text
  throw new UapiError('phone_call_id_invalid', 'phone_call_id_malformed')
}

/** A function that keeps its results, by argument. */
function memoize<Key, Value>(compute: (key: Key) => Value): (key: Key) => Value {
  const kept = new Map<Key, Value>()
  return key => {
    if (!kept.has(key)) kept.set(key, compute(key))
    return kept.get(key) as Value // it was just set
  }
}

const sameAs =
  (extension: ExtensionNumber) =>
  (other: ExtensionNumber): boolean =>
    other === extension
