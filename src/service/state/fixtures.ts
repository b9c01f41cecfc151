import { hasPhoneCallEvents } from '../../domain/addressing.js'
import { type DirectoryIndex, indexDirectory } from '../../domain/fixtures/check.js'
import { type FixtureSource, readFixtures } from '../../domain/fixtures/read.js'
import { completePhoneCallEvent } from '../../domain/phone-call-event.js'
import { LAST_TIME } from '../../domain/timestamp.js'
import type { Extension } from '../../schema/directory.js'
import type { Fixture, FixtureEvent } from '../../schema/fixture.js'
import type { StoredPhoneCallEvent } from '../../schema/phone-call-event.js'
import { DEFAULT_SETTINGS, type Settings } from '../../schema/settings.js'
import type { StateCounts } from '../../schema/state.js'
import type { Store } from '../../store/store.js'
import type { NewId } from '../new-id.js'
import { EVENT_ID_LENGTH, printTimestamp } from '../phone-call-events.js'
import { completePhone } from '../phones.js'
import type { Clock } from '../time/clock.js'
import type { EventSource } from '../watch/event-source.js'
import type { InitialState } from './initial-state.js'
import { createSourcesOf, type NamedFixtures, type SourcesOf } from './named-fixtures.js'
import type { StateChanges } from './replace-state.js'
import type { SettingsService } from './settings.js'

/** Seeds, replaces and exports the state of a sandbox. @source control-api.md "State" */
export interface FixtureService {
  /**
   * Merges fixtures into the state, in their order, all or nothing. An entry replaces one of the same id or number.
   * @returns the number of entries after it
   * @throws FixtureInvalid with the problems of all fixtures
   */
  load(sources: FixtureSource[]): StateCounts
  /**
   * Replaces the whole state with fixtures, all or nothing. Pending deliveries and ringing calls end with the old state.
   * @param sources by default the fixtures that the emulator was started with
   * @returns the number of entries after it
   * @throws FixtureInvalid; the state is unchanged then
   */
  replace(sources?: FixtureSource[]): StateCounts
  /**
   * Reads the fixtures that the emulator was started with again, if they are files, for the next `replace`.
   * @throws ControlError `fixture_invalid` with the problems of every file; nothing changes then
   */
  readAgain(): Promise<void>
  /**
   * Loads the fixtures that the emulator was started with into an empty state.
   * @throws FixtureInvalid; the state is still empty then
   */
  seed(): void
  export: ExportFixture
  sourcesOf: SourcesOf
  /** Whether the state is empty. */
  isEmpty(): boolean
}

