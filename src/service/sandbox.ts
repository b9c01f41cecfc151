import type { Switches } from '../schema/switches.js'
import { type Durability, openDatabase } from '../store/database.js'
import type { Waiting } from '../store/deliveries.js'
import { createStore } from '../store/store.js'
import { createCallEngine } from './call-engine.js'
import { createCallService } from './calls.js'
import { createChanges } from './changes.js'
import { type Clock, systemClock } from './clock.js'
import { createClockService } from './clock-control.js'
import { createDeliveryService } from './deliveries.js'
import { createDispatcher } from './dispatcher.js'
import { createExplainMissing } from './explain-missing.js'
import { createFixtureService } from './fixtures.js'
import { createOccurring } from './moments.js'
import { type NewId, randomId } from './new-id.js'
import { createOAuthService } from './oauth.js'
import { createPhoneCallEventService } from './phone-call-events.js'
import { createPrincipalService } from './principals.js'
import { createSandboxClock } from './sandbox-clock.js'
import type { Send } from './send.js'
import { createSwitchService } from './switches.js'
import { createTimekeeper } from './timekeeper.js'
import { createVerifyDeliveries } from './verify-deliveries.js'
import { createWaitUntilIdle } from './wait-until-idle.js'

/** What a sandbox is made of. */
export interface SandboxOptions {
  /** A path, or `:memory:`. */
  database: string
  durability?: Durability
  /** The time of the machine. */
  clock?: Clock
  newId?: NewId
  /** What flags and environment say of the switches; it stands above fixtures. */
  switches?: Partial<Switches>
  /** How many calls, and how many deliveries, are remembered. */
  deliveryLogSize?: number
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
    switches: operator = {},
    deliveryLogSize: logSize = 10_000
  }: SandboxOptions,
  { send, report }: SandboxPorts
) {
  const opened = openDatabase(database, { durability })
  const store = createStore(opened)
  const switches = createSwitchService({ store, operator })
  const changes = createChanges()
  const clock = createSandboxClock({ store, wall })
  const parts = { store, clock: clock.now, newId, switches, changes, logSize, report }

  const dispatcher = createDispatcher({ ...parts, send })
  const owed = (waiting: Waiting[]) => {
    dispatcher.take(waiting)
    timekeeper.arm()
    changes.notify()
  }
  const engine = createCallEngine({ ...parts, occurring: createOccurring(parts), owed })
  const isAnswered = () => !dispatcher.isBusy()
  const timekeeper = createTimekeeper({ ...parts, clock, engine, isAnswered })
  const isIdle = () => isAnswered() && !timekeeper.isDue()

  const reread = () => {
    switches.refresh()
    clock.reload()
  }
  const windDown = () => {
    timekeeper.stop()
    changes.stop()
    void dispatcher.stop() // whoever closes the sandbox waits for it
  }

  return {
    switches,
    principals: createPrincipalService(parts),
    events: createPhoneCallEventService(parts),
    oauth: createOAuthService(parts),
    fixtures: createFixtureService({ ...parts, reread }),
    calls: createCallService({ store, engine }),
    deliveries: {
      ...createDeliveryService({ store, owed }),
      verify: createVerifyDeliveries({ ...parts, explain: createExplainMissing({ store, clock }) })
    },
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
