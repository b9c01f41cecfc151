import { hasPhoneCallEvents } from '../domain/addressing.js'
import { ControlError } from '../domain/errors/control.js'
import {
  type CountedFault,
  type DeliveryEffect,
  deliveryEffectOf,
  type FaultSubject,
  matchFault,
  problemsOfFault,
  type RequestEffect,
  requestEffectOf
} from '../domain/fault.js'
import type { Problem } from '../domain/schema-check.js'
import { type Fault, type FaultList, type FaultRequest, MAX_FAULTS, type Released } from '../schema/fault.js'
import type { PendingDelivery } from '../store/deliveries.js'
import type { Store } from '../store/store.js'
import type { Changes } from './watch/changes.js'
import type { EventSource } from './watch/event-source.js'

/** A delivery to send, and the fault that applies to it. */
export interface OutgoingDelivery extends PendingDelivery {
  fault?: DeliveryEffect | undefined
}

/** The effect of a fault on a request. */
export type AppliedFault =
  | Exclude<RequestEffect, { kind: 'delay' }>
  /**
   * `ended` resolves when the delay is over or its fault was removed: true while the state is still the same one, false
   * when it was replaced meanwhile. It rejects with Stopped.
   */
  | { kind: 'delay'; ended: Promise<boolean> }

/** Faults that tests inject into requests and deliveries. Kept in memory. @source control-api.md "Watching and verifying" */
export interface FaultService {
  /** Whether there are no faults; read for every request. */
  readonly isEmpty: boolean
  /** @throws ControlError `request_invalid` when the fault could never apply, `fault_limit` */
  add(request: FaultRequest): Fault
  list(): FaultList
  /**
   * Removes a fault. Deliveries that it holds are sent, requests that it delays continue.
   * @throws ControlError `fault_unknown`
   */
  remove(id: string): void
  removeAll(): void
  /** Sends the deliveries that a fault holds. @throws ControlError `fault_unknown`, `fault_state` when it holds none by kind */
  release(id: string): Released
  /** Finds the fault for a request of the vendor's surface, and counts it. */
  applyToRequest(subject: FaultSubject): AppliedFault | undefined
  /** Applies faults to pending deliveries. @returns those to send; deliveries that a fault holds are left out */
  applyToDeliveries(pending: PendingDelivery[]): OutgoingDelivery[]
  /** The ids of the deliveries that are held, by fault. */
  held(): { fault: string; deliveries: string[] }[]
}

interface Entry extends CountedFault {
  id: string
  do: FaultRequest['do']
  held: PendingDelivery[]
}

/** Publishes `released` with the deliveries that a fault no longer holds. */
export function createFaultService({
  store: { directory, deliveries },
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

  /** @returns undefined when a fault holds the delivery */
  const applyToDelivery = (pending: PendingDelivery): OutgoingDelivery | undefined => {
    const delivery = deliveries.find(pending.id)
    const entry = matchFault(entries.values(), { operation: 'delivery', ...(delivery && scopeOf(delivery)) })
    const fault = entry && deliveryEffectOf(entry.do)
    if (fault?.kind !== 'hold') return { ...pending, fault }
    entry?.held.push(pending)
    return undefined
  }

  return {
    get isEmpty() {
      return entries.size === 0
    },
    add(request) {
      const problems = [...problemsOfFault(request), ...problemsOfExtension(request.on.extension)]
      if (problems.length > 0) throw new ControlError('request_invalid', { details: problems })
      if (entries.size >= MAX_FAULTS) throw new ControlError('fault_limit')
      const { times = Number.POSITIVE_INFINITY, skip = 0 } = request
      const entry: Entry = { ...request, id: String(++lastId), times, skip, seen: 0, hits: 0, held: [] }
      entries.set(entry.id, entry)
      return print(entry)
    },
    list: () => ({ faults: [...entries.values()].map(print), total: entries.size }),
    remove(id) {
      const { held } = find(id)
      entries.delete(id)
      eventSource.publish('released', held)
    },
    removeAll() {
      const held = [...entries.values()].flatMap(entry => entry.held)
      entries.clear()
      held.sort((one, other) => one.id - other.id)
      eventSource.publish('released', held)
    },
    release(id) {
      const entry = find(id)
      if (!entry.do.hold) throw new ControlError('fault_state')
      const held = entry.held.splice(0)
      eventSource.publish('released', held)
      return { released: held.map(({ id }) => String(id)) }
    },
    applyToRequest(subject) {
      const entry = matchFault(entries.values(), subject)
      if (entry === undefined) return undefined
      const effect = requestEffectOf(entry.do)
      if (effect?.kind !== 'delay') return effect
      const isRemoved = () => (entries.has(entry.id) ? undefined : true)
      const before = replacements
      const ended = changes.waitFor(isRemoved, { timeoutMs: effect.ms }).then(() => replacements === before)
      return { kind: 'delay', ended }
    },
    applyToDeliveries: pending => (entries.size === 0 ? pending : pending.flatMap(one => applyToDelivery(one) ?? [])),
    held: () =>
      [...entries.values()].flatMap(({ id, held }) =>
        held.length === 0 ? [] : [{ fault: id, deliveries: held.map(({ id }) => String(id)) }]
      )
  }
}

const scopeOf = ({ extension, type }: { extension: string; type: string }) => ({ extension, type })

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
    held: held.map(({ id }) => String(id))
  }
}
