import type { Settings } from '../../schema/settings.js'
import type { Store } from '../../store/store.js'
import type { SandboxClock } from '../time/clock.js'
import type { SettingsService } from './settings.js'

/** Changes the state, or puts another one in its place. What is kept in memory of it goes along, all or nothing. */
export interface StateChanges {
  /** One transaction. */
  merge(change: () => void): void
  /**
   * Forgets everything, and lets the store be filled again, in one transaction. Nothing of before goes on after it.
   * @param changed the settings that were changed at run time in the state that comes
   */
  replace(fill: () => void, changed?: Partial<Settings>): void
}

/** @param over ends what belongs to the state that was replaced: what is owed, in flight, waited for */
export function createStateChanges({
  store,
  settings,
  clock,
  over
}: {
  store: Store
  settings: SettingsService
  clock: SandboxClock
  over: () => void
}): StateChanges {
  const reread = (changed: Partial<Settings>) => {
    settings.refresh(changed)
    clock.reload()
    store.invalidate()
  }

  /** What the transaction did to what is kept in memory is taken back with it. */
  const write = (change: () => void) => {
    const before = settings.changed()
    try {
      store.write(change)
    } catch (error) {
      reread(before)
      throw error
    }
  }

  return {
    merge: write,
    replace(fill, changed = {}) {
      write(() => {
        store.clear()
        reread(changed) // what is filled in is stamped by the clock and the time zone that come
        fill()
      })
      reread(changed)
      over()
    }
  }
}
