import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { PACKAGE_ROOT } from '../package.js'

/** One step of the schema: `migrations/NNNN-name.sql`. Its number is the schema version after it. */
export interface Migration {
  version: number
  name: string
  sql: string
}

/** The folder of migrations. */
export const MIGRATIONS_FOLDER = join(PACKAGE_ROOT, 'migrations')

/**
 * Reads the migrations of a folder, in order.
 * @throws Error when their numbers are not 1, 2, 3, …
 */
export function readMigrations(folder: string = MIGRATIONS_FOLDER): Migration[] {
  const names = readdirSync(folder)
    .filter(name => /^\d{4}-[a-z0-9-]+\.sql$/.test(name))
    .sort()
  return names.map((name, index) => {
    const version = Number(name.slice(0, 4))
    if (version !== index + 1) {
      throw new Error(`Expected migration ${index + 1} in ${folder}, found ${name}: number them without gaps.`)
    }
    return { version, name, sql: readFileSync(join(folder, name), 'utf8') }
  })
}
