import type { FixtureSource } from '../../../domain/fixtures/read.js'
import type { NewId } from '../../new-id.js'
import type { Clock } from '../../time/clock.js'
import type { InitialState } from '../initial-state.js'
import { holdSources } from './held-documents.js'
import type { LargeWork } from './large-work.js'
import { entriesIn, LARGE_ENTRIES } from './sizes.js'

/**
 * Fills the database of a new sandbox in another thread.
 * @returns its bytes; undefined when the fixtures are small, and the sandbox may be filled in this thread
 * @throws FixtureInvalid; Stopped
 */
export type FillNewState = (initialState: InitialState, name: string) => Promise<Uint8Array | undefined>

/** @param newId a function that ids come from, instead of the seed or chance: it cannot be called in another thread */
export const createFillNewState =
  ({
    work,
    machineClock,
    seed,
    newId
  }: {
    work: LargeWork
    machineClock: Clock
    seed: number | undefined
    newId: NewId | undefined
  }): FillNewState =>
  async (initialState, sandbox) => {
    const sources: FixtureSource[] = initialState.sources()
    if ((newId !== undefined && seed === undefined) || entriesIn(sources) <= LARGE_ENTRIES) return undefined
    const held = await holdSources(work, sources)
    try {
      const context = { start: initialState.start(), changed: {}, now: machineClock().getTime(), seed, sandbox }
      const { bytes } = await work.run('fill', { sources: held.sources, context })
      return bytes
    } finally {
      held.release()
    }
  }
