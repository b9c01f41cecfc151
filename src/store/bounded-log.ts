import type { Database } from './database.js'

/** A log that keeps only its newest entries. */
export type LogName = 'calls' | 'deliveries'

/** The tables of each log, and the condition of the entries that may be deleted: the finished ones. */
const LOGS = {
  calls: { key: 'seq', source: 'calls', finished: "state = 'ended'" },
  deliveries: { key: 'id', source: 'delivery_states', finished: "state NOT IN ('pending', 'sending')" }
} as const

/** How many entries over its size a large log may hold before it is trimmed. */
const MAX_SLACK = 64

/** Bounds the finished entries of a log, and counts those that were deleted. Unfinished ones are never deleted. */
export function createBoundedLog({ sql, onRollback }: Database, log: LogName) {
  const { key, source, finished } = LOGS[log]
  const countFinished = sql.prepare<[], { count: number }>(`SELECT count(*) AS count FROM ${source} WHERE ${finished}`)
  const deleteOldest = sql.prepare<[number]>(
    `DELETE FROM ${log} WHERE ${key} IN (SELECT ${key} FROM ${source} WHERE ${finished} ORDER BY ${key} LIMIT ?)`
  )
  const addDropped = sql.prepare<[LogName, number]>(`
    INSERT INTO dropped (log, count) VALUES (?, ?) ON CONFLICT (log) DO UPDATE SET count = count + excluded.count`)
  const dropped = sql.prepare<[LogName], { count: number }>('SELECT count FROM dropped WHERE log = ?')

  /** The number of finished entries, kept because counting costs more than adding; undefined when it is stale. */
  let count: number | undefined
  const invalidate = () => {
    count = undefined
  }
  onRollback(invalidate)

  return {
    /** Counts an entry that is finished, or with -1 one that is no longer. */
    finish(change: 1 | -1 = 1): void {
      if (count !== undefined) count += change
    },
    /** Deletes the oldest finished entries beyond a size, several at a time, because finding them is slow. */
    trim(size: number): void {
      count ??= countFinished.get()?.count ?? 0
      if (count <= size + Math.min(MAX_SLACK, Math.floor(size / 10))) return
      const deleted = deleteOldest.run(count - size).changes
      count -= deleted
      if (deleted > 0) addDropped.run(log, deleted)
    },
    /** How many entries were deleted. */
    dropped: (): number => dropped.get(log)?.count ?? 0,
    /** Marks the count as stale, after the tables were written to elsewhere. */
    invalidate
  }
}
