import { hasPhoneCallEvents } from '../../domain/addressing.js'
import { type DirectoryIndex, indexDirectory } from '../../domain/fixtures/check.js'
import { type FixtureSource, readFixtures } from '../../domain/fixtures/read.js'
import { LAST_TIME } from '../../domain/timestamp.js'
import type { Extension } from '../../schema/directory.js'
import type { Fixture, FixtureEvent } from '../../schema/fixture.js'
import { STATUSES, type StoredPhoneCallEvent } from '../../schema/phone-call-event.js'
import { DEFAULT_SETTINGS, type Settings } from '../../schema/settings.js'
import type { StateCounts } from '../../schema/state.js'
import type { Store } from '../../store/store.js'
import type { NewId } from '../new-id.js'
import { EVENT_ID_LENGTH, printTimestamp } from '../phone-call-events.js'
import type { Clock } from '../time/clock.js'
import { createSourcesOf, type NamedFixtures, type SourcesOf } from './named-fixtures.js'
import type { StateChanges } from './replace-state.js'
import type { SettingsService } from './settings.js'

/** Seeding an emulator. @source control-api.md "State" */
export interface FixtureService {
  /**
   * Merges fixtures in, in their order, all or nothing. The same id or number replaces.
   * @returns what there is then
   * @throws FixtureInvalid with the problems of all of them
   */
  load(sources: FixtureSource[]): StateCounts
  /**
   * Forgets everything and loads fixtures instead, all or nothing. Nothing of before goes on after it.
   * @param sources what the emulator was started with, when they are left out
   * @returns what there is then
   * @throws FixtureInvalid, and then everything is still there
   */
  replace(sources?: FixtureSource[]): StateCounts
  /**
   * Loads what the emulator was started with, where there is nothing yet.
   * @throws FixtureInvalid, and then there still is nothing
   */
  seed(): void
  export: ExportFixture
  sourcesOf: SourcesOf
  /** Whether there is nothing yet. */
  isEmpty(): boolean
}

/** What was read of what emulators were started with: tests go back there, and sandboxes begin there, again and again. */
const reads = new WeakMap<FixtureSource[], Fixture[]>()

function readOnce(started: FixtureSource[]): Fixture[] {
  const read = reads.get(started) ?? structuredClone(readFixtures(started)) // whoever gave it may change it
  reads.set(started, read)
  return read
}

/** Seeds the store that it is given. @param started what the emulator was started with */
export function createFixtureService({
  store,
  clock,
  newId,
  settings,
  state,
  started,
  named
}: {
  store: Store
  clock: Clock
  newId: NewId
  settings: SettingsService
  state: StateChanges
  started: FixtureSource[]
  named: NamedFixtures
}): FixtureService {
  const { directory, credentials, events, counts } = store
  const known = (): DirectoryIndex =>
    indexDirectory({
      organizations: directory.organizations(),
      users: directory.users(),
      extensions: directory.extensions()
    })

  /** Parents first: every entry refers only to what stands before it. */
  const save = (fixture: Fixture): void => {
    fixture.organizations?.forEach(directory.saveOrganization)
    fixture.users?.forEach(directory.saveUser)
    saveExtensions(fixture.extensions ?? [])
    fixture.apps?.forEach(directory.saveApp)
    fixture.tokens?.forEach(credentials.saveToken)
    fixture.sessions?.forEach(credentials.saveSession)
    if (fixture.settings) settings.choose(fixture.settings)
    const now = printTimestamp(clock(), settings.current().timeZone)
    for (const event of fixture.phoneCallEvents ?? []) events.save(complete(event, now))
  }

  const saveExtensions = (extensions: Extension[]): void => {
    // Public numbers last: two extensions may exchange theirs, and at no moment do two have the same.
    for (const { publicNumber, ...extension } of extensions) directory.saveExtension(extension)
    for (const extension of extensions) {
      directory.saveExtension(extension)
      const { owner: user, number, kind } = extension
      // One that became of another kind takes its phone call events along: nobody could reach them.
      if (!hasPhoneCallEvents(kind)) events.remove({ user, extension: number })
    }
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

  return {
    load(sources) {
      const fixtures = readFixtures(sources, known())
      state.merge(() => fixtures.forEach(save))
      return counts()
    },
    replace(sources = started) {
      const fixtures = sources === started ? readOnce(started) : readFixtures(sources)
      state.replace(() => fixtures.forEach(save))
      return counts()
    },
    seed: () => state.merge(() => readOnce(started).forEach(save)),
    export: createExportFixture({ store, settings }),
    sourcesOf: createSourcesOf(named),
    isEmpty: store.isEmpty
  }
}

/** The state now, as a fixture that loads back to the same. It holds every secret: that is what makes it whole. */
export type ExportFixture = () => Required<Omit<Fixture, '$schema'>>

/**
 * What no fixture can hold is left out: calls, deliveries, the clock, and what OAuth remembers between its steps.
 * @source control-api.md "State"
 */
export function createExportFixture({ store, settings }: { store: Store; settings: SettingsService }): ExportFixture {
  const { directory, credentials, events } = store

  return () => ({
    organizations: directory.organizations(),
    users: directory.users(),
    extensions: directory.extensions(),
    apps: directory.apps(),
    tokens: credentials.tokens().map(token => ({ ...token, expiresAt: within(token.expiresAt) })),
    sessions: credentials.sessions(),
    phoneCallEvents: events.all().map(({ user, ...event }) => event),
    settings: chosen(settings.current())
  })
}

/** Fixtures know no time beyond the year 9999; a token that lives longer ends with it. */
const within = (time: string | null | undefined): string | null =>
  time?.startsWith('+') ? new Date(LAST_TIME).toISOString() : (time ?? null)

/** The settings that are not as they are when nobody chose. */
function chosen(settings: Settings): Partial<Settings> {
  const usual: Record<string, unknown> = DEFAULT_SETTINGS
  return Object.fromEntries(Object.entries(settings).filter(([name, value]) => value !== usual[name]))
}
