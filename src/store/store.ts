import { createCallStore } from './calls.js'
import { createCandidateEventStore } from './candidate-events.js'
import { createClockStore } from './clock.js'
import { createCounts, createCountsByState } from './counts.js'
import { createCredentialStore } from './credentials.js'
import type { Database } from './database.js'
import { createDeliveryStore } from './deliveries.js'
import { createDirectoryStore } from './directory.js'
import { createGrantStore } from './grants.js'
import { createMomentStore } from './moments.js'
import { createPhoneCallEventStore } from './phone-call-events.js'
import { createSettingsStore } from './settings.js'
import { createSnapshotStore } from './snapshots.js'

/** Everything that is remembered, a member a table or two. */
export type Store = ReturnType<typeof createStore>

/** What happened. Here and below children stand before their parents, so that clearing them in order breaks no reference. */
const HISTORY = ['dropped', 'attempts', 'delivery_states', 'deliveries', 'moments', 'calls']

/** What there is: the part that a snapshot holds. */
const STATE = [
  'clock',
  'settings',
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

/** Everything. */
export const TABLES = [...HISTORY, ...STATE]

const CLEAR = TABLES.map(table => `DELETE FROM ${table};`).join('\n')

/** Prepares every statement once, for a database that stays open as long as the store is used. */
export function createStore(database: Database) {
  const calls = createCallStore(database)
  const deliveries = createDeliveryStore(database)
  const directory = createDirectoryStore(database)
  const credentials = createCredentialStore(database)
  const events = createPhoneCallEventStore(database)
  const invalidate = () => {
    calls.invalidate()
    deliveries.invalidate()
    directory.invalidate()
    credentials.invalidate()
    events.invalidate()
  }

  return {
    directory,
    credentials,
    grants: createGrantStore(database),
    events,
    candidateEvents: createCandidateEventStore(database),
    settings: createSettingsStore(database),
    calls,
    moments: createMomentStore(database),
    deliveries,
    clock: createClockStore(database),
    snapshots: createSnapshotStore(database, STATE.toReversed()),
    counts: createCounts(database),
    countsByState: createCountsByState(database),
    /** One transaction, all or nothing. */
    write: database.write,
    /** Whether nothing was ever put in, or all of it was cleared. */
    isEmpty: (): boolean =>
      TABLES.every(table => database.sql.prepare(`SELECT 1 FROM ${table} LIMIT 1`).get() === undefined),
    /** Forgets everything. */
    clear(): void {
      database.write(() => database.sql.exec(CLEAR))
      invalidate()
    },
    /** Reads again what is kept beside the tables, after they were filled or a clearing was taken back. */
    invalidate
  }
}
