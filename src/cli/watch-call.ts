import type { Client } from '../client/client.js'
import type { Call, CallLeg, DeliveryState, Moment } from '../schema/calls/call.js'
import type { Delivery } from '../schema/calls/delivery.js'
import { MAX_LIMIT } from '../schema/list-limit.js'
import { createEventWaiter } from './event-waiter.js'

/** Interval of polling for changes that the stream does not carry, such as a stopped clock, in milliseconds. */
const POLL_MS = 500

/** How long deliveries are open without a change until the watch reports what it waits for, in milliseconds. */
const UNANSWERED_MS = 2_000

/** How long a moment is held back until the deliveries of the previous one have ended, in milliseconds. */
const MOMENT_HOLD_MS = 1_000

/** A delivery that is not answered. */
export type OpenDelivery = { id: string; state: DeliveryState }

/** An update of a watched call. */
export type CallUpdate =
  | { kind: 'placed'; call: Call }
  /** Legs were added to the call. `legs` has all of them. */
  | { kind: 'legs'; legs: CallLeg[] }
  | { kind: 'moment'; moment: Moment }
  /** A delivery has reached its final state. `leg` is the index of its leg. */
  | { kind: 'delivery'; delivery: Delivery; leg: number }
  /** A fault holds deliveries back. */
  | { kind: 'held'; fault: string; deliveries: string[] }
  /** No delivery was answered for a while, and none is held. */
  | { kind: 'unanswered'; deliveries: OpenDelivery[]; frozenAt?: string }
  /** The call has no step to come: it is driven by hand. */
  | { kind: 'byHand'; call: Call }
  /** The clock is frozen before the next step of the call. */
  | { kind: 'frozen'; now: string; call: Call }
  /** The call and all its deliveries have ended. */
  | { kind: 'ended'; call: Call }

/** Yields updates of a call until it and its deliveries have ended, the clock is frozen, or the signal is aborted. */
export async function* watchCall(client: Client, placed: Call, signal: AbortSignal): AsyncGenerator<CallUpdate> {
  const reported: Reported = { legs: placed.legs.length, moments: 0, at: 0, deliveries: new Set() }
  const waits = createWaits(client)
  const { callId } = placed
  const waiter = createEventWaiter(
    client,
    ['call', 'delivery'],
    signal,
    ({ type, data }) => type === 'dropped' || ((type === 'call' || type === 'delivery') && data.callId === callId)
  )
  yield { kind: 'placed', call: placed }
  try {
    await waiter.opened
    while (!signal.aborted) {
      const call = await client.calls.get(callId)
      yield* updatesOf(client, call, reported)
      const open = openDeliveries(call.moments)
      if (call.state === 'ended' && open.length === 0) return yield { kind: 'ended', call }
      const [next] = call.next
      if (next !== undefined && open.length === 0) {
        const { mode, now } = await client.clock.get()
        if (mode === 'frozen' && Date.parse(now) < Date.parse(next.at)) return yield { kind: 'frozen', now, call }
      }
      yield* waits(call, reported.moments)
      await waiter.wait(POLL_MS)
    }
  } finally {
    waiter.close()
  }
}

/** Creates a function that yields what a call waits for once its moments are reported, each cause once. */
function createWaits(client: Client) {
  const held = new Set<string>()
  let lastPosition = ''
  let lastOpen = ''
  let openSince = 0
  let isUnanswered = false // reported for the open deliveries of now

  /** The deliveries that faults hold. Yields those that were not reported. */
  async function* reportHeld(open: OpenDelivery[]): AsyncGenerator<CallUpdate, Set<string>> {
    const ids = new Set(open.map(({ id }) => id))
    const { faults } = open.length === 0 ? { faults: [] } : await client.faults.list()
    const holding = faults.map(fault => ({ fault: fault.id, deliveries: fault.held.filter(id => ids.has(id)) }))
    for (const { fault, deliveries: all } of holding) {
      const deliveries = all.filter(id => !held.has(`${fault} ${id}`))
      for (const id of deliveries) held.add(`${fault} ${id}`)
      if (deliveries.length > 0) yield { kind: 'held', fault, deliveries }
    }
    return new Set(holding.flatMap(({ deliveries }) => deliveries))
  }

  return async function* (call: Call, reportedMoments: number): AsyncGenerator<CallUpdate> {
    const open = openDeliveries(call.moments.slice(0, reportedMoments))
    const current = JSON.stringify(open)
    if (current !== lastOpen) {
      openSince = performance.now()
      isUnanswered = false
    }
    lastOpen = current
    const heldNow = yield* reportHeld(open)
    const openFor = open.every(({ id }) => heldNow.has(id)) ? Infinity : performance.now() - openSince

    const isByHand = call.state !== 'ended' && call.next.length === 0 && reportedMoments === call.moments.length
    const position = isByHand ? JSON.stringify(call.legs) : ''
    if (isByHand && position !== lastPosition && openFor >= MOMENT_HOLD_MS) {
      lastPosition = position
      yield { kind: 'byHand', call }
    }
    if (open.length === 0 || heldNow.size > 0 || openFor < UNANSWERED_MS || isUnanswered) return
    isUnanswered = true
    const { mode, now } = await client.clock.get()
    yield { kind: 'unanswered', deliveries: open, ...(mode === 'frozen' && { frozenAt: now }) }
  }
}

/** The updates of a call that were reported. */
interface Reported {
  legs: number
  moments: number
  /** When the last moment was reported, in milliseconds of `performance.now()`. */
  at: number
  deliveries: Set<string>
}

/** Yields what is new in a call. Deliveries follow their moment; slow ones may follow a later moment, too. */
async function* updatesOf(
  client: Client,
  { callId, legs, moments }: Call,
  reported: Reported
): AsyncGenerator<CallUpdate> {
  const armed = moments.flatMap(moment => moment.armed)
  const isNew = armed.some(({ state, deliveryId }) => isSettled(state) && !reported.deliveries.has(deliveryId))
  const { deliveries } = isNew ? await client.deliveries.list({ callId, limit: MAX_LIMIT }) : { deliveries: [] }
  const byId = new Map(deliveries.map(delivery => [delivery.id, delivery]))
  for (const [index, moment] of moments.entries()) {
    if (index === reported.moments) {
      if (moment.leg >= reported.legs) yield reportLegs(legs, reported)
      yield { kind: 'moment', moment }
      reported.moments += 1
      reported.at = performance.now()
    }
    for (const { deliveryId, state } of moment.armed) {
      if (!isSettled(state) || reported.deliveries.has(deliveryId)) continue
      reported.deliveries.add(deliveryId)
      const delivery = byId.get(deliveryId)
      if (delivery) yield { kind: 'delivery', delivery, leg: moment.leg } // else the bounded log has dropped it
    }
    const isLast = index === reported.moments - 1
    if (isLast && isOpen(moment) && performance.now() - reported.at < MOMENT_HOLD_MS) return
  }
  if (legs.length > reported.legs) yield reportLegs(legs, reported)
}

function reportLegs(legs: CallLeg[], reported: Reported): CallUpdate {
  reported.legs = legs.length
  return { kind: 'legs', legs }
}

const isOpen = ({ armed }: Moment): boolean => armed.some(({ state }) => !isSettled(state))
const openDeliveries = (moments: Moment[]): OpenDelivery[] =>
  moments.flatMap(({ armed }) =>
    armed.flatMap(({ deliveryId: id, state }) => (isSettled(state) ? [] : [{ id, state }]))
  )
const isSettled = (state: DeliveryState): boolean => state !== 'pending' && state !== 'sending'
