import { ControlError } from '../../domain/errors/control.js'
import type { Settings } from '../../schema/settings.js'
import { MAX_SNAPSHOTS, SNAPSHOT_NAME, type Snapshot, type SnapshotList, type StateCounts } from '../../schema/state.js'
import { IN_MEMORY, openDatabase } from '../../store/database.js'
import { createStore, type Store } from '../../store/store.js'
import type { Clock } from '../time/clock.js'
import type { EventSource } from '../watch/event-source.js'
import { createExportFixture, type ExportedFixture } from './fixtures.js'
import type { StateChanges } from './replace-state.js'
import type { SettingsService } from './settings.js'

/** Saved states, in memory: directory, events, credentials, settings and clock. @source control-api.md "State" */
export interface SnapshotService {
  list(): SnapshotList
  /** The state of a snapshot, as the export of a fixture gave it then. The present state is not touched. @throws ControlError `snapshot_unknown` */
  get(name: string): ExportedFixture
  /**
   * Saves the state under a name, and replaces an earlier snapshot of that name.
   * @throws ControlError `request_invalid` when the name is invalid, `snapshot_limit`
   */
  take(name: string): { snapshot: Snapshot; isNew: boolean }
  /** Replaces the state with a saved one. @throws ControlError `snapshot_unknown` */
  restore(name: string): StateCounts
  /** @throws ControlError `snapshot_unknown` */
  remove(name: string): void
}

interface StoredSnapshot {
  id: number
  snapshot: Snapshot
  /** The settings that were changed at run time. */
  changed: Partial<Settings>
  /** The settings that were in force. */
  settings: Settings
}

/** Publishes `state`. @param machineClock for `createdAt`: a restore may set the sandbox's clock back */
export function createSnapshotService({
  store,
  settings,
  machineClock,
  state,
  eventSource
}: {
  store: Store
  settings: SettingsService
  machineClock: Clock
  state: StateChanges
  eventSource: EventSource
}): SnapshotService {
  const { snapshots, counts } = store
  const stored = new Map<string, StoredSnapshot>()
  const find = (name: string): StoredSnapshot => {
    const found = stored.get(name)
    if (found === undefined) throw new ControlError('snapshot_unknown')
    return found
  }

  return {
    list: () => ({ snapshots: [...stored.values()].map(({ snapshot }) => snapshot), total: stored.size }),
    get(name) {
      const found = find(name)
      const copy = openDatabase(IN_MEMORY) // the stores read one database, and the present state stays in its own
      try {
        snapshots.copyTo(found.id, copy)
        return createExportFixture({ store: createStore(copy), settings: { current: () => found.settings } })()
      } finally {
        copy.close()
      }
    },
    take(name) {
      if (!IS_NAME.test(name)) throw invalidName(name)
      const before = stored.get(name)
      if (before === undefined && stored.size >= MAX_SNAPSHOTS) throw new ControlError('snapshot_limit')
      const snapshot = { name, createdAt: machineClock().toISOString(), counts: counts() }
      const id = snapshots.take()
      stored.delete(name) // so that it moves to the end: snapshots are listed oldest first
      stored.set(name, { id, snapshot, changed: settings.changed(), settings: settings.current() })
      if (before !== undefined) snapshots.remove(before.id)
      eventSource.publish('state', { change: 'snapshot', name })
      return { snapshot, isNew: before === undefined }
    },
    restore(name) {
      const { id, changed, snapshot } = find(name)
      state.replace(() => snapshots.restore(id), changed)
      eventSource.publish('state', { change: 'restore', name })
      return snapshot.counts
    },
    remove(name) {
      snapshots.remove(find(name).id)
      stored.delete(name)
      eventSource.publish('state', { change: 'snapshot', name })
    }
  }
}

const IS_NAME = new RegExp(SNAPSHOT_NAME)

function invalidName(given: string): ControlError {
  const message = `must be 1 to 64 of the characters A-Z a-z 0-9 _ . -; got ${JSON.stringify(given.slice(0, 64))}`
  return new ControlError('request_invalid', { details: [{ path: '{name}', message }] })
}
