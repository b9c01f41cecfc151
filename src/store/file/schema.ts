import { createHash } from 'node:crypto'
import BetterSqlite3 from 'better-sqlite3'
import type { Migration } from '../migrations.js'

/**
 * The newest schema version and the fingerprint of its tables, which spare a start the migration of an empty database to
 * compare with. A test prints what to write here after a new migration.
 */
export const NEWEST = { version: 11, fingerprint: 'f25c32277e2adb48c0f0bddaa0a8bf65cb913e81e7ca6f78ddce7d44fbc50538' }

/** The tables, indexes and triggers of a database: their SQL by name. */
type Schema = Map<string, { type: string; text: string }>

/**
 * Compares the tables, indexes and triggers of a database with those that the migrations up to its version create. Others,
 * which a user has added, are allowed, unless a pending migration creates one of that name.
 * @returns what differs; undefined when nothing does
 */
export function findSchemaProblem(sql: BetterSqlite3.Database, migrations: readonly Migration[]): string | undefined {
  const version = Number(sql.pragma('user_version', { simple: true }))
  const found = readSchema(sql)
  if (version === NEWEST.version && fingerprintOf(found) === NEWEST.fingerprint) return undefined
  const { then, newest } = createSchemas(migrations, version)
  for (const [name, { type, text }] of then) {
    const one = found.get(name)
    if (one === undefined) return `its ${type} ${name} is missing, which version ${version} of the schema has`
    if (one.text !== text) return `its ${one.type} ${name} is not that of version ${version} of the schema`
  }
  for (const name of newest.keys()) {
    if (found.has(name) && !then.has(name)) return `it has ${name}, which version ${version} of the schema has not`
  }
  return undefined
}

/** The fingerprint of the tables, indexes and triggers of a database. */
export const fingerprintOf = (schema: Schema): string =>
  createHash('sha256')
    .update(JSON.stringify([...schema]))
    .digest('hex')

/** Reads the tables, indexes and triggers of a database, in the order of their names. */
export function readSchema(sql: BetterSqlite3.Database): Schema {
  const rows = sql
    .prepare<[], { name: string; type: string; sql: string }>(
      "SELECT name, type, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"
    )
    .all()
  return new Map(rows.map(({ name, type, sql }) => [name, { type, text: normalised(sql) }]))
}

/** Without white space and quotation marks, which versions of SQLite set differently when a table is renamed. */
const normalised = (text: string): string => text.replace(/[\s"]+/g, '')

/** The schema after a version, and after all migrations. */
function createSchemas(migrations: readonly Migration[], version: number): { then: Schema; newest: Schema } {
  const sql = new BetterSqlite3(':memory:')
  try {
    for (const migration of migrations) if (migration.version <= version) sql.exec(migration.sql)
    const then = readSchema(sql)
    for (const migration of migrations) if (migration.version > version) sql.exec(migration.sql)
    return { then, newest: readSchema(sql) }
  } finally {
    sql.close()
  }
}
