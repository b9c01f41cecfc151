import type { FixtureSource } from '../../../domain/fixtures/read.js'
import type { EventFilter, EventsRemoved } from '../../../schema/fixture.js'
import type { StateCounts } from '../../../schema/state.js'
import { type DatabaseImage, NotReplaced } from '../../../store/replacing/connection.js'
import type { Store } from '../../../store/store.js'
import type { NewId } from '../../new-id.js'
import type { Clock } from '../../time/clock.js'
import type { EventSource } from '../../watch/event-source.js'
import type { ControlEventService } from '../control-events.js'
import type { FixtureService } from '../fixtures.js'
import type { InitialState } from '../initial-state.js'
import type { StateChanges } from '../replace-state.js'
import type { SettingsService } from '../settings.js'
import type { ChangeQueue } from './change-queue.js'
import { fillState } from './fill.js'
import { holdSources } from './held-documents.js'
import type { LargeWork } from './large-work.js'
import { printState } from './print-state.js'
import { entriesIn, LARGE_ENTRIES, LARGE_STATE, reachesMany } from './sizes.js'
import { copyInSlices, replaceWhole, undefinedIfNotReplaced } from './whole-state.js'

/**
 * Changes of the state of any size. Small ones are one transaction, at once; large ones are prepared in a worker thread
 * and take the place of the present state in one step, so that no request waits for them.
 * @source control-api.md "State"
 */
export interface LargeChanges {
  /** Replaces the state. @param sources those of the start by default @throws FixtureInvalid; Stopped */
  reset(sources?: FixtureSource[]): Promise<StateCounts>
  /** Merges a fixture into the state. @throws FixtureInvalid; Stopped */
  load(source: FixtureSource): Promise<StateCounts>
  removeEvents(filter: EventFilter): Promise<EventsRemoved>
  /** The state as a fixture in pieces of JSON; undefined when it is small. @throws Stopped */
  print(): Promise<AsyncIterable<Uint8Array> | undefined>
}

/** Dependencies of large changes. */
export interface LargeChangesParts {
  store: Store
  settings: SettingsService
  state: StateChanges
  fixtures: FixtureService
  controlEvents: Pick<ControlEventService, 'removeAll'>
  initialState: InitialState
  machineClock: Clock
  eventSource: EventSource
  changeQueue: ChangeQueue
  /** The worker; without it every change is made in this thread. */
  work: LargeWork | undefined
  /** Where ids come from; those of a function cannot be made in another thread. */
  ids: { seed: number | undefined; sandbox: string; newId: NewId | undefined }
}

/** Publishes `state`, and `stateReplaced` for a reset. */
export function createLargeChanges({
  store,
  settings,
  state,
  fixtures,
  controlEvents,
  initialState,
  machineClock,
  eventSource,
  changeQueue,
  work,
  ids: { newId, ...ids }
}: LargeChangesParts): LargeChanges {
  const { database } = store
  const filler = newId === undefined ? work : undefined
  const contextNow = () => ({
    start: initialState.start(),
    changed: settings.changed(),
    now: machineClock().getTime(),
    ...ids
  })

  /**
   * Prepares a change from a copy of the state. Writes of this sandbox wait meanwhile; they do not wait while another one
   * uses the worker. Falls back to one transaction in this thread when the database cannot be copied or replaced, or when
   * it has changed twice meanwhile.
   */
  const change = async <T extends { bytes: Uint8Array }, Result>(
    prepare: (base: DatabaseImage) => Promise<T>,
    resultOf: (prepared: T) => Result,
    applyHere: () => Result
  ): Promise<Result> => {
    for (let attempt = 0; attempt < 2; attempt++) {
      let release = () => {}
      let image: DatabaseImage | undefined
      const prepareCopy = async () => {
        changeQueue.check()
        release = changeQueue.writeBarrier.begin()
        const before = database.changes()
        const base = await copyInSlices(database)
        try {
          return { before, prepared: await changeQueue.unlessStopped(prepare(base)) }
        } finally {
          database.discard(base)
        }
      }
      try {
        const { before, prepared } = await changeQueue.unlessStopped(work ? work.exclusive(prepareCopy) : prepareCopy())
        image = await database.place(prepared.bytes)
        changeQueue.check()
        if (database.changes() !== before) continue // something that waits for nobody has written
        state.adopt(image)
        image = undefined
        return resultOf(prepared)
      } catch (error) {
        if (!(error instanceof NotReplaced)) throw error
        break
      } finally {
        if (image !== undefined) database.discard(image)
        release()
      }
    }
    changeQueue.check()
    return applyHere()
  }

  const replaceState = async (bytes: Uint8Array, given: FixtureSource[] | undefined): Promise<void> => {
    let isPublished = false
    await replaceWhole(bytes, {
      database,
      changeQueue,
      state,
      otherwise() {
        fixtures.replace(given)
        isPublished = true
      }
    })
    if (!isPublished) eventSource.publish('state', { change: 'reset' })
  }

  return {
    async reset(given) {
      const sources = given ?? initialState.fixtures().map(document => ({ name: 'fixture', document }))
      const isLarge = entriesIn(sources) > LARGE_ENTRIES
      if ((isLarge && filler === undefined) || !(isLarge || store.holdsMoreThan(LARGE_STATE)))
        return fixtures.replace(given)
      if (filler === undefined || !isLarge) {
        const context = contextNow()
        const { bytes } = fillState({ sources, context, newId })
        await changeQueue.next(() => replaceState(bytes, given))
        return store.counts()
      }
      const held = await holdSources(filler, sources)
      try {
        return await changeQueue.next(async () => {
          const context = contextNow()
          const { bytes, counts } = await changeQueue.unlessStopped(
            filler.exclusive(() => filler.run('fill', { sources: held.sources, context }))
          )
          await replaceState(bytes, given)
          return counts
        })
      } finally {
        held.release()
      }
    },
    async load(source) {
      const isLarge = entriesIn([source]) > LARGE_ENTRIES || reachesMany(store, source.document)
      if (filler === undefined || !isLarge) return fixtures.load([source])
      const held = await holdSources(filler, [source])
      try {
        return await changeQueue.next(async () => {
          const counts = await change(
            base => filler.run('fill', { base, sources: held.sources, context: contextNow() }),
            prepared => {
              eventSource.publish('state', { change: 'merge' })
              return prepared.counts
            },
            () => fixtures.load([source])
          )
          return counts
        })
      } finally {
        held.release()
      }
    },
    async removeEvents(filter) {
      const isLarge = work !== undefined && store.events.listAnywhere(filter, 1).total > LARGE_STATE
      if (!isLarge) return controlEvents.removeAll(filter)
      return changeQueue.next(() =>
        change(
          base => work.run('removeEvents', { base, filter }),
          ({ removed }) => {
            eventSource.publish('state', { change: 'events' })
            return { removed }
          },
          () => controlEvents.removeAll(filter)
        )
      )
    },
    async print() {
      if (work === undefined || !store.holdsMoreThan(LARGE_STATE)) return undefined
      return changeQueue.next(async () => {
        const current = settings.current()
        const base = await copyInSlices(database).catch(undefinedIfNotReplaced)
        return base && printState(work, base, current)
      })
    }
  }
}
