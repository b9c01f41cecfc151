import { dirname } from 'node:path'
import { FixtureInvalid, type FixtureSource } from '../../domain/fixtures/read.js'
import { packagedFixtureFile, readPackagedFixture } from '../../package.js'
import { type FixtureFile, fixtureFiles, readJsonFile } from '../fixture-files.js'
import { OptionsInvalid } from '../options.js'
import { createFileContents } from './file-contents.js'
import type { ReadOptions } from './settings-file.js'

/** Names of fixtures as they were given, and the folder in which relative ones begin. */
export interface FixtureNames {
  names: readonly string[]
  folder: string
  /** Goes before a name in messages. */
  label: string
}

/** The fixtures that options name. Those of the settings file are relative to its folder. */
export const fixtureNames = ({ options, file }: ReadOptions): FixtureNames =>
  file !== undefined && options.origins.fixtures === 'file'
    ? { names: options.fixtures, folder: dirname(file.path), label: `${file.name}: $.fixture ` }
    : { names: options.fixtures, folder: '.', label: '--fixture ' }

/** Fixtures that were read, or what is wrong with their files. */
export type FixturesRead = { sources: FixtureSource[] } | { problems: { name: string; message: string }[] }

/** The fixtures of a start, which can be read again. */
export interface StartFixtures {
  /** Reads fixtures. A file with the same content as before has the same document. */
  read(names?: FixtureNames): Promise<FixturesRead>
  /** Reads those in use. @throws OptionsInvalid with the problems of every file */
  readAtStart(): Promise<FixtureSource[]>
  /** Reads those in use again, for a reset. @throws FixtureInvalid with the problems of every file */
  readAgain(): Promise<FixtureSource[]>
  /** Uses others from now on. */
  use(names: FixtureNames): void
}

/** @param initial those in use */
export function createStartFixtures(initial: FixtureNames): StartFixtures {
  let current = initial
  const contents = createFileContents()
  const documents = new WeakMap<Uint8Array, { document: unknown }>()
  const packaged = new Map<string, FixtureSource>() // these never change

  const readFile = async (file: FixtureFile): Promise<FixtureSource> => {
    const bytes = read(contents, file.path)
    const known = bytes && documents.get(bytes)
    const document = known ? known.document : await readJsonFile(file, '', bytes && (() => bytes))
    if (bytes) documents.set(bytes, { document })
    return { name: file.name, document }
  }

  const findPackaged = (name: string): FixtureSource | undefined => {
    if (!packaged.has(name) && packagedFixtureFile(name) !== undefined)
      packaged.set(name, { name, document: readPackagedFixture(name) })
    return packaged.get(name)
  }

  const readAll = async ({ names, folder }: FixtureNames): Promise<FixturesRead> => {
    const sources: FixtureSource[] = []
    const problems: { name: string; message: string }[] = []
    const attempt = async <T>(name: string, act: () => T | Promise<T>): Promise<T | undefined> => {
      try {
        return await act()
      } catch (error) {
        if (!(error instanceof OptionsInvalid)) throw error
        problems.push({ name, message: error.message.slice(name.length + 2).replace(/\.$/, '') }) // without the name
      }
    }
    for (const name of names) {
      const known = findPackaged(name)
      if (known) sources.push(known)
      const files = known ? [] : await attempt(name, () => fixtureFiles(name, '', folder))
      for (const file of files ?? []) {
        const source = await attempt(file.name, () => readFile(file))
        if (source) sources.push(source)
      }
    }
    return problems.length > 0 ? { problems } : { sources }
  }

  return {
    read: (names = current) => readAll(names),
    async readAtStart() {
      const found = await readAll(current)
      if ('sources' in found) return found.sources
      throw new OptionsInvalid(found.problems.map(({ name, message }) => `${current.label}${name}: ${message}.`))
    },
    async readAgain() {
      const found = await readAll(current)
      if ('sources' in found) return found.sources
      const problems = found.problems.map(({ name, message }) => ({ name, message: message.replace(/^it /, '') }))
      throw new FixtureInvalid(problems.map(({ name, message }) => ({ fixture: name, path: '$', message })))
    },
    use(names) {
      current = names
    }
  }
}

/** The bytes of a file; undefined when it cannot be read, for a reason that the reading of its text reports. */
function read(contents: (path: string) => Uint8Array, path: string): Uint8Array | undefined {
  try {
    return contents(path)
  } catch {
    return undefined
  }
}