/** Publishes `state`. @param initialState has the fixtures that the emulator was started with */
export function createFixtureService({
  store,
  clock,
  newId,
  settings,
  state,
  initialState,
  namedFixtures,
  eventSource
}: {
  store: Store
  clock: Clock
  newId: NewId
  settings: SettingsService
  state: StateChanges
  initialState: InitialState
  namedFixtures: NamedFixtures
  eventSource: EventSource
}): FixtureService {
  const { directory, credentials, events, phones, counts } = store
  const currentDirectory = (): DirectoryIndex =>
    indexDirectory({
      organizations: directory.organizations(),
      users: directory.users(),
      extensions: directory.extensions()
    })

  /** Saves parents first: every entry refers only to entries that exist. */
  const save = (fixture: Fixture, _index: number, all: Fixture[]): void => {
    fixture.organizations?.forEach(directory.saveOrganization)
    fixture.users?.forEach(directory.saveUser)
    saveExtensions(fixture.extensions ?? [])
    fixture.apps?.forEach(directory.saveApp)
    fixture.tokens?.forEach(credentials.saveToken)
    fixture.sessions?.forEach(credentials.saveSession)
    for (const phone of fixture.phones ?? []) phones.save(completePhone(phone))
    if (fixture.settings) settings.save(fixture.settings)
    const now = printTimestamp(clock(), settings.current().timeZone)
    const isPinned = pinnedIn(all)
    const newEventId = () => newId(EVENT_ID_LENGTH, id => isPinned(id) || events.findAnywhere(id) !== undefined)
    for (const event of fixture.phoneCallEvents ?? []) events.save(complete(event, now, newEventId))
  }

  const saveExtensions = (extensions: Extension[]): void => {
    // Public numbers last: two extensions may exchange theirs, and a public number is unique at all times.
    extensions.forEach(directory.saveExtension)
    for (const extension of extensions) {
      directory.addPublicNumbers(extension)
      const { owner: user, number, kind } = extension
      // An extension that changes to a kind without phone call events loses its own: no path would lead to them.
      if (!hasPhoneCallEvents(kind)) events.remove({ user, extension: number })
    }
  }

  const complete = (event: FixtureEvent, now: string, newEventId: () => string): StoredPhoneCallEvent => {
    const owner = directory.findExtension(event.extension)?.owner
    if (owner === undefined) throw new Error(`${event.extension} does not exist.`) // the reference was checked
    return completePhoneCallEvent(event, { user: owner, id: event.id ?? newEventId(), modified: now })
  }

  return {
    load(sources) {
      const fixtures = readFixtures(sources, currentDirectory())
      state.merge(() => fixtures.forEach(save))
      eventSource.publish('state', { change: 'merge' })
      return counts()
    },
    replace(sources) {
      const fixtures = sources === undefined ? initialState.fixtures() : readFixtures(sources)
      state.replace(() => fixtures.forEach(save))
      eventSource.publish('state', { change: 'reset' })
      return counts()
    },
    readAgain: initialState.refresh,
    seed: () => state.merge(() => initialState.fixtures().forEach(save)),
    export: createExportFixture({ store, settings }),
    sourcesOf: createSourcesOf(namedFixtures),
    isEmpty: store.isEmpty
  }
}

/** Whether one of the events of fixtures has an id. They are read at the first use. */
function pinnedIn(fixtures: Fixture[]): (id: string) => boolean {
  let ids: Set<string | undefined> | undefined
  return id => {
    ids ??= new Set(fixtures.flatMap(({ phoneCallEvents = [] }) => phoneCallEvents.map(event => event.id)))
    return ids.has(id)
  }
}

/** A fixture that loads back to the same state. It contains every secret in the clear. */
export type ExportedFixture = Required<Omit<Fixture, '$schema'>>

/** Returns the state as a fixture. */
export type ExportFixture = () => ExportedFixture

/**
 * Leaves out what a fixture cannot hold: calls, deliveries, the clock, authorization codes, refresh tokens, and tokens of
 * disabled apps, which would be accepted after loading, because a fixture does not state the app of a token.
 * @source control-api.md "State"
 */
export function createExportFixture({
  store,
  settings
}: {
  store: Store
  settings: Pick<SettingsService, 'current'>
}): ExportFixture {
  const { directory, credentials, events, phones } = store

  return () => ({
    organizations: directory.organizations(),
    users: directory.users(),
    extensions: directory.extensions(),
    apps: directory.apps(),
    tokens: credentials.acceptedTokens().map(token => ({ ...token, expiresAt: capped(token.expiresAt) })),
    sessions: credentials.sessions(),
    phoneCallEvents: events.all().map(({ user, ...event }) => event),
    phones: phones.all(),
    settings: nonDefault(settings.current())
  })
}

/** Fixtures have no time beyond the year 9999: a later expiry is cut to its end. */
const capped = (time: string | null | undefined): string | null =>
  time?.startsWith('+') ? new Date(LAST_TIME).toISOString() : (time ?? null)

/** The settings that differ from their defaults. */
function nonDefault(settings: Settings): Partial<Settings> {
  const defaults: Record<string, unknown> = DEFAULT_SETTINGS
  return Object.fromEntries(Object.entries(settings).filter(([name, value]) => value !== defaults[name]))
}
