import type { DirectoryIndex } from '../domain/fixtures/check.js'
import { FixtureInvalid, readFixture, readFixtures } from '../domain/fixtures/read.js'
import type { Problem } from '../schema/error.js'
import { findSyntaxError, fixtureFiles, type Position, readFixtureText } from './fixture-files.js'
import { OptionsInvalid } from './options.js'

/** A fixture file that was read: its text and its value. */
export interface ReadFixture {
  name: string
  text: string
  document: unknown
}

/** A file that cannot be read, or that is not JSON, as a line of text. */
export interface UnreadableFixture {
  file: string
  text: string
  /** Where it stops being JSON; absent where it cannot be read. */
  position?: Position & { message: string }
}

/** Reads all files that names stand for, also where some cannot be read. Names are those of packaged fixtures, files, folders. */
export async function readFixtureTexts(
  names: readonly string[]
): Promise<{ files: ReadFixture[]; problems: UnreadableFixture[] }> {
  const files: ReadFixture[] = []
  const problems: UnreadableFixture[] = []
  for (const name of names) {
    const found = attempt(name, problems, () => fixtureFiles(name, ''))
    for (const file of found ?? []) {
      const text = attempt(file.name, problems, () => readFixtureText(file, ''))
      if (text === undefined) continue
      try {
        files.push({ name: file.name, text, document: JSON.parse(text) })
      } catch {
        const position = await findSyntaxError(text)
        const { message, line, column } = position
        const problem = `${file.name}: it is not JSON: ${message} at line ${line}, column ${column}.`
        problems.push({ file: file.name, text: problem, position })
      }
    }
  }
  return { files, problems }
}

/**
 * The problems of fixtures that are merged in order, each with the index of its fixture.
 * @param isComplete whether references are checked, too
 * @param directory what they are merged into
 */
export function problemsOfFixtures(
  files: readonly Pick<ReadFixture, 'document'>[],
  isComplete: boolean,
  directory?: DirectoryIndex
): (Problem & { index: number })[] {
  if (!isComplete)
    return files.flatMap(({ document }, index) => {
      const read = readFixture(document)
      return 'problems' in read ? read.problems.map(problem => ({ ...problem, index })) : []
    })
  try {
    const sources = files.map(({ document }, index) => ({ name: String(index), document }))
    readFixtures(sources, directory)
    return []
  } catch (error) {
    if (!(error instanceof FixtureInvalid)) throw error
    return error.problems.map(({ fixture, ...problem }) => ({ ...problem, index: Number(fixture) }))
  }
}

/** The result of reading; undefined when it fails, which is added to the problems. */
function attempt<T>(file: string, problems: UnreadableFixture[], read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof OptionsInvalid)) throw error
    problems.push({ file, text: error.message })
    return undefined
  }
}
