import { createCallStore } from './calls.js'
import { createCandidateEventStore } from './candidate-events.js'
import { createClockStore, createSeededIdStore } from './clock-and-ids.js'
import { createCounts, createCountsByState } from './counts.js'
import { createCredentialStore } from './credentials.js'
import type { Database } from './database.js'
import { createDeliveryStore } from './deliveries.js'
import { createDirectoryStore } from './directory.js'
import { createGrantStore } from './grants.js'
import { createMomentStore } from './moments.js'
import { createPhoneCallEventStore } from './phone-call-events.js'
import { createPhoneStore } from './phones.js'
import { createSettingsStore } from './settings.js'
import { createSnapshotStore } from './snapshots.js'

/** The tables of a sandbox, a member for one table or two. */
export type Store = ReturnType<typeof createStore>

/** The tables of logs. Children come before their parents: clearing in this order breaks no reference. */
const HISTORY = ['dropped', 'attempts', 'delivery_states', 'deliveries', 'moments', 'leg_ids', 'ongoing_calls', 'calls']

/** The tables of the state, which a snapshot holds. Children come before their parents here, too. */
const STATE = [
  'seeded_ids',
  'clock',
  'settings',
  'phones',
  'refresh_tokens',
  'authorization_codes',
  'revoked_sessions',
  'revoked_tokens',
  'sessions',
  'tokens',
  'apps',
  'phone_call_events',
  'public_numbers',
  'extensions',
  'users',
  'organizations'
]

/** All tables. */
export const TABLES = [...HISTORY, ...STATE]

/** The tables whose rows make a database one that is in use. Counted ids alone do not: nothing has them any more. */
const CONTENTS = TABLES.filter(table => table !== 'seeded_ids')

/** Counts the rows of tables, each up to a limit. */
const countIn = (tables: string[]): string =>
  `SELECT ${tables.map(table => `(SELECT count(*) FROM (SELECT 1 FROM ${table} LIMIT @limit))`).join(' + ')} AS rows`

const clearing = (tables: string[]): string => tables.map(table => `DELETE FROM ${table};`).join('\n')

const CLEAR = clearing(TABLES)

/** Creates the store of an open database. */
export function createStore(database: Database) {
  const countRows = {
    all: database.sql.prepare<[{ limit: number }], { rows: number }>(countIn(TABLES)),
    directory: database.sql.prepare<[{ limit: number }], { rows: number }>(countIn(['users', 'extensions']))
  }
  const calls = createCallStore(database)
  const deliveries = createDeliveryStore(database)
  const directory = createDirectoryStore(database)
  const credentials = createCredentialStore(database)
  const events = createPhoneCallEventStore(database)
  const phones = createPhoneStore(database)
  const invalidate = () => {
    calls.invalidate()
    deliveries.invalidate()
    directory.invalidate()
    credentials.invalidate()
    events.invalidate()
    phones.invalidate()
  }

  return {
    directory,
    credentials,
    grants: createGrantStore(database),
    events,
    phones,
    candidateEvents: createCandidateEventStore(database, events),
    settings: createSettingsStore(database),
    calls,
    moments: createMomentStore(database),
    deliveries,
    clock: createClockStore(database),
    seededIds: createSeededIdStore(database),
    snapshots: createSnapshotStore(database, STATE.toReversed()),
    counts: createCounts(database),
    countsByState: createCountsByState(database),
    /** Runs a function as one transaction, all or nothing. */
    write: database.write,
    /** Whether every table is empty, but for the count of ids. */
    isEmpty: (): boolean =>
      CONTENTS.every(table => database.sql.prepare(`SELECT 1 FROM ${table} LIMIT 1`).get() === undefined),
    /** Whether tables together have more rows than a number. Few rows beyond that number are read. */
    holdsMoreThan: (rows: number, tables: 'all' | 'directory' = 'all'): boolean =>
      (countRows[tables].get({ limit: rows + 1 })?.rows ?? 0) > rows,
    /** Its database, to be copied or replaced as a whole. */
    database,
    /** Empties the tables of logs. */
    clearHistory: (): void => database.write(() => void database.sql.exec(clearing(HISTORY))),
    /** Empties every table. */
    clear(): void {
      database.write(() => database.sql.exec(CLEAR))
      invalidate()
    },
    /** Empties all caches, after tables were filled elsewhere or a transaction was rolled back. */
    invalidate
  }
}
