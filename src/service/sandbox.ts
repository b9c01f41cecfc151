import { type CallbackOptions, DEFAULT_CALLBACKS } from '../domain/callbacks/options.js'
import type { FixtureSource } from '../domain/fixtures/read.js'
import { DEFAULT_LOG_SIZES } from '../schema/list-limit.js'
import type { Settings } from '../schema/settings.js'
import type { SandboxChange } from '../schema/stream.js'
import { type Durability, openDatabase } from '../store/database.js'
import { createStore } from '../store/store.js'
import { createAppService, createListDirectory } from './access/apps.js'
import { createCredentialService } from './access/credentials.js'
import { createOAuthService } from './access/oauth.js'
import { createPrincipalService } from './access/principals.js'
import { createCallService } from './calls/calls.js'
import { createCallEngine } from './calls/engine.js'
import { createFire } from './calls/fire.js'
import { createDeliveryService, createWaitUntilIdle } from './deliveries/deliveries.js'
import { createDispatcher } from './deliveries/dispatcher.js'
import type { Send } from './deliveries/outcome.js'
import { createExtensionService } from './extensions.js'
import { createFaultService } from './faults.js'
import { type IdSource, type NewId, randomId } from './new-id.js'
import { createPhoneCallEventService } from './phone-call-events.js'
import { createPhoneCallService } from './phone-calls.js'
import { createPhoneService } from './phones.js'
import { createSeededIds } from './seeded-ids.js'
import { createControlEventService } from './state/control-events.js'
import { createFixtureService } from './state/fixtures.js'
import { createInitialState, type InitialState } from './state/initial-state.js'
import { createChangeQueue } from './state/large/change-queue.js'
import { createLargeChanges } from './state/large/large-changes.js'
import type { LargeWork } from './state/large/large-work.js'
import type { NamedFixtures } from './state/named-fixtures.js'
import { createStateChanges } from './state/replace-state.js'
import { createSettingsService } from './state/settings.js'
import { createSnapshotService } from './state/snapshots.js'
import { type Clock, createSandboxClock, systemClock } from './time/clock.js'
import { createClockService } from './time/clock-control.js'
import { createTimekeeper } from './time/timekeeper.js'
import { type Activity, reportActivity } from './watch/activity.js'
import { createCaught } from './watch/caught.js'
import { createChanges } from './watch/changes.js'
import { createEventSource } from './watch/event-source.js'
import { createExplainMissing } from './watch/explain-missing.js'
import { createFeed } from './watch/feed.js'
import { createJournal } from './watch/journal.js'
import { createJournalBudget, type JournalBudget } from './watch/journal-budget.js'
import { createNearMiss } from './watch/near-miss.js'
import { createVerifyDeliveries } from './watch/verify-deliveries.js'
import { createVerifyRequests } from './watch/verify-requests.js'

/** Options for `createSandbox`. */
export interface SandboxOptions extends Pick<CallbackOptions, 'callbackConcurrency' | 'callbackConcurrencyPerOrigin'> {
  /** A path, or `:memory:`. */
  database: string
  durability?: Durability
  /** The time of the machine. The sandbox's own clock is an offset from it. */
  machineClock?: Clock
  newId?: NewId
  /** The seed of ids, instead of `newId`. */
  seed?: number | undefined
  /** Its name, which seeded ids depend on and the log states; undefined for the default one. */
  name?: string | undefined
  /** Settings from flags, environment or options. They take precedence over those of fixtures. */
  settings?: Partial<Settings>
  /** How many deliveries, and how many calls, are kept. */
  deliveryLogSize?: number
  /** How many requests are kept. */
  journalSize?: number
  /** Fixtures that seed an empty database, and that a reset loads. */
  fixtures?: FixtureSource[]
  /** Fixtures and settings that may be replaced later, instead of those above. */
  initialState?: InitialState
  /** Fixtures that a reset can name. */
  namedFixtures?: NamedFixtures
  /** The content of a new database in memory, which then needs no seeding. */
  image?: Uint8Array | undefined
  /** How long to wait before a failed commit is tried again, in milliseconds. */
  retryDelayMs?: number
}

/** The functions that a sandbox calls outside of itself. */
export interface SandboxPorts {
  /** Sends webhooks. */
  send: Send
  /** Called with unexpected errors. */
  report: (error: unknown) => void
  /** Receives a line for each request and webhook. */
  activity?: Activity | undefined
  /** The budget of all journals; the default is one of its own. */
  journalBudget?: JournalBudget
  /** The worker for large changes of the state; without it they are made in this thread. */
  largeWork?: LargeWork | undefined
}

/** One emulator: its state, and the services that act on it. */
export type Sandbox = ReturnType<typeof createSandbox>

/**
 * Creates the parts of a sandbox in the order in which they depend on each other. They share events through one event
 * source.
 * @throws DatabaseRefused when the database cannot be used
 */
