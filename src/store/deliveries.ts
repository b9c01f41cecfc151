import type { SentWebhook } from '../domain/calls/change-request.js'
import type { ComparableDelivery } from '../domain/delivery-match.js'
import type { DeliveryFault } from '../domain/fault.js'
import type { DeliveryState, MomentName } from '../schema/calls/call.js'
import type { Attempt, Delivery, WebhookRequest } from '../schema/calls/delivery.js'
import type { EventType } from '../schema/event-type.js'
import { createAttemptStore } from './attempts.js'
import { createBoundedLog } from './bounded-log.js'
import type { Database } from './database.js'
import { conditionOf, type DeliverySelection } from './delivery-selection.js'
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
  /** The delivery that it replays with changes. */
  replayOf?: number | undefined
}

/** A delivery that is ready to be sent. */
export interface PendingDelivery {
  id: number
  callId: string
  url: string
  /** Whether it waits for no other delivery of its call. */
  isConcurrent?: boolean
  /** The fault that hits it. */
  fault?: DeliveryFault
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
  replayOf: number | null
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
const COLUMNS = `id, call_id AS callId, replay_of AS replayOf, event_id AS eventId, extension, type, name, state, method, url,
  headers, body`

const COMPARED = `id, call_id AS callId, event_id AS eventId, event_url AS eventUrl, extension, type, name AS moment, state,
  sent, method, url, body`

/** Prepares the queries for deliveries. */
export function createDeliveryStore(database: Database) {
  const { sql } = database
  const { finish, ...bound } = createBoundedLog(database, 'deliveries')
  const attempts = createAttemptStore(database)
  const insert = sql.prepare<(string | number | null)[]>(`
    INSERT INTO deliveries (call_id, moment, event_id, event_url, extension, type, name, replay_of, method, url, headers,
      body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`) // bound by place, which is faster than by name
  const begin = sql.prepare<[number | bigint]>("INSERT INTO delivery_states (id, state) VALUES (?, 'pending')")
  const find = sql.prepare<[number], Row>(`SELECT ${COLUMNS} ${FROM} WHERE id = ?`)
  const request = sql.prepare<[number], Pick<Row, 'method' | 'url' | 'headers' | 'body'> & { eventUrl: string }>(`
    SELECT method, url, headers, body, event_url AS eventUrl FROM deliveries WHERE id = ?`)
  const claim = sql.prepare<[{ id: number; at: number; sent: number; isCopy: number }]>(`
    UPDATE delivery_states SET state = 'sending', sent_at = @at, sent = coalesce(sent, @sent)
    WHERE id = @id AND (state = 'pending' OR (@isCopy AND state = 'sending'))`)
  const rewrite = sql.prepare<[Pick<Row, 'id' | 'method' | 'url' | 'headers' | 'body'>]>(`
    UPDATE deliveries SET method = @method, url = @url, headers = @headers, body = @body WHERE id = @id`)
  const source = sql.prepare<[number], Omit<NewDelivery, 'request'>>(`
    SELECT call_id AS callId, moment, event_id AS eventId, event_url AS eventUrl, extension, type, name
    FROM deliveries WHERE id = ?`)
  const countReplay = sql.prepare<[number]>('UPDATE moments SET replayed = replayed + 1 WHERE seq = ?')
  const lost = sql.prepare<[{ callId: string }], { count: number }>(`
    SELECT (SELECT coalesce(sum(armed + replayed), 0) FROM moments JOIN calls ON calls.seq = call WHERE call_id = @callId)
      - (SELECT count(*) FROM deliveries WHERE call_id = @callId) AS count`)
  const settle = sql.prepare<[DeliveryState, number]>(
    'UPDATE delivery_states SET state = ?, sent_at = NULL WHERE id = ?'
  )
  const lastSent = sql.prepare<[], { sent: number }>('SELECT coalesce(max(sent), 0) AS sent FROM delivery_states')
  const inState = sql.prepare<[DeliveryState], PendingDelivery & { sentAt: number | null }>(`
    SELECT id, call_id AS callId, url, sent_at AS sentAt ${FROM} WHERE state = ? ORDER BY id`)
  const ofCall = sql.prepare<[string], MomentDelivery>(`
    SELECT id, moment, event_id AS eventId, event_url AS eventUrl, extension, name, state ${FROM}
    WHERE call_id = ? AND replay_of IS NULL ORDER BY id`)

  const newest = sql.prepare<[number], ComparableDelivery>(`SELECT ${COMPARED} ${FROM} ORDER BY id DESC LIMIT ?`)
  const comparable = sql.prepare<[number], ComparableDelivery>(`SELECT ${COMPARED} ${FROM} WHERE id = ?`)
  const lastId = sql.prepare<[], { id: number }>('SELECT coalesce(max(id), 0) AS id FROM deliveries')

  const statement = createStatementCache(sql.prepare)

  /** The last place in the order of sending. */
  let sent = lastSent.get()?.sent ?? 0

  const toDelivery = ({ id, replayOf, name, method, url, headers, body, ...rest }: Row): Delivery => ({
    id: String(id),
    ...rest,
    moment: name,
    ...(replayOf !== null && { replayOf: String(replayOf) }),
    request: { method, url, headers: JSON.parse(headers), body },
    attempts: attempts.of(id)
  })

  return {
    /** Adds a pending delivery. @returns its id */
    add({ callId, moment, eventId, eventUrl, extension, type, name, request, replayOf }: NewDelivery): number {
      const event = [callId, moment, eventId, eventUrl, extension, type, name, replayOf ?? null]
      const { method, url, headers, body } = request
      const { lastInsertRowid } = insert.run(...event, method, url, JSON.stringify(headers), body)
      begin.run(lastInsertRowid)
      return Number(lastInsertRowid)
    },
    find(id: number): Delivery | undefined {
      const row = find.get(id)
      return row && toDelivery(row)
    },
    /** Adds a pending replay of a delivery, with another request. @returns its id */
    addReplay(replayOf: number, { request, url }: SentWebhook): number {
      const original = source.get(replayOf)
      if (original === undefined) throw new Error(`Delivery ${replayOf} is not in the log.`) // the caller has found it
      countReplay.run(original.moment)
      return this.add({ ...original, eventUrl: url, request, replayOf })
    },
    /** The request of a delivery, and the url that its parameters were added to. */
    webhookOf(id: number): SentWebhook | undefined {
      const row = request.get(id)
      if (row === undefined) return undefined
      const { eventUrl, headers, ...rest } = row
      return { request: { ...rest, headers: JSON.parse(headers) }, url: eventUrl }
    },
    /**
     * Marks a pending delivery as in flight, or a copy of one that is in flight already.
     * @returns its request; undefined when it is not pending any more
     */
    claim(id: number, at: number, isCopy = false): SentWebhook | undefined {
      if (claim.run({ id, at, sent: sent + 1, isCopy: isCopy ? 1 : 0 }).changes === 0) return undefined
      sent++
      return this.webhookOf(id)
    },
    /** Replaces the request of a delivery. */
    rewrite: (id: number, { headers, ...request }: WebhookRequest): void =>
      void rewrite.run({ id, ...request, headers: JSON.stringify(headers) }),
    /** Records an attempt and the state after it, unless the delivery was deleted. */
    settle(id: number, state: DeliveryState, attempt: Attempt): void {
      if (state !== 'sending' && settle.run(state, id).changes === 0) return
      attempts.add(id, attempt)
      if (state !== 'sending' && state !== 'pending') finish()
    },
    /** Makes a finished delivery pending again. */
    requeue(id: number): void {
      settle.run('pending', id)
      finish(-1)
    },
    /** The deliveries in a state, in the order in which they were created; `sentAt` is when the attempt in flight began. */
    inState: (state: 'pending' | 'sending') => inState.all(state),
    /** The deliveries of the moments of a call, without replays. */
    ofCall: (callId: string): MomentDelivery[] => ofCall.all(callId),
    /** How many deliveries of a call were dropped, replays included. */
    droppedOfCall: (callId: string): number => lost.get({ callId })?.count ?? 0,
    /**
     * The newest matching deliveries, in the order in which they were sent; unsent ones come last. They are bounded in
     * bytes too, so that there may be fewer than `limit` large ones.
     */
    list(match: DeliverySelection, limit: number, after?: number): { page: Delivery[]; total: number } {
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
    /** The ids of the deliveries of a list, without its bound in bytes. */
    listIds: (match: DeliverySelection, limit: number, after?: number): number[] =>
      [...statement<Row>(listOf(match, after, 'id')).iterate({ ...match, limit, after })].map(({ id }) => id).reverse(),
    /** The newest deliveries, the newest last. */
    newest: (limit: number): ComparableDelivery[] => newest.all(limit).reverse(),
    /** A delivery with the members that matches compare. */
    comparable: (id: number): ComparableDelivery | undefined => comparable.get(id),
    /** The first matching deliveries with ids after `after`, in the order in which they were created. */
    comparables: (match: DeliverySelection, after: number, limit: number): ComparableDelivery[] =>
      statement<ComparableDelivery>(
        `SELECT ${COMPARED} ${FROM} WHERE ${conditionOf(match)} AND id > @after ORDER BY id LIMIT @limit`
      ).all({ ...match, after, limit }),
    /** The ids of the matching deliveries that were sent, in the order in which they were. */
    sentIds: (match: DeliverySelection): number[] =>
      statement<{ id: number }>(`SELECT id ${FROM} WHERE ${conditionOf(match)} AND sent IS NOT NULL ORDER BY sent`)
        .all(match)
        .map(({ id }) => id),
    /** The last place in the order of sending. */
    lastSent: (): number => sent,
    /** The id of the newest delivery; 0 when there is none. */
    lastId: (): number => lastId.get()?.id ?? 0,
    /** How many deliveries match. */
    count(match: DeliverySelection, after?: number): number {
      const where = `${conditionOf(match)}${after === undefined ? '' : AFTER}`
      const counting = statement<{ total: number }>(`SELECT count(*) AS total ${FROM} WHERE ${where}`)
      return counting.get({ ...match, after })?.total ?? 0
    },
    ...bound
  }
}

/** The size of deliveries that are read at once, in bytes, roughly. */
const MAX_PAGE = 256 * 1024

const sizeOf = ({ request, attempts }: Delivery): number =>
  attempts.reduce(
    (sum, { response }) => sum + (response?.body.length ?? 0) + 500,
    request.url.length + request.body.length
  )

const listOf = (
  match: DeliverySelection,
  after: number | undefined,
  columns = COLUMNS
): string => `SELECT ${columns} ${FROM}
  WHERE ${conditionOf(match)}${after === undefined ? '' : AFTER}
  ORDER BY sent IS NULL DESC, sent DESC, id DESC LIMIT @limit`

/** The condition of the deliveries after one, in the order of sending. */
const AFTER = ` AND (sent IS NULL, coalesce(sent, 0), id) >
  (SELECT sent IS NULL, coalesce(sent, 0), id FROM delivery_states WHERE id = @after)`
