import { CallState, DeliveryState } from '../schema/calls/call.js'
import type { StateCounts } from '../schema/state.js'
import type { Database } from './database.js'

/** Counts the entries of the state, by kind. */
export type Counts = () => StateCounts

/** Prepares the counts of the state. */
export function createCounts({ sql }: Database): Counts {
  const count = sql.prepare<[], StateCounts>(`SELECT
    (SELECT count(*) FROM organizations) AS organizations,
    (SELECT count(*) FROM users) AS users,
    (SELECT count(*) FROM extensions) AS extensions,
    (SELECT count(*) FROM apps) AS apps,
    (SELECT count(*) FROM tokens) AS tokens,
    (SELECT count(*) FROM sessions) AS sessions,
    (SELECT count(*) FROM phone_call_events) AS phoneCallEvents,
    (SELECT count(*) FROM phones) AS phones`)
  return () => count.get() as StateCounts // a query without FROM gives one row
}

/** The number of calls and deliveries in the logs, by their state. */
export interface CountsByState {
  calls: Record<CallState, number>
  deliveries: Record<DeliveryState, number>
}

/** Prepares the counts of the logs. */
export function createCountsByState({ sql }: Database): () => CountsByState {
  const calls = sql.prepare<[], [CallState, number]>('SELECT state, count(*) FROM calls GROUP BY state').raw()
  const deliveries = sql
    .prepare<[], [DeliveryState, number]>('SELECT state, count(*) FROM delivery_states GROUP BY state')
    .raw()
  return () => ({
    calls: { ...noneOf(CallState.enum), ...Object.fromEntries(calls.all()) },
    deliveries: { ...noneOf(DeliveryState.enum), ...Object.fromEntries(deliveries.all()) }
  })
}

const noneOf = <State extends string>(states: readonly State[]) =>
  Object.fromEntries(states.map(state => [state, 0])) as Record<State, number> // each state has a member
