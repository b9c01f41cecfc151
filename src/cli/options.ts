import type { TSchema } from 'typebox'
import { Compile } from 'typebox/schema'
import {
  ENVIRONMENT_PREFIX,
  environmentName,
  type OptionRow,
  SERVE_OPTIONS,
  type ServeOptions,
  type Table,
  type ValuesOf
} from '../config.js'
import { DEFAULT_SETTINGS } from '../schema/settings.js'
import { CLIENT_OPTIONS } from './client-options.js'
import { type Environment, type Flags, isArgument } from './command.js'

/** Options that cannot be used. The message has one line for each problem. */
export class OptionsInvalid extends Error {
  constructor(problems: string[]) {
    super(problems.join('\n'))
    this.name = 'OptionsInvalid'
  }
}

/**
 * Reads the options of `serve`. A flag overrides the environment, the environment overrides the default. `settings`
 * holds only those that were set, so that a fixture can choose the others.
 * @throws OptionsInvalid with every problem
 */
export function readServeOptions(flags: Flags, environment: Environment): ServeOptions {
  const { values, explicit, problems } = readTable(SERVE_OPTIONS, flags, environment)
  const isSetting = ([name]: [string, unknown]) => name in DEFAULT_SETTINGS
  const options: Record<string, unknown> = Object.fromEntries(Object.entries(values).filter(row => !isSetting(row)))
  const settings = Object.fromEntries(Object.entries(values).filter(row => isSetting(row) && explicit.has(row[0])))
  if ((options.tlsCert === undefined) !== (options.tlsKey === undefined)) {
    problems.push('--tls-cert and --tls-key belong together: give both, or neither.')
  }
  if (options.tls === true && options.tlsCert !== undefined) {
    problems.push('--tls generates a certificate and --tls-cert reads one from a file: give one of the two.')
  }
  if (problems.length > 0) throw new OptionsInvalid(problems)
  return { ...options, settings } as ServeOptions // every row of the table was read and checked above
}

/**
 * Reads the options of any table by the same rules.
 * @throws OptionsInvalid with every problem
 */
export function readOptions<T extends Table>(table: T, flags: Flags, environment: Environment): ValuesOf<T> {
  const { values, problems } = readTable(table, flags, environment)
  if (problems.length > 0) throw new OptionsInvalid(problems)
  return values as ValuesOf<T> // every row of the table was read and checked above
}

/** Environment variables with our prefix that name no option: most likely misspelt. */
export const unknownVariables = (environment: Environment): string[] => {
  const known = new Set([...Object.values(SERVE_OPTIONS), ...Object.values(CLIENT_OPTIONS)].map(environmentName))
  return Object.keys(environment).filter(name => name.startsWith(ENVIRONMENT_PREFIX) && !known.has(name))
}

/** The JSON Schema keywords that are read of an option's type. */
interface Keywords {
  type?: string
  enum?: unknown[]
  minimum?: number
  maximum?: number
  pattern?: string
  description?: string
}

/** The values that a type accepts, in words: `a whole number from 0 to 65535`, `one of normal, full`. */
export function describeType(schema: TSchema): string {
  const { type, enum: values, minimum, maximum, pattern, description } = schema as Keywords // TypeBox keeps them there
  if (values) return `one of ${values.join(', ')}`
  if (minimum !== undefined) return `a whole number from ${minimum} to ${maximum}`
  if (type === 'boolean') return 'true or false'
  if (pattern === undefined) return 'a non-empty text'
  return description === undefined ? 'a text without spaces' : describePattern(description)
}

/** The format that a description gives: `For example 1.` becomes `a text such as 1`. */
const describePattern = (description: string): string => {
  const [, example] = /^For example (.*)\.$/.exec(description) ?? []
  return example === undefined ? `as described: ${description.replace(/\.$/, '')}` : `a text such as ${example}`
}

/** The name of an option in messages: `--port`; an argument as in the help, `name`. */
export const optionLabel = (row: OptionRow): string => (isArgument(row) ? row.flag : `--${row.flag}`)

/** Every value of a table, the names of those that a flag or a variable set, and a line for each problem. */
function readTable(table: Table, flags: Flags, environment: Environment) {
  const problems: string[] = []
  const values: Record<string, unknown> = {}
  const explicit = new Set<string>()
  for (const [name, row] of Object.entries(table)) {
    const read = readOption(name, row, flags, environment, problems)
    values[name] = read.value
    if (read.isExplicit) explicit.add(name)
  }
  return { values, explicit, problems }
}

function readOption(
  name: string,
  row: OptionRow,
  flags: Flags,
  environment: Environment,
  problems: string[]
): { value: unknown; isExplicit: boolean } {
  const fromFlag = flags[name]
  const fromEnvironment = environment[environmentName(row)] || undefined // compose sets an unset variable to ''
  const raw = fromFlag ?? fromEnvironment
  if (raw === undefined) {
    if (row.required) problems.push(`${optionLabel(row)} is missing. ${row.meaning}`)
    return { value: row.repeatable ? [row.default ?? []].flat() : row.default, isExplicit: false }
  }
  const source = fromFlag === undefined ? environmentName(row) : optionLabel(row)
  const texts = Array.isArray(raw) ? raw : row.repeatable ? String(raw).split(',') : [String(raw)]
  const values = texts.map(untrimmed => {
    const text = untrimmed.trim() // a Windows shell keeps the space of `set NAME=value && …`
    const value = convert(text, row.type)
    const expected = Compile(row.type).Check(value) ? row.check?.(text) : describeType(row.type)
    if (expected !== undefined) problems.push(`${source} must be ${expected}; got ${printable(row, text)}.`)
    return value
  })
  return { value: row.repeatable ? values : values[0], isExplicit: true }
}

/** A text as a boolean, an integer or a choice where the schema has one; the schema is checked afterwards. */
function convert(text: string, schema: TSchema): unknown {
  const { type, enum: values } = schema as Keywords
  if (type === 'boolean')
    return /^(?:true|1|yes|on)$/i.test(text) ? true : /^(?:false|0|no|off)$/i.test(text) ? false : text
  if (type === 'integer') return /^\d+$/.test(text) ? Number(text) : text
  return values?.find(value => String(value) === text) ?? text
}

/** A value for a message, without secrets: the value of a secret option and the credentials of a URL are left out. */
const printable = ({ secret }: OptionRow, text: string): string =>
  secret
    ? 'a value that is not printed'
    : JSON.stringify(/[:/].*@/s.test(text) ? text.replace(/^(.*?\/\/)?.*@/s, '$1…@') : text)
