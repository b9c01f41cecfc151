import { ControlError } from '../../domain/errors/control.js'
import { isTimeZone } from '../../domain/timestamp.js'
import { DEFAULT_SETTINGS, type Settings } from '../../schema/settings.js'
import type { Store } from '../../store/store.js'

/** The settings in force. Of each setting the first wins: changed at run time, given at start, from a fixture, default. */
export interface SettingsService {
  current(): Settings
  /** Stores the settings of a fixture. */
  save(settings: Partial<Settings>): void
  /**
   * Changes settings until the state is replaced or the emulator restarts.
   * @throws ControlError `request_invalid` when a time zone does not exist
   */
  change(settings: Partial<Settings>): Settings
  /** The settings that were changed at run time. */
  changed(): Partial<Settings>
  /** Computes the settings again, after the store has changed. @param changed the settings changed at run time */
  refresh(changed?: Partial<Settings>): void
}

/** @param startSettings those given at start by flags, environment or options @source contract §4 */
export function createSettingsService({
  store,
  startSettings
}: {
  store: Store
  startSettings: Partial<Settings>
}): SettingsService {
  let changed: Partial<Settings> = {} // in memory only: a restart ends it
  const effective = () => ({ ...DEFAULT_SETTINGS, ...store.settings.all(), ...startSettings, ...changed })
  let current = effective()
  const refresh = (next = changed) => {
    changed = next
    current = effective()
  }

  return {
    current: () => current,
    save(settings) {
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

function noTimeZone(given: string): ControlError {
  const message = `must be an IANA time zone, for example Europe/Bucharest; got ${JSON.stringify(given)}`
  return new ControlError('request_invalid', { details: [{ path: '$.timeZone', message }] })
}
