import { hasPhoneCallEvents } from '../domain/addressing.js'
import type { ComparableDelivery } from '../domain/delivery-match.js'
import { ControlError } from '../domain/errors/control.js'
import {
  type CountedFault,
  deliveryEffectOf,
  type FaultSubject,
  type InsteadOfOperation,
  matchFault,
  requestEffectOf
} from '../domain/fault.js'
import { problemsOfFault } from '../domain/fault-problems.js'
import type { Problem } from '../domain/schema-check.js'
import { findEventType } from '../schema/event-type.js'
import {
  type Fault,
  type FaultList,
  type FaultRequest,
  type FaultScope,
  MAX_FAULTS,
  type Released
} from '../schema/fault.js'
import type { FaultRemoved } from '../schema/stream.js'
import type { PendingDelivery } from '../store/deliveries.js'
import type { Store } from '../store/store.js'
import type { Changes } from './watch/changes.js'
import type { EventSource } from './watch/event-source.js'

/** A fault that hits a request. */
export interface AppliedFault {
  id: string
  /**
   * The delay of the request, if it has one: resolves when it is over or the fault was removed, to false when the state
   * was replaced meanwhile, else to true. Rejects with Stopped.
   */
  delayed: Promise<boolean> | undefined
  instead: InsteadOfOperation | undefined
  /** Whether the answer of the operation is cut after half of its body. */
  cutsAnswer: boolean
}

/** Faults that tests inject into requests and deliveries. Kept in memory. @source control-api.md "Watching and verifying" */
export interface FaultService {
  /** Whether there are no faults: cheap, because it is read for every request. */
  readonly isEmpty: boolean
  /** @throws ControlError `request_invalid` when the fault could never apply, `fault_limit` */
  add(request: FaultRequest): Fault
  list(): FaultList
  /** A fault by its id, or that it was removed. */
  find(id: string): Fault | FaultRemoved
  /**
   * Removes a fault. Deliveries that it holds are sent, requests that it delays continue.
   * @throws ControlError `fault_unknown`
   */
  remove(id: string): void
  removeAll(): void
  /** Sends the deliveries that a fault holds. @throws ControlError `fault_unknown`, `fault_state` when its effect is not `hold` */
  release(id: string): Released
  /** Finds the fault for a request of the vendor's surface, and counts it. */
  applyToRequest(subject: FaultSubject): AppliedFault | undefined
  /** Applies faults to pending deliveries. @returns those to send; deliveries that a fault holds are left out */
  applyToDeliveries(pending: PendingDelivery[]): PendingDelivery[]
  /** The fault that holds a delivery; undefined when none does. */
  heldBy(id: number): string | undefined
  /** The ids of the deliveries that are held, by fault. */
  held(): { fault: string; deliveries: string[] }[]
}

interface Entry extends CountedFault {
  id: string
  do: FaultRequest['do']
  /** The deliveries that it holds, by id. */
  held: Map<number, PendingDelivery>
}

