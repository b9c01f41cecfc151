import type { Node } from 'jsonc-parser'
import Type from 'typebox'
import { JSON_OPTION, renderJson } from '../../client-options.js'
import { type Command, EXIT } from '../../command.js'
import { type Position, positionAt } from '../../fixture-files.js'
import { problemsOfFixtures, type ReadFixture, readFixtureTexts } from '../../fixture-texts.js'
import { readOptions } from '../../options.js'
import { escapeControls } from '../../terminal/escape.js'
import { foldLine } from '../../terminal/fold.js'
import type { Page } from '../../terminal/page.js'

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
    const { files: read, problems: unread } = await readFixtureTexts(files)
    const unreadable = unread.filter(({ position }) => position === undefined)
    const problems = [
      ...unread.flatMap(({ file, position }) =>
        position === undefined ? [] : [{ file, ...position, message: `is not JSON: ${position.message}` }]
      ),
      ...(await findProblems(read, { isComplete: unread.length === 0 }))
    ]
    const isValid = problems.length === 0 && unreadable.length === 0
    const { out, err, page } = context
    if (isValid && !json) out(read.map(({ name }) => `${name}: no problem\n`).join(''))
    out(problems.map(problem => (json ? renderJson(problem) : renderProblem(problem, page))).join(''))
    err(unreadable.map(({ text }) => `${escapeControls(text)}\n`).join(''))
    return isValid ? EXIT.ok : EXIT.usage
  }
}

/**
 * Every problem of files that are merged in order.
 * @param isComplete whether all files could be read: else references may lead to the others, and are not checked
 */
export async function findProblems(
  files: readonly ReadFixture[],
  { isComplete = true }: { isComplete?: boolean } = {}
): Promise<FileProblem[]> {
  const found = problemsOfFixtures(files, isComplete)
  if (found.length === 0) return []
  const { parseTree } = await import('jsonc-parser')
  const trees = files.map(({ text }) => parseTree(text))
  const problems = found.map(({ index, path, message }) => {
    const { name, text } = files[index] ?? { name: '', text: '' }
    return { index, file: name, ...positionAt(text, offsetOf(trees[index], path)), path, message }
  })
  return problems
    .sort((one, other) => one.index - other.index || one.line - other.line || one.column - other.column)
    .map(({ index: _, ...problem }) => problem)
}

/** A problem in the format of compilers: `file:line:column: message`. */
const renderProblem = ({ file, line, column, path, message }: FileProblem, { width }: Page): string => {
  const text = `${file}:${line}:${column}: ${path === undefined ? '' : `${path} `}${message}`
  return `${foldLine(escapeControls(text), { width, next: '  ' })}\n`
}

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
