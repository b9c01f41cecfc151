import type { Fixture } from '../schema/fixture.js'
import type { Settings } from '../schema/settings.js'
import type {
  Directory,
  IssuedToken,
  OpenedSession,
  SessionRequest,
  SettingsChange,
  Snapshot,
  SnapshotList,
  StateCounts,
  TokenRequest
} from '../schema/state.js'
import type { Loose } from './loose.js'
import { pathOf } from './path.js'
import type { Method } from './transport.js'

/** What there is in an emulator, and how tests put it in order. @source control-api.md "State" */
export interface StateClient {
  /**
   * Forgets everything and begins again with a fixture, by name or as a document: what the emulator was started with,
   * when it is left out. Nothing of before is delivered or counted after it.
   * @returns how many of each there are then
   * @example t.beforeEach(() => client.reset())
   */
  reset(fixture?: string | Fixture): Promise<StateCounts>
  fixtures: {
    /** Merges a fixture, all or nothing: the same id or number replaces. */
    load(fixture: Fixture): Promise<StateCounts>
    /** The state as a fixture that loads back to the same. It holds every secret. */
    export(): Promise<Fixture>
  }
  /** States that are put by while the emulator runs. */
  snapshots: {
    list(): Promise<SnapshotList>
    /** Puts the state by, in place of what had that name. */
    take(name: string): Promise<Snapshot>
    /** Goes back to a state, as a reset does. */
    restore(name: string): Promise<StateCounts>
    remove(name: string): Promise<void>
  }
  /** Who exists, without secrets. */
  directory(): Promise<Directory>
  tokens: {
    /** Makes a bearer token; without `expiresInSeconds` it never expires. */
    issue(request: Loose<TokenRequest>): Promise<IssuedToken>
  }
  sessions: {
    /** Opens a session, as a browser has one. */
    open(request: SessionRequest): Promise<OpenedSession>
  }
  /** The settings for what the vendor's own sources disagree on. */
  settings: {
    get(): Promise<Settings>
    /** Changes some of them until a reset or a restart. */
    change(settings: Loose<SettingsChange>): Promise<Settings>
  }
}

/** @param ask sends a request, and gives what is answered */
export function createStateClient(ask: <T>(method: Method, path: string, body?: object) => Promise<T>): StateClient {
  return {
    reset: fixture => ask('POST', '/reset', { fixture }),
    fixtures: {
      load: fixture => ask('POST', '/fixtures', fixture),
      export: () => ask('GET', '/fixtures')
    },
    snapshots: {
      list: () => ask('GET', '/snapshots'),
      take: async name => ask('PUT', pathOf('snapshots', name)),
      restore: async name => ask('POST', pathOf('snapshots', name, 'restore')),
      remove: async name => ask('DELETE', pathOf('snapshots', name))
    },
    directory: () => ask('GET', '/directory'),
    tokens: { issue: request => ask('POST', '/tokens', request) },
    sessions: { open: request => ask('POST', '/sessions', request) },
    settings: {
      get: () => ask('GET', '/settings'),
      change: settings => ask('PATCH', '/settings', settings)
    }
  }
}
