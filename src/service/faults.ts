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

/** A delivery on its way out, and what is done to it there. */
export interface Owed extends PendingDelivery {
  fault?: DeliveryEffect | undefined
}

/** What a request runs into. */
export type AppliedFault =
  | Exclude<RequestEffect, { kind: 'delay' }>
  /** `over` comes when the delay is, or its fault is gone: whether the state is still the one it struck in. It throws Stopped. */
  | { kind: 'delay'; over: Promise<boolean> }

/** What goes wrong because a test wants it to. Kept in memory. @source control-api.md "Watching and verifying" */
export interface FaultService {
  /** Whether there are none: asked at every request. */
  readonly isEmpty: boolean
  /** @throws ControlError `request_invalid` when it could never do anything, `fault_limit` */
  add(request: FaultRequest): Fault
  list(): FaultList
  /** What it keeps back is sent, what it delays goes on. @throws ControlError `fault_unknown` */
  remove(id: string): void
  removeAll(): void
  /** Sends what it keeps back. @throws ControlError `fault_unknown`, `fault_state` when it is none that does */
  release(id: string): Released
  /** Forgets all of them, and what they keep back: the state that it belonged to is no more. */
  clear(): void
  /** What happens to a request of the vendor's surface. */
  apply(subject: FaultSubject): AppliedFault | undefined
  /** What has come to be owed, without what is kept back. */
  pass(waiting: PendingDelivery[]): Owed[]
  /** Which deliveries are kept back, by the fault that does. */
  held(): { fault: string; deliveries: string[] }[]
}

interface Entry extends CountedFault {
  id: string
  do: FaultRequest['do']
  held: PendingDelivery[]
}

/** @param send takes up deliveries that were kept back */
export function createFaultService({
  store: { directory, deliveries },
  changes,
  send
}: {
  store: Store
  changes: Changes
  send: (held: PendingDelivery[]) => void
}): FaultService {
  const entries = new Map<string, Entry>()
  let lastId = 0
  let states = 0 // how many there were before this one

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

  const letGo = (held: PendingDelivery[]): void => {
    if (held.length > 0) send(held)
    changes.notify()
  }

  /** What happens to a delivery that has come to be owed: undefined where it is kept back. */
  const applyToDelivery = (waiting: PendingDelivery): Owed | undefined => {
    const delivery = deliveries.find(waiting.id)
    const entry = matchFault(entries.values(), { operation: 'delivery', ...(delivery && scopeOf(delivery)) })
    const fault = entry && deliveryEffectOf(entry.do)
    if (fault?.kind !== 'hold') return { ...waiting, fault }
    entry?.held.push(waiting)
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
      letGo(held)
    },
    removeAll() {
      const held = [...entries.values()].flatMap(entry => entry.held)
      entries.clear()
      letGo(held.sort((one, other) => one.id - other.id))
    },
    release(id) {
      const entry = find(id)
      if (!entry.do.hold) throw new ControlError('fault_state')
      const held = entry.held.splice(0)
      letGo(held)
      return { released: held.map(({ id }) => String(id)) }
    },
    clear() {
      states += 1
      entries.clear()
      changes.notify()
    },
    apply(subject) {
      const entry = matchFault(entries.values(), subject)
      if (entry === undefined) return undefined
      const effect = requestEffectOf(entry.do)
      if (effect?.kind !== 'delay') return effect
      const isGone = () => (entries.has(entry.id) ? undefined : true)
      const state = states
      const over = changes.until(isGone, { timeoutMs: effect.ms }).then(() => states === state)
      return { kind: 'delay', over }
    },
    pass: waiting => (entries.size === 0 ? waiting : waiting.flatMap(one => applyToDelivery(one) ?? [])),
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
