import type { DeliveryState, MomentName } from '../schema/call.js'
import type { Attempt, Delivery, DeliveryMatch, WebhookRequest } from '../schema/delivery.js'
import type { EventType } from '../schema/event-type.js'
import { createAttemptStore } from './attempts.js'
import { createBoundedLog } from './bounded-log.js'
import type { Database } from './database.js'
import { createStatementCache } from './lazy-statement.js'

/** A delivery that is created: for an event, at a moment of a call. */
export interface NewDelivery {
  callId: string
  /** The seq of its moment. */
  moment: number
  eventId: string
  eventUrl: string
  extension: string
  type: EventType
  name: MomentName
  request: WebhookRequest
}

/** A delivery that is ready to be sent. */
export interface PendingDelivery {
  id: number
  callId: string
  url: string
}

/** A delivery of a moment of a call, and its state. */
export interface MomentDelivery {
  id: number
  moment: number
  eventId: string
  eventUrl: string
  extension: string
  name: MomentName
  state: DeliveryState
}

/** The deliveries: the outbox of those to be sent and the log of those that were. */
export type DeliveryStore = ReturnType<typeof createDeliveryStore>

interface Row {
  id: number
  callId: string
  eventId: string
  extension: string
  type: EventType
  name: MomentName
  state: DeliveryState
  method: WebhookRequest['method']
  url: string
  headers: string
  body: string
}

const FROM = 'FROM deliveries JOIN delivery_states USING (id)'
const COLUMNS = 'id, call_id AS callId, event_id AS eventId, extension, type, name, state, method, url, headers, body'

/** The column of each member of a match. */
const MATCHED = {
  callId: 'call_id',
  extension: 'extension',
  type: 'type',
  moment: 'name',
  state: 'state',
  eventId: 'event_id'
} as const satisfies Record<keyof DeliveryMatch, string>

