import { type CallState, DeliveryState } from '../schema/call.js'
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

/** How many calls and deliveries are remembered, by their state. */
export interface Tally {
  calls: Record<CallState, number>
  deliveries: Record<DeliveryState, number>
}

/** Prepares the counting; a call of the result counts. */
export function createTally({ sql }: Database): () => Tally {
  const calls = sql.prepare<[], [CallState, number]>('SELECT state, count(*) FROM calls GROUP BY state').raw()
  const deliveries = sql
    .prepare<[], [DeliveryState, number]>('SELECT state, count(*) FROM delivery_states GROUP BY state')
    .raw()
  const none = Object.fromEntries(DeliveryState.enum.map(state => [state, 0])) as Tally['deliveries'] // every state
  return () => ({
    calls: { ringing: 0, answered: 0, ended: 0, ...Object.fromEntries(calls.all()) },
    deliveries: { ...none, ...Object.fromEntries(deliveries.all()) }
  })
}
