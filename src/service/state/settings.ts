import { ControlError } from '../../domain/errors/control.js'
import { isTimeZone } from '../../domain/timestamp.js'
import { DEFAULT_SETTINGS, type Settings } from '../../schema/settings.js'
import type { Store } from '../../store/store.js'

/** The settings in force: what was changed at run time, else what the operator set, a fixture chose, or the default. */
export interface SettingsService {
  current(): Settings
  /** Takes up what a fixture chose. */
  choose(settings: Partial<Settings>): void
  /**
   * Changes some of them, above flags and fixtures, until the state is replaced or the emulator restarts.
   * @throws ControlError `request_invalid` when a time zone does not exist
   */
  change(settings: Partial<Settings>): Settings
  /** Those that were changed at run time. */
  changed(): Partial<Settings>
  /** Reads them again, after what a fixture chose was taken back. @param changed what was changed at run time */
  refresh(changed?: Partial<Settings>): void
}

/** Flags and environment stand above fixtures. @param operator what they say @source contract §4 */
export function createSettingsService({
  store,
  operator
}: {
  store: Store
  operator: Partial<Settings>
}): SettingsService {
  let changed: Partial<Settings> = {} // not kept: a restart ends it
  const effective = () => ({ ...DEFAULT_SETTINGS, ...store.settings.all(), ...operator, ...changed })
  let current = effective()
  const refresh = (next = changed) => {
    changed = next
    current = effective()
  }

  return {
    current: () => current,
    choose(settings) {
      store.settings.save(settings)
      refresh()
    },
    change(settings) {
      const { timeZone } = settings
      if (timeZone !== undefined && !isTimeZone(timeZone)) throw noTimeZone(timeZone)
      refresh({ ...changed, ...settings })
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
