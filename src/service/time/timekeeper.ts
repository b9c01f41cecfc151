import { setImmediate as nextTurn } from 'node:timers/promises'
import { ControlError } from '../../domain/errors/control.js'
import { LAST_TIME } from '../../domain/timestamp.js'
import type { ClockAdvance, ClockSetting } from '../../schema/clock.js'
import type { Store } from '../../store/store.js'
import type { CallEngine } from '../calls/engine.js'
import type { Dispatcher } from '../deliveries/dispatcher.js'
import type { WriteBarrier } from '../state/large/write-barrier.js'
import { type Changes, Stopped } from '../watch/changes.js'
import type { EventSource } from '../watch/event-source.js'
import type { SandboxClock } from './clock.js'

/** Performs the steps of calls and sends delayed deliveries when the clock reaches them, and moves the clock. */
export interface Timekeeper {
  /** Sets a timer for the next due step or delivery. */
  arm(): void
  /** Whether a step of a call, or a delivery that a fault delays, is due. */
  isDue(): boolean
  /**
   * Sets the clock, and performs the steps on the way. Does not wait for their deliveries.
   * @throws ControlError `state_replaced`; Stopped
   */
  set(setting: ClockSetting): Promise<void>
  /**
   * Moves the clock forward from one due step or delayed delivery to the next. Before each it waits until the deliveries
   * of the one before are settled.
   * @param onBegin called when earlier moves of the clock are finished and this one begins
   * @returns the ids of the delayed deliveries that were sent
   * @throws ControlError `request_invalid` when the time is in the past, or after the year 9999; `state_replaced`; Stopped
   */
  advance(advance: ClockAdvance, onBegin?: () => void): Promise<number[]>
  stop(): void
}

/** How many steps are performed in one turn of the event loop. */
const STEPS_PER_TURN = 20

/** The longest timer, in milliseconds: the machine's clock may be set, and the machine may sleep. */
const MAX_TIMER = 1_000

/**
 * Subscribes to `call`, `delayed` and `stateReplaced`, publishes `clock`. When the state is replaced, moves of the clock that are
 * under way end with `state_replaced`.
 * @param retryDelayMs how long to wait when a step cannot be committed, in milliseconds
 */
export function createTimekeeper({
  store,
  clock,
  engine,
  changes,
  dispatcher,
  eventSource,
  writeBarrier,
  retryDelayMs,
  report
}: {
  store: Store
  clock: SandboxClock
  engine: CallEngine
  changes: Changes
  dispatcher: Pick<Dispatcher, 'ticket' | 'isSettled' | 'nextDue' | 'sendDue'>
  eventSource: EventSource
  writeBarrier: Pick<WriteBarrier, 'isActive' | 'whenOver'>
  retryDelayMs: number
  report: (error: unknown) => void
}): Timekeeper {
  let timer: NodeJS.Timeout | undefined
  let isStopped = false
  let replacements = 0 // how often the state was replaced
  let lastMove: Promise<void> = Promise.resolve()

  const nextDue = (): number | undefined => {
    const step = store.calls.firstDueAt()
    const delivery = dispatcher.nextDue()
    return step === undefined || delivery === undefined ? (step ?? delivery) : Math.min(step, delivery)
  }
  const isDue = () => (nextDue() ?? Number.POSITIVE_INFINITY) <= clock.now().getTime()

  const arm = () => {
    clearTimeout(timer)
    const due = isStopped || clock.isFrozen() ? undefined : nextDue()
    if (due === undefined) return
    timer = setTimeout(tick, Math.min(Math.max(due - clock.now().getTime(), 0), MAX_TIMER)).unref()
  }

  const tick = () => {
    if (writeBarrier.isActive()) return writeBarrier.whenOver(arm)
    try {
      dispatcher.sendDue()
      engine.performDue(STEPS_PER_TURN)
      arm()
    } catch (error) {
      report(error)
      clearTimeout(timer)
      timer = setTimeout(tick, retryDelayMs).unref()
    }
  }

  eventSource.subscribe('call', arm)
  eventSource.subscribe('delayed', arm)
  eventSource.subscribe('stateReplaced', () => {
    replacements += 1
    arm()
  })

  const announce = () => eventSource.publish('clock', clock.now())

  /** Deliveries go before the steps of the same time: they were created earlier. @returns the ids of those deliveries */
  const performDue = async (): Promise<number[]> => {
    await writable()
    const sent = dispatcher.sendDue()
    while (!isStopped && engine.performDue(STEPS_PER_TURN)) {
      await nextTurn()
      await writable()
    }
    return sent
  }

  /** Resolves when no large change of the state makes writes wait. */
  const writable = async (): Promise<void> => {
    if (writeBarrier.isActive()) await new Promise<void>(done => writeBarrier.whenOver(done))
  }

  /** @param afterStep is awaited after the steps of each time @param check throws when the move must end */
  const moveTo = async (target: number, check: () => void, afterStep: () => Promise<unknown>): Promise<number[]> => {
    const sent: number[] = []
    const perform = async () => {
      sent.push(...(await performDue()))
      check()
      await afterStep()
      check()
    }
    await perform()
    await writable()
    for (let due = nextDue(); due !== undefined && due <= target; due = nextDue()) {
      clock.moveTo(Math.max(due, clock.now().getTime()))
      announce()
      await perform()
      await writable()
    }
    clock.moveTo(Math.max(target, clock.now().getTime()))
    return sent
  }

  /** Waits for the deliveries that exist now. Waiting for later ones, too, might never end. */
  const settled = async () => {
    const ticket = dispatcher.ticket()
    await changes.waitFor(() => dispatcher.isSettled(ticket) || undefined)
  }

  /** Runs moves of the clock one after the other, so that each step happens at a time of its own move. */
  const enqueue = <T>(move: (check: () => void) => Promise<T>): Promise<T> => {
    const before = replacements
    const check = () => {
      if (replacements !== before) throw new ControlError('state_replaced')
      if (isStopped) throw new Stopped()
    }
    const whole = lastMove
      .then(async () => {
        await writable()
        check()
        return move(check)
      })
      .finally(arm)
    lastMove = whole.then(
      () => {},
      () => {} // the caller handles the error
    )
    return whole
  }

  return {
    arm,
    isDue,
    set: ({ mode, now }) =>
      enqueue(async check => {
        if (mode === 'frozen') clock.switchTo(mode) // first, so that the clock stops exactly at the time that was set
        const from = clock.now().getTime()
        const to = now === undefined ? from : Date.parse(now)
        if (to > from) await moveTo(to, check, async () => {})
        else if (to < from) clock.moveTo(to)
        clock.switchTo(mode)
        announce()
      }),
    advance: ({ ms = 0, to }, onBegin = () => {}) =>
      enqueue(async check => {
        onBegin()
        const from = clock.now().getTime()
        const target = to === undefined ? from + ms : Date.parse(to)
        if (target < from || target > LAST_TIME) throw unreachable(from, to === undefined ? '$.ms' : '$.to')
        const sent = await moveTo(target, check, settled)
        announce()
        return sent
      }),
    stop() {
      isStopped = true
      clearTimeout(timer)
    }
  }
}

function unreachable(from: number, path: string): ControlError {
  const message = `must lead to a time from ${new Date(from).toISOString()} to the year 9999; PUT /_emulator/clock can set an earlier one`
  return new ControlError('request_invalid', { details: [{ path, message }] })
}
