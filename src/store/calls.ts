import type { CallLegs } from '../domain/calls/call.js'
import type { PlannedStep } from '../domain/calls/phone-steps.js'
import type { ShownCall } from '../domain/phone-calls/phone-call.js'
import type { Called } from '../schema/calls/call-step.js'
import type { PlacedPhoneCall } from '../schema/phone-call.js'
import { createBoundedLog } from './bounded-log.js'
import type { Database } from './database.js'
import { createLookupCache } from './lookup-cache.js'

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
  /** What the request said that placed it; null unless that was one of the vendor's API. */
  phoneCall: PlacedPhoneCall | null
  /** The steps after it is placed, and how many of them were performed. */
  steps: PlannedStep[]
  position: number
  placedAt: number
  /** When its next step is due; null when no step is. */
  dueAt: number | null
}

/** The placed calls. */
export type CallStore = ReturnType<typeof createCallStore>

type Row = Omit<StoredCall, 'manual' | 'to' | 'phoneCall' | 'legs' | 'steps'> & {
  manual: number
  to: string
  phoneCall: string | null
  legs: string
  steps: string
}

const COLUMNS = `seq, calls.call_id AS callId, call_api_id AS callApiId, caller AS "from", called AS "to",
  caller_name AS callerName, dialled, manual, phone_call AS phoneCall, calling_leg AS callingLeg, state, outcome, legs,
  anchor, steps, position, placed_at AS placedAt, due_at AS dueAt`

/** The columns of a ShownCall, and such a row by place: reading it by name takes twice the time. */
const SHOWN = 'call_api_id, placed_at, calling_leg, anchor, state, outcome, legs, phone_call'
type ShownRow = [
  string,
  number,
  number | null,
  number,
  StoredCall['state'],
  StoredCall['outcome'],
  string,
  string | null
]

/** How many calls are kept as they were read for PhoneCalls. */
const SHOWN_CACHE = 250

