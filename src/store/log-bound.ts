import type { Database } from './database.js'

/** A log that keeps only its newest entries. */
export type BoundedLog = 'calls' | 'deliveries'

/** What stands in each, and which of its entries may be forgotten. */
const LOGS = {
  calls: { key: 'seq', source: 'calls', finished: "state = 'ended'" },
  deliveries: { key: 'id', source: 'delivery_states', finished: "state NOT IN ('pending', 'sending')" }
} as const

/** Keeps a log bounded, and knows how many entries it has forgotten. */
export function createLogBound({ sql }: Database, log: BoundedLog) {
  const { key, source, finished } = LOGS[log]
  const count = sql.prepare<[], { count: number }>(`SELECT count(*) AS count FROM ${log}`)
  const forget = sql.prepare<[number]>(
    `DELETE FROM ${log} WHERE ${key} IN (SELECT ${key} FROM ${source} WHERE ${finished} ORDER BY ${key} LIMIT ?)`
  )
  const drop = sql.prepare<[BoundedLog, number]>(`
    INSERT INTO dropped (log, count) VALUES (?, ?) ON CONFLICT (log) DO UPDATE SET count = count + excluded.count`)
  const dropped = sql.prepare<[BoundedLog], { count: number }>('SELECT count FROM dropped WHERE log = ?')

  // Counting costs more than adding. A transaction that is undone leaves this too high, and then a few more are forgotten.
  let held = count.get()?.count ?? 0
  return {
    added: () => void held++,
    /** Forgets the oldest of those that are finished beyond so many. */
    keep(size: number): void {
      if (held <= size) return
      const forgotten = forget.run(held - size).changes
      held -= forgotten
      if (forgotten > 0) drop.run(log, forgotten)
    },
    dropped: (): number => dropped.get(log)?.count ?? 0,
    /** Counts again, after everything was cleared. */
    recount() {
      held = count.get()?.count ?? 0
    }
  }
}
