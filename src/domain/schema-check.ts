import type { TSchema } from 'typebox'
import { ErrorContext, ErrorSchema, Stack } from 'typebox/schema'
import { Locale } from 'typebox/system'
import { MAX_PROBLEMS } from '../schema/body-bounds.js'
import type { Problem } from '../schema/error.js'
import { lazyCheck } from '../schema/lazy-check.js'
import { nearestName } from './near-text.js'

export type { Problem } from '../schema/error.js'

/** One violation of a schema at one place of a document. */
export interface SchemaViolation {
  keys: string[]
  keyword: string
  message: string
  /** The value at that place, printed; undefined where there is none. */
  actual?: string
}

/** A schema, and how messages refer to its documents. */
export interface SchemaCheck {
  schema: TSchema
  /** The name of a document in messages: "a fixture". */
  name: string
  /** Whether the value at a place must not appear in messages. */
  isSecret?: (keys: string[]) => boolean
}

/** The violations of a schema in a document: all of them, or so many of the first that they make more than MAX_PROBLEMS. */
export const violationsOf = (check: SchemaCheck, document: unknown): SchemaViolation[] =>
  errorsOf(check.schema, document).flatMap(error => violationsOfError(error, document, check))

/**
 * The violations as problems, one a place: the first violation; for a union, the violations of all its branches. Where a
 * branch of a union has the type of the value, only its violations count, which are at places within it.
 */
export function problemsOf(violations: SchemaViolation[]): Problem[] {
  const places = new Map<string, SchemaViolation[]>()
  for (const violation of violations) {
    const path = printPath(violation.keys)
    places.set(path, [...(places.get(path) ?? []), violation])
  }
  const parents = new Set(violations.flatMap(({ keys }) => keys.map((_, depth) => printPath(keys.slice(0, depth)))))
  return [...places].flatMap(([path, violations]) => {
    const isOtherBranch = isUnion(violations) && violations.every(({ keyword }) => /^(?:anyOf|type)$/.test(keyword))
    return isOtherBranch && parents.has(path) ? [] : toProblem(path, violations)
  })
}

const isUnion = (violations: SchemaViolation[]): boolean => violations.some(({ keyword }) => keyword === 'anyOf')

/** The value at a place of a document; undefined where there is none. */
export const valueAt = (document: unknown, keys: string[]): unknown =>
  keys.reduce<unknown>((value, key) => Reflect.get(Object(value), key), document)

/** The schema that an error is about, as far as messages are made from it. */
interface SchemaPart {
  const?: unknown
  description?: string
  properties?: object
  minProperties?: number
  maxProperties?: number
}

type SchemaError = ReturnType<ErrorContext['GetErrors']>[number]

/**
 * Collects errors until they are enough. TypeBox's own context stops at eight, a limit that can only be set for the whole
 * process; and it only stops adding: an exception ends its walk over the rest of the document.
 */
class BoundedErrors extends ErrorContext {
  readonly #places = new Set<string>()
  #members = 0 // unknown and missing ones: an error lists several
  #counted = 0

