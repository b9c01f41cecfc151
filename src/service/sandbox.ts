import type { Switches } from '../schema/switches.js'
import { type Durability, openDatabase } from '../store/database.js'
import { createStore } from '../store/store.js'
import { type Clock, systemClock } from './clock.js'
import { createFixtureService } from './fixtures.js'
import { type NewId, randomId } from './new-id.js'
import { createOAuthService } from './oauth.js'
import { createPhoneCallEventService } from './phone-call-events.js'
import { createPrincipalService } from './principals.js'
import { createSwitchService } from './switches.js'

/** What a sandbox is made of. */
export interface SandboxOptions {
  /** A path, or `:memory:`. */
  database: string
  durability?: Durability
  clock?: Clock
  newId?: NewId
  /** What flags and environment say of the switches; it stands above fixtures. */
  switches?: Partial<Switches>
}

/** One emulator's state and verbs. */
export type Sandbox = ReturnType<typeof createSandbox>

/** @throws DatabaseRefused when the database cannot be used */
export function createSandbox({
  database,
  durability = 'normal',
  clock = systemClock,
  newId = randomId,
  switches: operator = {}
}: SandboxOptions) {
  const opened = openDatabase(database, { durability })
  const store = createStore(opened)
  const switches = createSwitchService({ store, operator })
  const parts = { store, clock, newId, switches }
  return {
    switches,
    principals: createPrincipalService(parts),
    events: createPhoneCallEventService(parts),
    oauth: createOAuthService(parts),
    fixtures: createFixtureService(parts),
    close: opened.close
  }
}