/** Prepares the queries for calls. */
export function createCallStore(database: Database) {
  const { sql } = database
  const { finish, ...bound } = createBoundedLog(database, 'calls')
  const insert = sql.prepare<[Row]>(`
    INSERT INTO calls (seq, call_id, call_api_id, caller, called, caller_name, dialled, manual, phone_call,
      calling_leg, state, outcome, legs, anchor, steps, position, placed_at, due_at)
    VALUES (@seq, @callId, @callApiId, @from, @to, @callerName, @dialled, @manual, @phoneCall,
      @callingLeg, @state, @outcome, @legs, @anchor, @steps, @position, @placedAt, @dueAt)`)
  const insertLegId = sql.prepare<[string, number]>('INSERT OR IGNORE INTO leg_ids (call_id, call) VALUES (?, ?)')
  const update = sql.prepare<[Pick<Row, 'seq' | 'state' | 'outcome' | 'legs' | 'anchor' | 'position' | 'dueAt'>]>(`
    UPDATE calls SET state = @state, outcome = @outcome, legs = @legs, anchor = @anchor, position = @position,
      due_at = @dueAt WHERE seq = @seq`)
  const updatePlan = sql.prepare<[Pick<Row, 'seq' | 'from' | 'callerName' | 'callingLeg' | 'steps'>]>(`
    UPDATE calls SET caller = @from, caller_name = @callerName, calling_leg = @callingLeg, steps = @steps
    WHERE seq = @seq`)
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
  const listSeqs = sql.prepare<[number, number], { seq: number }>(
    'SELECT seq FROM calls WHERE seq > ? ORDER BY seq DESC LIMIT ?'
  )
  const ofSeq = sql.prepare<[number], Row>(`SELECT ${COLUMNS} FROM calls WHERE seq = ?`)
  const count = sql.prepare<[number], { total: number }>('SELECT count(*) AS total FROM calls WHERE seq > ?')

  const ofApiId = sql.prepare<[string], Row>(`SELECT ${COLUMNS} FROM calls WHERE call_api_id = ?`)
  const countOngoing = sql.prepare<[], { total: number }>("SELECT count(*) AS total FROM calls WHERE state <> 'ended'")
  const addOngoing = sql.prepare<[string, number]>(
    'INSERT OR IGNORE INTO ongoing_calls (extension, call) VALUES (?, ?)'
  )
  const removeOngoing = sql.prepare<[string, number]>('DELETE FROM ongoing_calls WHERE extension = ? AND call = ?')
  const ongoingOf = sql.prepare<[string], Row>(`
    SELECT ${COLUMNS} FROM ongoing_calls JOIN calls ON calls.seq = ongoing_calls.call WHERE extension = ? ORDER BY seq`)
  const shownOf = sql
    .prepare<[string], ShownRow>(`
    SELECT ${SHOWN} FROM ongoing_calls JOIN calls ON calls.seq = ongoing_calls.call WHERE extension = ? ORDER BY seq`)
    .raw()
  const shown = sql.prepare<[], ShownRow>(`SELECT ${SHOWN} FROM calls WHERE state <> 'ended' ORDER BY seq`).raw()
  // Clients poll their calls: most of them are as they were at the last list.
  const readLegs = createLookupCache((text: string): StoredCall['legs'] => JSON.parse(text), SHOWN_CACHE)
  const readRequest = createLookupCache((text: string): PlacedPhoneCall => JSON.parse(text), SHOWN_CACHE)
  const toShown = ([
    callApiId,
    placedAt,
    callingLeg,
    anchor,
    state,
    outcome,
    legs,
    phoneCall
  ]: ShownRow): ShownCall => ({
    callApiId,
    placedAt,
    callingLeg,
    anchor,
    state,
    outcome,
    legs: readLegs(legs),
    phoneCall: phoneCall === null ? null : readRequest(phoneCall)
  })

  /** Stores the CallIDs and the extensions of the legs that a call got. @param from the index of the first of them */
  const addLegs = ({ seq, callId, legs, state }: StoredCall, from: number) => {
    if (from === 0 && legs.every(leg => leg.callId === null)) insertLegId.run(callId, seq) // a call between outside parties
    for (const leg of legs.slice(from)) {
      if (leg.callId !== null) insertLegId.run(leg.callId, seq)
      if (leg.extension !== null && state !== 'ended') addOngoing.run(leg.extension, seq)
    }
  }
  /** Removes an ended call from those that go on. @param legs those that were stored while it went on */
  const end = ({ seq, phoneCall }: StoredCall, legs: StoredCall['legs']) => {
    for (const { extension } of legs) if (extension !== null) removeOngoing.run(extension, seq)
    if (phoneCall !== null) removeOngoing.run(phoneCall.extension, seq)
    finish()
  }

  return {
    add(call: StoredCall): void {
      insert.run(toRow(call))
      addLegs(call, 0)
      if (call.state === 'ended') finish()
      else if (call.phoneCall !== null) addOngoing.run(call.phoneCall.extension, call.seq)
    },
    /**
     * Stores the changed state of a call, which had not ended before.
     * @param oldLegs how many legs it had before @param isReplanned whether its steps or its caller are others, too
     */
    update(call: StoredCall, oldLegs: number, isReplanned: boolean): void {
      const { seq, state, outcome, legs, anchor, position, dueAt } = call
      update.run({ seq, state, outcome, legs: JSON.stringify(legs), anchor, position, dueAt })
      if (isReplanned) {
        const { from, callerName, callingLeg } = call
        updatePlan.run({ seq, from, callerName, callingLeg, steps: JSON.stringify(call.steps) })
      }
      if (legs.length > oldLegs) addLegs(call, oldLegs)
      if (state === 'ended') end(call, legs.slice(0, oldLegs))
    },
    /** The seq of the next call. */
    nextSeq: (): number => next.get()?.seq ?? 1,
    /** The call that has a leg with this CallID. */
    find: (callId: string): StoredCall | undefined => toCall(find.get(callId)),
    /** The `callId` of the call that has a leg with this CallID; the same text when there is none. */
    callIdOf: (legCallId: string): string => callIdOf.get(legCallId)?.callId ?? legCallId,
    isLegIdTaken: (callId: string): boolean => hasLegId.get(callId) !== undefined,
    isApiIdTaken: (callApiId: string): boolean => hasApiId.get(callApiId) !== undefined,
    ofApiId: (callApiId: string): StoredCall | undefined => toCall(ofApiId.get(callApiId)),
    /** The number of calls that are going on. */
    countOngoing: (): number => countOngoing.get()?.total ?? 0,
    /** The calls that are going on, oldest first, in which an extension has had a leg or for which it is charged. */
    ongoing: (extension: string): StoredCall[] => ongoingOf.all(extension).flatMap(row => toCall(row) ?? []),
    /** As `ongoing`, as PhoneCalls show them. @param extension by default any */
    shown: (extension?: string): ShownCall[] =>
      (extension === undefined ? shown.all() : shownOf.all(extension)).map(toShown),
    /** The call whose next step is due first, at any time. */
    firstDue: (): StoredCall | undefined => toCall(firstDue.get()),
    /** When the next step of any call is due. */
    firstDueAt: (): number | undefined => firstDueAt.get()?.dueAt,
    /** The newest calls after one, oldest first, and the number of all after it. */
    list(after: number, limit: number): { page: StoredCall[]; total: number } {
      const page = list.all({ after, limit }).reverse()
      return { page: page.flatMap(row => toCall(row) ?? []), total: count.get(after)?.total ?? 0 }
    },
    /** The seqs of the newest calls after one, oldest first. */
    listSeqs: (after: number, limit: number): number[] =>
      listSeqs
        .all(after, limit)
        .map(({ seq }) => seq)
        .reverse(),
    ofSeq: (seq: number): StoredCall | undefined => toCall(ofSeq.get(seq)),
    ...bound
  }
}

const toRow = ({ manual, to, phoneCall, legs, steps, ...rest }: StoredCall): Row => ({
  ...rest,
  phoneCall: phoneCall && JSON.stringify(phoneCall),
  manual: manual ? 1 : 0,
  to: JSON.stringify(to),
  legs: JSON.stringify(legs),
  steps: JSON.stringify(steps)
})

function toCall(row: Row | undefined): StoredCall | undefined {
  if (row === undefined) return undefined
  const { manual, to, phoneCall, legs, steps, ...rest } = row
  return {
    ...rest,
    manual: manual === 1,
    to: JSON.parse(to),
    phoneCall: phoneCall === null ? null : JSON.parse(phoneCall),
    legs: JSON.parse(legs),
    steps: JSON.parse(steps)
  }
}