  /** @throws Enough; TypeBox calls it before each value and each error */
  override AtCapacity(): boolean {
    const errors = this.GetErrors()
    for (const { keyword, instancePath, params } of errors.slice(this.#counted)) {
      if (keyword === 'boolean') continue // the error that follows them lists the members
      const { additionalProperties, requiredProperties }: Partial<Record<string, unknown[]>> = Object(params)
      this.#members += (additionalProperties ?? requiredProperties ?? []).length
      this.#places.add(instancePath)
    }
    this.#counted = errors.length
    if (this.#places.size + this.#members > ENOUGH) throw new Enough()
    return false
  }
}

class Enough extends Error {}

/** More than MAX_PROBLEMS, because the places of unions are not listed where there are problems within them. */
const ENOUGH = 4 * MAX_PROBLEMS

function errorsOf(schema: TSchema, document: unknown): SchemaError[] {
  const errors = new BoundedErrors()
  try {
    ErrorSchema(Stack({}, schema), errors, '#', '', schema, withoutValidItems(schema, document))
  } catch (error) {
    if (!(error instanceof Enough)) throw error
  }
  return errors.GetErrors()
}

/**
 * A document for the search of errors, whose long lists have only their first wrong items, at their places: the search
 * takes a hundred times as long as a compiled check, and skips holes.
 */
function withoutValidItems(schema: TSchema, document: unknown): unknown {
  if (typeof document !== 'object' || document === null || Array.isArray(document)) return document
  const { properties = {} }: SchemaPart = schema
  const searched: Record<string, unknown> = { ...document }
  for (const [name, property] of Object.entries<TSchema & { items?: TSchema }>({ ...properties })) {
    const list = searched[name]
    if (!Array.isArray(list) || list.length <= MAX_PROBLEMS || property.items === undefined) continue
    const isValid = lazyCheck(property.items)
    const wrong: unknown[] = []
    let count = 0
    for (let at = 0; at < list.length && count <= ENOUGH; at++) {
      if (isValid(list[at])) continue
      wrong[at] = list[at]
      count += 1
    }
    if (count <= ENOUGH) wrong.length = list.length
    searched[name] = wrong
  }
  return searched
}

function violationsOfError(
  error: SchemaError,
  document: unknown,
  { schema, name, isSecret = () => false }: SchemaCheck
): SchemaViolation[] {
  const { keyword, instancePath, schemaPath, params } = error
  const keys = instancePath
    .split('/')
    .slice(1)
    .map(key => key.replaceAll('~1', '/').replaceAll('~0', '~'))
  const listed = (parameter: string): unknown[] => [Reflect.get(params, parameter)].flat()
  const members = (parameter: string, describe: (member: string, at: number) => string): SchemaViolation[] =>
    listed(parameter)
      .slice(0, MAX_PROBLEMS + 1)
      .map((member, at) => ({ keys: [...keys, String(member)], keyword, message: describe(String(member), at) }))
  const here = (message: string): SchemaViolation[] => [
    { keys, keyword, message, actual: printActual(valueAt(document, keys), isSecret(keys)) }
  ]
  const part: SchemaPart = Object(valueAt(schema, schemaPath.split('/').slice(1)))
  switch (keyword) {
    case 'boolean':
      return [] // accompanies additionalProperties, which names the member
    case 'type':
      return 'const' in part ? [] : here(Locale.en_US(error)) // it accompanies const, which states the value
    case 'additionalProperties':
      return members(
        'additionalProperties',
        (member, at) =>
          `is not a member that ${name} has here${at < MAX_SUGGESTIONS ? nearestMember(part, member) : ''}`
      )
    case 'required':
      return members('requiredProperties', member => `is missing${onlyValue(part, member)}`)
    case 'enum':
      return here(`must be one of ${listed('allowedValues').map(printValue).join(', ')}`)
    case 'const':
      return here(`must be ${printValue(Reflect.get(params, 'allowedValue'))}`)
    case 'minProperties':
    case 'maxProperties':
      return here(describeCount(part) ?? Locale.en_US(error))
    case 'pattern':
      return here(describePattern(part, String(Reflect.get(params, 'pattern'))))
    default:
      return here(Locale.en_US(error))
  }
}

function toProblem(path: string, violations: SchemaViolation[]): Problem {
  const shown = isUnion(violations) ? violations.filter(({ keyword }) => keyword !== 'anyOf') : violations.slice(0, 1)
  const message = shown.map(({ message }) => message).join(' or ')
  const actual = violations[0]?.actual
  return { path, message: actual === undefined ? message : `${message}; got ${actual}` }
}

/** The path of a place in a document: `$.users[1].name`. */
export const printPath = (keys: string[]): string => `$${keys.map(printKey).join('')}`

function printKey(key: string): string {
  if (/^\d+$/.test(key)) return `[${key}]`
  return /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`
}

/** A value in a message. Of a secret only its kind is shown. */
function printActual(value: unknown, isSecret: boolean): string {
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'object' && value !== null) return 'an object'
  return isSecret && value !== null ? 'a secret' : printValue(value)
}

function printValue(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  const shown = text.replace(/\/\/[^/@]*@/, '//…@') // the user and password of a URL are secret, too
  return shown.length > 60 ? `${shown.slice(0, 60).replace(/[\uD800-\uDBFF]$/, '')}…` : shown // no half of a character
}

/** How many of its members an object must have, by name; undefined when the names or the number are open. */
function describeCount({ properties, minProperties, maxProperties }: SchemaPart): string | undefined {
  if (properties === undefined || minProperties !== 1) return undefined
  return `must have ${maxProperties === 1 ? 'exactly' : 'at least'} one of ${Object.keys(properties).join(', ')}`
}

/** The form that a text must have: its pattern if that is short enough to read, and the schema's description. */
function describePattern({ description: found }: SchemaPart, pattern: string): string {
  const description = found?.replace(/\.$/, '')
  if (description === undefined) return `must match ${pattern}`
  return pattern.length > 60 ? `must be as described: ${description}` : `must match ${pattern}: ${description}`
}

/** The value of a member that can have no other, for a message; empty when it can have several. */
function onlyValue({ properties }: SchemaPart, member: string): string {
  const values: unknown = valueAt(properties, [member, 'enum'])
  return Array.isArray(values) && values.length === 1 ? `; it must be ${printValue(values[0])}` : ''
}

/** For how many unknown members of an object a near one is looked for: that takes longer than all the rest. */
const MAX_SUGGESTIONS = 100

/** The member that a misspelt one is most likely meant to be, for a message; empty when none is near. */
function nearestMember({ properties = {} }: SchemaPart, member: string): string {
  const nearest = nearestName(member, Object.keys(properties))
  return nearest === undefined ? '' : `; the nearest is ${nearest}`
}