export function createSandbox(
  {
    database: path,
    durability = 'normal',
    machineClock = systemClock,
    newId = randomId,
    seed,
    name,
    settings: startSettings = {},
    deliveryLogSize = DEFAULT_LOG_SIZES.deliveryLogSize,
    journalSize = DEFAULT_LOG_SIZES.journalSize,
    fixtures: startFixtures = [],
    initialState = createInitialState({ fixtures: startFixtures, settings: startSettings }),
    namedFixtures = { names: () => [], find: () => undefined },
    image,
    retryDelayMs = 1_000,
    callbackConcurrency = DEFAULT_CALLBACKS.callbackConcurrency,
    callbackConcurrencyPerOrigin = DEFAULT_CALLBACKS.callbackConcurrencyPerOrigin
  }: SandboxOptions,
  {
    send,
    report,
    activity,
    journalBudget = createJournalBudget(DEFAULT_LOG_SIZES.journalBytes),
    largeWork
  }: SandboxPorts
) {
  const database = openDatabase(path, { durability, image })
  const store = createStore(database)
  const eventSource = createEventSource(report)
  const settings = createSettingsService({ store, initialState, eventSource })
  const ids: IdSource =
    seed === undefined
      ? { newId, newCallNumber: seq => seq }
      : createSeededIds(store.seededIds, { seed, sandbox: name ?? '' })
  const clock = createSandboxClock({ store, machineClock })
  const changes = createChanges(eventSource)
  const changeQueue = createChangeQueue()
  const parts = {
    store,
    clock: clock.now,
    ...ids,
    settings,
    eventSource,
    changes,
    writeBarrier: changeQueue.writeBarrier,
    deliveryLogSize,
    retryDelayMs,
    report
  }

  const nearMiss = createNearMiss(store)
  const onRecord = activity && reportActivity(activity, { ...parts, sandbox: name, nearMiss })
  const journal = createJournal({ ...parts, size: journalSize, budget: journalBudget, nearMiss, onRecord })
  const faults = createFaultService(parts)
  const limits = { callbackConcurrency, callbackConcurrencyPerOrigin }
  const dispatcher = createDispatcher({ ...parts, faults, send, limits })
  const engine = createCallEngine({ ...parts, fire: createFire(parts) })
  const extensions = createExtensionService(store)
  const timekeeper = createTimekeeper({ ...parts, clock, engine, dispatcher })
  const calls = createCallService({ ...parts, clock, engine, faults, dispatcher })
  const deliveries = createDeliveryService({ ...parts, faults, dispatcher })
  const find = {
    request: journal.get,
    call: calls.get,
    delivery: deliveries.get,
    clock: clock.reading,
    fault: faults.find,
    settings: settings.inForce
  }
  const feed = createFeed({ eventSource, find, machineClock, report })
  const state = createStateChanges({ store, settings, clock, eventSource })
  const isIdle = () => !dispatcher.isBusy() && !timekeeper.isDue()

  /** Rejects waiters, ends subscriptions, and stops sending. @param error for waiters; Stopped by default */
  const stop = (error?: Error) => {
    changeQueue.stop(error)
    timekeeper.stop()
    changes.stop(error)
    feed.stop()
    void dispatcher.stop() // `close` waits for it
  }

  const controlEvents = createControlEventService(parts)
  const fixtures = createFixtureService({ ...parts, state, initialState, namedFixtures })
  const idsOfWorker = { seed, sandbox: name ?? '', newId: seed === undefined && newId !== randomId ? newId : undefined }
  const ofState = { ...parts, machineClock, state, changeQueue, work: largeWork, initialState }

  return {
    newId: ids.newId,
    /** The seed that the ids of the state come from; undefined until one was generated from a seed. */
    seedOfState: () => store.seededIds.find()?.seed,
    settings,
    principals: createPrincipalService(parts),
    extensions,
    events: createPhoneCallEventService({ ...parts, extensions }),
    phoneCalls: createPhoneCallService({ ...parts, extensions, engine }),
    oauth: createOAuthService(parts),
    credentials: createCredentialService(parts),
    apps: createAppService(parts),
    controlEvents,
    phones: createPhoneService(parts),
    fixtures,
    largeChanges: createLargeChanges({ ...ofState, fixtures, controlEvents, ids: idsOfWorker }),
    /** Makes writes wait while a large change is prepared. */
    writeBarrier: changeQueue.writeBarrier,
    snapshots: createSnapshotService(ofState),
    directory: createListDirectory(store),
    calls,
    deliveries: {
      ...deliveries,
      verify: createVerifyDeliveries({ ...parts, explain: createExplainMissing({ store, clock, faults, settings }) })
    },
    caught: createCaught(parts),
    journal: { ...journal, verify: createVerifyRequests({ ...parts, journal }) },
    feed,
    /** Announces a change of the sandboxes beside this one, which is the default one. */
    announce: (change: SandboxChange) => eventSource.publish('sandbox', change),
    countsByState: store.countsByState,
    faults,
    clock: createClockService({ store, findDelivery: deliveries.find, clock, timekeeper }),
    waitUntilIdle: createWaitUntilIdle({ changes, isIdle }),
    /** Starts sending webhooks and driving calls, first those that an earlier run left unfinished. */
    resume() {
      dispatcher.start()
      timekeeper.arm()
    },
    stop,
    async close() {
      stop()
      journal.leave()
      await dispatcher.stop()
      database.close()
    }
  }
}
