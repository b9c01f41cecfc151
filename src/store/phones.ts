import type { Phone, PhoneBehaviour } from '../schema/phone.js'
import type { Database } from './database.js'
import { createLookupCache } from './lookup-cache.js'

/** The phones that were set. */
export type PhoneStore = ReturnType<typeof createPhoneStore>

const BEHAVIOUR = 'outcome, ring_ms AS ringMs, talk_ms AS talkMs'

/** Prepares the queries for phones. */
export function createPhoneStore({ sql, onRollback }: Database) {
  const save = sql.prepare<[Phone]>(`
    INSERT INTO phones (number, outcome, ring_ms, talk_ms) VALUES (@number, @outcome, @ringMs, @talkMs)
    ON CONFLICT (number) DO UPDATE SET outcome = @outcome, ring_ms = @ringMs, talk_ms = @talkMs`)
  const select = sql.prepare<[string], PhoneBehaviour>(`SELECT ${BEHAVIOUR} FROM phones WHERE number = ?`)
  const any = sql.prepare('SELECT 1 FROM phones LIMIT 1')
  const all = sql.prepare<[], Phone>(`SELECT number, ${BEHAVIOUR} FROM phones ORDER BY rowid`)
  const newest = sql.prepare<[{ limit: number; after: string | null }], Phone>(`
    SELECT number, ${BEHAVIOUR} FROM phones
    WHERE rowid > ifnull((SELECT rowid FROM phones WHERE number = @after), 0) ORDER BY rowid DESC LIMIT @limit`)
  const count = sql.prepare<[string | null], { total: number }>(`
    SELECT count(*) AS total FROM phones WHERE rowid > ifnull((SELECT rowid FROM phones WHERE number = ?), 0)`)
  const remove = sql.prepare<[string]>('DELETE FROM phones WHERE number = ?')
  const clear = sql.prepare('DELETE FROM phones')

  const findSet = createLookupCache((number: string): PhoneBehaviour | undefined => select.get(number))
  let isEmpty: boolean | undefined // undefined: not read yet
  const invalidate = () => {
    findSet.clear()
    isEmpty = undefined
  }
  onRollback(invalidate)

  return {
    /** The phone that was set for a number; undefined for none. No query while no phone is set at all. */
    find(number: string): PhoneBehaviour | undefined {
      isEmpty ??= any.get() === undefined
      return isEmpty ? undefined : findSet(number)
    },
    /** All phones, in the order in which their numbers were first set. */
    all: (): Phone[] => all.all(),
    /** The newest phones in the same order, and how many there are. @param after the number of the phone before them */
    list(limit: number, after: string | null = null): { page: Phone[]; total: number } {
      return { page: newest.all({ limit, after }).reverse(), total: count.get(after)?.total ?? 0 }
    },
    /** Saves a phone; it replaces that of the same number. */
    save({ number, outcome, ringMs, talkMs }: Phone): void {
      save.run({ number, outcome, ringMs, talkMs })
      invalidate()
    },
    /** @returns whether a phone was set for the number */
    remove(number: string): boolean {
      const { changes } = remove.run(number)
      invalidate()
      return changes > 0
    },
    /** Removes all phones. @returns how many */
    clear(): number {
      const { changes } = clear.run()
      invalidate()
      return changes
    },
    /** Empties the cache, after the table was written to elsewhere. */
    invalidate
  }
}
