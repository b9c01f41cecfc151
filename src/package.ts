import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The folder of this package: the one above `src`, and above `dist`, where the program may be one file. */
export const PACKAGE_ROOT: string = join(import.meta.dirname, '..')

/** The version of this package, as its package.json has it. */
export const VERSION: string = JSON.parse(readFileSync(join(PACKAGE_ROOT, 'package.json'), 'utf8')).version

const FIXTURES = join(PACKAGE_ROOT, 'fixtures')

/** The names of the fixtures that come with the package. A schema stands beside them, which is none. */
export const ownFixtureNames = (): string[] =>
  readdirSync(FIXTURES).flatMap(file => /^([\w-]+)\.json$/.exec(file)?.[1] ?? [])

/** The file of a fixture that comes with the package; undefined when none has that name. */
export const ownFixtureFile = (name: string): string | undefined =>
  ownFixtureNames().includes(name) ? join(FIXTURES, `${name}.json`) : undefined

/** The document of a fixture that comes with the package; undefined when none has that name. */
export function readOwnFixture(name: string): unknown {
  const file = ownFixtureFile(name)
  return file === undefined ? undefined : JSON.parse(readFileSync(file, 'utf8'))
}
