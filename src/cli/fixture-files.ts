import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { ParseError } from 'jsonc-parser'
import type { FixtureSource } from '../domain/fixtures/read.js'
import { packagedFixtureFile, packagedFixtureNames } from '../package.js'
import type { Fixture } from '../schema/fixture.js'
import { OptionsInvalid } from './options.js'

/**
 * Reads fixtures: each name is that of a fixture of the package, of a file, or of a folder of files.
 * @param label goes before the name in messages
 * @throws OptionsInvalid when a file is missing, cannot be read or is not JSON
 */
export async function readFixtureFiles(names: string[], label = '--fixture '): Promise<FixtureSource[]> {
  const files = names.flatMap(name => fixtureFiles(name, label))
  return Promise.all(files.map(async file => ({ name: file.name, document: await readJsonFile(file, label) })))
}

/**
 * Resolves the `--fixture` of a client command: to the document of a local file, else to the name itself, for the
 * emulator to resolve. Names of the package's fixtures take precedence over files.
 * @throws OptionsInvalid when the file is not JSON
 */
export async function resolveFixture(name: string | undefined): Promise<string | Fixture | undefined> {
  if (name === undefined || packagedFixtureNames().includes(name)) return name
  if (!existsSync(name) || !statSync(name).isFile()) return name
  const [source] = await readFixtureFiles([name])
  return source?.document as Fixture // the emulator checks it, and answers with its problems
}

/** A file with a fixture: its name in messages, and its path. */
export interface FixtureFile {
  name: string
  path: string
}

/**
 * The files that a name stands for. @param folder a relative path begins there
 * @throws OptionsInvalid when there are none, or the folder cannot be read
 */
export function fixtureFiles(name: string, label: string, folder = '.'): FixtureFile[] {
  const packaged = packagedFixtureFile(name)
  if (packaged !== undefined) return [{ name, path: packaged }]
  const path = resolve(folder, name)
  const files = listFolder(path, `${label}${name}`)
  if (files === undefined) return [{ name, path }]
  const fixtures = files.filter(isFixture).sort()
  if (fixtures.length === 0) throw new OptionsInvalid([`${label}${name}: the folder holds no .json file.`])
  return fixtures.map(file => ({ name: join(name, file), path: join(path, file) }))
}

/** The names in a folder; undefined when the path is that of a file. @throws OptionsInvalid when it cannot be read */
function listFolder(path: string, label: string): string[] | undefined {
  try {
    return statSync(path).isDirectory() ? readdirSync(path) : undefined
  } catch (error) {
    const isMissing = MISSING.includes(String(Reflect.get(Object(error), 'code')))
    const names = packagedFixtureNames().join(', ')
    const problem = isMissing
      ? `there is no such file or folder, and no such name; the names are ${names}`
      : 'it cannot be read'
    throw new OptionsInvalid([`${label}: ${problem}.`])
  }
}

/** Codes of a path that names nothing; a part of it may be a file, or the text may be no path. */
const MISSING = ['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ERR_INVALID_ARG_VALUE']

/** A folder may hold the schema that its fixtures name. */
const isFixture = (file: string): boolean => file.endsWith('.json') && !file.endsWith('.schema.json')

/**
 * The text of a file. @param read reads its bytes
 * @throws OptionsInvalid when it cannot be read, or is not UTF-8
 */
export function readFixtureText({ name, path }: FixtureFile, label: string, read = readBytes): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(read(path))
  } catch (error) {
    throw new OptionsInvalid([
      `${label}${name}: ${error instanceof TypeError ? 'it is not UTF-8' : 'it cannot be read'}.`
    ])
  }
}

/**
 * The value of a JSON file. @param label goes before the name in messages
 * @throws OptionsInvalid when the file cannot be read or is not JSON
 */
export async function readJsonFile(file: FixtureFile, label: string, read = readBytes): Promise<unknown> {
  const text = readFixtureText(file, label, read)
  try {
    return JSON.parse(text)
  } catch {
    const { message, line, column } = await findSyntaxError(text)
    throw new OptionsInvalid([`${label}${file.name}: it is not JSON: ${message} at line ${line}, column ${column}.`])
  }
}

const readBytes = (path: string): Uint8Array => readFileSync(path)

/** A position in a text, line and column counted from 1. */
export interface Position {
  line: number
  column: number
}

/**
 * Finds where a text stops being JSON. The message quotes nothing of the text, unlike that of JSON.parse: it may hold
 * secrets.
 */
export async function findSyntaxError(text: string): Promise<Position & { message: string }> {
  const { parse } = await import('jsonc-parser')
  const errors: ParseError[] = []
  try {
    parse(text, errors, { disallowComments: true })
  } catch (error) {
    if (error instanceof RangeError) return { message: 'nested too deeply', line: 1, column: 1 } // the parser's stack
    throw error
  }
  const offset = errors[0]?.offset ?? text.length
  return { message: offset === text.length ? 'unexpected end' : 'syntax error', ...positionAt(text, offset) }
}

/** The position of a character. @param offset counted from 0 */
export function positionAt(text: string, offset: number): Position {
  const lines = text.slice(0, offset).split('\n')
  return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 }
}
