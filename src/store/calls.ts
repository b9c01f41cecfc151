import type { CallOutcome, CallState } from '../schema/call.js'
import { createBoundedLog } from './bounded-log.js'
import type { Database } from './database.js'

/** A call as it is stored. Times are milliseconds since 1970. */
export interface StoredCall {
  /** The order in which calls were placed. */
  seq: number
  callId: string
  callApiId: string
  from: string
  to: string
  callerExtension: string | null
  calledExtension: string | null
  callerName: string
  calledDid: string
  dialled: string
  manual: boolean
  ringMs: number
  talkMs: number
  state: CallState
  outcome: CallOutcome | null
  placedAt: number
  /** When its next step is due; null when no step is. */
  dueAt: number | null
}

/** The placed calls. */
export type CallStore = ReturnType<typeof createCallStore>

type Row = Omit<StoredCall, 'manual'> & { manual: number }

const COLUMNS = `seq, call_id AS callId, call_api_id AS callApiId, caller AS "from", called AS "to",
  caller_extension AS callerExtension, called_extension AS calledExtension, caller_name AS callerName,
  called_did AS calledDid, dialled, manual, ring_ms AS ringMs, talk_ms AS talkMs, state, outcome,
  placed_at AS placedAt, due_at AS dueAt`

/** Prepares the queries for calls. */
export function createCallStore(database: Database) {
  const { sql } = database
  const { finish, ...bound } = createBoundedLog(database, 'calls')
  const insert = sql.prepare<[Row]>(`
    INSERT INTO calls (seq, call_id, call_api_id, caller, called, caller_extension, called_extension, caller_name,
      called_did, dialled, manual, ring_ms, talk_ms, state, outcome, placed_at, due_at)
    VALUES (@seq, @callId, @callApiId, @from, @to, @callerExtension, @calledExtension, @callerName,
      @calledDid, @dialled, @manual, @ringMs, @talkMs, @state, @outcome, @placedAt, @dueAt)`)
  const update = sql.prepare<[Pick<StoredCall, 'seq' | 'state' | 'outcome' | 'dueAt'>]>(`
    UPDATE calls SET state = @state, outcome = @outcome, due_at = @dueAt WHERE seq = @seq`)
  const next = sql.prepare<[], { seq: number }>(`
    SELECT coalesce(max(seq), 0) + 1 AS seq FROM sqlite_sequence WHERE name = 'calls'`)
  const find = sql.prepare<[number, string], Row>(`SELECT ${COLUMNS} FROM calls WHERE seq = ? AND call_id = ?`)
  const firstDue = sql.prepare<[], Row>(`
    SELECT ${COLUMNS} FROM calls WHERE due_at IS NOT NULL ORDER BY due_at, seq LIMIT 1`)
  const list = sql.prepare<[{ after: number; limit: number }], Row>(`
    SELECT ${COLUMNS} FROM calls WHERE seq > @after ORDER BY seq DESC LIMIT @limit`)
  const count = sql.prepare<[number], { total: number }>('SELECT count(*) AS total FROM calls WHERE seq > ?')

  return {
    add: (call: StoredCall) => void insert.run({ ...call, manual: call.manual ? 1 : 0 }),
    /** Stores the state of a call; an ended call must not be updated again. */
    update({ seq, state, outcome, dueAt }: StoredCall): void {
      update.run({ seq, state, outcome, dueAt })
      if (state === 'ended') finish()
    },
    /** The seq of the next call. */
    nextSeq: (): number => next.get()?.seq ?? 1,
    find: (callId: string): StoredCall | undefined => toCall(find.get(seqOf(callId), callId)),
    /** The call whose next step is due first, at any time. */
    firstDue: (): StoredCall | undefined => toCall(firstDue.get()),
    /** The newest calls after one, oldest first, and the number of all after it. */
    list(after: number, limit: number): { page: StoredCall[]; total: number } {
      const page = list.all({ after, limit }).reverse()
      return { page: page.flatMap(row => toCall(row) ?? []), total: count.get(after)?.total ?? 0 }
    },
    ...bound
  }
}

/** The seq at the end of a CallID. */
const seqOf = (callId: string): number => Number(/^-?\d+\.(\d{1,15})$/.exec(callId)?.[1] ?? 0)

function toCall(row: Row | undefined): StoredCall | undefined {
  return row && { ...row, manual: row.manual === 1 }
}