/** Prepares the queries for deliveries. */
export function createDeliveryStore(database: Database) {
  const { sql } = database
  const { finish, ...bound } = createBoundedLog(database, 'deliveries')
  const attempts = createAttemptStore(database)
  const insert = sql.prepare<[object]>(`
    INSERT INTO deliveries (call_id, moment, event_id, event_url, extension, type, name, method, url, headers, body)
    VALUES (@callId, @moment, @eventId, @eventUrl, @extension, @type, @name, @method, @url, @headers, @body)`)
  const begin = sql.prepare<[number | bigint]>("INSERT INTO delivery_states (id, state) VALUES (?, 'pending')")
  const find = sql.prepare<[number], Row>(`SELECT ${COLUMNS} ${FROM} WHERE id = ?`)
  const request = sql.prepare<[number], Pick<Row, 'method' | 'url' | 'headers' | 'body'>>(`
    SELECT method, url, headers, body FROM deliveries WHERE id = ?`)
  const claim = sql.prepare<[{ id: number; at: number; sent: number }]>(`
    UPDATE delivery_states SET state = 'sending', sent_at = @at, sent = coalesce(sent, @sent)
    WHERE id = @id AND state = 'pending'`)
  const settle = sql.prepare<[DeliveryState, number]>(
    'UPDATE delivery_states SET state = ?, sent_at = NULL WHERE id = ?'
  )
  const lastSent = sql.prepare<[], { sent: number }>('SELECT coalesce(max(sent), 0) AS sent FROM delivery_states')
  const inState = sql.prepare<[DeliveryState], PendingDelivery & { sentAt: number | null }>(`
    SELECT id, call_id AS callId, url, sent_at AS sentAt ${FROM} WHERE state = ? ORDER BY id`)
  const ofCall = sql.prepare<[string], MomentDelivery>(`
    SELECT id, moment, event_id AS eventId, event_url AS eventUrl, extension, name, state ${FROM}
    WHERE call_id = ? ORDER BY id`)

  const newest = sql.prepare<
    [number],
    Pick<Row, 'id' | 'callId' | 'eventId' | 'extension' | 'type' | 'name' | 'state'>
  >(`
    SELECT id, call_id AS callId, event_id AS eventId, extension, type, name, state ${FROM} ORDER BY id DESC LIMIT ?`)

  const statement = createStatementCache(sql.prepare)

  /** The last place in the order of sending. */
  let sent = lastSent.get()?.sent ?? 0

  const toDelivery = ({ id, name, method, url, headers, body, ...rest }: Row): Delivery => ({
    id: String(id),
    ...rest,
    moment: name,
    request: { method, url, headers: JSON.parse(headers), body },
    attempts: attempts.of(id)
  })

  return {
    /** Adds a pending delivery. @returns its id */
    add({ request: { headers, ...request }, ...delivery }: NewDelivery): number {
      const values = { ...delivery, ...request, headers: JSON.stringify(headers) }
      const { lastInsertRowid } = insert.run(values)
      begin.run(lastInsertRowid)
      return Number(lastInsertRowid)
    },
    find(id: number): Delivery | undefined {
      const row = find.get(id)
      return row && toDelivery(row)
    },
    /** Marks a pending delivery as in flight. @returns its request; undefined when it is not pending any more */
    claim(id: number, at: number): WebhookRequest | undefined {
      const row = request.get(id)
      if (row === undefined || claim.run({ id, at, sent: sent + 1 }).changes === 0) return undefined
      sent++
      return { ...row, headers: JSON.parse(row.headers) }
    },
    /** Records an attempt and the state after it, unless the delivery was deleted. */
    settle(id: number, state: DeliveryState, attempt: Attempt): void {
      if (settle.run(state, id).changes === 0) return
      attempts.add(id, attempt)
      finish()
    },
    /** Makes a finished delivery pending again. */
    requeue(id: number): void {
      settle.run('pending', id)
      finish(-1)
    },
    /** The deliveries in a state, in the order in which they were created; `sentAt` is when the attempt in flight began. */
    inState: (state: 'pending' | 'sending') => inState.all(state),
    ofCall: (callId: string): MomentDelivery[] => ofCall.all(callId),
    /**
     * The newest matching deliveries, in the order in which they were sent; unsent ones come last. A page is bounded in
     * bytes too, so that it may hold fewer than `limit` large ones.
     */
    list(match: DeliveryMatch, limit: number, after?: number): { page: Delivery[]; total: number } {
      const page: Delivery[] = []
      let bytes = 0
      for (const row of statement<Row>(listOf(match, after)).iterate({ ...match, limit, after })) {
        const delivery = toDelivery(row)
        bytes += sizeOf(delivery)
        if (bytes > MAX_PAGE && page.length > 0) break
        page.push(delivery)
      }
      return { page: page.reverse(), total: this.count(match, after) }
    },
    /** The members that matches compare, of the newest deliveries; the newest last. */
    newest: (limit: number): (DeliveryMatch & { id: number })[] =>
      newest
        .all(limit)
        .reverse()
        .map(({ name, ...row }) => ({ ...row, moment: name })),
    /** How many deliveries match. */
    count(match: DeliveryMatch, after?: number): number {
      const where = `${conditionOf(match)}${after === undefined ? '' : AFTER}`
      const counting = statement<{ total: number }>(`SELECT count(*) AS total ${FROM} WHERE ${where}`)
      return counting.get({ ...match, after })?.total ?? 0
    },
    ...bound
  }
}

/** The size of a page in bytes, roughly: the whole page becomes one JSON text. */
const MAX_PAGE = 16 * 1024 * 1024

const sizeOf = ({ request, attempts }: Delivery): number =>
  attempts.reduce(
    (sum, { response }) => sum + (response?.body.length ?? 0) + 500,
    request.url.length + request.body.length
  )

const listOf = (match: DeliveryMatch, after: number | undefined): string => `SELECT ${COLUMNS} ${FROM}
  WHERE ${conditionOf(match)}${after === undefined ? '' : AFTER}
  ORDER BY sent IS NULL DESC, sent DESC, id DESC LIMIT @limit`

/** The condition of the deliveries after one, in the order of sending. */
const AFTER = ` AND (sent IS NULL, coalesce(sent, 0), id) >
  (SELECT sent IS NULL, coalesce(sent, 0), id FROM delivery_states WHERE id = @after)`

const conditionOf = (match: DeliveryMatch): string =>
  ['1', ...Object.entries(MATCHED).flatMap(([name, column]) => (name in match ? [`${column} = @${name}`] : []))].join(
    ' AND '
  )
