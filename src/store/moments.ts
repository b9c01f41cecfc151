import type { CallFlow, CallStatus, Moment, MomentName } from '../schema/calls/call.js'
import type { Database } from './database.js'
import type { NewDelivery } from './deliveries.js'

/** A moment as it is stored. `at` is milliseconds since 1970. */
export interface StoredMoment {
  /** The seq of its call. */
  call: number
  /** The index of its leg. */
  leg: number
  name: MomentName
  extension: string
  at: number
  callStatus: CallStatus
  callFlow: CallFlow
  /** The first events that did not fire. */
  others: Moment['others']
  /** The number of events that fired. */
  armed: number
  /** The number of events that did not fire, for each reason. */
  disabled: number
  otherType: number
  /** The number of events of its type that did not fire because too many would have. */
  overLimit: number
}

/** A search for moments; null matches any value. */
export interface MomentSearch {
  name: string | null | undefined
  extension: string | null | undefined
  callId: string | null | undefined
}

/** A moment, and its place in the order of all moments. */
export type NumberedMoment = StoredMoment & { seq: number }

/** The moments of calls. */
export type MomentStore = ReturnType<typeof createMomentStore>

type Row = Omit<StoredMoment, 'others' | 'overLimit'> & { others: string }

/** The webhook of an event, one of several of a moment. */
export type NewWebhook = Pick<NewDelivery, 'eventId' | 'eventUrl' | 'request'>

/** Prepares the queries for moments. */
export function createMomentStore({ sql }: Database) {
  const insert = sql.prepare<(string | number)[]>(`
    INSERT INTO moments (call, leg, name, extension, at, call_status, call_flow, others, armed, disabled, other_type)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`) // bound by place, which is faster than by name
  const COLUMNS = `seq, call, leg, name, extension, at, call_status AS callStatus, call_flow AS callFlow, others, armed, disabled,
    other_type AS otherType`
  const ofCall = sql.prepare<[number], Row & { seq: number }>(
    `SELECT ${COLUMNS} FROM moments WHERE call = ? ORDER BY seq`
  )
  const recent = sql.prepare<[MomentSearch & { count: number }], Row & { callId: string }>(`
    SELECT call_id AS callId, call, leg, name, extension, at, call_status AS callStatus, call_flow AS callFlow, others,
      armed, disabled, other_type AS otherType
    FROM moments JOIN calls ON calls.seq = moments.call
    WHERE (@name IS NULL OR name = @name) AND (@extension IS NULL OR extension = @extension)
      AND (@callId IS NULL OR call_id = @callId)
    ORDER BY moments.seq DESC LIMIT @count`)

  const last = sql.prepare<[], { seq: number }>('SELECT coalesce(max(seq), 0) AS seq FROM moments')
  const since = sql.prepare<[number, number], Row & { seq: number; callId: string }>(`
    SELECT moments.seq, call_id AS callId, call, leg, name, extension, at, call_status AS callStatus,
      call_flow AS callFlow, others, armed, disabled, other_type AS otherType
    FROM moments JOIN calls ON calls.seq = moments.call WHERE moments.seq > ? ORDER BY moments.seq DESC LIMIT ?`)

  const insertAll = sql.prepare<[object]>(`
    INSERT INTO deliveries (call_id, moment, event_id, event_url, extension, type, name, method, url, headers, body)
    SELECT @callId, @moment, value ->> 0, value ->> 1, @extension, @type, @name, value ->> 2, value ->> 3, value ->> 4,
      iif(value ->> 2 = 'POST', @form, '')
    FROM json_each(@webhooks)`)
  const beginAll = sql.prepare<[number]>(
    "INSERT INTO delivery_states (id, state) SELECT id, 'pending' FROM deliveries WHERE id >= ?"
  )

  return {
    /** The seq of the newest moment; 0 when there is none. */
    lastSeq: (): number => last.get()?.seq ?? 0,
    /** The newest moments after one, in order. */
    since: (seq: number, count: number): (NumberedMoment & { callId: string })[] =>
      since.all(seq, count).reverse().map(toMoment),
    /** Adds a moment. @returns its seq */
    add({
      call,
      leg,
      name,
      extension,
      at,
      callStatus,
      callFlow,
      others,
      armed,
      disabled,
      otherType,
      overLimit
    }: StoredMoment): number {
      const listed = overLimit > 0 ? [...others, overLimit] : others // the number is last, in the same column
      const text = listed.length === 0 ? '[]' : JSON.stringify(listed)
      const { lastInsertRowid } = insert.run(
        call,
        leg,
        name,
        extension,
        at,
        callStatus,
        callFlow,
        text,
        armed,
        disabled,
        otherType
      )
      return Number(lastInsertRowid)
    },
    /**
     * Adds a pending delivery for each webhook of a moment, with one statement.
     * @param form the body of those that are POST
     * @returns the id of the first; the others follow it
     */
    addDeliveries(
      { callId, moment, extension, type, name }: Omit<NewDelivery, 'eventId' | 'eventUrl' | 'request' | 'replayOf'>,
      webhooks: readonly NewWebhook[],
      form: string
    ): number {
      const rows = webhooks.map(({ eventId, eventUrl, request: { method, url, headers } }) => [
        eventId,
        eventUrl,
        method,
        url,
        JSON.stringify(headers)
      ])
      const text = JSON.stringify(rows)
      const { lastInsertRowid } = insertAll.run({ callId, moment, extension, type, name, form, webhooks: text })
      const first = Number(lastInsertRowid) - rows.length + 1 // AUTOINCREMENT counts up within a statement
      beginAll.run(first)
      return first
    },
    /** The moments of a call, in order. */
    ofCall: (call: number): NumberedMoment[] => ofCall.all(call).map(toMoment),
    /** The newest moments that match a search, newest first. */
    recent: (
      { name, extension, callId }: Partial<MomentSearch>,
      count: number
    ): (StoredMoment & { callId: string })[] =>
      recent.all({ name: name ?? null, extension: extension ?? null, callId: callId ?? null, count }).map(toMoment)
  }
}

function toMoment<R extends Row>(row: R): Omit<R, 'others'> & Pick<StoredMoment, 'others' | 'overLimit'> {
  const listed: (StoredMoment['others'][number] | number)[] = JSON.parse(row.others)
  const last = listed.at(-1)
  return {
    ...row,
    others: listed.filter(other => typeof other !== 'number'),
    overLimit: typeof last === 'number' ? last : 0
  }
}
