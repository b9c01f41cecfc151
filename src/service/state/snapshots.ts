import { ControlError } from '../../domain/errors/control.js'
import type { Settings } from '../../schema/settings.js'
import { MAX_SNAPSHOTS, SNAPSHOT_NAME, type Snapshot, type SnapshotList, type StateCounts } from '../../schema/state.js'
import type { Store } from '../../store/store.js'
import type { Clock } from '../time/clock.js'
import type { StateChanges } from './replace-state.js'
import type { SettingsService } from './settings.js'

/** States that are put by, in memory: directory, events, credentials, settings and clock. @source control-api.md "State" */
export interface SnapshotService {
  list(): SnapshotList
  /**
   * Puts the state by under a name; one that has the name is replaced.
   * @throws ControlError `request_invalid` when it is no name, `snapshot_limit`
   */
  take(name: string): { snapshot: Snapshot; isNew: boolean }
  /** Puts a state in place of the one there is, as a reset does. @throws ControlError `snapshot_unknown` */
  restore(name: string): StateCounts
  /** @throws ControlError `snapshot_unknown` */
  remove(name: string): void
}

interface Kept {
  id: number
  snapshot: Snapshot
  /** What was changed at run time. */
  changed: Partial<Settings>
}

/** @param machineClock the time of the machine: a snapshot stands beside the sandbox's own */
export function createSnapshotService({
  store,
  settings,
  machineClock,
  state
}: {
  store: Store
  settings: SettingsService
  machineClock: Clock
  state: StateChanges
}): SnapshotService {
  const { snapshots, counts } = store
  const kept = new Map<string, Kept>()
  const find = (name: string): Kept => {
    const found = kept.get(name)
    if (found === undefined) throw new ControlError('snapshot_unknown')
    return found
  }

  return {
    list: () => ({ snapshots: [...kept.values()].map(({ snapshot }) => snapshot), total: kept.size }),
    take(name) {
      if (!IS_NAME.test(name)) throw noName(name)
      const before = kept.get(name)
      if (before === undefined && kept.size >= MAX_SNAPSHOTS) throw new ControlError('snapshot_limit')
      const snapshot = { name, createdAt: machineClock().toISOString(), counts: counts() }
      const id = snapshots.take()
      kept.delete(name) // so that it comes last: they are listed oldest first
      kept.set(name, { id, snapshot, changed: settings.changed() })
      if (before !== undefined) snapshots.remove(before.id)
      return { snapshot, isNew: before === undefined }
    },
    restore(name) {
      const { id, changed, snapshot } = find(name)
      state.replace(() => snapshots.restore(id), changed)
      return snapshot.counts
    },
    remove(name) {
      snapshots.remove(find(name).id)
      kept.delete(name)
    }
  }
}

const IS_NAME = new RegExp(SNAPSHOT_NAME)

function noName(came: string): ControlError {
  const message = `must be 1 to 64 of the characters A-Z a-z 0-9 _ . -; got ${JSON.stringify(came.slice(0, 64))}`
  return new ControlError('request_invalid', { details: [{ path: '{name}', message }] })
}
