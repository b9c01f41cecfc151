import type { Node, ParseError } from 'jsonc-parser'
import { Compile } from 'typebox/schema'
import { nearestName } from '../../domain/near-text.js'
import type { OptionRow } from '../../option-table.js'
import { positionAt } from '../fixture-files.js'
import { describeType, type FileOptions, printable } from '../options.js'
import { FILE_MEMBERS } from './settings-schema.js'

/**
 * Checks the text of a settings file: JSON with comments and trailing commas.
 * @param file its name, for messages
 * @returns the values without a problem, and a line for each problem: `file:line:column: path message`
 */
export async function checkSettings(file: string, text: string): Promise<FileOptions> {
  const problems: string[] = []
  const values: Record<string, unknown> = {}
  const report = (offset: number, message: string) => {
    const { line, column } = positionAt(text, offset)
    problems.push(`${file}:${line}:${column}: ${message}.`)
  }
  const tree = await parseSettings(text, report)
  const seen = new Map<string, number>()
  for (const { children: [key, value] = [] } of tree?.children ?? []) {
    if (key === undefined || value === undefined) continue // the tree of a text without syntax errors has both
    const member = String(key.value)
    const path = `$${/^[A-Za-z_$][\w$]*$/.test(member) ? `.${member}` : `[${shorten(JSON.stringify(member))}]`}`
    const first = seen.get(member)
    if (first !== undefined) report(key.offset, `${path} is stated twice; the first is in line ${first}`)
    else seen.set(member, positionAt(text, key.offset).line)
    const known = FILE_MEMBERS.get(member)
    if (member === '$schema') {
      if (value.type !== 'string') report(value.offset, `${path} must be a text; got ${print(value, text)}`)
    } else if (known === undefined) report(key.offset, `${path} ${explainUnknown(member)}`)
    else if (checkMember(path, known.row, value, text, report)) values[known.name] = readValue(known.row, value)
  }
  return { values, problems }
}

type Report = (offset: number, message: string) => void

async function parseSettings(text: string, report: Report): Promise<Node | undefined> {
  const { parseTree, printParseErrorCode } = await import('jsonc-parser')
  if (text.trim() === '') return void report(0, 'it is empty; {} states no option')
  const errors: ParseError[] = []
  try {
    const tree = parseTree(text, errors, { allowTrailingComma: true })
    const [error] = errors
    if (error) return void report(error.offset, `it is not JSON: ${wordsOf(printParseErrorCode(error.error))}`)
    if (tree?.type === 'object') return tree
    return void report(tree?.offset ?? 0, `$ must be an object; got ${tree ? print(tree, text) : 'nothing'}`)
  } catch (error) {
    if (error instanceof RangeError) return void report(0, 'it is nested too deeply') // the parser's stack
    throw error
  }
}

/** `CommaExpected` as `comma expected`. */
const wordsOf = (code: string): string =>
  code
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .replace('symbol', 'word or character')

function explainUnknown(member: string): string {
  if (member === 'config') return 'cannot be stated in the file: give --config, or UAPI_EMULATOR_CONFIG'
  const names = [...FILE_MEMBERS.keys()]
  const nearest = nearestName(member.replace(/^UAPI_EMULATOR_|^--/, ''), names)
  return nearest === undefined
    ? `is no option; the options are ${names.join(', ')}`
    : `is no option; the nearest is ${nearest}`
}

/** Reports what is wrong with a value. @returns whether nothing is */
function checkMember(path: string, row: OptionRow, value: Node, text: string, report: Report): boolean {
  const isList = row.repeatable && value.type === 'array'
  const items = isList ? (value.children ?? []) : [value]
  const problems = items.flatMap((item, index) => {
    const expected = expectationOf(row, item)
    return expected === undefined ? [] : { item, expected, path: isList ? `${path}[${index}]` : path }
  })
  for (const { item, expected, path } of problems) {
    const form = row.repeatable && !isList ? `${expected}, or a list of such` : expected
    report(
      item.offset,
      `${path} must be ${form}; got ${row.secret ? 'a value that is not printed' : print(item, text)}`
    )
  }
  if (items.length > 0 || row.default === undefined) return problems.length === 0
  report(value.offset, `${path} must have at least one item; leave it out for the default`)
  return false
}

/** What a value must be; undefined when it is. */
function expectationOf(row: OptionRow, { type, value }: Node): string | undefined {
  if (!Compile(row.type).Check(type === 'array' || type === 'object' ? {} : value)) return describeType(row.type)
  if (typeof value !== 'string') return undefined
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return /[\u0000-\u001F\u007F]/.test(value) ? 'a text without control characters' : row.check?.(value)
}

const readValue = ({ repeatable }: OptionRow, node: Node): unknown => {
  const value: unknown = node.children ? node.children.map(item => item.value) : node.value
  return repeatable ? [value].flat() : value
}

/** A value as it is written, without credentials of URLs. */
function print({ type, offset, length, value }: Node, text: string): string {
  if (type === 'array') return 'a list'
  if (type === 'object') return 'an object'
  return shorten(typeof value === 'string' ? printable({}, value) : text.slice(offset, offset + length))
}

const shorten = (text: string): string => (text.length > 60 ? `${text.slice(0, 60)}…` : text)
