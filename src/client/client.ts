import type { ClockAdvanced, ClockReading, ClockSetting } from '../schema/clock.js'
import type { Fault, FaultEffect, FaultList, FaultRequest, FaultScope, Released } from '../schema/fault.js'
import type {
  EventChange,
  EventFilter,
  EventList,
  EventQuery,
  EventsRemoved,
  Fixture,
  FixtureEvent,
  ListedEvent
} from '../schema/fixture.js'
import type { Har } from '../schema/har.js'
import type { JournalEntry, RequestList, RequestQuery, RequestsCleared } from '../schema/journal.js'
import type { Phone, PhoneList, PhoneQuery, PhoneSetting, PhonesCleared } from '../schema/phone.js'
import type { SandboxList, SandboxPlace, SandboxRequest } from '../schema/sandbox.js'
import type { SettingsInForce } from '../schema/settings.js'
import type {
  AppChange,
  ChangedApp,
  Directory,
  Health,
  IssuedToken,
  OpenedSession,
  Revoked,
  SessionRequest,
  SessionRevocation,
  SettingsChange,
  Snapshot,
  SnapshotList,
  StateCounts,
  TokenRequest,
  TokenRevocation
} from '../schema/state.js'
import type { StreamEvent } from '../schema/stream.js'
import type { Idle, IdleQuery, RequestVerification, Verified } from '../schema/verification.js'
import type { CallMethods, CaughtMethods, DeliveryMethods } from './call-methods.js'
import { createMethods } from './methods.js'
import { createNodeTransport } from './node-transport.js'
import type { OptionalUndefined } from './operations.js'
import type { StreamOptions } from './stream.js'
import type { Transport, TransportOptions } from './transport.js'

/** The URL of an emulator, its control token and its certificate. */
export type ClientOptions = TransportOptions

/** The request of a new fault. */
export type NewFault = OptionalUndefined<Omit<FaultRequest, 'on' | 'do'>> & {
  on: OptionalUndefined<FaultScope>
  do: OptionalUndefined<FaultEffect>
}

/** A time: ISO 8601 with an offset, or a Date. */
export type Instant = string | Date

/** How far a clock is advanced: milliseconds, a text such as `45s`, `2m` or `500ms`, or a time. */
export type Advance = number | string | { to: Instant }

/**
 * A client of the control API. Every method throws a ClientError when the request is refused or not answered.
 * @source control-api.md "State", "Calls and deliveries", "Watching and verifying", "Sandboxes"
 */
