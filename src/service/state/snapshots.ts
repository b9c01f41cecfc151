import { ControlError } from '../../domain/errors/control.js'
import type { Settings } from '../../schema/settings.js'
import { MAX_SNAPSHOTS, SNAPSHOT_NAME, type Snapshot, type SnapshotList, type StateCounts } from '../../schema/state.js'
import type { Store } from '../../store/store.js'
import type { Clock } from '../time/clock.js'
import type { EventSource } from '../watch/event-source.js'
import { createExportFixture, type ExportedFixture } from './fixtures.js'
import type { ChangeQueue } from './large/change-queue.js'
import { type Filled, stripState, withState } from './large/fill.js'
import type { LargeWork } from './large/large-work.js'
import { printImage } from './large/print-state.js'
import { LARGE_BYTES, LARGE_STATE } from './large/sizes.js'
import { copyInSlices, replaceWhole, undefinedIfNotReplaced } from './large/whole-state.js'
import type { StateChanges } from './replace-state.js'
import type { SettingsService } from './settings.js'

/** Saved states, in memory: directory, events, credentials, settings and clock. @source control-api.md "State" */
export interface SnapshotService {
  list(): SnapshotList
  /** The state of a snapshot, as the export of a fixture gave it then; a large one in pieces of JSON. @throws ControlError `snapshot_unknown` */
  get(name: string): Promise<ExportedFixture | AsyncIterable<Uint8Array>>
  /**
   * Saves the state under a name, and replaces an earlier snapshot of that name.
   * @throws ControlError `request_invalid` when the name is invalid, `snapshot_limit`; Stopped
   */
  take(name: string): Promise<{ snapshot: Snapshot; isNew: boolean }>
  /** Replaces the state with a saved one. @throws ControlError `snapshot_unknown`; Stopped */
  restore(name: string): Promise<StateCounts>
  /** @throws ControlError `snapshot_unknown` */
  remove(name: string): void
}

/** The settings of a state. */
interface SettingsThen {
  /** The settings that were changed at run time. */
  changed: Partial<Settings>
  /** The settings that were in force. */
  settings: Settings
}

interface StoredSnapshot extends SettingsThen {
  bytes: Uint8Array
  snapshot: Snapshot
}

/** Publishes `state`. @param machineClock for `createdAt`: a restore may set the sandbox's clock back */
export function createSnapshotService({
  store,
  settings,
  machineClock,
  state,
  eventSource,
  changeQueue,
  work
}: {
  store: Store
  settings: SettingsService
  machineClock: Clock
  state: StateChanges
  eventSource: EventSource
  changeQueue: ChangeQueue
  /** The worker for large states; without it they are copied in this thread. */
  work: LargeWork | undefined
}): SnapshotService {
  const { snapshots, database } = store
  const stored = new Map<string, StoredSnapshot>()
  const find = (name: string): StoredSnapshot => {
    const found = stored.get(name)
    if (found === undefined) throw new ControlError('snapshot_unknown')
    return found
  }

  /** A large state is copied in slices, and cleaned up in another thread. */
  const copyState = (): Promise<{ copy: Filled; at: SettingsThen }> =>
    changeQueue.next(async () => {
      for (let attempt = 0; work !== undefined && attempt < COPIES; attempt++) {
        const at = settingsNow()
        const base = await copyInSlices(database).catch(undefinedIfNotReplaced)
        if (base === undefined) break
        try {
          // Bytes are copied at once; a file may have got other settings meanwhile, before or after they were copied.
          if ('file' in base && JSON.stringify(at) !== JSON.stringify(settingsNow())) continue
          return { copy: await changeQueue.unlessStopped(work.run('strip', { base })), at }
        } finally {
          database.discard(base)
        }
      }
      return { copy: stripState(database.image()), at: settingsNow() }
    })
  const settingsNow = (): SettingsThen => ({ changed: settings.changed(), settings: settings.current() })

  const keep = (name: string, { bytes, counts }: Filled, at: SettingsThen) => {
    const isNew = !stored.has(name)
    const snapshot = { name, createdAt: machineClock().toISOString(), counts }
    stored.delete(name) // so that it moves to the end: snapshots are listed oldest first
    stored.set(name, { bytes, snapshot, ...at })
    eventSource.publish('state', { change: 'snapshot', name })
    return { snapshot, isNew }
  }
  const checkLimit = (name: string) => {
    if (!stored.has(name) && stored.size >= MAX_SNAPSHOTS) throw new ControlError('snapshot_limit')
  }

  return {
    list: () => ({ snapshots: [...stored.values()].map(({ snapshot }) => snapshot), total: stored.size }),
    async get(name) {
      const { bytes, settings } = find(name)
      if (work !== undefined && bytes.byteLength > LARGE_BYTES) return printImage(work, bytes, settings)
      return withState(bytes, copy => createExportFixture({ store: copy, settings: { current: () => settings } })())
    },
    async take(name) {
      if (!IS_NAME.test(name)) throw invalidName(name)
      checkLimit(name)
      if (!store.holdsMoreThan(LARGE_STATE)) return keep(name, stripState(database.image()), settingsNow())
      const { copy, at } = await copyState()
      checkLimit(name)
      return keep(name, copy, at)
    },
    async restore(name) {
      const { bytes, changed, snapshot } = find(name)
      const here = () => state.replace(() => snapshots.restore(bytes), changed)
      if (bytes.byteLength > LARGE_BYTES || store.holdsMoreThan(LARGE_STATE))
        await changeQueue.next(() => replaceWhole(bytes, { database, changeQueue, state, changed, otherwise: here }))
      else here()
      eventSource.publish('state', { change: 'restore', name })
      return snapshot.counts
    },
    remove(name) {
      find(name)
      stored.delete(name)
      eventSource.publish('state', { change: 'snapshot', name })
    }
  }
}

/** How often a large file is copied when its settings change meanwhile. */
const COPIES = 3

const IS_NAME = new RegExp(SNAPSHOT_NAME)

function invalidName(given: string): ControlError {
  const message = `must be 1 to 64 of the characters A-Z a-z 0-9 _ . -; got ${JSON.stringify(given.slice(0, 64))}`
  return new ControlError('request_invalid', { details: [{ path: '{name}', message }] })
}
