import { resolve } from 'node:path'
import { withoutAccepted } from '../../domain/comparing/grouping.js'
import { reportOf } from '../../domain/comparing/report.js'
import { problemsOf, violationsOf } from '../../domain/schema-check.js'
import { AcceptedDifferences, type Comparison, isAcceptedDifferences } from '../../schema/recordings/comparison.js'
import { EXIT, type RunContext } from '../command.js'
import { readJsonFile } from '../fixture-files.js'
import { OptionsInvalid } from '../options.js'
import { foldLine } from '../terminal/fold.js'

/**
 * Reads the keys of accepted differences from a file.
 * @throws OptionsInvalid when it cannot be read, is no JSON, or is not what `compare --json` prints
 */
export async function readAccepted(name: string | undefined): Promise<string[]> {
  if (name === undefined) return []
  const value = await readJsonFile({ name, path: resolve(name) }, '--accept ')
  if (isAcceptedDifferences(value)) return [...value.differences.map(({ key }) => key), ...(value.accepted ?? [])]
  const check = { schema: AcceptedDifferences, name: 'a file of accepted differences' }
  const problems = problemsOf(violationsOf(check, value))
  const example = 'It has what `compare --json` prints, or {"differences":[{"key":"…"}]}'
  throw new OptionsInvalid(problems.map(({ path, message }) => `--accept ${name}: ${path} ${message}. ${example}.`))
}

/** Prints a comparison without the accepted differences, and names those that did not occur. @returns the exit code */
export function printComparison(
  compared: Omit<Comparison, 'accepted'>,
  { keys, json, subject }: { keys: readonly string[]; json: boolean; subject: string },
  { out, err, page }: RunContext
): number {
  const { left, accepted, stale } = withoutAccepted(compared.differences, keys)
  const comparison: Comparison = { ...compared, differences: left, accepted }
  if (json) out(`${JSON.stringify(comparison, null, 2)}\n`)
  else
    for (const { depth, text } of reportOf(comparison, subject)) {
      const indent = '  '.repeat(depth)
      out(`${foldLine(text, { width: page.width, first: indent, next: `${indent}  ` })}\n`)
    }
  err(stale.map(key => `An accepted difference did not occur: ${key}\n`).join(''))
  return left.length === 0 ? EXIT.ok : EXIT.notVerified
}
