import { setTimeout as pause } from 'node:timers/promises'
import type { Client, OptionalUndefined } from '../client/client.js'
import type { Call, DeliveryState, Moment } from '../schema/call.js'
import type { Delivery, DeliveryList, DeliveryMatch } from '../schema/delivery.js'
import type { JournalEntry, RequestMatch } from '../schema/journal.js'
import { MAX_LIMIT } from '../schema/list-limit.js'
import { createEventWaiter } from './event-waiter.js'

/** Debounce of changed deliveries, in milliseconds: only the last state in it is reported. */
const DEBOUNCE_MS = 100

/** Interval of polling for changes that the stream does not carry, such as a stopped clock, in milliseconds. */
const POLL_MS = 500

/** How long a moment is held back until the deliveries of the previous one have ended, in milliseconds. */
const MOMENT_HOLD_MS = 1_000

/** An update of a watched call. */
export type CallUpdate =
  | { kind: 'placed'; call: Call }
  | { kind: 'moment'; moment: Moment }
  /** A delivery has reached its final state. */
  | { kind: 'delivery'; delivery: Delivery }
  /** The clock is frozen before the next step of the call. */
  | { kind: 'frozen'; now: string; call: Call }
  /** The call and all its deliveries have ended. */
  | { kind: 'ended'; call: Call }

/** Yields updates of a call until it and its deliveries have ended, the clock is frozen, or the signal is aborted. */
export async function* watchCall(client: Client, placed: Call, signal: AbortSignal): AsyncGenerator<CallUpdate> {
  const reported: Reported = { moments: 0, at: 0, deliveries: new Set() }
  const { callId } = placed
  const waiter = createEventWaiter(
    client,
    ['call', 'delivery'],
    signal,
    ({ type, data }) => type === 'dropped' || (type !== 'request' && data.callId === callId)
  )
  yield { kind: 'placed', call: placed }
  try {
    await waiter.opened
    while (!signal.aborted) {
      const call = await client.calls.get(callId)
      yield* updatesOf(client, call, reported)
      const open = call.moments.some(isOpen)
      if (call.state === 'ended' && !open) return yield { kind: 'ended', call }
      if (call.nextAt !== null && !open) {
        const { mode, now } = await client.clock.get()
        if (mode === 'frozen' && Date.parse(now) < Date.parse(call.nextAt)) return yield { kind: 'frozen', now, call }
      }
      await waiter.wait(POLL_MS)
    }
  } finally {
    waiter.close()
  }
}

/**
 * Yields each delivery that is new, or whose state has changed.
 * @param list lists those that match, as `first` does
 */
export async function* watchDeliveries(
  client: Client,
  {
    match,
    list,
    first
  }: { match: OptionalUndefined<DeliveryMatch>; list: () => Promise<DeliveryList>; first: DeliveryList },
  signal: AbortSignal
): AsyncGenerator<Delivery> {
  let known = versionsOf(first)
  let changed = new Map<string, Delivery>()
  let isComplete = false // false at first, and after the stream has dropped events: then the list is read
  const waiter = createEventWaiter(client, ['delivery'], signal, ({ type, data }) => {
    if (type === 'dropped') isComplete = false
    if (type === 'delivery' && isMatch(data, match)) changed.set(data.id, data)
    return type === 'dropped' || changed.size > 0
  })
  try {
    await waiter.opened
    while (!signal.aborted) {
      if (!isComplete) {
        isComplete = true
        changed.clear()
        const { deliveries } = await list()
        for (const delivery of deliveries) if (known.get(delivery.id) !== versionOf(delivery)) yield delivery
        known = versionsOf({ deliveries })
      }
      const batch = [...changed.values()]
      changed = new Map() // more may come while the batch is printed
      for (const delivery of batch) {
        if (known.get(delivery.id) !== versionOf(delivery)) yield delivery
        known.set(delivery.id, versionOf(delivery))
      }
      for (const id of [...known.keys()].slice(0, -MAX_LIMIT)) known.delete(id)
      await waiter.wait()
      await pause(DEBOUNCE_MS, undefined, { signal }).catch(() => {}) // the loop checks the signal
    }
  } finally {
    waiter.close()
  }
}

/** Yields each new request that matches, once. @param last the id of the last request that was printed */
export async function* watchRequests(
  client: Client,
  match: OptionalUndefined<RequestMatch>,
  last: string | undefined,
  signal: AbortSignal
): AsyncGenerator<JournalEntry> {
  let after = last
  const waiter = createEventWaiter(client, ['request'], signal, ({ type, data }) => {
    if (type === 'dropped' && data.reason === 'reset') after = undefined // a reset may start the ids again
    return true
  })
  try {
    await waiter.opened
    while (!signal.aborted) {
      const { requests } = await client.requests.list({ ...match, limit: MAX_LIMIT, after })
      for (const request of requests) {
        after = request.id
        yield request
      }
      await waiter.wait()
    }
  } finally {
    waiter.close()
  }
}

/** The updates of a call that were reported. */
interface Reported {
  moments: number
  /** When the last moment was reported, in milliseconds of `performance.now()`. */
  at: number
  deliveries: Set<string>
}

/** Yields what is new in a call. Deliveries follow their moment; slow ones may follow a later moment, too. */
async function* updatesOf(client: Client, { callId, moments }: Call, reported: Reported): AsyncGenerator<CallUpdate> {
  const armed = moments.flatMap(moment => moment.armed)
  const isNew = armed.some(({ state, deliveryId }) => isSettled(state) && !reported.deliveries.has(deliveryId))
  const { deliveries } = isNew ? await client.deliveries.list({ callId, limit: MAX_LIMIT }) : { deliveries: [] }
  const byId = new Map(deliveries.map(delivery => [delivery.id, delivery]))
  for (const [index, moment] of moments.entries()) {
    if (index === reported.moments) {
      yield { kind: 'moment', moment }
      reported.moments += 1
      reported.at = performance.now()
    }
    for (const { deliveryId, state } of moment.armed) {
      if (!isSettled(state) || reported.deliveries.has(deliveryId)) continue
      reported.deliveries.add(deliveryId)
      const delivery = byId.get(deliveryId)
      if (delivery) yield { kind: 'delivery', delivery } // else the bounded log has dropped it
    }
    const isLast = index === reported.moments - 1
    if (isLast && isOpen(moment) && performance.now() - reported.at < MOMENT_HOLD_MS) return
  }
}

const isOpen = ({ armed }: Moment): boolean => armed.some(({ state }) => !isSettled(state))
const isSettled = (state: DeliveryState): boolean => state !== 'pending' && state !== 'sending'

/** Differs whenever a delivery has changed. */
const versionOf = ({ state, attempts }: Delivery): string => `${state} ${attempts.length}`
const versionsOf = ({ deliveries }: Pick<DeliveryList, 'deliveries'>) =>
  new Map(deliveries.map(delivery => [delivery.id, versionOf(delivery)]))

const isMatch = (delivery: Delivery, match: OptionalUndefined<DeliveryMatch>): boolean =>
  Object.entries(match).every(([name, value]) => value === undefined || Reflect.get(delivery, name) === value)
