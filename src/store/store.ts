import { createCallStore } from './calls.js'
import { createClockStore } from './clock.js'
import { createConsideredEventStore } from './considered-events.js'
import { createCredentialStore } from './credentials.js'
import type { Database } from './database.js'
import { createDeliveryStore } from './deliveries.js'
import { createDirectoryStore } from './directory.js'
import { createGrantStore } from './grants.js'
import { createMomentStore } from './moments.js'
import { createPhoneCallEventStore } from './phone-call-events.js'
import { createSwitchStore } from './switches.js'

/** Everything that is remembered, a member a table or two. */
export type Store = ReturnType<typeof createStore>

/** Children before their parents, so that clearing them in this order breaks no reference. */
export const TABLES = [
  'clock',
  'dropped',
  'attempts',
  'delivery_states',
  'deliveries',
  'moments',
  'calls',
  'switches',
  'refresh_tokens',
  'authorization_codes',
  'sessions',
  'tokens',
  'apps',
  'phone_call_events',
  'extensions',
  'users',
  'organizations'
]

/** Prepares every statement once, for a database that stays open as long as the store is used. */
export function createStore(database: Database) {
  const calls = createCallStore(database)
  const deliveries = createDeliveryStore(database)
  return {
    directory: createDirectoryStore(database),
    credentials: createCredentialStore(database),
    grants: createGrantStore(database),
    events: createPhoneCallEventStore(database),
    considered: createConsideredEventStore(database),
    switches: createSwitchStore(database),
    calls,
    moments: createMomentStore(database),
    deliveries,
    clock: createClockStore(database),
    /** One transaction, all or nothing. */
    write: database.write,
    /** Whether nothing was ever put in, or all of it was cleared. */
    isEmpty: (): boolean =>
      TABLES.every(table => database.sql.prepare(`SELECT 1 FROM ${table} LIMIT 1`).get() === undefined),
    /** Forgets everything. */
    clear(): void {
      database.write(() => database.sql.exec(TABLES.map(table => `DELETE FROM ${table};`).join('\n')))
      calls.recount()
      deliveries.recount()
    }
  }
}
