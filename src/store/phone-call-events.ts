import type { ExtensionNumber } from '../schema/directory.js'
import type { EventType } from '../schema/event-type.js'
import type { EventFilter, EventQuery } from '../schema/fixture.js'
import type { Listing } from '../schema/listing.js'
import type { EventId, StoredPhoneCallEvent } from '../schema/phone-call-event.js'
import type { Database } from './database.js'
import { createEventCounts } from './event-counts.js'
import { createStatementCache } from './lazy-statement.js'

/** Phone call events, keyed by user, extension and type. */
export type PhoneCallEventStore = ReturnType<typeof createPhoneCallEventStore>

/** The events of an extension of a user, optionally of one type or with one id. */
export interface Scope {
  user: string
  extension: ExtensionNumber
  type?: EventType
  id?: EventId
}

const COLUMNS = 'type, id, method, note, url, status, modified, user, extension'

/** A row of a list: values without names, which takes half the time, and without the columns that the scope fixes. */
const LISTED = 'type, id, method, note, url, status, modified'
type Listed = [
  EventType,
  EventId,
  StoredPhoneCallEvent['method'],
  StoredPhoneCallEvent['note'],
  StoredPhoneCallEvent['url'],
  StoredPhoneCallEvent['status'],
  StoredPhoneCallEvent['modified']
]

const toEvent = (
  [type, id, method, note, url, status, modified]: Listed,
  { user, extension }: Scope
): StoredPhoneCallEvent => ({ type, id, method, note, url, status, modified, user, extension })

/** Each comparison in SQL: literal and case-sensitive, unlike LIKE. */
const COMPARISONS = {
  equals: (column: string) => `${column} = @value`,
  contains: (column: string) => `instr(${column}, @value) > 0`,
  startsWith: (column: string) => `substr(${column}, 1, length(@value)) = @value`,
  present: (column: string) => `${column} <> ''`
} as const

