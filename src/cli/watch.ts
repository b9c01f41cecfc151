import { setTimeout as pause } from 'node:timers/promises'
import type { Client } from '../client/client.js'
import type { OptionalUndefined } from '../client/operations.js'
import type { Delivery, DeliveryList, DeliveryMatch } from '../schema/calls/delivery.js'
import type { JournalEntry, RequestFilter } from '../schema/journal.js'
import { MAX_LIMIT } from '../schema/list-limit.js'
import { createEventWaiter } from './event-waiter.js'

/** Debounce of changed deliveries, in milliseconds: only the last state in it is reported. */
const DEBOUNCE_MS = 100

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
  match: OptionalUndefined<RequestFilter>,
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

/** Differs whenever a delivery has changed. */
const versionOf = ({ state, attempts }: Delivery): string => `${state} ${attempts.length}`
const versionsOf = ({ deliveries }: Pick<DeliveryList, 'deliveries'>) =>
  new Map(deliveries.map(delivery => [delivery.id, versionOf(delivery)]))

const isMatch = (delivery: Delivery, match: OptionalUndefined<DeliveryMatch>): boolean =>
  Object.entries(match).every(([name, value]) => value === undefined || Reflect.get(delivery, name) === value)
