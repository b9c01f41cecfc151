import type { Node } from 'jsonc-parser'
import Type from 'typebox'
import { FixtureInvalid, type FixtureSource, readFixtures } from '../../../domain/fixtures/read.js'
import { JSON_OPTION, renderJson } from '../../client-options.js'
import { type Command, EXIT } from '../../command.js'
import { findMistake, fixtureFiles, type Place, placeAt, readFixtureText } from '../../fixture-files.js'
import { readOptions } from '../../options.js'

const OPTIONS = {
  files: {
    argument: true,
    flag: 'file',
    type: Type.String({ minLength: 1 }),
    required: true,
    repeatable: true,
    meaning: 'A file, or a folder of them.'
  },
  ...JSON_OPTION
} as const

/** Something that is wrong with a file, and where it stands in it. */
export interface FileProblem extends Place {
  file: string
  /** A JSON path: `$.users[0].role`; absent where the file is no JSON. */
  path?: string
  message: string
}

export const validate: Command = {
  name: 'validate',
  summary: 'Check fixtures without an emulator: every problem with its line and column.',
  usage: `
Files are checked as they are merged, in their order: a later one may refer to what an earlier one holds.

Examples:
  uapi-emulator validate ./fixtures/orders.json
  uapi-emulator validate ./fixtures --json

Exit codes: 0 no problem, 1 failure, 2 problems, which are printed, a line each, or bad options.`,
  options: OPTIONS,

  async run(flags, context) {
    const { files, json } = readOptions(OPTIONS, flags, {})
    const texts = files
      .flatMap(name => fixtureFiles(name, ''))
      .map(file => ({ name: file.name, text: readFixtureText(file, '') }))
    const problems = await findProblems(texts)
    if (problems.length === 0 && !json) context.out(texts.map(({ name }) => `${name}: no problem\n`).join(''))
    context.out(problems.map(json ? renderJson : renderProblem).join(''))
    return problems.length === 0 ? EXIT.ok : EXIT.usage
  }
}

/** Every problem of files that are merged in their order. Those that are no JSON are said first, and alone. */
export async function findProblems(texts: { name: string; text: string }[]): Promise<FileProblem[]> {
  const sources: FixtureSource[] = []
  const mistakes: FileProblem[] = []
  for (const { name, text } of texts) {
    try {
      sources.push({ name: String(sources.length), document: JSON.parse(text) })
    } catch {
      const { what, line, column } = await findMistake(text)
      mistakes.push({ file: name, line, column, message: `is not JSON: ${what}` })
    }
  }
  if (mistakes.length > 0) return mistakes
  try {
    readFixtures(sources)
    return []
  } catch (error) {
    if (!(error instanceof FixtureInvalid)) throw error
    const { parseTree } = await import('jsonc-parser')
    const trees = texts.map(({ text }) => parseTree(text))
    const problems = error.problems.map(({ fixture, path, message }) => {
      const { name, text } = texts[Number(fixture)] ?? { name: fixture, text: '' }
      return { file: name, ...placeAt(text, offsetOf(trees[Number(fixture)], path)), path, message }
    })
    const order = new Map(texts.map(({ name }, index) => [name, index]))
    const rank = ({ file }: FileProblem) => order.get(file) ?? 0
    return problems.sort((one, other) => rank(one) - rank(other) || one.line - other.line || one.column - other.column)
  }
}

/** A problem as compilers write it. */
export const renderProblem = ({ file, line, column, path, message }: FileProblem): string =>
  `${file}:${line}:${column}: ${path === undefined ? '' : `${path} `}${message}\n`

/** Where what a JSON path names begins: a member at its name. What is not there is looked for in what would hold it. */
function offsetOf(tree: Node | undefined, path: string): number {
  let node = tree
  let offset = tree?.offset ?? 0
  for (const [, name = '', index, quoted] of path.matchAll(/\.([^.[\]]+)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]/g)) {
    const key = quoted === undefined ? name : JSON.parse(quoted)
    const property = node?.children?.findLast(({ children }) => children?.[0]?.value === key)
    const next: Node | undefined = index === undefined ? property?.children?.[1] : node?.children?.[Number(index)]
    if (next === undefined) break
    offset = (index === undefined ? property : next)?.offset ?? offset
    node = next
  }
  return offset
}