/** Publishes `released` with the deliveries that a fault no longer holds, and `fault` when one was added, hit or removed. */
export function createFaultService({
  store: { directory, events, calls, deliveries },
  changes,
  eventSource
}: {
  store: Store
  changes: Changes
  eventSource: EventSource
}): FaultService {
  const entries = new Map<string, Entry>()
  let lastId = 0
  let replacements = 0 // how often the state was replaced

  eventSource.subscribe('stateReplaced', () => {
    replacements += 1
    entries.clear()
  })

  const find = (id: string): Entry => {
    const entry = entries.get(id)
    if (entry === undefined) throw new ControlError('fault_unknown')
    return entry
  }

  const problemsOfExtension = (number: string | undefined): Problem[] => {
    if (number === undefined) return []
    const found = directory.findExtension(number)
    const path = '$.on.extension'
    if (found === undefined) return [{ path, message: `must be an extension that exists; got "${number}"` }]
    if (hasPhoneCallEvents(found.kind)) return []
    return [{ path, message: `must be of a kind that has phone call events; "${number}" is a ${found.kind}` }]
  }

  /** The id of a deleted event is accepted while the log has deliveries of it, because they can be replayed. */
  const problemsOfEvent = ({ eventId, extension, type, moment }: FaultScope): Problem[] => {
    if (eventId === undefined) return []
    const event = events.findAnywhere(eventId)
    if (event === undefined) {
      if (deliveries.count({ eventId }) > 0) return []
      return [{ path: '$.on.eventId', message: `must be the id of a phone call event that exists; got "${eventId}"` }]
    }
    const name = findEventType(event.type)?.name
    const differing = (path: string, actual: string | undefined, given: string | undefined) =>
      given === undefined || given === actual
        ? []
        : [{ path: `$.on.${path}`, message: `never matches: that of event ${eventId} is ${actual}, not ${given}` }]
    return [
      ...differing('extension', event.extension, extension),
      ...differing('type', event.type, type),
      ...differing('moment', name, moment)
    ]
  }

  const subjectOf = ({ callId, extension, type, eventId, moment }: ComparableDelivery): FaultSubject => ({
    operation: 'delivery',
    extension,
    type,
    eventId,
    moment,
    isOfCall: named => named === callId || calls.find(named)?.callId === callId
  })

  /** @returns undefined when a fault holds the delivery */
  const applyToDelivery = (pending: PendingDelivery, counted: Set<Entry>): PendingDelivery | undefined => {
    const delivery = deliveries.comparable(pending.id)
    const entry = delivery && matchFault(entries.values(), subjectOf(delivery), counted)
    const effect = entry && deliveryEffectOf(entry.do)
    if (entry === undefined || effect === undefined) return pending
    const hit = { ...pending, fault: { id: entry.id, effect } }
    if (effect.kind !== 'hold') return hit
    entry.held.set(pending.id, hit)
    return undefined
  }

  const publishChanged = (changed: Iterable<Entry>) => {
    for (const { id } of changed) eventSource.publish('fault', id)
  }

  const releaseAll = (faults: Entry[]): PendingDelivery[] => {
    const held = faults.flatMap(entry => [...entry.held.values()])
    for (const entry of faults) entry.held.clear()
    return held.sort((one, other) => one.id - other.id)
  }

  return {
    get isEmpty() {
      return entries.size === 0
    },
    add(request) {
      const { on } = request
      const problems = [...problemsOfFault(request), ...problemsOfExtension(on.extension)]
      if (on.operation === 'delivery') problems.push(...problemsOfEvent(on))
      if (problems.length > 0) throw new ControlError('request_invalid', { details: problems })
      if (entries.size >= MAX_FAULTS) throw new ControlError('fault_limit')
      const { times = Number.POSITIVE_INFINITY, skip = 0 } = request
      const entry: Entry = { ...request, id: String(++lastId), times, skip, seen: 0, hits: 0, held: new Map() }
      entries.set(entry.id, entry)
      publishChanged([entry])
      return print(entry)
    },
    find(id) {
      const entry = entries.get(id)
      return entry === undefined ? { id, removed: true } : print(entry)
    },
    list: () => ({ faults: [...entries.values()].map(print), total: entries.size }),
    remove(id) {
      const entry = find(id)
      entries.delete(id)
      eventSource.publish('released', releaseAll([entry]))
      publishChanged([entry])
    },
    removeAll() {
      const removed = [...entries.values()]
      const held = releaseAll(removed)
      entries.clear()
      eventSource.publish('released', held)
      publishChanged(removed)
    },
    release(id) {
      const entry = find(id)
      if (!entry.do.hold) throw new ControlError('fault_state')
      const held = releaseAll([entry])
      eventSource.publish('released', held)
      publishChanged([entry])
      return { released: held.map(({ id }) => String(id)) }
    },
    applyToRequest(subject) {
      const counted = new Set<Entry>()
      const entry = matchFault(entries.values(), subject, counted)
      publishChanged(counted)
      if (entry === undefined) return undefined
      const effect = requestEffectOf(entry.do)
      if (effect === undefined) return undefined
      const { delayMs: timeoutMs, ...rest } = effect
      if (timeoutMs === undefined) return { id: entry.id, delayed: undefined, ...rest }
      const isRemoved = () => (entries.has(entry.id) ? undefined : true)
      const before = replacements
      const delayed = changes.waitFor(isRemoved, { timeoutMs, on: ['fault'] }).then(() => replacements === before)
      return { id: entry.id, delayed, ...rest }
    },
    applyToDeliveries(pending) {
      if (entries.size === 0) return pending
      const counted = new Set<Entry>()
      const toSend = pending.flatMap(one => applyToDelivery(one, counted) ?? [])
      publishChanged(counted)
      return toSend
    },
    heldBy(id) {
      for (const entry of entries.values()) if (entry.held.has(id)) return entry.id
      return undefined
    },
    held: () =>
      [...entries.values()].flatMap(({ id, held }) =>
        held.size === 0 ? [] : [{ fault: id, deliveries: [...held.keys()].map(String) }]
      )
  }
}

function print({ id, on, times, skip, do: effect, seen, hits, held }: Entry): Fault {
  const isEndless = times === Number.POSITIVE_INFINITY
  return {
    id,
    on,
    times: isEndless ? null : times,
    skip,
    do: effect,
    seen,
    hits,
    remaining: isEndless ? null : times - hits,
    held: [...held.keys()].map(String)
  }
}
