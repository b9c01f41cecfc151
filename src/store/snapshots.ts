import type { Database } from './database.js'

/** Copies of the state, in memory. */
export type SnapshotStore = ReturnType<typeof createSnapshotStore>

/**
 * Keeps copies of tables in an attached database in memory, until the connection is closed.
 * @param tables parents before their children: filling them in this order breaks no reference
 */
export function createSnapshotStore({ sql, write }: Database, tables: readonly string[]) {
  const columns = new Map<string, string>()
  let last = 0

  /** Runs before the first copy: most sandboxes never take one. */
  const prepare = () => {
    sql.exec(`ATTACH ':memory:' AS snapshots`)
    sql.pragma('snapshots.auto_vacuum = FULL') // frees the memory of removed copies
    for (const table of tables) {
      const listed = sql.pragma(`table_info(${table})`) as { name: string }[] // without generated columns
      columns.set(table, listed.map(({ name }) => `"${name}"`).join(', '))
    }
  }
  const copyOf = (table: string, id: number) => `snapshots."${id}_${table}"`
  const each = (statement: (table: string, columns: string) => string) =>
    void sql.exec([...columns].map(([table, listed]) => statement(table, listed)).join(';\n'))

  return {
    /** Copies the tables. @returns the id of the copy, which is never reused */
    take(): number {
      if (columns.size === 0) prepare()
      const id = ++last
      write(() => each((table, listed) => `CREATE TABLE ${copyOf(table, id)} AS SELECT ${listed} FROM main.${table}`))
      return id
    },
    /** Fills the empty tables from a copy, within the transaction that emptied them. */
    restore: (id: number): void =>
      each((table, listed) => `INSERT INTO main.${table} (${listed}) SELECT ${listed} FROM ${copyOf(table, id)}`),
    /** Fills the empty tables of another database from a copy. */
    copyTo(id: number, { sql: other, write: writeOther }: Database): void {
      writeOther(() => {
        for (const [table, listed] of columns) {
          const marks = listed.replace(/[^,]+/g, '?')
          const insert = other.prepare(`INSERT INTO ${table} (${listed}) VALUES (${marks})`)
          const rows = sql.prepare<[], unknown[]>(`SELECT ${listed} FROM ${copyOf(table, id)}`).raw()
          for (const row of rows.iterate()) insert.run(...row)
        }
      })
    },
    remove: (id: number): void => write(() => each(table => `DROP TABLE ${copyOf(table, id)}`))
  }
}
