import type { Statement } from 'better-sqlite3'
import type { ExtensionNumber } from '../schema/directory.js'
import type { EventType } from '../schema/event-type.js'
import type { Listing } from '../schema/listing.js'
import type { EventId, StoredPhoneCallEvent } from '../schema/phone-call-event.js'
import type { Database } from './database.js'

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

/** How each comparison reads in SQL. Literal and case-sensitive, which LIKE is not. */
const COMPARISONS = {
  equals: (column: string) => `${column} = @value`,
  contains: (column: string) => `instr(${column}, @value) > 0`,
  startsWith: (column: string) => `substr(${column}, 1, length(@value)) = @value`,
  present: (column: string) => `${column} <> ''`
} as const

/** Prepares what is asked of phone call events. */
export function createPhoneCallEventStore({ sql }: Database) {
  const insert = sql.prepare<[StoredPhoneCallEvent]>(`
    INSERT INTO phone_call_events (${COLUMNS})
    VALUES (@type, @id, @method, @note, @url, @status, @modified, @user, @extension)`)
  const save = sql.prepare<[StoredPhoneCallEvent]>(`
    INSERT INTO phone_call_events (${COLUMNS})
    VALUES (@type, @id, @method, @note, @url, @status, @modified, @user, @extension)
    ON CONFLICT (id) DO UPDATE SET type = @type, method = @method, note = @note, url = @url, status = @status,
      modified = @modified, user = @user, extension = @extension`)
  const update = sql.prepare<[StoredPhoneCallEvent]>(`
    UPDATE phone_call_events SET method = @method, note = @note, url = @url, status = @status, modified = @modified
    WHERE id = @id`)

  // A list has some hundred shapes; each is prepared when it is first asked for, and kept.
  const prepared = new Map<string, Statement<[Record<string, unknown>]>>()
  const statement = (text: string): Statement<[Record<string, unknown>]> => {
    let found = prepared.get(text)
    if (found === undefined) {
      found = sql.prepare<[Record<string, unknown>]>(text)
      prepared.set(text, found)
    }
    return found
  }

  return {
    add: (event: StoredPhoneCallEvent) => void insert.run(event),
    /** Adds an event, or replaces the one that has its id. */
    save: (event: StoredPhoneCallEvent) => void save.run(event),
    update: (event: StoredPhoneCallEvent) => void update.run(event),

    find: (scope: Required<Scope>): StoredPhoneCallEvent | undefined =>
      statement(`SELECT ${COLUMNS} FROM phone_call_events WHERE ${within(scope)}`).get({ ...scope }) as
        | StoredPhoneCallEvent
        | undefined, // COLUMNS are its members

    /** How many events a listing matches, and the page of them. Ordered by url, then id, both in code-point order. */
    list(scope: Scope, { filter, order, count, startIndex }: Listing): { total: number; page: StoredPhoneCallEvent[] } {
      const where = filter ? `${within(scope)} AND ${COMPARISONS[filter.op](filter.by)}` : within(scope)
      const values = { ...scope, value: filter?.value }
      const counted = statement(`SELECT count(*) AS total FROM phone_call_events WHERE ${where}`).get(values)
      const page = statement(
        `SELECT ${COLUMNS} FROM phone_call_events WHERE ${where}
         ORDER BY url ${order}, id ${order} LIMIT @count OFFSET @startIndex`
      ).all({ ...values, count, startIndex })
      return {
        total: (counted as { total: number }).total, // count(*) always gives a row
        page: page as StoredPhoneCallEvent[] // COLUMNS are its members
      }
    },

    /** Deletes what is in a scope. @returns the ids, in the order of a list */
    remove(scope: Scope): EventId[] {
      const ids = statement(`SELECT id FROM phone_call_events WHERE ${within(scope)} ORDER BY url, id`).all({
        ...scope
      })
      statement(`DELETE FROM phone_call_events WHERE ${within(scope)}`).run({ ...scope })
      return (ids as { id: EventId }[]).map(({ id }) => id) // one column was asked for
    }
  }
}

/** The condition of a scope. */
const within = ({ type, id }: Scope): string =>
  `user = @user AND extension = @extension${type === undefined ? '' : ' AND type = @type'}${id === undefined ? '' : ' AND id = @id'}`
