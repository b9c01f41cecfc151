import type { OptionRow } from '../config.js'
import { type Argument, type Command, isArgument } from './command.js'
import { describeType } from './options.js'

/** The text below the options of a command's `--help`: notes, examples and exit codes. */
export function renderHelp({ notes = [], examples, exits }: Command): string {
  const parts = [
    ...notes.map(wrap),
    `Examples:\n${examples.map(line => `  ${line}`).join('\n')}`,
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

/** Breaks a paragraph into lines of at most 80 characters. */
const wrap = (paragraph: string): string => paragraph.replace(/(.{1,80})(?: |$)/g, '$1\n').trimEnd()
