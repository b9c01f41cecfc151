import { setImmediate as nextTurn } from 'node:timers/promises'
import { ControlError } from '../domain/control-errors.js'
import type { ClockAdvance, ClockSetting } from '../schema/clock.js'
import type { Store } from '../store/store.js'
import type { CallEngine } from './call-engine.js'
import type { Changes } from './changes.js'
import type { SandboxClock } from './sandbox-clock.js'

/** Lets what is due happen when the clock reaches it. */
export interface Timekeeper {
  /** Looks when something is due next, and waits for that. */
  arm(): void
  /** Whether a step of a call is due. */
  isDue(): boolean
  /** Sets the clock. What it passes by happens; what that owes is not waited for. */
  set(setting: ClockSetting): Promise<void>
  /**
   * Moves the clock on, from one due step to the next, each after what the one before it owed was answered.
   * @throws ControlError `request_invalid` when it would go back, or beyond the year 9999; Stopped
   */
  advance(advance: ClockAdvance): Promise<void>
  stop(): void
}

/** How many steps may happen before others get their turn. */
const SLICE = 20

/** How long the machine's clock is trusted, in milliseconds: it may be set, or the machine may sleep. */
const TRUST = 1_000

/** How long is waited when the database takes nothing, in milliseconds. */
const RETRY = 1_000

const LAST_TIME = Date.parse('9999-12-31T23:59:59.999Z')

/** @param isAnswered whether everything that was owed has been answered */
export function createTimekeeper({
  store,
  clock,
  engine,
  changes,
  isAnswered,
  report
}: {
  store: Store
  clock: SandboxClock
  engine: CallEngine
  changes: Changes
  isAnswered: () => boolean
  report: (error: unknown) => void
}): Timekeeper {
  let timer: NodeJS.Timeout | undefined
  let isStopped = false
  let moving: Promise<void> = Promise.resolve()

  const nextDue = () => store.calls.firstDue()?.dueAt ?? undefined
  const isDue = () => (nextDue() ?? Number.POSITIVE_INFINITY) <= clock.now().getTime()

  const arm = () => {
    clearTimeout(timer)
    const due = isStopped || clock.isFrozen() ? undefined : nextDue()
    if (due === undefined) return
    timer = setTimeout(tick, Math.min(Math.max(due - clock.now().getTime(), 0), TRUST))
  }

  const tick = () => {
    try {
      engine.performDue(SLICE)
      changes.notify()
      arm()
    } catch (error) {
      report(error)
      timer = setTimeout(arm, RETRY)
    }
  }

  const performDue = async () => {
    while (!isStopped && engine.performDue(SLICE)) await nextTurn()
    changes.notify()
  }

  /** From step to step up to a time; what each owes is waited for, or not. */
  const moveTo = async (target: number, settled: () => Promise<unknown>) => {
    await performDue()
    await settled()
    for (let due = nextDue(); due !== undefined && due <= target; due = nextDue()) {
      clock.moveTo(Math.max(due, clock.now().getTime()))
      await performDue()
      await settled()
    }
    clock.moveTo(Math.max(target, clock.now().getTime()))
  }

  /** One after the other: two that moved the clock at a time would let things happen at times of neither. */
  const inTurn = (move: () => Promise<void>): Promise<void> => {
    const whole = moving.then(move).finally(() => {
      changes.notify()
      arm()
    })
    moving = whole.catch(() => {}) // whoever asked is told
    return whole
  }

  return {
    arm,
    isDue,
    set: ({ mode, now }) =>
      inTurn(async () => {
        if (mode === 'frozen') clock.switchTo(mode) // first, so that it stands exactly where it was told to
        const from = clock.now().getTime()
        const to = now === undefined ? from : Date.parse(now)
        if (to > from) await moveTo(to, async () => {})
        else if (to < from) clock.moveTo(to)
        clock.switchTo(mode)
      }),
    advance: ({ ms = 0, to }) =>
      inTurn(async () => {
        const from = clock.now().getTime()
        const target = to === undefined ? from + ms : Date.parse(to)
        if (target < from || target > LAST_TIME) throw unreachable(from, to === undefined ? '$.ms' : '$.to')
        await moveTo(target, () => changes.until(() => isAnswered() || undefined))
      }),
    stop() {
      isStopped = true
      clearTimeout(timer)
    }
  }
}

function unreachable(from: number, path: string): ControlError {
  const message = `must lead from ${new Date(from).toISOString()} on, up to the year 9999; PUT /_emulator/clock can go back`
  return new ControlError('request_invalid', { details: [{ path, message }] })
}
