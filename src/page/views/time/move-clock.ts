import { signal } from '@preact/signals'
import type { ClockAdvanced } from '../../../schema/clock.js'
import { client } from '../../emulator/client.js'
import { clockMode, sandboxNow, setClock } from '../../emulator/clock.js'
import { type Failure, failureOf } from '../../parts/action.js'

/** A moment or a webhook that an advance of the clock brought. */
export type Fired = { key: string; at: string; callId: string } & (
  | { moment: string; extension: string }
  | { delivery: string }
)

/** What the advances of this page brought, oldest first; the newest 200. */
export const fired = signal<readonly Fired[]>([])

/** How many are kept. */
const KEPT = 200

/** The time that the clock is on its way to, in milliseconds; undefined while it is not moved. */
export const wanted = signal<number | undefined>(undefined)

/** Why the last move failed. */
export const moveFailure = signal<Failure | undefined>(undefined)

/** The target of the request that is under way: the clock cannot stop before it. */
let sent = 0
let isMoving = false

/**
 * Moves the clock forward to a time, in milliseconds. One request is sent at a time, and the newest target wins; the
 * clock never goes back. A running clock is frozen first.
 */
export async function moveTo(target: number): Promise<void> {
  const next = Math.max(target, isMoving ? sent : sandboxNow())
  wanted.value = next
  if (isMoving) return
  await move(async () => {
    if (clockMode() === 'running') setClock(await client.clock.freeze())
    let reached = sandboxNow()
    for (let to = wanted.peek() ?? 0; to > reached; to = wanted.peek() ?? 0) {
      sent = to
      await advance({ to: new Date(to) })
      reached = to
    }
  })
}

/** Moves the clock by milliseconds; it goes on running if it runs. */
export const moveBy = (ms: number): Promise<void> => move(() => advance(ms))

/** Does something with the clock, unless it is being moved, and shows why it failed. */
export async function move(act: () => Promise<void>): Promise<void> {
  if (isMoving) return
  isMoving = true
  wanted.value ??= sandboxNow()
  moveFailure.value = undefined
  try {
    await act()
  } catch (error) {
    moveFailure.value = failureOf(error)
  }
  sent = 0
  isMoving = false
  wanted.value = undefined
}

async function advance(by: number | { to: Date }): Promise<void> {
  const answer = await client.clock.advance(by)
  setClock(answer)
  fired.value = [...fired.value, ...firedOf(answer)].slice(-KEPT)
}

/** Each moment with its webhooks behind it; webhooks of earlier moments, which were delayed, come by their time. */
function firedOf({ moments, deliveries, now }: ClockAdvanced): Fired[] {
  const own = new Set(moments.flatMap(({ armed }) => armed.map(({ deliveryId }) => deliveryId)))
  const rows: Fired[] = moments.flatMap(({ callId, at, moment, extension, leg, armed }) => [
    { key: `${callId} ${leg} ${moment} ${at}`, at, callId, moment, extension },
    ...armed.map(({ deliveryId }) => ({ key: `webhook ${deliveryId} ${at}`, at, callId, delivery: deliveryId }))
  ])
  for (const { id, callId, attempts } of deliveries) {
    const at = attempts[0]?.at ?? now
    if (!own.has(id)) rows.push({ key: `webhook ${id} ${at}`, at, callId, delivery: id })
  }
  return rows.sort((one, other) => Date.parse(one.at) - Date.parse(other.at))
}
