import { ControlError } from '../../domain/errors/control.js'
import { isTimeZone } from '../../domain/timestamp.js'
import { DEFAULT_SETTINGS, type SettingOrigin, type Settings, type SettingsInForce } from '../../schema/settings.js'
import type { Store } from '../../store/store.js'
import type { EventSource } from '../watch/event-source.js'
import type { InitialState } from './initial-state.js'

/** The settings in force. Of each setting the first wins: changed at run time, given at start, from a fixture, default. */
export interface SettingsService {
  current(): Settings
  /** The settings in force, and where each of them comes from. */
  inForce(): SettingsInForce
  /** Stores the settings of a fixture. */
  save(settings: Partial<Settings>): void
  /**
   * Changes settings until the state is replaced or the emulator restarts.
   * @throws ControlError `request_invalid` when a time zone does not exist
   */
  change(settings: Partial<Settings>): SettingsInForce
  /** The settings that were changed at run time. */
  changed(): Partial<Settings>
  /** Computes the settings again, after store or initial state have changed. @param changed those changed at run time */
  refresh(changed?: Partial<Settings>): void
}

/** Publishes `settings` when some were changed. @param initialState has those given at start by flags, environment, file or options @source contract §4 */
export function createSettingsService({
  store,
  initialState,
  eventSource
}: {
  store: Store
  initialState: Pick<InitialState, 'start'>
  eventSource: EventSource
}): SettingsService {
  let changed: Partial<Settings> = {} // in memory only: a restart ends it
  let start = initialState.start() // read again with the state, so that a changed file changes nothing before a reset
  const effective = () => ({ ...DEFAULT_SETTINGS, ...store.settings.all(), ...start.settings, ...changed })
  let current = effective()
  const update = (next = changed) => {
    changed = next
    current = effective()
  }
  const inForce = () => ({ ...current, origins: originsOf(current, store.settings.all(), start, changed) })

  return {
    current: () => current,
    inForce,
    save(settings) {
      store.settings.save(settings)
      update()
    },
    change(settings) {
      const { timeZone } = settings
      if (timeZone !== undefined && !isTimeZone(timeZone)) throw noTimeZone(timeZone)
      update({ ...changed, ...settings })
      eventSource.publish('settings', undefined)
      return inForce()
    },
    changed: () => changed,
    refresh(next) {
      start = initialState.start()
      update(next)
    }
  }
}

/** Where each setting comes from. @source control-api.md "State" */
function originsOf(
  settings: Settings,
  ofFixtures: Partial<Settings>,
  start: ReturnType<InitialState['start']>,
  changed: Partial<Settings>
): SettingsInForce['origins'] {
  const originOf = (name: string): SettingOrigin => {
    if (name in changed) return 'api'
    if (name in start.settings) return start.origins?.[name] ?? 'flag'
    return name in ofFixtures ? 'fixture' : 'default'
  }
  const names = Object.keys(settings)
  return Object.fromEntries(names.map(name => [name, originOf(name)])) as SettingsInForce['origins'] // one for each name
}

function noTimeZone(given: string): ControlError {
  const message = `must be an IANA time zone, for example Europe/Bucharest; got ${JSON.stringify(given)}`
  return new ControlError('request_invalid', { details: [{ path: '$.timeZone', message }] })
}
