import { ControlError } from '../../domain/errors/control.js'
import type { Delivery, DeliveryList, DeliveryQuery } from '../../schema/delivery.js'
import type { PendingDelivery } from '../../store/deliveries.js'
import type { Store } from '../../store/store.js'
import { unknownAfter } from '../calls/calls.js'
import type { Changes, Patience } from '../watch/changes.js'

/** The webhooks that were owed, and what became of them. @source control-api.md "Calls and deliveries" */
export interface DeliveryService {
  /** @throws ControlError `delivery_unknown` */
  get(id: string): Delivery
  /** @throws ControlError `request_invalid` when `after` names no delivery */
  list(query: DeliveryQuery): DeliveryList
  /**
   * Owes a delivery again: the same bytes, as a new attempt.
   * @throws ControlError `delivery_unknown`; `delivery_state` while it is owed or in flight
   */
  replay(id: string): Delivery
}

/** How many deliveries a list has when nobody says. */
const LIMIT = 1000

/** @param owed is given what was committed as owed */
export function createDeliveryService({
  store,
  owed
}: {
  store: Store
  owed: (waiting: PendingDelivery[]) => void
}): DeliveryService {
  const { deliveries } = store

  const get = (id: string): Delivery => {
    const found = /^[1-9]\d{0,14}$/.test(id) ? deliveries.find(Number(id)) : undefined
    if (found === undefined) throw new ControlError('delivery_unknown')
    return found
  }

  return {
    get,
    list({ limit = LIMIT, after, ...match }) {
      if (after !== undefined && deliveries.find(Number(after)) === undefined) throw unknownAfter('delivery')
      const { page, total } = deliveries.list(match, limit, after === undefined ? undefined : Number(after))
      return { deliveries: page, total, dropped: deliveries.dropped() }
    },
    replay(id) {
      const { callId, request } = store.write(() => {
        const found = get(id)
        if (found.state === 'pending' || found.state === 'sending') {
          throw new ControlError('delivery_state', {
            message: `Delivery ${id} is ${found.state}: wait until it is over.`
          })
        }
        deliveries.requeue(Number(id))
        return found
      })
      owed([{ id: Number(id), callId, url: request.url }])
      return get(id)
    }
  }
}

/**
 * Waits until no step of a call is due and no delivery owed or in flight.
 * @throws ControlError `wait_timeout` when the time is over first
 */
export type WaitUntilIdle = (patience?: Patience) => Promise<{ idle: true }>

/** @source control-api.md "Calls and deliveries" */
export function createWaitUntilIdle({ changes, isIdle }: { changes: Changes; isIdle: () => boolean }): WaitUntilIdle {
  return async ({ timeoutMs = 0, signal } = {}) => {
    const idle = await changes.until(() => isIdle() || undefined, { timeoutMs, signal })
    if (idle) return { idle }
    const message = `Within ${timeoutMs} ms it did not come to rest: GET /_emulator/deliveries says what is in flight.`
    throw new ControlError('wait_timeout', { message })
  }
}
