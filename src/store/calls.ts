import type { CallLegs } from '../domain/calls/call.js'
import type { Called, Step } from '../schema/calls/call-step.js'
import { createBoundedLog } from './bounded-log.js'
import type { Database } from './database.js'

/** A call as it is stored. Times are milliseconds since 1970. */
export interface StoredCall extends CallLegs {
  /** The order in which calls were placed. */
  seq: number
  /** CallID of the first leg of an extension. */
  callId: string
  callApiId: string
  /** Empty for a caller without a number. */
  from: string
  to: Called
  callerName: string
  dialled: string
  manual: boolean
  /** The steps after it is placed, and how many of them were performed. */
  steps: Step[]
  position: number
  placedAt: number
  /** When its next step is due; null when no step is. */
  dueAt: number | null
}

/** The placed calls. */
export type CallStore = ReturnType<typeof createCallStore>

type Row = Omit<StoredCall, 'manual' | 'to' | 'legs' | 'steps'> & {
  manual: number
  to: string
  legs: string
  steps: string
}

const COLUMNS = `seq, calls.call_id AS callId, call_api_id AS callApiId, caller AS "from", called AS "to",
  caller_name AS callerName, dialled, manual, state, outcome, legs, anchor, steps, position, placed_at AS placedAt,
  due_at AS dueAt`

/** Prepares the queries for calls. */
export function createCallStore(database: Database) {
  const { sql } = database
  const { finish, ...bound } = createBoundedLog(database, 'calls')
  const insert = sql.prepare<[Row]>(`
    INSERT INTO calls (seq, call_id, call_api_id, caller, called, caller_name, dialled, manual, state, outcome, legs,
      anchor, steps, position, placed_at, due_at)
    VALUES (@seq, @callId, @callApiId, @from, @to, @callerName, @dialled, @manual, @state, @outcome, @legs,
      @anchor, @steps, @position, @placedAt, @dueAt)`)
  const insertLegId = sql.prepare<[string, number]>('INSERT OR IGNORE INTO leg_ids (call_id, call) VALUES (?, ?)')
  const update = sql.prepare<[Pick<Row, 'seq' | 'state' | 'outcome' | 'legs' | 'anchor' | 'position' | 'dueAt'>]>(`
    UPDATE calls SET state = @state, outcome = @outcome, legs = @legs, anchor = @anchor, position = @position,
      due_at = @dueAt WHERE seq = @seq`)
  const next = sql.prepare<[], { seq: number }>(`
    SELECT coalesce(max(seq), 0) + 1 AS seq FROM sqlite_sequence WHERE name = 'calls'`)
  const find = sql.prepare<[string], Row>(`
    SELECT ${COLUMNS} FROM leg_ids JOIN calls ON calls.seq = leg_ids.call WHERE leg_ids.call_id = ?`)
  const callIdOf = sql.prepare<[string], { callId: string }>(`
    SELECT calls.call_id AS callId FROM leg_ids JOIN calls ON calls.seq = leg_ids.call WHERE leg_ids.call_id = ?`)
  const hasLegId = sql.prepare<[string]>('SELECT 1 FROM leg_ids WHERE call_id = ?')
  const hasApiId = sql.prepare<[string]>('SELECT 1 FROM calls WHERE call_api_id = ?')
  const firstDue = sql.prepare<[], Row>(`
    SELECT ${COLUMNS} FROM calls WHERE due_at IS NOT NULL ORDER BY due_at, seq LIMIT 1`)
  const firstDueAt = sql.prepare<[], { dueAt: number }>(`
    SELECT due_at AS dueAt FROM calls WHERE due_at IS NOT NULL ORDER BY due_at LIMIT 1`)
  const list = sql.prepare<[{ after: number; limit: number }], Row>(`
    SELECT ${COLUMNS} FROM calls WHERE seq > @after ORDER BY seq DESC LIMIT @limit`)
  const count = sql.prepare<[number], { total: number }>('SELECT count(*) AS total FROM calls WHERE seq > ?')

  const addLegIds = ({ seq, legs }: StoredCall, from: number) => {
    for (const { callId } of legs.slice(from)) if (callId !== null) insertLegId.run(callId, seq)
  }

  return {
    add(call: StoredCall): void {
      insert.run(toRow(call))
      addLegIds(call, 0)
      if (call.state === 'ended') finish()
    },
    /** Stores the changed state of a call, which had not ended before. @param oldLegs how many legs it had before */
    update(call: StoredCall, oldLegs: number): void {
      const { seq, state, outcome, legs, anchor, position, dueAt } = call
      update.run({ seq, state, outcome, legs: JSON.stringify(legs), anchor, position, dueAt })
      addLegIds(call, oldLegs)
      if (state === 'ended') finish()
    },
    /** The seq of the next call. */
    nextSeq: (): number => next.get()?.seq ?? 1,
    /** The call that has a leg with this CallID. */
    find: (callId: string): StoredCall | undefined => toCall(find.get(callId)),
    /** The `callId` of the call that has a leg with this CallID; the same text when there is none. */
    callIdOf: (legCallId: string): string => callIdOf.get(legCallId)?.callId ?? legCallId,
    isLegIdTaken: (callId: string): boolean => hasLegId.get(callId) !== undefined,
    isApiIdTaken: (callApiId: string): boolean => hasApiId.get(callApiId) !== undefined,
    /** The call whose next step is due first, at any time. */
    firstDue: (): StoredCall | undefined => toCall(firstDue.get()),
    /** When the next step of any call is due. */
    firstDueAt: (): number | undefined => firstDueAt.get()?.dueAt,
    /** The newest calls after one, oldest first, and the number of all after it. */
    list(after: number, limit: number): { page: StoredCall[]; total: number } {
      const page = list.all({ after, limit }).reverse()
      return { page: page.flatMap(row => toCall(row) ?? []), total: count.get(after)?.total ?? 0 }
    },
    ...bound
  }
}

const toRow = ({ manual, to, legs, steps, ...rest }: StoredCall): Row => ({
  ...rest,
  manual: manual ? 1 : 0,
  to: JSON.stringify(to),
  legs: JSON.stringify(legs),
  steps: JSON.stringify(steps)
})

function toCall(row: Row | undefined): StoredCall | undefined {
  if (row === undefined) return undefined
  const { manual, to, legs, steps, ...rest } = row
  return { ...rest, manual: manual === 1, to: JSON.parse(to), legs: JSON.parse(legs), steps: JSON.parse(steps) }
}
