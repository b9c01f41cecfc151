import { createCredentialStore } from './credentials.js'
import type { Database } from './database.js'
import { createDirectoryStore } from './directory.js'
import { createGrantStore } from './grants.js'
import { createPhoneCallEventStore } from './phone-call-events.js'
import { createSwitchStore } from './switches.js'

/** Everything that is remembered, a member a table or two. */
export type Store = ReturnType<typeof createStore>

/** Children before their parents, so that clearing them in this order breaks no reference. */
export const TABLES = [
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
  return {
    directory: createDirectoryStore(database),
    credentials: createCredentialStore(database),
    grants: createGrantStore(database),
    events: createPhoneCallEventStore(database),
    switches: createSwitchStore(database),
    /** One transaction, all or nothing. */
    write: database.write,
    /** Whether nothing was ever put in, or all of it was cleared. */
    isEmpty: (): boolean =>
      TABLES.every(table => database.sql.prepare(`SELECT 1 FROM ${table} LIMIT 1`).get() === undefined),
    /** Forgets everything. */
    clear: (): void =>
      void database.write(() => database.sql.exec(TABLES.map(table => `DELETE FROM ${table};`).join('\n')))
  }
}
