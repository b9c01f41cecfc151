import { setTimeout as pause } from 'node:timers/promises'
import type { Client } from '../client/client.js'
import type { Call, DeliveryState, Moment } from '../schema/call.js'
import type { Delivery, DeliveryList } from '../schema/delivery.js'

/** How often is looked, in milliseconds. */
const EVERY = 100

/** How long a moment waits for the answers to what the one before it sent, in milliseconds. */
const PATIENCE = 1_000

/** The most that a list gives at once. */
const ALL = 10_000

/** What can be told of a call that goes on. */
export type CallNews =
  | { kind: 'placed'; call: Call }
  | { kind: 'moment'; moment: Moment }
  /** A delivery has its answer, or will get none. */
  | { kind: 'delivery'; delivery: Delivery }
  /** The clock stands still and nothing more is due by it. */
  | { kind: 'frozen'; now: string; call: Call }
  /** The call is over, and each of its deliveries, too. */
  | { kind: 'ended'; call: Call }

/** Tells what happens in a call as it happens, until nothing more will, or the signal is aborted. */
export async function* watchCall(client: Client, placed: Call, signal: AbortSignal): AsyncGenerator<CallNews> {
  const told: Told = { moments: 0, at: 0, deliveries: new Set() }
  yield { kind: 'placed', call: placed }
  for (let call = placed; ; call = await client.calls.get(placed.callId)) {
    yield* newsOf(client, call, told)
    const open = call.moments.some(isOpen)
    if (call.state === 'ended' && !open) return yield { kind: 'ended', call }
    if (call.nextAt !== null && !open) {
      const { mode, now } = await client.clock.get()
      if (mode === 'frozen' && Date.parse(now) < Date.parse(call.nextAt)) return yield { kind: 'frozen', now, call }
    }
    if (await isAborted(signal)) return
  }
}

/** Tells of each delivery that is new, or whose state has changed since. */
export async function* watchDeliveries(
  look: () => Promise<DeliveryList>,
  first: DeliveryList,
  signal: AbortSignal
): AsyncGenerator<Delivery> {
  let known = statesOf(first)
  while (!(await isAborted(signal))) {
    const list = await look()
    for (const delivery of list.deliveries) {
      if (known.get(delivery.id) !== stateOf(delivery)) yield delivery
    }
    known = statesOf(list) // ids begin anew after a reset
  }
}

/** What a watcher was told already. */
interface Told {
  moments: number
  /** When the last moment was told, by the clock of this process. */
  at: number
  deliveries: Set<string>
}

/** What is new in a call. A moment is told before what it sent, and what it sent, if it is soon done, before the next. */
async function* newsOf(client: Client, { callId, moments }: Call, told: Told): AsyncGenerator<CallNews> {
  const armed = moments.flatMap(moment => moment.armed)
  const isNews = armed.some(({ state, deliveryId }) => isSettled(state) && !told.deliveries.has(deliveryId))
  const { deliveries } = isNews ? await client.deliveries.list({ callId, limit: ALL }) : { deliveries: [] }
  const byId = new Map(deliveries.map(delivery => [delivery.id, delivery]))
  for (const [index, moment] of moments.entries()) {
    if (index === told.moments) {
      yield { kind: 'moment', moment }
      told.moments += 1
      told.at = performance.now()
    }
    for (const { deliveryId, state } of moment.armed) {
      if (!isSettled(state) || told.deliveries.has(deliveryId)) continue
      told.deliveries.add(deliveryId)
      const delivery = byId.get(deliveryId)
      if (delivery) yield { kind: 'delivery', delivery } // else the log has forgotten it by now
    }
    if (index === told.moments - 1 && isOpen(moment) && performance.now() - told.at < PATIENCE) return
  }
}

const isOpen = ({ armed }: Moment): boolean => armed.some(({ state }) => !isSettled(state))
const isSettled = (state: DeliveryState): boolean => state !== 'pending' && state !== 'sending'

const stateOf = ({ state, attempts }: Delivery): string => `${state} ${attempts.length}`
const statesOf = ({ deliveries }: DeliveryList) => new Map(deliveries.map(delivery => [delivery.id, stateOf(delivery)]))

/** Waits a moment. @returns whether it was told to stop */
async function isAborted(signal: AbortSignal): Promise<boolean> {
  await pause(EVERY, undefined, { signal }).catch(() => {
    // It was told to stop, which the signal says.
  })
  return signal.aborted
}
