import type { FixtureSource } from '../domain/fixtures/read.js'
import type { Settings } from '../schema/settings.js'
import { type Durability, openDatabase } from '../store/database.js'
import type { PendingDelivery } from '../store/deliveries.js'
import { createStore } from '../store/store.js'
import { createCredentialService } from './access/credentials.js'
import { createOAuthService } from './access/oauth.js'
import { createPrincipalService } from './access/principals.js'
import { createCallService } from './calls/calls.js'
import { createCallEngine } from './calls/engine.js'
import { createOccurring } from './calls/fire.js'
import { createDeliveryService, createWaitUntilIdle } from './deliveries/deliveries.js'
import { createDispatcher } from './deliveries/dispatcher.js'
import type { Send } from './deliveries/outcome.js'
import { createFaultService } from './faults.js'
import { type NewId, randomId } from './new-id.js'
import { createPhoneCallEventService } from './phone-call-events.js'
import { createDirectory } from './state/directory.js'
import { createFixtureService } from './state/fixtures.js'
import type { NamedFixtures } from './state/named-fixtures.js'
import { createStateChanges } from './state/replace-state.js'
import { createSettingsService } from './state/settings.js'
import { createSnapshotService } from './state/snapshots.js'
import { type Clock, createSandboxClock, systemClock } from './time/clock.js'
import { createClockService } from './time/clock-control.js'
import { createTimekeeper } from './time/timekeeper.js'
import { createChanges } from './watch/changes.js'
import { createExplainMissing } from './watch/explain-missing.js'
import { createFeed } from './watch/feed.js'
import { createJournal } from './watch/journal.js'
import { createVerifyDeliveries, createVerifyRequests } from './watch/verify.js'

/** What a sandbox is made of. */
export interface SandboxOptions {
  /** A path, or `:memory:`. */
  database: string
  durability?: Durability
  /** The time of the machine. */
  clock?: Clock
  newId?: NewId
  /** What flags and environment say of the settings; it stands above fixtures. */
  settings?: Partial<Settings>
  /** How many calls, and how many deliveries, are remembered. */
  deliveryLogSize?: number
  /** How many requests are remembered. */
  journalSize?: number
  /** What an empty database is seeded with, and what a reset goes back to. */
  fixtures?: FixtureSource[]
  /** Fixtures that a reset can ask for by name. */
  namedFixtures?: NamedFixtures
}

/** What a sandbox needs of the world around it. */
export interface SandboxPorts {
  /** Sends webhooks. */
  send: Send
  /** Is told of what nobody expected. */
  report: (error: unknown) => void
}

/** One emulator's state and verbs. */
export type Sandbox = ReturnType<typeof createSandbox>

/** @throws DatabaseRefused when the database cannot be used */
export function createSandbox(
  {
    database,
    durability = 'normal',
    clock: wall = systemClock,
    newId = randomId,
    settings: operator = {},
    deliveryLogSize: logSize = 10_000,
    journalSize = 1000,
    fixtures: started = [],
    namedFixtures: named = { names: () => [], find: () => undefined }
  }: SandboxOptions,
  { send, report }: SandboxPorts
) {
  const opened = openDatabase(database, { durability })
  const store = createStore(opened)
  const settings = createSettingsService({ store, operator })
  const changes = createChanges()
  const clock = createSandboxClock({ store, wall })
  const feed = createFeed({
    show: { request: id => journal.get(id), call: id => calls.get(id), delivery: id => deliveries.get(id) },
    wall,
    report
  })
  const noted = (deliveryId: number) => feed.note('delivery', String(deliveryId))
  const parts = { store, clock: clock.now, newId, settings, changes, noted, logSize, report }

  const journal = createJournal({ ...parts, noted: id => feed.note('request', id), size: journalSize })
  const dispatcher = createDispatcher({ ...parts, send })
  const faults = createFaultService({ ...parts, send: dispatcher.take })
  const owed = (waiting: PendingDelivery[]) => {
    for (const { id } of waiting) noted(id)
    dispatcher.take(faults.pass(waiting))
    timekeeper.arm()
    changes.notify()
  }
  const engine = createCallEngine({
    ...parts,
    occurring: createOccurring(parts),
    owed,
    changed: id => feed.note('call', id)
  })
  const calls = createCallService({ store, engine })
  const deliveries = createDeliveryService({ store, owed })
  const timekeeper = createTimekeeper({ ...parts, clock, engine, dispatcher })
  const isIdle = () => !dispatcher.isBusy() && !timekeeper.isDue()

  /** What belongs to a state that is no more ends with it. */
  const over = () => {
    dispatcher.clear()
    faults.clear()
    journal.clear()
    timekeeper.restart()
    feed.restart()
    changes.notify()
  }
  const state = createStateChanges({ store, settings, clock, over })
  const windDown = (why?: Error) => {
    timekeeper.stop()
    changes.stop(why)
    feed.stop()
    void dispatcher.stop() // whoever closes the sandbox waits for it
  }

  return {
    settings,
    principals: createPrincipalService(parts),
    events: createPhoneCallEventService(parts),
    oauth: createOAuthService(parts),
    credentials: createCredentialService(parts),
    fixtures: createFixtureService({ ...parts, state, started, named }),
    snapshots: createSnapshotService({ store, settings, wall, state }),
    directory: createDirectory(store),
    calls,
    deliveries: {
      ...deliveries,
      verify: createVerifyDeliveries({ ...parts, explain: createExplainMissing({ store, clock, faults }) })
    },
    journal: { ...journal, verify: createVerifyRequests({ ...parts, journal }) },
    feed,
    countsByState: store.countsByState,
    faults,
    clock: createClockService({ store, clock, timekeeper }),
    waitUntilIdle: createWaitUntilIdle({ changes, isIdle }),
    /** Goes on with what an earlier run of the emulator left: webhooks that are owed, calls that ring. */
    resume() {
      dispatcher.start()
      timekeeper.arm()
    },
    /** Ends what waits for something to happen, and sends nothing more. */
    windDown,
    async close() {
      windDown()
      await dispatcher.stop()
      opened.close()
    }
  }
}
