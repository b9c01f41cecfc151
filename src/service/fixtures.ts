import { readFixture } from '../domain/fixture-form.js'
import { type Problem, referenceProblems } from '../domain/fixture-references.js'
import { printTimestamp } from '../domain/timestamp.js'
import type { Fixture, FixtureEvent } from '../schema/fixture.js'
import { STATUSES, type StoredPhoneCallEvent } from '../schema/phone-call-event.js'
import type { Store } from '../store/store.js'
import type { Clock } from './clock.js'
import type { NewId } from './new-id.js'
import { EVENT_ID_LENGTH } from './phone-call-events.js'
import type { SwitchService } from './switches.js'

/** A fixture document and where it came from: a name or a file. */
export interface FixtureSource {
  name: string
  document: unknown
}

/** Fixtures that cannot be loaded. Its message lists every problem, a line each, with its JSON path. */
export class FixtureInvalid extends Error {
  readonly problems: (Problem & { fixture: string })[]

  constructor(problems: (Problem & { fixture: string })[]) {
    super(problems.map(({ fixture, path, message }) => `${fixture}: ${path} ${message}`).join('\n'))
    this.name = 'FixtureInvalid'
    this.problems = problems
  }
}

/** Seeding an emulator. */
export interface FixtureService {
  /**
   * Merges fixtures in, in their order, all or nothing. The same id or number replaces.
   * @throws FixtureInvalid with the problems of all of them
   */
  load(sources: FixtureSource[]): void
  /** Whether there is nothing yet. */
  isEmpty(): boolean
  /** Forgets everything. */
  clear(): void
}

/** Seeds the store that it is given. */
export function createFixtureService({
  store,
  clock,
  newId,
  switches
}: {
  store: Store
  clock: Clock
  newId: NewId
  switches: SwitchService
}): FixtureService {
  const { directory, credentials, events } = store

  const problemsOf = (fixture: Fixture): Problem[] =>
    referenceProblems(fixture, {
      organizations: directory.organizations(),
      users: directory.users(),
      extensions: directory.extensions()
    })

  /** Parents first: every entry refers only to what stands before it. */
  const save = (fixture: Fixture): void => {
    fixture.organizations?.forEach(directory.saveOrganization)
    fixture.users?.forEach(directory.saveUser)
    fixture.extensions?.forEach(directory.saveExtension)
    fixture.apps?.forEach(directory.saveApp)
    fixture.tokens?.forEach(credentials.saveToken)
    fixture.sessions?.forEach(credentials.saveSession)
    if (fixture.settings) switches.choose(fixture.settings)
    const now = printTimestamp(clock(), switches.current().timeZone)
    for (const event of fixture.phoneCallEvents ?? []) events.save(complete(event, now))
  }

  const complete = (event: FixtureEvent, now: string): StoredPhoneCallEvent => {
    const owner = directory.findExtension(event.extension)?.owner
    if (owner === undefined) throw new Error(`${event.extension} does not exist.`) // its reference was checked
    return {
      status: STATUSES.enabled,
      note: '',
      modified: now,
      ...event,
      id: event.id ?? newId(EVENT_ID_LENGTH),
      user: owner
    }
  }

  const merge = (sources: FixtureSource[]): void => {
    const found: FixtureInvalid['problems'] = []
    for (const { name, document } of sources) {
      const read = readFixture(document)
      const problems = 'problems' in read ? read.problems : problemsOf(read.fixture)
      found.push(...problems.map(problem => ({ fixture: name, ...problem })))
      // The fixtures that follow refer to what this one holds; after a problem nothing of them is kept.
      if ('fixture' in read && problems.length === 0) save(read.fixture)
    }
    if (found.length > 0) throw new FixtureInvalid(found)
  }

  return {
    load(sources) {
      try {
        store.write(() => merge(sources))
      } finally {
        switches.refresh() // a load that failed has taken its choices back
      }
    },
    isEmpty: store.isEmpty,
    clear() {
      store.clear()
      switches.refresh()
    }
  }
}
