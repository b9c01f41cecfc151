import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import type { ParseError } from 'jsonc-parser'
import { PACKAGE_ROOT } from '../package.js'
import type { FixtureSource } from '../service/read-fixtures.js'
import { SettingsInvalid } from './read-settings.js'

/** The fixtures that come with the package. */
const FOLDER = join(PACKAGE_ROOT, 'fixtures')

/**
 * Reads fixtures by the names that `--fixture` gives: one of the package's, a file, or a folder of files.
 * @throws SettingsInvalid when there is none, or it is not JSON
 */
export async function readFixtureFiles(names: string[]): Promise<FixtureSource[]> {
  return Promise.all(names.flatMap(name => filesOf(name)).map(readDocument))
}

/** The names of the package's fixtures. */
export const fixtureNames = (): string[] =>
  readdirSync(FOLDER)
    .filter(isFixture)
    .map(file => basename(file, '.json'))

interface File {
  name: string
  path: string
}

function filesOf(name: string): File[] {
  const own = join(FOLDER, `${name}.json`)
  if (/^[\w-]+$/.test(name) && existsSync(own)) return [{ name, path: own }]
  const path = resolve(name)
  if (!existsSync(path)) {
    throw new SettingsInvalid([
      `--fixture ${name}: there is no such file or folder, and no such name; the names are ${fixtureNames().join(', ')}.`
    ])
  }
  if (!statSync(path).isDirectory()) return [{ name, path }]
  const files = readdirSync(path).filter(isFixture).sort()
  if (files.length === 0) throw new SettingsInvalid([`--fixture ${name}: the folder holds no .json file.`])
  return files.map(file => ({ name: join(name, file), path: join(path, file) }))
}

/** A schema may stand beside the fixtures that name it. */
const isFixture = (file: string): boolean => file.endsWith('.json') && !file.endsWith('.schema.json')

async function readDocument({ name, path }: File): Promise<FixtureSource> {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path))
  } catch (error) {
    throw new SettingsInvalid([
      `--fixture ${name}: ${error instanceof TypeError ? 'it is not UTF-8' : 'it cannot be read'}.`
    ])
  }
  try {
    return { name, document: JSON.parse(text) }
  } catch {
    throw new SettingsInvalid([`--fixture ${name}: it is not JSON: ${await findMistake(text)}.`])
  }
}

/** Where a text stops being JSON. What the platform says of it repeats a part of the text, which may hold a secret. */
async function findMistake(text: string): Promise<string> {
  const { parse } = await import('jsonc-parser')
  const mistakes: ParseError[] = []
  parse(text, mistakes, { disallowComments: true })
  const offset = mistakes[0]?.offset ?? text.length
  const lines = text.slice(0, offset).split('\n')
  const what = offset === text.length ? 'it ends too early' : 'a mistake'
  return `${what} at line ${lines.length}, column ${(lines.at(-1)?.length ?? 0) + 1}`
}
