import { changeRequest } from '../../domain/calls/change-request.js'
import { ControlError, unknownAfter } from '../../domain/errors/control.js'
import { isRequestable } from '../../domain/phone-call-event.js'
import type { Delivery, DeliveryList, DeliveryQuery } from '../../schema/calls/delivery.js'
import type { ReplayRequest } from '../../schema/calls/replay.js'
import { SERIAL_ID } from '../../schema/calls/serial-id.js'
import { DEFAULT_LIMIT } from '../../schema/list-limit.js'
import type { Store } from '../../store/store.js'
import type { FaultService } from '../faults.js'
import { type Page, SHORT_PAGE } from '../turns.js'
import type { Changes, WaitOptions } from '../watch/changes.js'
import type { EventSource } from '../watch/event-source.js'
import type { Dispatcher } from './dispatcher.js'

/** The log of deliveries: webhooks and their attempts. @source control-api.md "Calls and deliveries" */
export interface DeliveryService {
  /** @throws ControlError `delivery_unknown` */
  get(id: string): Delivery
  /** @returns undefined when it is not in the log */
  find(id: number): Delivery | undefined
  /** @throws ControlError `request_invalid` when `after` names no delivery */
  list(query: DeliveryQuery): DeliveryList
  /**
   * The deliveries of a list. Of a long one the deliveries and their order are settled now, and each is read when its turn
   * comes; one that was dropped meanwhile, or that a reset has removed, is left out.
   * @throws ControlError `request_invalid` when `after` names no delivery
   */
  page(query: DeliveryQuery): Page<Delivery>
  /**
   * The deliveries of a list, each read from the store when its turn comes; one that was dropped meanwhile is left out.
   * @throws ControlError `request_invalid` when `after` names no delivery; while it is read, `state_replaced` when a reset
   * or a restored snapshot has replaced the state
   */
  export(query: DeliveryQuery): Iterable<Delivery>
  /**
   * Sends a delivery again: the same bytes, as a new attempt; with changes as a new delivery.
   * @returns the delivery that is sent
   * @throws ControlError `delivery_unknown`; `delivery_state` while it is pending or in flight; `request_invalid` when
   * the new url cannot be requested
   */
  replay(id: string, changes?: ReplayRequest): Delivery
}

/** Publishes `pending` when a delivery is replayed. */
export function createDeliveryService({
  store,
  faults,
  dispatcher,
  eventSource
}: {
  store: Store
  faults: Pick<FaultService, 'heldBy'>
  dispatcher: Pick<Dispatcher, 'faultOf' | 'dueOf'>
  eventSource: EventSource
}): DeliveryService {
  const { calls, deliveries } = store

  const print = (delivery: Delivery): Delivery => withFaults(delivery, faults, dispatcher)
  const find = (id: number): Delivery | undefined => {
    const found = deliveries.find(id)
    return found && print(found)
  }
  const get = (id: string): Delivery => {
    const found = IS_SERIAL_ID.test(id) ? find(Number(id)) : undefined
    if (found === undefined) throw new ControlError('delivery_unknown')
    return found
  }

  let replacements = 0 // how often the state was replaced
  eventSource.subscribe('stateReplaced', () => {
    replacements += 1
  })

  /** @throws ControlError `request_invalid` when `after` names no delivery */
  const parseQuery = ({ limit, after, ...match }: DeliveryQuery) => {
    if (after !== undefined && deliveries.find(Number(after)) === undefined) throw unknownAfter('delivery in the log')
    const { callId } = match
    const ofCall = callId === undefined ? match : { ...match, callId: calls.callIdOf(callId) }
    return { match: ofCall, limit, after: after === undefined ? undefined : Number(after) }
  }

  function* readEach(ids: readonly number[], before: number): Generator<Delivery> {
    for (const id of ids) {
      if (replacements !== before) throw new ControlError('state_replaced')
      const found = find(id)
      if (found) yield found
    }
  }

  const page = (query: DeliveryQuery): Page<Delivery> => {
    const { match, limit = DEFAULT_LIMIT, after } = parseQuery(query)
    const { page, total } = deliveries.list(match, Math.min(limit, SHORT_PAGE), after)
    const isWhole = page.length === Math.min(limit, total)
    const entries = isWhole ? page.map(print) : readLeft(deliveries.listIds(match, limit, after))
    return { entries, counts: { total, dropped: deliveries.dropped() } }
  }
  function* readLeft(ids: readonly number[]): Generator<Delivery> {
    for (const id of ids) {
      const found = find(id)
      if (found) yield found
    }
  }

  return {
    get,
    find,
    list(query) {
      const { entries, counts } = page(query)
      return { deliveries: [...entries], ...counts }
    },
    page,
    export(query) {
      const { match, limit = ALL, after } = parseQuery(query)
      return readEach(deliveries.listIds(match, limit, after), replacements)
    },
    replay(id, changes = {}) {
      const { url: changedUrl } = changes
      if (changedUrl !== undefined && !isRequestable(changedUrl)) throw cannotBeRequested(changedUrl)
      const pending = store.write(() => {
        const { callId, state, request } = get(id)
        if (state === 'pending' || state === 'sending') {
          throw new ControlError('delivery_state', { message: `Delivery ${id} is ${state}: wait for its outcome.` })
        }
        const original = Number(id)
        if (Object.keys(changes).length > 0) {
          const { url } = deliveries.webhookOf(original) ?? { url: request.url } // it was found above
          const changed = changeRequest({ request, url }, changes)
          return { id: deliveries.addReplay(original, changed), callId, url: changed.request.url }
        }
        deliveries.requeue(original)
        return { id: original, callId, url: request.url }
      })
      eventSource.publish('pending', [pending])
      return get(String(pending.id))
    }
  }
}

/** A delivery with the faults that hit it: those of its attempts, and the one that holds or delays it now, until when. */
function withFaults(
  delivery: Delivery,
  { heldBy }: Pick<FaultService, 'heldBy'>,
  { faultOf, dueOf }: Pick<Dispatcher, 'faultOf' | 'dueOf'>
): Delivery {
  const { attempts, request, ...rest } = delivery
  const id = Number(delivery.id)
  const holding = delivery.state === 'pending' ? heldBy(id) : undefined
  const hits = [...attempts.map(({ fault }) => fault), holding ?? faultOf(id)].filter(fault => fault !== undefined)
  if (hits.length === 0) return delivery
  const due = dueOf(id)
  return {
    ...rest,
    ...(holding !== undefined && { heldBy: holding }),
    ...(due !== undefined && { dueAt: new Date(due).toISOString() }),
    faults: [...new Set(hits)],
    request,
    attempts
  }
}

function cannotBeRequested(url: string): ControlError {
  const message = `must have a host and port that exist; got ${JSON.stringify(url)}`
  return new ControlError('request_invalid', { details: [{ path: '$.url', message }] })
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

/** The limit of a selection without one, for SQLite. */
const ALL = -1

const IS_SERIAL_ID = new RegExp(SERIAL_ID)
