import type { Settings } from '../../schema/settings.js'
import type { DatabaseImage } from '../../store/replacing/connection.js'
import type { Store } from '../../store/store.js'
import type { SandboxClock } from '../time/clock.js'
import type { EventSource } from '../watch/event-source.js'
import type { SettingsService } from './settings.js'

/** Changes or replaces the whole state, all or nothing: the database and its caches in memory. */
export interface StateChanges {
  /** Runs a change as one transaction. */
  merge(change: () => void): void
  /**
   * Clears the store and fills it again, in one transaction, then publishes `stateReplaced`.
   * @param changed the settings that the new state has changed at run time
   */
  replace(fill: () => void, changed?: Partial<Settings>): void
  /** Takes over a database that was filled elsewhere from a copy of the present one. @throws NotReplaced */
  adopt(image: DatabaseImage): void
  /** Replaces the whole state with a database that was filled elsewhere, as `replace` does. @throws NotReplaced */
  replaceWith(image: DatabaseImage, changed?: Partial<Settings>): void
}

/** Publishes `stateReplaced`, so that deliveries, faults and requests of the old state are discarded. */
export function createStateChanges({
  store,
  settings,
  clock,
  eventSource
}: {
  store: Store
  settings: SettingsService
  clock: SandboxClock
  eventSource: EventSource
}): StateChanges {
  const reload = (changed: Partial<Settings>) => {
    settings.refresh(changed)
    clock.reload()
    store.invalidate()
  }

  /** Restores what is cached in memory when the transaction is rolled back. */
  const write = (change: () => void) => {
    const before = settings.changed()
    try {
      store.write(change)
    } catch (error) {
      reload(before)
      throw error
    }
  }

  const swap = (image: DatabaseImage, changed: Partial<Settings>) => {
    const before = settings.changed()
    try {
      store.database.replace(image)
    } catch (error) {
      reload(before) // the file may have been opened again
      throw error
    }
    reload(changed)
  }

  return {
    merge: write,
    adopt: image => swap(image, settings.changed()),
    replaceWith(image, changed = {}) {
      swap(image, changed)
      eventSource.publish('stateReplaced', undefined)
    },
    replace(fill, changed = {}) {
      write(() => {
        store.clear()
        reload(changed) // the filling reads the clock and the time zone of the new state
        fill()
      })
      reload(changed)
      eventSource.publish('stateReplaced', undefined)
    }
  }
}
