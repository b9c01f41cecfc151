import type { Statement } from 'better-sqlite3'
import type { ExtensionNumber } from '../schema/directory.js'
import type { EventType } from '../schema/event-type.js'
import type { Listing } from '../schema/listing.js'
import type { EventId, StoredPhoneCallEvent } from '../schema/phone-call-event.js'
import type { Database } from './database.js'
import { createEventCounts } from './event-counts.js'

/** Phone call events, keyed by user, extension and type. */
export type PhoneCallEventStore = ReturnType<typeof createPhoneCallEventStore>

/** Where events are: an extension of a user, and perhaps one type or one id. */
export interface Scope {
  user: string
  extension: ExtensionNumber
  type?: EventType
  id?: EventId
}

const COLUMNS = 'type, id, method, note, url, status, modified, user, extension'

/** A row of a list, as it is read: without names, which takes half the time, and without the place that was asked for. */
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

/** How each comparison reads in SQL. Literal and case-sensitive, which LIKE is not. */
const COMPARISONS = {
  equals: (column: string) => `${column} = @value`,
  contains: (column: string) => `instr(${column}, @value) > 0`,
  startsWith: (column: string) => `substr(${column}, 1, length(@value)) = @value`,
  present: (column: string) => `${column} <> ''`
} as const

/** Prepares what is asked of phone call events. */
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
  const findIn = sql.prepare<[EventId, string, ExtensionNumber], Listed>(`
    SELECT ${LISTED} FROM phone_call_events WHERE id = ? AND user = ? AND extension = ?`)
  const removeById = sql.prepare<[EventId]>('DELETE FROM phone_call_events WHERE id = ?')
  const update = sql.prepare<[StoredPhoneCallEvent]>(`
    UPDATE phone_call_events SET method = @method, note = @note, url = @url, status = @status, modified = @modified
    WHERE id = @id`)

  const all = sql.prepare<[], StoredPhoneCallEvent>(`
    SELECT ${COLUMNS} FROM phone_call_events ORDER BY extension, type, url, id`)

  // A list has some hundred shapes; each is prepared when it is first asked for, and kept.
  const prepared = new Map<string, Statement<[object]>>()
  const statement = (text: string): Statement<[object]> => {
    let found = prepared.get(text)
    if (found === undefined) {
      found = sql.prepare<[object]>(text)
      prepared.set(text, found)
    }
    return found
  }

  const pageOf = (where: string, values: Scope, { order, count, startIndex }: Listing): StoredPhoneCallEvent[] => {
    const rows = statement(
      `SELECT ${LISTED} FROM phone_call_events WHERE ${where}
       ORDER BY url ${order}, id ${order} LIMIT @count OFFSET @startIndex`
    )
      .raw()
      .all({ ...values, count, startIndex }) as Listed[] // LISTED are its members
    return rows.map(row => toEvent(row, values))
  }

  /** How many events a filter lets through. */
  const countOf = (where: string, values: object, page: StoredPhoneCallEvent[], { count, startIndex }: Listing) => {
    // A page that is not full is the last one and tells the total by itself; counting costs more than the page.
    if (page.length < count && (page.length > 0 || startIndex === 0)) return startIndex + page.length
    const counted = statement(`SELECT count(*) AS total FROM phone_call_events WHERE ${where}`).get(values)
    return (counted as { total: number }).total // count(*) always gives a row
  }

  /** The event of an id, when it is in the scope. */
  const find = (scope: Scope & { id: EventId }): StoredPhoneCallEvent | undefined => {
    const row = findIn.raw().get(scope.id, scope.user, scope.extension)
    if (row === undefined || (scope.type !== undefined && row[0] !== scope.type)) return undefined
    return toEvent(row, scope)
  }

  return {
    add(event: StoredPhoneCallEvent): void {
      insert.run(event)
      counts.change(event, 1)
    },
    /** Adds an event, or replaces the one that has its id, wherever that is. */
    save(event: StoredPhoneCallEvent): void {
      save.run(event)
      counts.invalidate()
    },
    update: (event: StoredPhoneCallEvent) => void update.run(event),

    find,
    /** Every event there is, in the order of extension, type, url and id. */
    all: (): StoredPhoneCallEvent[] => all.all(),
    /** The event of an id, wherever it is. */
    findAnywhere: (id: EventId): StoredPhoneCallEvent | undefined => findById.get(id),

    /** How many events a listing matches, and the page of them. Ordered by url, then id, both in code-point order. */
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

    /** Deletes what is in a scope. @returns the ids, in the order of a list */
    remove(scope: Scope): EventId[] {
      if (isOfOne(scope)) {
        const found = find(scope)
        if (found === undefined) return []
        removeById.run(scope.id)
        counts.change(found, -1)
        return [found.id]
      }
      const ids = statement(`SELECT id FROM phone_call_events WHERE ${within(scope)} ORDER BY url, id`).all(scope)
      statement(`DELETE FROM phone_call_events WHERE ${within(scope)}`).run(scope)
      if (scope.type === undefined) counts.invalidate()
      else counts.change({ ...scope, type: scope.type }, -ids.length)
      return (ids as { id: EventId }[]).map(({ id }) => id) // one column was asked for
    },
    invalidate: counts.invalidate
  }
}

const isOfOne = (scope: Scope): scope is Scope & { id: EventId } => scope.id !== undefined

/** The condition of a scope. */
const within = ({ type, id }: Scope): string =>
  `user = @user AND extension = @extension${type === undefined ? '' : ' AND type = @type'}${id === undefined ? '' : ' AND id = @id'}`
