import { ControlError } from '../domain/control-errors.js'
import { isTimeZone } from '../domain/timestamp.js'
import { DEFAULT_SWITCHES, type Switches } from '../schema/switches.js'
import type { Store } from '../store/store.js'

/** The switches in force: what was changed at run time, else what the operator set, a fixture chose, or the default. */
export interface SwitchService {
  current(): Switches
  /** Takes up what a fixture chose. */
  choose(switches: Partial<Switches>): void
  /**
   * Changes some of them, above flags and fixtures, until the state is replaced or the emulator restarts.
   * @throws ControlError `request_invalid` when a time zone does not exist
   */
  change(switches: Partial<Switches>): Switches
  /** Those that were changed at run time. */
  changed(): Partial<Switches>
  /** Reads them again, after what a fixture chose was taken back. @param changed what was changed at run time */
  refresh(changed?: Partial<Switches>): void
}

/** Flags and environment stand above fixtures. @param operator what they say @source contract §4 */
export function createSwitchService({ store, operator }: { store: Store; operator: Partial<Switches> }): SwitchService {
  let changed: Partial<Switches> = {} // not kept: a restart ends it
  const effective = () => ({ ...DEFAULT_SWITCHES, ...store.switches.all(), ...operator, ...changed })
  let current = effective()
  const refresh = (next = changed) => {
    changed = next
    current = effective()
  }

  return {
    current: () => current,
    choose(switches) {
      store.switches.save(switches)
      refresh()
    },
    change(switches) {
      const { timeZone } = switches
      if (timeZone !== undefined && !isTimeZone(timeZone)) throw noTimeZone(timeZone)
      refresh({ ...changed, ...switches })
      return current
    },
    changed: () => changed,
    refresh
  }
}

function noTimeZone(came: string): ControlError {
  const message = `must be an IANA time zone, for example Europe/Bucharest; got ${JSON.stringify(came)}`
  return new ControlError('request_invalid', { details: [{ path: '$.timeZone', message }] })
}
