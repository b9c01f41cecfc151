import { ControlError } from '../../domain/errors/control.js'
import type { Delivery, DeliveryList, DeliveryQuery } from '../../schema/delivery.js'
import { DEFAULT_LIMIT } from '../../schema/list-limit.js'
import { SERIAL_ID } from '../../schema/serial-id.js'
import type { Store } from '../../store/store.js'
import { unknownAfter } from '../calls/calls.js'
import type { Changes, WaitOptions } from '../watch/changes.js'
import type { EventSource } from '../watch/event-source.js'

/** The log of deliveries: webhooks and their attempts. @source control-api.md "Calls and deliveries" */
export interface DeliveryService {
  /** @throws ControlError `delivery_unknown` */
  get(id: string): Delivery
  /** @throws ControlError `request_invalid` when `after` names no delivery */
  list(query: DeliveryQuery): DeliveryList
  /**
   * Sends a delivery again: the same bytes, as a new attempt.
   * @throws ControlError `delivery_unknown`; `delivery_state` while it is pending or in flight
   */
  replay(id: string): Delivery
}

/** Publishes `pending` when a delivery is replayed. */
export function createDeliveryService({
  store,
  eventSource
}: {
  store: Store
  eventSource: EventSource
}): DeliveryService {
  const { deliveries } = store

  const get = (id: string): Delivery => {
    const found = IS_SERIAL_ID.test(id) ? deliveries.find(Number(id)) : undefined
    if (found === undefined) throw new ControlError('delivery_unknown')
    return found
  }

  return {
    get,
    list({ limit = DEFAULT_LIMIT, after, ...match }) {
      if (after !== undefined && deliveries.find(Number(after)) === undefined) throw unknownAfter('delivery')
      const { page, total } = deliveries.list(match, limit, after === undefined ? undefined : Number(after))
      return { deliveries: page, total, dropped: deliveries.dropped() }
    },
    replay(id) {
      const { callId, request } = store.write(() => {
        const found = get(id)
        if (found.state === 'pending' || found.state === 'sending') {
          throw new ControlError('delivery_state', {
            message: `Delivery ${id} is ${found.state}: wait for its outcome.`
          })
        }
        deliveries.requeue(Number(id))
        return found
      })
      eventSource.publish('pending', [{ id: Number(id), callId, url: request.url }])
      return get(id)
    }
  }
}

/**
 * Waits until no step of a call is due and no delivery is pending or in flight.
 * @throws ControlError `wait_timeout`
 */
export type WaitUntilIdle = (options?: WaitOptions) => Promise<{ idle: true }>

/** @source control-api.md "Calls and deliveries" */
export function createWaitUntilIdle({ changes, isIdle }: { changes: Changes; isIdle: () => boolean }): WaitUntilIdle {
  return async ({ timeoutMs = 0, signal } = {}) => {
    const idle = await changes.waitFor(() => isIdle() || undefined, { timeoutMs, signal })
    if (idle) return { idle }
    const message = `Still busy after ${timeoutMs} ms: GET /_emulator/deliveries lists the deliveries that are pending or in flight.`
    throw new ControlError('wait_timeout', { message })
  }
}

const IS_SERIAL_ID = new RegExp(SERIAL_ID)
