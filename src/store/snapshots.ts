import type { Database } from './database.js'

/** Copies of the state, in memory. */
export type SnapshotStore = ReturnType<typeof createSnapshotStore>

/**
 * Keeps copies of tables beside the database. They go when it closes.
 * @param tables parents before their children, so that filling them in this order breaks no reference
 */
export function createSnapshotStore({ sql, write }: Database, tables: readonly string[]) {
  const columns = new Map<string, string>()
  let last = 0

  /** Done when the first one is taken: most emulators never take any. */
  const prepare = () => {
    sql.exec(`ATTACH ':memory:' AS snapshots`)
    sql.pragma('snapshots.auto_vacuum = FULL') // what is removed gives its memory back
    for (const table of tables) {
      const listed = sql.pragma(`table_info(${table})`) as { name: string }[] // generated columns are not among them
      columns.set(table, listed.map(({ name }) => `"${name}"`).join(', '))
    }
  }
  const copyOf = (table: string, id: number) => `snapshots."${id}_${table}"`
  const each = (statement: (table: string, columns: string) => string) =>
    void sql.exec([...columns].map(([table, listed]) => statement(table, listed)).join(';\n'))

  return {
    /** Copies the tables as they are. @returns an id of the copy, which is not given again */
    take(): number {
      if (columns.size === 0) prepare()
      const id = ++last
      write(() => each((table, listed) => `CREATE TABLE ${copyOf(table, id)} AS SELECT ${listed} FROM main.${table}`))
      return id
    },
    /** Fills the tables, which are empty, from a copy. Within the transaction of whoever emptied them. */
    restore: (id: number): void =>
      each((table, listed) => `INSERT INTO main.${table} (${listed}) SELECT ${listed} FROM ${copyOf(table, id)}`),
    remove: (id: number): void => write(() => each(table => `DROP TABLE ${copyOf(table, id)}`))
  }
}
