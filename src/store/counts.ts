import type { StateCounts } from '../schema/state.js'
import type { Database } from './database.js'

/** How many of each there are. */
export type Counts = () => StateCounts

/** Prepares the counting. */
export function createCounts({ sql }: Database): Counts {
  const count = sql.prepare<[], StateCounts>(`SELECT
    (SELECT count(*) FROM organizations) AS organizations,
    (SELECT count(*) FROM users) AS users,
    (SELECT count(*) FROM extensions) AS extensions,
    (SELECT count(*) FROM apps) AS apps,
    (SELECT count(*) FROM tokens) AS tokens,
    (SELECT count(*) FROM sessions) AS sessions,
    (SELECT count(*) FROM phone_call_events) AS phoneCallEvents`)
  return () => count.get() as StateCounts // a query without FROM gives one row
}