export interface Client {
  /** Version, uptime and database of the emulator. */
  health(): Promise<Health>
  /**
   * Deletes everything but snapshots and sandboxes, then loads a fixture by name or as a document: when it is left out,
   * the fixtures that the emulator was started with. Pending deliveries are discarded.
   * @returns the counts afterwards
   * @example t.beforeEach(() => client.reset())
   */
  reset(fixture?: string | Fixture): Promise<StateCounts>
  fixtures: {
    /** Merges a fixture, all or nothing: an entry with an existing id or number replaces it. */
    load(fixture: Fixture): Promise<StateCounts>
    /** Exports the state as a fixture that loads back to the same state. It contains every secret. */
    export(): Promise<Fixture>
  }
  /** Organizations, users, extensions and apps, without secrets. */
  directory(): Promise<Directory>
  tokens: {
    /** Issues a bearer token; without `expiresInSeconds` it never expires. */
    issue(request: OptionalUndefined<TokenRequest>): Promise<IssuedToken>
    /**
     * Revokes one token, or those of a user, or all of them with `{}`. @throws TypeError for a member that is undefined
     * @example await client.tokens.revoke({ accessToken })
     */
    revoke(which: TokenRevocation): Promise<Revoked>
  }
  sessions: {
    /** Opens a session like that of a browser. */
    open(request: SessionRequest): Promise<OpenedSession>
    /** Revokes one session, or those of a user, or all of them with `{}`. @throws TypeError for a member that is undefined */
    revoke(which: SessionRevocation): Promise<Revoked>
  }
  apps: {
    /** Disables or enables an app, or gives it another secret, which ends its tokens. */
    change(clientId: string, change: OptionalUndefined<AppChange>): Promise<ChangedApp>
  }
  /** Phone call events, without the vendor's surface. */
  events: {
    /** The events of all extensions, in the order in which they were added. */
    list(query?: OptionalUndefined<EventQuery>): Promise<EventList>
    /** Creates an event by the rules of a fixture. */
    create(event: OptionalUndefined<FixtureEvent>): Promise<ListedEvent>
    change(id: string, change: OptionalUndefined<EventChange>): Promise<ListedEvent>
    remove(id: string): Promise<void>
    /** Removes the events of an extension, of a type, of both, or all. @throws TypeError for a member that is undefined */
    removeAll(filter?: EventFilter): Promise<EventsRemoved>
  }
  /** How parties behave when a request of the vendor's API rings them. A number that was never set has the defaults. */
  phones: {
    /** The phones that were set, in the order in which their numbers were first set. */
    list(query?: OptionalUndefined<PhoneQuery>): Promise<PhoneList>
    get(number: string): Promise<Phone>
    /**
     * Replaces the phone of a number: members that are left out get their defaults.
     * @example await client.phones.set('0003*211', { outcome: 'busy', ringMs: 2_000 })
     */
    set(number: string, phone?: OptionalUndefined<PhoneSetting>): Promise<Phone>
    /** Gives a number its defaults back. */
    remove(number: string): Promise<void>
    /** Gives all numbers their defaults back. */
    clear(): Promise<PhonesCleared>
  }
  /** Settings for the points on which the vendor's own sources disagree. */
  settings: {
    get(): Promise<SettingsInForce>
    /** Changes some of them until a reset or a restart. */
    change(settings: OptionalUndefined<SettingsChange>): Promise<SettingsInForce>
  }
  /** Named copies of the state, in memory. */
  snapshots: {
    list(): Promise<SnapshotList>
    /** Takes a snapshot, replacing the one of that name. */
    take(name: string): Promise<Snapshot>
    /** The state of a snapshot as a fixture, to be compared with `fixtures.export()`. It contains every secret. */
    get(name: string): Promise<Fixture>
    /** Restores a snapshot. As after a reset, pending deliveries are discarded. */
    restore(name: string): Promise<StateCounts>
    remove(name: string): Promise<void>
  }
  /** Independent emulators beside the default one. */
  sandboxes: {
    /** Creates a sandbox; its name is generated when it is left out. */
    create(request?: OptionalUndefined<SandboxRequest>): Promise<SandboxPlace>
    list(): Promise<SandboxList>
    /** Ends a sandbox and discards its state. */
    end(name: string): Promise<void>
  }
  calls: CallMethods
  deliveries: DeliveryMethods
  /** The requests that catch addresses received: `/_emulator/catch/{name}`. */
  caught: CaughtMethods
  /** The journal of the requests that were answered. */
  requests: {
    /** The requests, oldest first. */
    list(query?: OptionalUndefined<RequestQuery>): Promise<RequestList>
    /**
     * The requests as a document in HAR 1.2, which developer tools open. Secrets are masked. All without `limit`.
     * @example writeFileSync('requests.har', JSON.stringify(await client.requests.export()))
     */
    export(query?: OptionalUndefined<RequestQuery>): Promise<Har>
    get(id: string): Promise<JournalEntry>
    /** Clears the journal. */
    clear(): Promise<RequestsCleared>
    /**
     * Waits up to `timeoutMs` for the expected requests: by their number, or by their order.
     * @throws NotVerified with the nearest requests and hints
     * @example await client.requests.verify({ match: { operation: 'create', status: 200 }, count: 1 })
     * @example await client.requests.verify({ match: { body: { url: { startsWith: 'http://127.0.0.1' } } } })
     * @example await client.requests.verify({ sequence: [{ match: { operation: 'token' } }, { match: { operation: 'create' } }] })
     */
    verify(expected: OptionalUndefined<RequestVerification>): Promise<Verified>
  }
  /** Failures that are injected: counted, never random. */
  faults: {
    /**
     * Adds a fault that hits `times` times, or without end.
     * @example await client.faults.add({ on: { operation: 'create' }, times: 1, do: { status: 503 } })
     * @example const late = await client.faults.add({ on: { operation: 'delivery', type: '3' }, do: { hold: true } })
     */
    add(request: NewFault): Promise<Fault>
    /** The faults with their hits, oldest first. */
    list(): Promise<FaultList>
    /** Removes a fault. Its held deliveries are sent, and delayed ones continue. */
    remove(id: string): Promise<void>
    /** Removes all faults, in the same way. */
    clear(): Promise<void>
    /** Sends the held deliveries of a fault, in their order. */
    release(id: string): Promise<Released>
  }
  clock: {
    get(): Promise<ClockReading>
    set(setting: OptionalUndefined<ClockSetting>): Promise<ClockReading>
    /** Freezes the clock at its time, or at another one. */
    freeze(now?: Instant): Promise<ClockReading>
    /** Lets the clock run from its time, or from another one. */
    run(now?: Instant): Promise<ClockReading>
    /**
     * Advances the clock through every due call step, and waits until the deliveries on the way were answered.
     * @example await client.clock.advance('45s')
     */
    advance(by: Advance): Promise<ClockAdvanced>
  }
  /** Waits up to `timeoutMs` (0 when left out) until no call step and no delivery is due. */
  idle(query?: OptionalUndefined<IdleQuery>): Promise<Idle>
  /**
   * Streams events as they happen, until it is aborted. A lost connection is opened again: no event is missed or
   * repeated, and `dropped` marks events that are no longer kept. The first request is sent with the first `next`.
   * @throws ClientError when the emulator refuses, or cannot be reached for three seconds
   * @example for await (const { type, data } of client.stream({ types: ['delivery'] })) console.log(data.state)
   */
  stream(options?: StreamOptions): AsyncGenerator<StreamEvent, void, undefined>
  /** Metrics in the text format of Prometheus. */
  metrics(): Promise<string>
  /** Closes the connections. Requests in flight fail. */
  close(): void
}

/** A client of the emulator at a URL. No request is sent before the first call. @throws TypeError for an invalid URL */
export const createClient = (options: ClientOptions): Client => createClientOver(createNodeTransport(options))

/** A client over another transport: that of a browser, or of a test. */
export const createClientOver = (transport: Transport): Client => ({
  ...createMethods(transport),
  close: transport.close
})
