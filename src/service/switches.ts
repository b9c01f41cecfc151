import { DEFAULT_SWITCHES, type Switches } from '../schema/switches.js'
import type { Store } from '../store/store.js'

/** The switches that are in force: what the operator set, else what a fixture chose, else the default. */
export interface SwitchService {
  current(): Switches
  /** Takes up what a fixture chose. */
  choose(switches: Partial<Switches>): void
  /** Reads them again, after what a fixture chose was taken back. */
  refresh(): void
}

/** Flags and environment stand above fixtures. @param operator what they say @source contract §4 */
export function createSwitchService({ store, operator }: { store: Store; operator: Partial<Switches> }): SwitchService {
  const effective = () => ({ ...DEFAULT_SWITCHES, ...store.switches.all(), ...operator })
  let current = effective()
  return {
    current: () => current,
    choose(switches) {
      store.switches.save(switches)
      current = effective()
    },
    refresh() {
      current = effective()
    }
  }
}
