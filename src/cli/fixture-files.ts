import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { PACKAGE_ROOT } from '../package.js'
import type { FixtureSource } from '../service/read-fixtures.js'
import { jsonMistakeAt } from './json-mistake.js'
import { SettingsInvalid } from './read-settings.js'

/** The fixtures that come with the package. */
const FOLDER = join(PACKAGE_ROOT, 'fixtures')

/**
 * Reads fixtures by the names that `--fixture` gives: one of the package's, a file, or a folder of files.
 * @throws SettingsInvalid when there is none, or it is not JSON
 */
export function readFixtureFiles(names: string[]): FixtureSource[] {
  return names.flatMap(name => filesOf(name)).map(readDocument)
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

function readDocument({ name, path }: File): FixtureSource {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path))
  } catch (error) {
    throw new SettingsInvalid([
      `--fixture ${name}: ${error instanceof TypeError ? 'it is not UTF-8' : 'it cannot be read'}.`
    ])
  }
  const mistake = jsonMistakeAt(text)
  if (mistake === undefined) return { name, document: JSON.parse(text) }
  const lines = text.slice(0, mistake).split('\n')
  const place = `line ${lines.length}, column ${(lines.at(-1)?.length ?? 0) + 1}`
  const what = mistake === text.length ? 'it ends too early' : 'a mistake'
  throw new SettingsInvalid([`--fixture ${name}: it is not JSON: ${what} at ${place}.`])
}
