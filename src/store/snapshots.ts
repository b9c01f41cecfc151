import { type Database, IN_MEMORY, openDatabase } from './database.js'

/** Copies of the state, as the bytes of databases. */
export type SnapshotStore = ReturnType<typeof createSnapshotStore>

/** @param tables parents before their children: filling them in this order breaks no reference */
export function createSnapshotStore({ sql }: Database, tables: readonly string[]) {
  const columns = new Map<string, string>()

  /** Runs before the first restore: most sandboxes never do one. */
  const prepare = () => {
    for (const table of tables) {
      const listed = sql.pragma(`table_info(${table})`) as { name: string }[] // without generated columns
      columns.set(table, listed.map(({ name }) => `"${name}"`).join(', '))
    }
  }

  return {
    /** Fills the empty tables from a copy, within the transaction that emptied them. */
    restore(bytes: Uint8Array): void {
      if (columns.size === 0) prepare()
      const copy = openDatabase(IN_MEMORY, { image: bytes })
      try {
        for (const [table, listed] of columns) {
          const rows = copy.sql.prepare<[], unknown[]>(`SELECT ${listed} FROM ${table}`).raw().all()
          if (rows.length === 0) continue
          const insert = sql.prepare(`INSERT INTO ${table} (${listed}) VALUES (${listed.replace(/[^,]+/g, '?')})`)
          for (const row of rows) insert.run(...row)
        }
      } finally {
        copy.close()
      }
    }
  }
}
