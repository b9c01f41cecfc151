import { readdirSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Absolute path of this package's folder: the parent of `src`, and of `dist` where the program is one file. */
export const PACKAGE_ROOT: string = join(import.meta.dirname, '..')

/** Version of this package, from its package.json. */
export const VERSION: string = JSON.parse(readFileSync(join(PACKAGE_ROOT, 'package.json'), 'utf8')).version

/** Folder of the page as it is built; absent where only the sources are. */
export const PAGE_FOLDER: string = join(PACKAGE_ROOT, 'dist/page')

/** The program of the worker thread for large changes of the state, as it is built. */
export const LARGE_WORK_FILE: string = join(PACKAGE_ROOT, 'dist/lazy/large-work.cjs')

/** Reads an OpenAPI document of the package. @param name `uapi` or `control` */
export const readOpenApiDocument = async (name: string): Promise<unknown> =>
  JSON.parse(await readFile(join(PACKAGE_ROOT, `docs/openapi/${name}.json`), 'utf8'))

/** Reads the requests that `compare --upstream` sends. */
export const readCorpus = async (): Promise<unknown> =>
  JSON.parse(await readFile(join(PACKAGE_ROOT, 'corpus/requests.json'), 'utf8'))

const FIXTURES = join(PACKAGE_ROOT, 'fixtures')

/** Names of the fixtures that come with the package. `fixture.schema.json` beside them is not one. */
export const packagedFixtureNames = (): string[] =>
  readdirSync(FIXTURES).flatMap(file => /^([\w-]+)\.json$/.exec(file)?.[1] ?? [])

/** Path of a fixture that comes with the package; undefined for an unknown name. */
export const packagedFixtureFile = (name: string): string | undefined =>
  packagedFixtureNames().includes(name) ? join(FIXTURES, `${name}.json`) : undefined

/** Parsed document of a fixture that comes with the package; undefined for an unknown name. */
export function readPackagedFixture(name: string): unknown {
  const file = packagedFixtureFile(name)
  return file === undefined ? undefined : JSON.parse(readFileSync(file, 'utf8'))
}
