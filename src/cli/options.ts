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

/** Options that cannot be used. Its message has a line for every one of them. */
export class OptionsInvalid extends Error {
  constructor(problems: string[]) {
    super(problems.join('\n'))
    this.name = 'OptionsInvalid'
  }
}

/**
 * Reads the options of `serve`: a flag stands above the environment, and the environment above the default.
 * @throws OptionsInvalid with every problem
 */
export function readServeOptions(flags: Flags, environment: Environment): ServeOptions {
  const { values, given, problems } = readTable(SERVE_OPTIONS, flags, environment)
  const isSetting = ([name]: [string, unknown]) => name in DEFAULT_SETTINGS
  const options: Record<string, unknown> = Object.fromEntries(Object.entries(values).filter(row => !isSetting(row)))
  const settings = Object.fromEntries(Object.entries(values).filter(row => isSetting(row) && given.has(row[0])))
  if ((options.tlsCert === undefined) !== (options.tlsKey === undefined)) {
    problems.push('--tls-cert and --tls-key belong together: give both, or neither.')
  }
  if (options.tls === true && options.tlsCert !== undefined) {
    problems.push('--tls makes a certificate, --tls-cert brings one: give one of the two.')
  }
  if (problems.length > 0) throw new OptionsInvalid(problems)
  return { ...options, settings } as ServeOptions // every row of the table was read and checked above
}

/**
 * Reads any table of settings by the same rules.
 * @throws OptionsInvalid with every problem
 */
export function readOptions<T extends Table>(table: T, flags: Flags, environment: Environment): ValuesOf<T> {
  const { values, problems } = readTable(table, flags, environment)
  if (problems.length > 0) throw new OptionsInvalid(problems)
  return values as ValuesOf<T> // every row of the table was read and checked above
}

/** The environment names that begin like ours but are none: most likely mistyped. */
export const unknownNames = (environment: Environment): string[] => {
  const known = new Set([...Object.values(SERVE_OPTIONS), ...Object.values(CLIENT_OPTIONS)].map(environmentName))
  return Object.keys(environment).filter(name => name.startsWith(ENVIRONMENT_PREFIX) && !known.has(name))
}

/** What a schema may say of itself. */
interface Said {
  enum?: unknown[]
  minimum?: number
  maximum?: number
  description?: string
}

/** What a value has to be, in words: `a whole number from 0 to 65535`, `one of normal, full`. */
export function describeType(type: TSchema): string {
  // TypeBox keeps options beside what it knows.
  const { enum: values, minimum, maximum, description } = type as Said
  if (values) return `one of ${values.join(', ')}`
  if (minimum !== undefined) return `a whole number from ${minimum} to ${maximum}`
  if (Reflect.get(type, 'type') === 'boolean') return 'true or false'
  if (Reflect.get(type, 'pattern') === undefined) return 'a text that is not empty'
  return description === undefined ? 'a text without spaces' : describePattern(description)
}

/** How a description says what a text looks like: `For example 1.` becomes `a text such as 1`. */
const describePattern = (description: string): string => {
  const [, example] = /^For example (.*)\.$/.exec(description) ?? []
  return example === undefined ? `as described: ${description.replace(/\.$/, '')}` : `a text such as ${example}`
}

/** How a setting is named in messages: an option with its dashes, an argument as the help shows it. */
export const writtenName = (setting: OptionRow): string => (isArgument(setting) ? setting.flag : `--${setting.flag}`)

/** Every value of a table, the names of those that somebody gave, and a line for each that cannot be used. */
function readTable(table: Table, flags: Flags, environment: Environment) {
  const problems: string[] = []
  const values: Record<string, unknown> = {}
  const given = new Set<string>()
  for (const [name, setting] of Object.entries(table)) {
    const read = readOption(name, setting, flags, environment, problems)
    values[name] = read.value
    if (read.given) given.add(name)
  }
  return { values, given, problems }
}

function readOption(
  name: string,
  setting: OptionRow,
  flags: Flags,
  environment: Environment,
  problems: string[]
): { value: unknown; given: boolean } {
  const fromFlag = flags[name]
  const fromEnvironment = environment[environmentName(setting)] || undefined // compose gives '' for what is not set
  const sent = fromFlag ?? fromEnvironment
  if (sent === undefined) {
    if (setting.needed) problems.push(`${writtenName(setting)} is missing. ${setting.meaning}`)
    return { value: setting.repeatable ? [setting.default ?? []].flat() : setting.default, given: false }
  }
  const source = fromFlag === undefined ? environmentName(setting) : writtenName(setting)
  const texts = Array.isArray(sent) ? sent : setting.repeatable ? String(sent).split(',') : [String(sent)]
  const values = texts.map(written => {
    const text = written.trim() // a Windows shell keeps the space of `set NAME=value && …`
    const value = convert(text, setting.type)
    const expected = Compile(setting.type).Check(value) ? setting.check?.(text) : describeType(setting.type)
    if (expected !== undefined) problems.push(`${source} must be ${expected}; got ${shown(setting, text)}.`)
    return value
  })
  return { value: setting.repeatable ? values : values[0], given: true }
}

/** A text as the value that it may stand for; the schema judges it afterwards. */
function convert(text: string, type: TSchema): unknown {
  const { type: kind, enum: values } = type as { type?: string; enum?: unknown[] }
  if (kind === 'boolean')
    return /^(?:true|1|yes|on)$/i.test(text) ? true : /^(?:false|0|no|off)$/i.test(text) ? false : text
  if (kind === 'integer') return /^\d+$/.test(text) ? Number(text) : text
  return values?.find(value => String(value) === text) ?? text
}

/** What came, as far as it cannot be a secret: URLs may hold a password. */
const shown = ({ secret }: OptionRow, text: string): string =>
  secret ? 'another' : JSON.stringify(text.replace(/:.*@/s, '://…@'))
