import { setImmediate as nextTurn } from 'node:timers/promises'
import { ControlError } from '../../domain/errors/control.js'
import { LAST_TIME } from '../../domain/timestamp.js'
import type { ClockAdvance, ClockSetting } from '../../schema/clock.js'
import type { Store } from '../../store/store.js'
import type { CallEngine } from '../calls/engine.js'
import type { Dispatcher } from '../deliveries/dispatcher.js'
import { type Changes, Stopped } from '../watch/changes.js'
import type { SandboxClock } from './clock.js'

/** Lets what is due happen when the clock reaches it. */
export interface Timekeeper {
  /** Looks when something is due next, and waits for that. */
  arm(): void
  /** Whether a step of a call is due. */
  isDue(): boolean
  /**
   * Sets the clock. What it passes by happens; what that owes is not waited for.
   * @throws ControlError `state_replaced`
   */
  set(setting: ClockSetting): Promise<void>
  /**
   * Moves the clock on, from one due step to the next, each after what the one before it owed was answered.
   * @param begins is called when its turn has come
   * @throws ControlError `request_invalid` when it would go back, or beyond the year 9999; `state_replaced`; Stopped
   */
  advance(advance: ClockAdvance, begins?: () => void): Promise<void>
  /** Looks at the state that has come in place of another. Who moved the clock of that one is told. */
  restart(): void
  stop(): void
}

/** How many steps may happen before others get their turn. */
const SLICE = 20

/** How long the machine's clock is trusted, in milliseconds: it may be set, or the machine may sleep. */
const TRUST = 1_000

/** How long is waited when the database takes nothing, in milliseconds. */
const RETRY = 1_000

/** @param dispatcher knows whether what was owed has been answered */
export function createTimekeeper({
  store,
  clock,
  engine,
  changes,
  dispatcher,
  report
}: {
  store: Store
  clock: SandboxClock
  engine: CallEngine
  changes: Changes
  dispatcher: Pick<Dispatcher, 'ticket' | 'isAnswered'>
  report: (error: unknown) => void
}): Timekeeper {
  let timer: NodeJS.Timeout | undefined
  let isStopped = false
  let restarts = 0
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
      timer = setTimeout(tick, RETRY)
    }
  }

  const performDue = async () => {
    while (!isStopped && engine.performDue(SLICE)) await nextTurn()
    changes.notify()
  }

  /** From step to step up to a time; what each owes is waited for, or not. */
  const moveTo = async (target: number, goOn: () => void, settled: () => Promise<unknown>) => {
    const perform = async () => {
      await performDue()
      goOn()
      await settled()
      goOn()
    }
    await perform()
    for (let due = nextDue(); due !== undefined && due <= target; due = nextDue()) {
      clock.moveTo(Math.max(due, clock.now().getTime()))
      await perform()
    }
    clock.moveTo(Math.max(target, clock.now().getTime()))
  }

  /** Waits for what is owed by now; what is owed later would never let it end. */
  const settled = async () => {
    const ticket = dispatcher.ticket()
    await changes.waitFor(() => dispatcher.isAnswered(ticket) || undefined)
  }

  /** One after the other: two that moved the clock at a time would let things happen at times of neither. */
  const inTurn = (move: (goOn: () => void) => Promise<void>): Promise<void> => {
    const begun = restarts
    /** What waited may find that it is no longer wanted. */
    const goOn = () => {
      if (restarts !== begun) throw new ControlError('state_replaced')
      if (isStopped) throw new Stopped()
    }
    const whole = moving
      .then(() => {
        goOn()
        return move(goOn)
      })
      .finally(() => {
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
      inTurn(async goOn => {
        if (mode === 'frozen') clock.switchTo(mode) // first, so that it stands exactly where it was told to
        const from = clock.now().getTime()
        const to = now === undefined ? from : Date.parse(now)
        if (to > from) await moveTo(to, goOn, async () => {})
        else if (to < from) clock.moveTo(to)
        clock.switchTo(mode)
      }),
    advance: ({ ms = 0, to }, begins = () => {}) =>
      inTurn(async goOn => {
        begins()
        const from = clock.now().getTime()
        const target = to === undefined ? from + ms : Date.parse(to)
        if (target < from || target > LAST_TIME) throw unreachable(from, to === undefined ? '$.ms' : '$.to')
        await moveTo(target, goOn, settled)
      }),
    restart() {
      restarts++
      arm()
    },
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
