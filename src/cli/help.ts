import type { OptionRow } from '../option-table.js'
import { type Argument, type Command, isArgument } from './command.js'
import { describeType } from './options.js'
import { foldCommand, foldLine, padTo } from './terminal/fold.js'

/**
 * The text below the options of a command's `--help`: notes, examples and exit codes.
 * @param width columns of a line; Infinity in a pipe, where paragraphs are folded and examples are not
 */
export function renderHelp({ notes = [], examples, exits }: Command, width: number): string {
  const wrap = (paragraph: string) => foldLine(paragraph, { width: Math.min(width, MAX_PARAGRAPH) })
  const parts = [
    ...notes.map(wrap),
    `Examples:\n${examples.map(line => foldCommand(line, { width, indent: 2 })).join('\n')}`,
    wrap(`Exit codes: ${renderExits(exits)}.`)
  ]
  return `\n${parts.join('\n\n')}`
}

/** Exit codes and their meanings: `0 success; 1 failure`. */
export const renderExits = (exits: Command['exits']): string =>
  Object.entries(exits)
    .map(([code, meaning]) => `${code} ${meaning}`)
    .join('; ')

/** An option as it is typed, `--port <number>`; an argument as `<name>`, or `[name]` where it may be left out. */
export function renderSyntax(row: OptionRow | Argument): string {
  const { flag, placeholder, required, repeatable } = row
  if (!isArgument(row)) return `--${flag}${placeholder ? ` <${placeholder}>` : ''}`
  const name = `${flag}${repeatable ? '...' : ''}`
  return required ? `<${name}>` : `[${name}]`
}

/** What an option means, with its choices, its default, and whether it is repeatable or required in parentheses. */
export function renderMeaning({ meaning, ...row }: OptionRow | Argument): string {
  const remarks = renderRemarks(row)
  return remarks === '' ? meaning : `${meaning} (${remarks})`
}

/** The choices and the default of an option, and whether it is repeatable or required; empty for a plain one. */
export function renderRemarks(row: Omit<OptionRow, 'meaning'>): string {
  const { type, placeholder, default: fallback, repeatable, required } = row
  const takesValue = placeholder !== undefined || 'argument' in row
  return [
    ...(takesValue && Reflect.get(type, 'enum') ? [describeType(type)] : []),
    ...(takesValue && fallback !== undefined ? [`default ${fallback}`] : []),
    ...(repeatable ? ['repeatable'] : []),
    ...(required ? ['required'] : [])
  ].join('; ')
}

/** A term and its meaning, beside each other where there is room, as commander lists them. */
export function renderItem(
  { term, termWidth, description }: { term: string; termWidth: number; description: string },
  width: number
): string {
  if (description === '') return `  ${term}`
  const room = width - termWidth - 4
  if (room < MIN_MEANING) return `  ${term}\n${foldLine(description, { width, first: ' '.repeat(6) })}`
  return foldLine(description, { width, first: `  ${padTo(term, termWidth)}  ` })
}

/** The width of a paragraph at most, in columns. */
const MAX_PARAGRAPH = 80

/** The width of a meaning at least beside its term, in columns. */
const MIN_MEANING = 24
