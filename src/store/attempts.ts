import type { Attempt } from '../schema/delivery.js'
import type { Database } from './database.js'

/** What came of each try of a delivery. */
export type AttemptStore = ReturnType<typeof createAttemptStore>

/** How many attempts of a delivery are remembered. */
const MAX_ATTEMPTS = 100

/** Prepares what is asked of attempts. */
export function createAttemptStore({ sql }: Database) {
  const insert = sql.prepare<[{ delivery: number; attempt: string }], { number: number }>(`
    INSERT INTO attempts (delivery, number, attempt)
    VALUES (@delivery, (SELECT coalesce(max(number), 0) + 1 FROM attempts WHERE delivery = @delivery), @attempt)
    RETURNING number`)
  const forget = sql.prepare<[number, number]>('DELETE FROM attempts WHERE delivery = ? AND number <= ?')
  const of = sql.prepare<[number], { attempt: string }>(
    'SELECT attempt FROM attempts WHERE delivery = ? ORDER BY number'
  )

  return {
    /** Of one that is sent again and again the newest attempts stay. */
    add(delivery: number, attempt: Attempt): void {
      const { number } = insert.get({ delivery, attempt: JSON.stringify(attempt) }) ?? { number: 0 }
      if (number > MAX_ATTEMPTS) forget.run(delivery, number - MAX_ATTEMPTS)
    },
    of: (delivery: number): Attempt[] => of.all(delivery).map(({ attempt }) => JSON.parse(attempt))
  }
}
