import { setTimeout as pause } from 'node:timers/promises'
import type { Client, OptionalUndefined } from '../client/client.js'
import type { Call, DeliveryState, Moment } from '../schema/call.js'
import type { Delivery, DeliveryList, DeliveryMatch } from '../schema/delivery.js'
import type { Shell } from './command.js'
import { listen } from './commands/call/listener.js'

/** For how long what becomes of deliveries is gathered before it is told, in milliseconds. */
const GATHERING = 100

/** How often is looked for what no stream tells, as that the clock was stopped, in milliseconds. */
const EVERY = 500

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
  const { callId } = placed
  const ear = listen(
    client,
    ['call', 'delivery'],
    signal,
    ({ type, data }) => type === 'dropped' || (type !== 'request' && data.callId === callId)
  )
  yield { kind: 'placed', call: placed }
  try {
    await ear.opened
    while (!signal.aborted) {
      const call = await client.calls.get(callId)
      yield* newsOf(client, call, told)
      const open = call.moments.some(isOpen)
      if (call.state === 'ended' && !open) return yield { kind: 'ended', call }
      if (call.nextAt !== null && !open) {
        const { mode, now } = await client.clock.get()
        if (mode === 'frozen' && Date.parse(now) < Date.parse(call.nextAt)) return yield { kind: 'frozen', now, call }
      }
      await ear.wait(EVERY)
    }
  } finally {
    ear.close()
  }
}

/**
 * Tells of each delivery that is new, or whose state has changed since.
 * @param look lists those that match, as `first` does
 */
export async function* watchDeliveries(
  client: Client,
  {
    match,
    look,
    first
  }: { match: OptionalUndefined<DeliveryMatch>; look: () => Promise<DeliveryList>; first: DeliveryList },
  signal: AbortSignal
): AsyncGenerator<Delivery> {
  let known = statesOf(first)
  let changed = new Map<string, Delivery>()
  let isWhole = false // at first, and where the stream left something out, a look tells what changed
  const ear = listen(client, ['delivery'], signal, ({ type, data }) => {
    if (type === 'dropped') isWhole = false
    if (type === 'delivery' && isMatch(data, match)) changed.set(data.id, data)
    return type === 'dropped' || changed.size > 0
  })
  try {
    await ear.opened
    while (!signal.aborted) {
      if (!isWhole) {
        isWhole = true
        changed.clear()
        const { deliveries } = await look()
        for (const delivery of deliveries) if (known.get(delivery.id) !== stateOf(delivery)) yield delivery
        known = statesOf({ deliveries })
      }
      const gathered = [...changed.values()]
      changed = new Map() // more may come while these are told
      for (const delivery of gathered) {
        if (known.get(delivery.id) !== stateOf(delivery)) yield delivery
        known.set(delivery.id, stateOf(delivery))
      }
      for (const id of [...known.keys()].slice(0, -ALL)) known.delete(id)
      await ear.wait()
      await pause(GATHERING, undefined, { signal }).catch(() => {}) // the signal says so itself
    }
  } finally {
    ear.close()
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
const statesOf = ({ deliveries }: Pick<DeliveryList, 'deliveries'>) =>
  new Map(deliveries.map(delivery => [delivery.id, stateOf(delivery)]))

const isMatch = (delivery: Delivery, match: OptionalUndefined<DeliveryMatch>): boolean =>
  Object.entries(match).every(([name, value]) => value === undefined || Reflect.get(delivery, name) === value)

/**
 * Does what goes on until it is done, or until the process is told to stop.
 * @param work ends soon after its signal is aborted
 */
export function untilStopped<T>(shell: Shell, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stopping = new AbortController()
  let working: Promise<T> | undefined // begun last: once it says that it is ready it may be told to stop
  shell.onUnread(() => stopping.abort())
  shell.onStop(async ({ error }) => {
    if (error) shell.err(`${error.stack}\n`)
    stopping.abort()
    await working // the process ends when this does, with a failure if it failed
  })
  working = work(stopping.signal)
  return working
}
