import type { Node } from 'jsonc-parser'
import Type from 'typebox'
import { FixtureInvalid, type FixtureSource, readFixtures } from '../../../domain/fixtures/read.js'
import { JSON_OPTION, renderJson } from '../../client-options.js'
import { type Command, EXIT } from '../../command.js'
import { findSyntaxError, fixtureFiles, type Position, positionAt, readFixtureText } from '../../fixture-files.js'
import { readOptions } from '../../options.js'

const OPTIONS = {
  files: {
    argument: true,
    flag: 'file',
    type: Type.String({ minLength: 1 }),
    required: true,
    repeatable: true,
    meaning: 'File, or folder of files.'
  },
  ...JSON_OPTION
} as const

/** A problem of a fixture, with its position in the file. */
export interface FileProblem extends Position {
  file: string
  /** A JSON path: `$.users[0].role`; absent where the file is not JSON. */
  path?: string
  message: string
}

export const validate: Command = {
  name: 'validate',
  summary: 'Check fixture files, without an emulator',
  notes: [
    'Prints every problem with its line and column. Files are checked in the order given, as they would be merged: a ' +
      'later one may refer to entries of an earlier one.'
  ],
  examples: ['uapi-emulator validate ./fixtures/orders.json', 'uapi-emulator validate ./fixtures --json'],
  exits: { 0: 'no problem', 1: 'failure', 2: 'problems found, or invalid options' },
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

/** Every problem of files that are merged in order; only the syntax errors where a file is not JSON. */
export async function findProblems(texts: { name: string; text: string }[]): Promise<FileProblem[]> {
  const sources: FixtureSource[] = []
  const syntaxErrors: FileProblem[] = []
  for (const { name, text } of texts) {
    try {
      sources.push({ name: String(sources.length), document: JSON.parse(text) })
    } catch {
      const { message, ...position } = await findSyntaxError(text)
      syntaxErrors.push({ file: name, ...position, message: `is not JSON: ${message}` })
    }
  }
  if (syntaxErrors.length > 0) return syntaxErrors
  try {
    readFixtures(sources)
    return []
  } catch (error) {
    if (!(error instanceof FixtureInvalid)) throw error
    const { parseTree } = await import('jsonc-parser')
    const trees = texts.map(({ text }) => parseTree(text))
    const problems = error.problems.map(({ fixture, path, message }) => {
      const { name, text } = texts[Number(fixture)] ?? { name: fixture, text: '' }
      return { file: name, ...positionAt(text, offsetOf(trees[Number(fixture)], path)), path, message }
    })
    const order = new Map(texts.map(({ name }, index) => [name, index]))
    const rank = ({ file }: FileProblem) => order.get(file) ?? 0
    return problems.sort((one, other) => rank(one) - rank(other) || one.line - other.line || one.column - other.column)
  }
}

/** A problem in the format of compilers: `file:line:column: message`. */
const renderProblem = ({ file, line, column, path, message }: FileProblem): string =>
  `${file}:${line}:${column}: ${path === undefined ? '' : `${path} `}${message}\n`

/** The offset of a JSON path: of the name of a member, of an item, or of the nearest parent that exists. */
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
