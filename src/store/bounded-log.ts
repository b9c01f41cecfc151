import type { Database } from './database.js'

/** A log that keeps only its newest entries. */
export type BoundedLog = 'calls' | 'deliveries'

/** What stands in each, and which of its entries may be forgotten: those that are over. */
const LOGS = {
  calls: { key: 'seq', source: 'calls', finished: "state = 'ended'" },
  deliveries: { key: 'id', source: 'delivery_states', finished: "state NOT IN ('pending', 'sending')" }
} as const

/** How many more than it should a large log may hold until the oldest are looked for. */
const MAX_SLACK = 64

/** Keeps what is over bounded, and knows how many entries it has forgotten. What is not over is never forgotten. */
export function createLogBound({ sql, onUndone }: Database, log: BoundedLog) {
  const { key, source, finished } = LOGS[log]
  const count = sql.prepare<[], { count: number }>(`SELECT count(*) AS count FROM ${source} WHERE ${finished}`)
  const forget = sql.prepare<[number]>(
    `DELETE FROM ${log} WHERE ${key} IN (SELECT ${key} FROM ${source} WHERE ${finished} ORDER BY ${key} LIMIT ?)`
  )
  const drop = sql.prepare<[BoundedLog, number]>(`
    INSERT INTO dropped (log, count) VALUES (?, ?) ON CONFLICT (log) DO UPDATE SET count = count + excluded.count`)
  const dropped = sql.prepare<[BoundedLog], { count: number }>('SELECT count FROM dropped WHERE log = ?')

  /** Counted once and kept: counting costs more than adding. Undefined when it has to be counted again. */
  let held: number | undefined
  const recount = () => {
    held = undefined
  }
  onUndone(recount)

  return {
    /** An entry is over, or, with -1, no longer. */
    finish(change: 1 | -1 = 1): void {
      if (held !== undefined) held += change
    },
    /** Forgets the oldest of those that are over beyond so many, some at a time: looking for them costs more. */
    keep(size: number): void {
      held ??= count.get()?.count ?? 0
      if (held <= size + Math.min(MAX_SLACK, Math.floor(size / 10))) return
      const forgotten = forget.run(held - size).changes
      held -= forgotten
      if (forgotten > 0) drop.run(log, forgotten)
    },
    dropped: (): number => dropped.get(log)?.count ?? 0,
    /** Counts again, after everything was cleared. */
    recount
  }
}
