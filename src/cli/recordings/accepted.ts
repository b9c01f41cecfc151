import { resolve } from 'node:path'
import { problemsOf, violationsOf } from '../../domain/schema-check.js'
import { AcceptedDifferences, isAcceptedDifferences } from '../../schema/recordings/comparison.js'
import { readJsonFile } from '../fixture-files.js'
import { OptionsInvalid } from '../options.js'

/**
 * Reads the keys of accepted differences from a file.
 * @throws OptionsInvalid when it cannot be read, is no JSON, or is not what `compare --json` prints
 */
export async function readAccepted(name: string | undefined): Promise<string[]> {
  if (name === undefined) return []
  const value = await readJsonFile({ name, path: resolve(name) }, '--accept ')
  if (isAcceptedDifferences(value)) return value.differences.map(({ key }) => key)
  const check = { schema: AcceptedDifferences, name: 'a file of accepted differences' }
  const problems = problemsOf(violationsOf(check, value))
  const example = 'It has what `compare --json` prints, or {"differences":[{"key":"…"}]}'
  throw new OptionsInvalid(problems.map(({ path, message }) => `--accept ${name}: ${path} ${message}. ${example}.`))
}
