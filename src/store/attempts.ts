import type { Attempt } from '../schema/delivery.js'
import type { Database } from './database.js'

/** What came of each try of a delivery. */
export type AttemptStore = ReturnType<typeof createAttemptStore>

/** Prepares what is asked of attempts. */
export function createAttemptStore({ sql }: Database) {
  const insert = sql.prepare<[{ delivery: number; attempt: string }]>(`
    INSERT INTO attempts (delivery, number, attempt)
    VALUES (@delivery, (SELECT count(*) + 1 FROM attempts WHERE delivery = @delivery), @attempt)`)
  const of = sql.prepare<[number], { attempt: string }>(
    'SELECT attempt FROM attempts WHERE delivery = ? ORDER BY number'
  )

  return {
    add: (delivery: number, attempt: Attempt) => void insert.run({ delivery, attempt: JSON.stringify(attempt) }),
    of: (delivery: number): Attempt[] => of.all(delivery).map(({ attempt }) => JSON.parse(attempt))
  }
}