/** Prepares the queries for phone call events. */
export function createPhoneCallEventStore(database: Database) {
  const { sql } = database
  const counts = createEventCounts(database)
  const insert = sql.prepare<[StoredPhoneCallEvent]>(`
    INSERT INTO phone_call_events (${COLUMNS})
    VALUES (@type, @id, @method, @note, @url, @status, @modified, @user, @extension)`)
  const save = sql.prepare<[StoredPhoneCallEvent]>(`
    INSERT INTO phone_call_events (${COLUMNS})
    VALUES (@type, @id, @method, @note, @url, @status, @modified, @user, @extension)
    ON CONFLICT (id) DO UPDATE SET type = @type, method = @method, note = @note, url = @url, status = @status,
      modified = @modified, user = @user, extension = @extension`)
  const findById = sql.prepare<[EventId], StoredPhoneCallEvent>(`
    SELECT ${COLUMNS} FROM phone_call_events WHERE id = ?`)
  const findIn = sql
    .prepare<[EventId, string, ExtensionNumber], Listed>(`
    SELECT ${LISTED} FROM phone_call_events WHERE id = ? AND user = ? AND extension = ?`)
    .raw()
  const removeIn = sql.prepare<[EventId, string, ExtensionNumber, EventType]>(
    'DELETE FROM phone_call_events WHERE id = ? AND user = ? AND extension = ? AND type = ?'
  )
  const update = sql.prepare<[string, string, string, EventId]>(
    'UPDATE phone_call_events SET method = ?, note = ?, modified = ? WHERE id = ?'
  )
  const arm = sql.prepare<[string, string, string, string, EventId]>(
    'UPDATE phone_call_events SET method = ?, note = ?, modified = ?, status = ? WHERE id = ?'
  )
  const move = sql.prepare<[string, string, string, string, string, EventId]>(
    'UPDATE phone_call_events SET method = ?, note = ?, modified = ?, status = ?, url = ? WHERE id = ?'
  )

  const all = sql.prepare<[], StoredPhoneCallEvent>(`
    SELECT ${COLUMNS} FROM phone_call_events ORDER BY extension, type, url, id`)

  const statement = createStatementCache(sql.prepare) // a list has about a hundred shapes

  const pageOf = (where: string, values: Scope, { order, count, startIndex }: Listing): StoredPhoneCallEvent[] => {
    const select = statement<Listed>(
      `SELECT ${LISTED} FROM phone_call_events WHERE ${where}
       ORDER BY url ${order}, id ${order} LIMIT @count OFFSET @startIndex`
    ).raw()
    return select.all({ ...values, count, startIndex }).map(row => toEvent(row, values))
  }

  /** How many events match a filter. */
  const countOf = (where: string, values: object, page: StoredPhoneCallEvent[], { count, startIndex }: Listing) => {
    // A page that is not full is the last one, which gives the total; counting costs more than the page.
    if (page.length < count && (page.length > 0 || startIndex === 0)) return startIndex + page.length
    const counting = statement<{ total: number }>(`SELECT count(*) AS total FROM phone_call_events WHERE ${where}`)
    return counting.get(values)?.total ?? 0
  }

  /** The event with an id, if it is in the scope. */
  const find = (scope: Scope & { id: EventId }): StoredPhoneCallEvent | undefined => {
    const row = findIn.get(scope.id, scope.user, scope.extension)
    if (row === undefined || (scope.type !== undefined && row[0] !== scope.type)) return undefined
    return toEvent(row, scope)
  }

  return {
    add(event: StoredPhoneCallEvent): void {
      insert.run(event)
      counts.change(event, 1)
    },
    /** Adds an event, or replaces the one that has its id, on any extension. */
    save(event: StoredPhoneCallEvent): void {
      save.run(event)
      counts.invalidate()
    },
    /**
     * Replaces the members that an update can change. SQLite rewrites the indexes of every column that a statement sets,
     * also to the same value, which costs as much as the row itself.
     * @param before the event as it is stored
     * @assumed 0025
     */
    update(event: StoredPhoneCallEvent, before: StoredPhoneCallEvent): void {
      const { id, method, note, url, status, modified } = event
      if (url !== before.url) move.run(method, note, modified, status, url, id)
      else if (status !== before.status) arm.run(method, note, modified, status, id)
      else update.run(method, note, modified, id)
      counts.change(event, 0)
    },

    find,
    /** All events, ordered by extension, type, url and id. */
    all: (): StoredPhoneCallEvent[] => all.all(),
    /**
     * The newest events that match, on any extension, in the order in which they were added, and the number of all that
     * match.
     * @param after only those added after the event of this id
     */
    listAnywhere(match: Omit<EventQuery, 'limit' | 'after'>, limit: number, after?: EventId) {
      const added = after === undefined ? '' : ' AND rowid > (SELECT rowid FROM phone_call_events WHERE id = @after)'
      const from = `FROM phone_call_events WHERE ${matching(match)}${added}`
      const values = { ...match, limit, after }
      const select = `SELECT ${COLUMNS} ${from} ORDER BY rowid DESC LIMIT @limit`
      const page = statement<StoredPhoneCallEvent>(select).all(values).reverse()
      const total = statement<{ total: number }>(`SELECT count(*) AS total ${from}`).get(values)?.total ?? 0
      return { page, total }
    },
    /** Deletes the events that match, on any extension. @returns how many */
    removeAnywhere(match: EventFilter): number {
      counts.invalidate()
      return statement(`DELETE FROM phone_call_events WHERE ${matching(match)}`).run(match).changes
    },
    /** The event with an id, on any extension. */
    findAnywhere: (id: EventId): StoredPhoneCallEvent | undefined => findById.get(id),

    /** The number of events of an extension, optionally of one type. */
    count: (scope: Omit<Scope, 'id'>): number => counts.of(scope),
    /** A number that differs after every change of an event. */
    version: counts.version,
    /** The number of events that a listing matches, and a page of them, ordered by url, then id, by code point. */
    list(scope: Scope, listing: Listing): { total: number; page: StoredPhoneCallEvent[] } {
      const { filter, startIndex } = listing
      if (isOfOne(scope) && filter === undefined) {
        const found = find(scope)
        return { total: found ? 1 : 0, page: found && startIndex === 0 ? [found] : [] }
      }
      if (filter === undefined) return { total: counts.of(scope), page: pageOf(within(scope), scope, listing) }
      const where = `${within(scope)} AND ${COMPARISONS[filter.op](filter.by)}`
      const values = { ...scope, value: filter.value }
      const page = pageOf(where, values, listing)
      return { total: countOf(where, values, page, listing), page }
    },

    /** Deletes the events in a scope. @returns their ids, ordered by url, then id */
    remove(scope: Scope): EventId[] {
      if (isOfOne(scope)) {
        const type = scope.type ?? find(scope)?.type
        if (type === undefined) return []
        const { id, user, extension } = scope
        if (removeIn.run(id, user, extension, type).changes === 0) return []
        counts.change({ user, extension, type }, -1)
        return [id]
      }
      const ids = statement<{ id: EventId }>(
        `SELECT id FROM phone_call_events WHERE ${within(scope)} ORDER BY url, id`
      ).all(scope)
      statement(`DELETE FROM phone_call_events WHERE ${within(scope)}`).run(scope)
      if (scope.type === undefined) counts.invalidate()
      else counts.change({ ...scope, type: scope.type }, -ids.length)
      return ids.map(({ id }) => id)
    },
    /** Marks the counts as stale, after the table was written to elsewhere. */
    invalidate: counts.invalidate
  }
}

const isOfOne = (scope: Scope): scope is Scope & { id: EventId } => scope.id !== undefined

/** The values of members as a condition in SQL. An extension brings its user, with which the indexes begin. */
const matching = (match: object): string =>
  [
    '1',
    ...('extension' in match ? ['user = (SELECT owner FROM extensions WHERE number = @extension)'] : []),
    ...Object.keys(match).map(name => `${name} = @${name}`)
  ].join(' AND ')

/** A scope as a condition in SQL. */
const within = ({ type, id }: Scope): string =>
  `user = @user AND extension = @extension${type === undefined ? '' : ' AND type = @type'}${id === undefined ? '' : ' AND id = @id'}`
