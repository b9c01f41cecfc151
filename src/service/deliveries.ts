import { ControlError } from '../domain/control-errors.js'
import type { Delivery, DeliveryList, DeliveryQuery } from '../schema/delivery.js'
import type { Waiting } from '../store/deliveries.js'
import type { Store } from '../store/store.js'
import { unknownAfter } from './calls.js'

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
  owed: (waiting: Waiting[]) => void
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
        deliveries.owe(Number(id))
        return found
      })
      owed([{ id: Number(id), callId, url: request.url }])
      return get(id)
    }
  }
}
