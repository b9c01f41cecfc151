import { ControlError } from '../../domain/errors/control.js'
import { FixtureInvalid, type FixtureSource, readFixtures } from '../../domain/fixtures/read.js'
import type { Fixture } from '../../schema/fixture.js'
import type { Settings, StartOrigin } from '../../schema/settings.js'

/** Fixtures and settings, as they were given at start. */
export interface Start {
  fixtures: FixtureSource[]
  settings: Partial<Settings>
  /** Where each of the settings was given; `flag` where it is not stated. */
  origins?: Partial<Record<string, StartOrigin>> | undefined
}

/**
 * Reads the fixture files again. A file that did not change has the same document as before.
 * @throws FixtureInvalid when one is missing, cannot be read or is not JSON
 */
export type ReadFixtureFiles = () => Promise<FixtureSource[]>

/** What a sandbox is seeded with and a reset restores. */
export interface InitialState {
  /** The fixtures as they were given, or last read from their files. */
  sources(): FixtureSource[]
  /** The same, read and checked once. @throws FixtureInvalid */
  fixtures(): Fixture[]
  start(): Pick<Start, 'settings' | 'origins'>
  /**
   * Reads the fixtures again, if they are files. What was taken over is used by every sandbox without fixtures of its own.
   * @throws ControlError `fixture_invalid` with the problems of every file; nothing changes then
   */
  refresh(): Promise<void>
  /** Whether these fixtures are the present ones, with the same documents. */
  holds(sources: FixtureSource[]): boolean
  /** Replaces fixtures and settings. @returns a function that undoes it @throws FixtureInvalid; nothing changes then */
  replace(next: Start): () => void
  /** An initial state with other fixtures, and the settings of this one. */
  withFixtures(sources: FixtureSource[]): InitialState
}

/** @param read reads the files of the fixtures again; without it they stay as they are given */
export function createInitialState(given: Start, read?: ReadFixtureFiles): InitialState {
  let start = given
  let checked: Fixture[] | undefined
  const holds = (sources: FixtureSource[]) =>
    sources.length === start.fixtures.length &&
    sources.every(({ name, document }, index) => {
      const own = start.fixtures[index]
      return own?.name === name && own.document === document
    })

  const replace = (next: Start) => {
    const before = { start, checked }
    if (!holds(next.fixtures)) checked = readFixtures(next.fixtures)
    start = next
    return () => {
      start = before.start
      checked = before.checked
    }
  }

  return {
    sources: () => start.fixtures,
    fixtures() {
      checked ??= structuredClone(readFixtures(start.fixtures)) // the caller may change its own
      return checked
    },
    start: () => start,
    async refresh() {
      if (read === undefined) return
      try {
        const fixtures = await read()
        replace({ ...start, fixtures })
      } catch (error) {
        throw error instanceof FixtureInvalid
          ? new ControlError('fixture_invalid', { details: detailsOf(error), hasMore: error.hasMore })
          : error
      }
    },
    holds,
    replace,
    withFixtures: sources => ({ ...createInitialState({ ...start, fixtures: sources }), start: () => start })
  }
}

/** The problems, each with the name of its file as it was given. Of an absolute path only the last part is shown. */
const detailsOf = ({ problems }: FixtureInvalid) =>
  problems.map(({ fixture, path, message }) => ({ path: `${withoutFolders(fixture)}: ${path}`, message }))

const withoutFolders = (name: string): string =>
  /^(?:[A-Za-z]:)?[\\/]/.test(name) ? (name.split(/[\\/]/).findLast(part => part !== '') ?? name) : name
