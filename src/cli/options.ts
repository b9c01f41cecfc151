import type { TSchema } from 'typebox'
import { Compile } from 'typebox/schema'
import { SERVE_OPTIONS, type ServeOptions } from '../config.js'
import { allowedOriginsProblem } from '../domain/allowed-origins.js'
import { seedProblem } from '../domain/control-token.js'
import {
  ENVIRONMENT_PREFIX,
  type Environment,
  environmentName,
  type OptionRow,
  type Origins,
  type Table,
  type ValuesOf
} from '../option-table.js'
import { DEFAULT_SETTINGS } from '../schema/settings.js'
import { CLIENT_OPTIONS } from './client-options.js'
import { type Flags, isArgument } from './command.js'
import { suggest } from './command-line/similar.js'

/** Options that cannot be used. The message has one line for each problem. */
export class OptionsInvalid extends Error {
  constructor(problems: string[]) {
    super(problems.join('\n'))
    this.name = 'OptionsInvalid'
  }
}

/** Values of a settings file that were checked, by the options' names in the code, and a line for each problem. */
export interface FileOptions {
  values: Readonly<Record<string, unknown>>
  problems: readonly string[]
}

const NO_FILE: FileOptions = { values: {}, problems: [] }

/**
 * Reads the options of `serve`. A flag overrides the environment, the environment overrides the settings file, and that
 * overrides the default. `settings` holds only those that were set, so that a fixture can choose the others.
 * @throws OptionsInvalid with every problem
 */
export function readServeOptions(flags: Flags, environment: Environment, file = NO_FILE): ServeOptions {
  const { values, origins, problems } = readTable(SERVE_OPTIONS, flags, environment, file)
  const isSetting = ([name]: [string, unknown]) => name in DEFAULT_SETTINGS
  const options: Record<string, unknown> = Object.fromEntries(Object.entries(values).filter(row => !isSetting(row)))
  const settings = Object.fromEntries(Object.entries(values).filter(row => isSetting(row) && row[0] in origins))
  if ((options.tlsCert === undefined) !== (options.tlsKey === undefined)) {
    problems.push('--tls-cert and --tls-key belong together: give both, or neither.')
  }
  if (options.tls === true && options.tlsCert !== undefined) {
    problems.push('--tls generates a certificate and --tls-cert reads one from a file: give one of the two.')
  }
  const read = { ...options, settings, origins } as ServeOptions // every row of the table was read, and is checked here
  const guessable = seedProblem(read)
  if (guessable !== undefined) problems.push(`--seed: ${guessable}.`)
  const openControl = allowedOriginsProblem(read)
  if (openControl !== undefined) problems.push(`--allowed-origin: ${openControl}.`)
  if (problems.length > 0) throw new OptionsInvalid(problems)
  return read
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

/** The keywords of a type. */
const keywordsOf = (schema: TSchema): Keywords => schema as Keywords // TypeBox keeps them there

/** The values that a type accepts, in words: `a whole number from 0 to 65535`, `one of normal, full`. */
export function describeType(schema: TSchema): string {
  const { type, enum: values, minimum, maximum, pattern, description } = keywordsOf(schema)
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

/** Every value of a table, where those were given that are no defaults, and a line for each problem. */
function readTable(table: Table, flags: Flags, environment: Environment, file = NO_FILE) {
  const problems = [...file.problems]
  const values: Record<string, unknown> = {}
  const origins: Record<string, NonNullable<Origins[string]>> = {}
  for (const [name, row] of Object.entries(table)) {
    const read = readOption(name, row, flags, environment, problems)
    const isInFile = read.origin === undefined && name in file.values
    const origin = isInFile ? 'file' : read.origin
    values[name] = isInFile ? file.values[name] : read.value
    if (origin !== undefined) origins[name] = origin
  }
  return { values, origins, problems }
}

function readOption(
  name: string,
  row: OptionRow,
  flags: Flags,
  environment: Environment,
  problems: string[]
): { value: unknown; origin?: 'flag' | 'environment' } {
  const fromFlag = flags[name]
  const fromEnvironment = environment[environmentName(row)] || undefined // compose sets an unset variable to ''
  const raw = fromFlag ?? fromEnvironment
  if (raw === undefined) {
    if (row.required) problems.push(`${optionLabel(row)} is missing. ${row.meaning}`)
    return { value: row.repeatable ? [row.default ?? []].flat() : row.default }
  }
  const source = fromFlag === undefined ? environmentName(row) : optionLabel(row)
  const texts = Array.isArray(raw) ? raw : row.repeatable ? String(raw).split(',') : [String(raw)]
  const values = texts.map(untrimmed => {
    const text = untrimmed.trim() // a Windows shell keeps the space of `set NAME=value && …`
    const value = convert(text, row.type)
    const expected = Compile(row.type).Check(value) ? row.check?.(text) : describeType(row.type)
    if (expected !== undefined)
      problems.push(`${source} must be ${expected}; got ${printable(row, text)}.${suggestChoice(row, text)}`)
    return value
  })
  return { value: row.repeatable ? values : values[0], origin: fromFlag === undefined ? 'environment' : 'flag' }
}

/** A text as a boolean, an integer or a choice where the schema has one; the schema is checked afterwards. */
function convert(text: string, schema: TSchema): unknown {
  const { type, enum: values } = keywordsOf(schema)
  if (type === 'boolean')
    return /^(?:true|1|yes|on)$/i.test(text) ? true : /^(?:false|0|no|off)$/i.test(text) ? false : text
  if (type === 'integer') return /^\d+$/.test(text) ? Number(text) : text
  return values?.find(value => String(value) === text) ?? text
}

/** The choice that a value most likely misspells, as a sentence. */
const suggestChoice = ({ type }: OptionRow, text: string): string =>
  suggest(
    text,
    (keywordsOf(type).enum ?? []).map(String).filter(choice => choice.length > 2)
  )

/** A value for a message, without secrets: the value of a secret option and the credentials of a URL are left out. */
export const printable = ({ secret }: Pick<OptionRow, 'secret'>, text: string): string =>
  secret
    ? 'a value that is not printed'
    : JSON.stringify(/[:/].*@/s.test(text) ? text.replace(/^(.*?\/\/)?.*@/s, '$1…@') : text)
