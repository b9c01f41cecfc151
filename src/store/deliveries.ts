import type { Statement } from 'better-sqlite3'
import type { DeliveryState, MomentName } from '../schema/call.js'
import type { Attempt, Delivery, DeliveryMatch, WebhookRequest } from '../schema/delivery.js'
import type { EventType } from '../schema/event-type.js'
import { createAttemptStore } from './attempts.js'
import { createBoundedLog } from './bounded-log.js'
import type { Database } from './database.js'

/** A delivery as it is owed: for an event, at a moment of a call. */
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

/** What is waiting to be sent. */
export interface PendingDelivery {
  id: number
  callId: string
  url: string
}

/** What a moment of a call owes, and how it stands. */
export interface MomentDelivery {
  id: number
  moment: number
  eventId: string
  eventUrl: string
  extension: string
  name: MomentName
  state: DeliveryState
}

/** The webhooks that are owed, and what became of them: outbox and log at once. */
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

/** The column of each thing that deliveries are looked for by. */
const MATCHED = {
  callId: 'call_id',
  extension: 'extension',
  type: 'type',
  moment: 'name',
  state: 'state',
  eventId: 'event_id'
} as const satisfies Record<keyof DeliveryMatch, string>

/** Prepares what is asked of deliveries. */
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

  const prepared = new Map<string, Statement<[object]>>()
  const statement = (text: string): Statement<[object]> => {
    const found = prepared.get(text) ?? sql.prepare<[object]>(text)
    prepared.set(text, found)
    return found
  }

  let sent = lastSent.get()?.sent ?? 0

  const toDelivery = ({ id, name, method, url, headers, body, ...rest }: Row): Delivery => ({
    id: String(id),
    ...rest,
    moment: name,
    request: { method, url, headers: JSON.parse(headers), body },
    attempts: attempts.of(id)
  })

  return {
    /** @returns its id */
    add({ request: { headers, ...request }, ...owed }: NewDelivery): number {
      const values = { ...owed, ...request, headers: JSON.stringify(headers) }
      const { lastInsertRowid } = insert.run(values)
      begin.run(lastInsertRowid)
      return Number(lastInsertRowid)
    },
    find(id: number): Delivery | undefined {
      const row = find.get(id)
      return row && toDelivery(row)
    },
    /** The request of a delivery that is about to be sent, which is marked as that. */
    claim(id: number, at: number): WebhookRequest | undefined {
      const row = request.get(id)
      if (row === undefined || claim.run({ id, at, sent: sent + 1 }).changes === 0) return undefined
      sent++
      return { ...row, headers: JSON.parse(row.headers) }
    },
    /** Records how an attempt went, unless the delivery was forgotten. */
    settle(id: number, state: DeliveryState, attempt: Attempt): void {
      if (settle.run(state, id).changes === 0) return
      attempts.add(id, attempt)
      finish()
    },
    /** Puts a delivery back among those that are owed. */
    requeue(id: number): void {
      settle.run('pending', id)
      finish(-1)
    },
    /** Those in a state, in the order in which they were owed; `sentAt` is when what is in flight began. */
    inState: (state: 'pending' | 'sending') => inState.all(state),
    ofCall: (callId: string): MomentDelivery[] => ofCall.all(callId),
    /**
     * The newest so many of those that match, in the order in which they were sent; what was not comes last. Of large
     * ones there are fewer: a page is bounded in bytes.
     */
    list(match: DeliveryMatch, limit: number, after?: number): { page: Delivery[]; total: number } {
      const page: Delivery[] = []
      let bytes = 0
      for (const row of statement(listOf(match, after)).iterate({ ...match, limit, after })) {
        const delivery = toDelivery(row as Row) // COLUMNS are its members
        bytes += sizeOf(delivery)
        if (bytes > MAX_PAGE && page.length > 0) break
        page.push(delivery)
      }
      return { page: page.reverse(), total: this.count(match, after) }
    },
    /** What the newest so many are looked for by, without what was sent and answered; the newest last. */
    newest: (limit: number): (DeliveryMatch & { id: number })[] =>
      newest
        .all(limit)
        .reverse()
        .map(({ name, ...row }) => ({ ...row, moment: name })),
    /** How many match. */
    count(match: DeliveryMatch, after?: number): number {
      const where = `${conditionOf(match)}${after === undefined ? '' : AFTER}`
      const counted = statement(`SELECT count(*) AS total ${FROM} WHERE ${where}`).get({ ...match, after })
      return (counted as { total: number }).total // count(*) always gives a row
    },
    ...bound
  }
}

/** The most that a page holds, in bytes, roughly: an answer is one text. */
const MAX_PAGE = 16 * 1024 * 1024

const sizeOf = ({ request, attempts }: Delivery): number =>
  attempts.reduce(
    (sum, { response }) => sum + (response?.body.length ?? 0) + 500,
    request.url.length + request.body.length
  )

const listOf = (match: DeliveryMatch, after: number | undefined): string => `SELECT ${COLUMNS} ${FROM}
  WHERE ${conditionOf(match)}${after === undefined ? '' : AFTER}
  ORDER BY sent IS NULL DESC, sent DESC, id DESC LIMIT @limit`

/** What stands after a delivery in the order of sending. */
const AFTER = ` AND (sent IS NULL, coalesce(sent, 0), id) >
  (SELECT sent IS NULL, coalesce(sent, 0), id FROM delivery_states WHERE id = @after)`

const conditionOf = (match: DeliveryMatch): string =>
  ['1', ...Object.entries(MATCHED).flatMap(([name, column]) => (name in match ? [`${column} = @${name}`] : []))].join(
    ' AND '
  )
