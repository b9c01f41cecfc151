import type { ClockMode, ClockReading } from '../../schema/clock.js'
import type { ClockState } from '../../store/clock-and-ids.js'
import type { Store } from '../../store/store.js'

/** Returns the current time. */
export type Clock = () => Date

/** The clock of this machine. */
export const systemClock: Clock = () => new Date()

/** The clock of a sandbox: the machine's time plus an offset, or frozen. Survives a restart. */
export interface SandboxClock {
  now: Clock
  reading(): ClockReading
  isFrozen(): boolean
  /** Sets the time, in milliseconds since 1970. The mode stays. */
  moveTo(time: number): void
  /** Freezes the clock or lets it run, from its current time. */
  switchTo(mode: ClockMode): void
  /** Reads the clock from the store again, after the state was replaced. */
  reload(): void
}

/** @param machineClock the clock that the offset is added to @assumed 0019 */
export function createSandboxClock({ store, machineClock }: { store: Store; machineClock: Clock }): SandboxClock {
  const stored = (): ClockState => store.clock.find() ?? { frozen: null, offset: 0 }
  let state = stored()
  const time = () => state.frozen ?? machineClock().getTime() + state.offset
  const save = (changed: ClockState) => {
    store.write(() => store.clock.save(changed))
    state = changed
  }
  const running = (time: number): ClockState => ({ frozen: null, offset: time - machineClock().getTime() })

  return {
    now: () => new Date(time()),
    reading: () => ({ mode: state.frozen === null ? 'running' : 'frozen', now: new Date(time()).toISOString() }),
    isFrozen: () => state.frozen !== null,
    moveTo: to => save(state.frozen === null ? running(to) : { frozen: to, offset: 0 }),
    switchTo: mode => save(mode === 'running' ? running(time()) : { frozen: time(), offset: 0 }),
    reload() {
      state = stored()
    }
  }
}
