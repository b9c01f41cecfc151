import type { Attempt } from '../schema/calls/delivery.js'
import type { Database } from './database.js'

/** The attempts of deliveries. */
export type AttemptStore = ReturnType<typeof createAttemptStore>

/** How many attempts of a delivery are kept. */
const MAX_ATTEMPTS = 100

/** Prepares the queries for attempts. */
export function createAttemptStore({ sql }: Database) {
  const insert = sql.prepare<[{ delivery: number; attempt: string }], { number: number }>(`
    INSERT INTO attempts (delivery, number, attempt)
    VALUES (@delivery, (SELECT coalesce(max(number), 0) + 1 FROM attempts WHERE delivery = @delivery), @attempt)
    RETURNING number`)
  const deleteOldest = sql.prepare<[number, number]>('DELETE FROM attempts WHERE delivery = ? AND number <= ?')
  const of = sql.prepare<[number], { attempt: string }>(
    'SELECT attempt FROM attempts WHERE delivery = ? ORDER BY number'
  )

  return {
    /** Adds an attempt, and deletes the oldest ones beyond the limit. */
    add(delivery: number, attempt: Attempt): void {
      const { number } = insert.get({ delivery, attempt: JSON.stringify(attempt) }) ?? { number: 0 }
      if (number > MAX_ATTEMPTS) deleteOldest.run(delivery, number - MAX_ATTEMPTS)
    },
    /** The attempts of a delivery, oldest first. */
    of: (delivery: number): Attempt[] => of.all(delivery).map(({ attempt }) => JSON.parse(attempt))
  }
}
