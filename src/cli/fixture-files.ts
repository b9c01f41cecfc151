import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { ParseError } from 'jsonc-parser'
import type { FixtureSource } from '../domain/fixtures/read.js'
import { ownFixtureFile, ownFixtureNames } from '../package.js'
import type { Fixture } from '../schema/fixture.js'
import { OptionsInvalid } from './options.js'

/**
 * Reads fixtures by the names that `--fixture` gives: one of the package's, a file, or a folder of files.
 * @param written what stands before the name where it is given, for messages
 * @throws OptionsInvalid when there is none, or it is not JSON
 */
export async function readFixtureFiles(names: string[], written = '--fixture '): Promise<FixtureSource[]> {
  return Promise.all(names.flatMap(name => fixtureFiles(name, written)).map(file => readDocument(file, written)))
}

/** A file of a fixture: how it is called, and where it is. */
export interface FixtureFile {
  name: string
  path: string
}

/** The files that a name stands for. @throws OptionsInvalid when there is none */
export function fixtureFiles(name: string, written: string): FixtureFile[] {
  const own = ownFixtureFile(name)
  if (own !== undefined) return [{ name, path: own }]
  const path = resolve(name)
  if (!existsSync(path)) {
    throw new OptionsInvalid([
      `${written}${name}: there is no such file or folder, and no such name; the names are ${ownFixtureNames().join(', ')}.`
    ])
  }
  if (!statSync(path).isDirectory()) return [{ name, path }]
  const files = readdirSync(path).filter(isFixture).sort()
  if (files.length === 0) throw new OptionsInvalid([`${written}${name}: the folder holds no .json file.`])
  return files.map(file => ({ name: join(name, file), path: join(path, file) }))
}

/** A schema may stand beside the fixtures that name it. */
const isFixture = (file: string): boolean => file.endsWith('.json') && !file.endsWith('.schema.json')

/** The text of a file. @throws OptionsInvalid when it cannot be read as one */
export function readFixtureText({ name, path }: FixtureFile, written: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path))
  } catch (error) {
    throw new OptionsInvalid([
      `${written}${name}: ${error instanceof TypeError ? 'it is not UTF-8' : 'it cannot be read'}.`
    ])
  }
}

async function readDocument(file: FixtureFile, written: string): Promise<FixtureSource> {
  const { name } = file
  const text = readFixtureText(file, written)
  try {
    return { name, document: JSON.parse(text) }
  } catch {
    throw new OptionsInvalid([`${written}${name}: it is not JSON: ${renderMistake(await findMistake(text))}.`])
  }
}

/** Where a text stops being JSON, and what is wrong there. */
export interface Mistake extends Place {
  what: string
}

/** A place in a text, both counted from 1. */
export interface Place {
  line: number
  column: number
}

/** Where a text stops being JSON. What the platform says of it repeats a part of the text, which may hold a secret. */
export async function findMistake(text: string): Promise<Mistake> {
  const { parse } = await import('jsonc-parser')
  const mistakes: ParseError[] = []
  parse(text, mistakes, { disallowComments: true })
  const offset = mistakes[0]?.offset ?? text.length
  return { what: offset === text.length ? 'it ends too early' : 'a mistake', ...placeAt(text, offset) }
}

/** The place of a character. */
export function placeAt(text: string, offset: number): Place {
  const lines = text.slice(0, offset).split('\n')
  return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 }
}

const renderMistake = ({ what, line, column }: Mistake): string => `${what} at line ${line}, column ${column}`

/**
 * What `--fixture` of a client means: a file that is here, as a document, or else a name that the emulator may know. A
 * name of the package's stays a name.
 * @throws OptionsInvalid when the file is not JSON
 */
export async function givenFixture(text: string | undefined): Promise<string | Fixture | undefined> {
  if (text === undefined || ownFixtureNames().includes(text)) return text
  if (!existsSync(text) || !statSync(text).isFile()) return text
  const [source] = await readFixtureFiles([text])
  return source?.document as Fixture // the emulator checks it, and says what is wrong
}
