import type { TSchema } from 'typebox'
import type { Validator } from 'typebox/schema'
import { Settings } from 'typebox/system'
import type { Problem } from '../schema/error.js'

export type { Problem } from '../schema/error.js'

/** What the schema has against one place of a document. */
export interface SchemaViolation {
  keys: string[]
  keyword: string
  message: string
  /** What stood there instead; undefined where nothing did. */
  came?: string
}

/** A schema, ready to judge documents. */
export interface SchemaCheck {
  schema: TSchema
  validator: Validator
  /** What a document is called in messages: "a fixture". */
  name: string
  /** Whether what stands at a place must never be repeated. */
  isSecret?: (keys: string[]) => boolean
}

/** Everything that a schema has against a document. */
export const violationsOf = (form: SchemaCheck, document: unknown): SchemaViolation[] =>
  allErrors(form.validator, document).flatMap(error => violationsOfError(error, document, form))

/** The same as problems, one a place: the first violation; of a union, what each of its branches wants. */
export function problemsOf(violations: SchemaViolation[]): Problem[] {
  const places = new Map<string, SchemaViolation[]>()
  for (const violation of violations) {
    const path = printPath(violation.keys)
    places.set(path, [...(places.get(path) ?? []), violation])
  }
  return [...places].map(([path, of]) => sum(path, of))
}

/** What stands at a place of a document. */
export const valueAt = (document: unknown, keys: string[]): unknown =>
  keys.reduce<unknown>((value, key) => Reflect.get(Object(value), key), document)

type SchemaError = ReturnType<Validator['Errors']>[1][number]

/** The validator stops at eight errors, unless it is told otherwise. */
function allErrors(validator: Validator, document: unknown): SchemaError[] {
  const { maxErrors } = Settings.Get()
  Settings.Set({ maxErrors: Number.MAX_SAFE_INTEGER })
  try {
    return validator.Errors(document)[1]
  } finally {
    Settings.Set({ maxErrors })
  }
}

function violationsOfError(
  { keyword, instancePath, schemaPath, params, message }: SchemaError,
  document: unknown,
  { schema, name, isSecret = () => false }: SchemaCheck
): SchemaViolation[] {
  const keys = instancePath
    .split('/')
    .slice(1)
    .map(key => key.replaceAll('~1', '/').replaceAll('~0', '~'))
  const listed = (parameter: string): unknown[] => [Reflect.get(params, parameter)].flat()
  const members = (parameter: string, message: string): SchemaViolation[] =>
    listed(parameter).map(member => ({ keys: [...keys, String(member)], keyword, message }))
  const here = (message: string): SchemaViolation[] => [
    { keys, keyword, message, came: show(valueAt(document, keys), isSecret(keys)) }
  ]
  switch (keyword) {
    case 'boolean':
      return [] // the companion of additionalProperties, which names the member
    case 'additionalProperties':
      return members('additionalProperties', `is not a member that ${name} has here`)
    case 'required':
      return members('requiredProperties', 'is missing')
    case 'enum':
      return here(`must be one of ${listed('allowedValues').map(printValue).join(', ')}`)
    case 'pattern':
      return here(formOf(schema, String(Reflect.get(params, 'pattern')), schemaPath))
    default:
      return here(message)
  }
}

function sum(path: string, violations: SchemaViolation[]): Problem {
  const isUnion = violations.some(({ keyword }) => keyword === 'anyOf')
  const wanted = isUnion ? violations.filter(({ keyword }) => keyword !== 'anyOf') : violations.slice(0, 1)
  const message = wanted.map(({ message }) => message).join(' or ')
  const came = violations[0]?.came
  return { path, message: came === undefined ? message : `${message}; got ${came}` }
}

const printPath = (keys: string[]): string => `$${keys.map(printKey).join('')}`

function printKey(key: string): string {
  if (/^\d+$/.test(key)) return `[${key}]`
  return /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`
}

/** What stood at a place. Of a secret only its kind. */
function show(value: unknown, isSecret: boolean): string {
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'object' && value !== null) return 'an object'
  return isSecret && value !== null ? 'a secret' : printValue(value)
}

function printValue(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  const shown = text.replace(/\/\/[^/@]*@/, '//…@') // what stands before the @ of a URL is secret, too
  return shown.length > 60 ? `${shown.slice(0, 60)}…` : shown
}

/** What a text has to look like: its pattern while that can be read, and what the schema says of it. */
function formOf(schema: TSchema, pattern: string, schemaPath: string): string {
  const description: unknown = Reflect.get(Object(valueAt(schema, schemaPath.split('/').slice(1))), 'description')
  const said = typeof description === 'string' ? description.replace(/\.$/, '') : undefined
  if (said === undefined) return `must match ${pattern}`
  return pattern.length > 60 ? `must have the form of its kind: ${said}` : `must match ${pattern}: ${said}`
}
