import type { FixtureSource } from '../../../domain/fixtures/read.js'
import type { Settings } from '../../../schema/settings.js'
import type { StateCounts } from '../../../schema/state.js'
import { IN_MEMORY, openDatabase } from '../../../store/database.js'
import { createStore, type Store } from '../../../store/store.js'
import { type NewId, randomId } from '../../new-id.js'
import { createSeededIds } from '../../seeded-ids.js'
import { createSandboxClock } from '../../time/clock.js'
import { createEventSource } from '../../watch/event-source.js'
import { createFixtureService } from '../fixtures.js'
import { createInitialState, type Start } from '../initial-state.js'
import { createStateChanges } from '../replace-state.js'
import { createSettingsService } from '../settings.js'

/** What a change of the state depends on beside the database. */
export interface StateContext {
  /** Settings that were given at start. */
  start: Pick<Start, 'settings' | 'origins'>
  /** Settings that were changed at run time. */
  changed: Partial<Settings>
  /** The time of the machine's clock, in milliseconds since 1970. */
  now: number
  /** The seed of ids; undefined for random ones. */
  seed: number | undefined
  /** The name of the sandbox; empty for the default one. */
  sandbox: string
}

/** A state that was filled, as the bytes of a database. */
export interface Filled {
  bytes: Uint8Array
  counts: StateCounts
}

/**
 * Fills a database of its own: with fixtures that begin a state, or that are merged into the state of a base.
 * @param newId instead of the ids of the context
 * @throws FixtureInvalid
 */
export function fillState({
  base,
  sources,
  context: { start, changed, now, seed, sandbox },
  newId
}: {
  base?: Uint8Array
  sources: FixtureSource[]
  context: StateContext
  newId?: NewId | undefined
}): Filled {
  return withState(base, store => {
    const eventSource = createEventSource(error => {
      throw error // nothing has subscribed
    })
    const initialState = createInitialState({ ...start, fixtures: [] })
    const settings = createSettingsService({ store, initialState, eventSource })
    settings.refresh(base === undefined ? {} : changed)
    const clock = createSandboxClock({ store, machineClock: () => new Date(now) })
    const seeded = seed === undefined ? undefined : createSeededIds(store.seededIds, { seed, sandbox })
    const fixtures = createFixtureService({
      store,
      clock: clock.now,
      newId: newId ?? seeded?.newId ?? randomId,
      settings,
      state: createStateChanges({ store, settings, clock, eventSource }),
      initialState,
      namedFixtures: { names: () => [], find: () => undefined },
      eventSource
    })
    const counts = fixtures.load(sources)
    return { bytes: store.database.image(), counts }
  })
}

/** A state without its logs, as a snapshot keeps it. */
export const stripState = (base: Uint8Array): Filled =>
  withState(base, store => {
    store.clearHistory()
    store.database.compact()
    return { bytes: store.database.image(), counts: store.counts() }
  })

/** Runs a function on a state of its own. @param base its database; an empty one by default */
export function withState<T>(base: Uint8Array | undefined, run: (store: Store) => T): T {
  const database = openDatabase(IN_MEMORY, { image: base })
  try {
    return run(createStore(database))
  } finally {
    database.close()
  }
}
