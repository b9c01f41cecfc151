import { Compile, type Validator } from 'typebox/schema'
import { Settings } from 'typebox/system'
import { Fixture } from '../schema/fixture.js'
import { type FixtureParts, LISTS, type Problem } from './fixture-references.js'

/**
 * Reads a fixture document.
 * @returns the fixture; or every problem of its form, and the parts that have none. The values of secrets are never
 * repeated.
 */
export function readFixture(document: unknown): { fixture: Fixture } | { parts: FixtureParts; problems: Problem[] } {
  validator ??= Compile(Fixture)
  if (validator.Check(document)) return { fixture: document as Fixture } // just checked
  const complaints = allErrors(validator, document).flatMap(error => complaintsOf(error, document))
  return { parts: partsOf(document, complaints), problems: [...byPlace(complaints)].map(([path, of]) => sum(path, of)) }
}

let validator: Validator | undefined

/** What the schema has against one place of a document. */
interface Complaint {
  keys: string[]
  keyword: string
  message: string
  /** What stood there instead; undefined where nothing did. */
  came?: string
}

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

function complaintsOf({ keyword, instancePath, schemaPath, params, message }: SchemaError, document: unknown) {
  const keys = instancePath
    .split('/')
    .slice(1)
    .map(key => key.replaceAll('~1', '/').replaceAll('~0', '~'))
  const listed = (name: string): unknown[] => [Reflect.get(params, name)].flat()
  const members = (name: string, message: string): Complaint[] =>
    listed(name).map(member => ({ keys: [...keys, String(member)], keyword, message }))
  const here = (message: string): Complaint[] => [{ keys, keyword, message, came: show(keys, valueAt(document, keys)) }]
  switch (keyword) {
    case 'boolean':
      return [] // the companion of additionalProperties, which names the member
    case 'additionalProperties':
      return members('additionalProperties', 'is not a member that a fixture has here')
    case 'required':
      return members('requiredProperties', 'is missing')
    case 'enum':
      return here(`must be one of ${listed('allowedValues').map(printValue).join(', ')}`)
    case 'pattern':
      return here(form(String(Reflect.get(params, 'pattern')), schemaPath))
    default:
      return here(message)
  }
}

function byPlace(complaints: Complaint[]): Map<string, Complaint[]> {
  const places = new Map<string, Complaint[]>()
  for (const complaint of complaints) {
    const path = printPath(complaint.keys)
    places.set(path, [...(places.get(path) ?? []), complaint])
  }
  return places
}

/** One problem a place: the first complaint; of a union, what each of its branches wants. */
function sum(path: string, complaints: Complaint[]): Problem {
  const isUnion = complaints.some(({ keyword }) => keyword === 'anyOf')
  const wanted = isUnion ? complaints.filter(({ keyword }) => keyword !== 'anyOf') : complaints.slice(0, 1)
  const message = wanted.map(({ message }) => message).join(' or ')
  const came = complaints[0]?.came
  return { path, message: came === undefined ? message : `${message}; got ${came}` }
}

/** What of a document has its form: members that somebody complained about are left out, entries keep their index. */
function partsOf(document: unknown, complaints: Complaint[]): FixtureParts {
  const wrong = new Set(complaints.map(({ keys }) => JSON.stringify(keys)))
  const sound = (value: unknown, keys: string[]): [string, unknown][] =>
    Object.entries(Object(value)).filter(([member]) => !wrong.has(JSON.stringify([...keys, member])))
  const top = new Map(sound(document, []))
  const lists = LISTS.map(list => {
    const entries = [top.get(list) ?? []].flat() // a list that is none was complained about
    return [list, entries.map((entry, index) => Object.fromEntries(sound(entry, [list, String(index)])))]
  })
  const settings = Object.fromEntries(sound(top.get('settings'), ['settings']))
  return { ...Object.fromEntries(lists), settings } as FixtureParts // what is left has passed the schema
}

const printPath = (keys: string[]): string => `$${keys.map(printKey).join('')}`

function printKey(key: string): string {
  if (/^\d+$/.test(key)) return `[${key}]`
  return /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`
}

const valueAt = (document: unknown, keys: string[]): unknown =>
  keys.reduce<unknown>((value, key) => Reflect.get(Object(value), key), document)

/** What stood at a place. Of a secret, and of what stands where secrets belong, only its kind. */
function show([list = '', , member]: string[], value: unknown): string {
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'object' && value !== null) return 'an object'
  if (member === undefined ? SECRET_LISTS.has(list) : SECRETS.has(member)) return value === null ? 'null' : 'a secret'
  return printValue(value)
}

const SECRETS = new Set(['accessToken', 'clientSecret', 'vn', 'xsrfToken'])
const SECRET_LISTS = new Set(['apps', 'tokens', 'sessions'])

function printValue(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  const shown = text.replace(/\/\/[^/@]*@/, '//…@') // what stands before the @ of a URL is secret, too
  return shown.length > 60 ? `${shown.slice(0, 60)}…` : shown
}

/** What a text has to look like: its pattern while that can be read, and what the schema says of it. */
function form(pattern: string, schemaPath: string): string {
  const schema = valueAt(Fixture, schemaPath.split('/').slice(1))
  const description: unknown = Reflect.get(Object(schema), 'description')
  const said = typeof description === 'string' ? description.replace(/\.$/, '') : undefined
  if (said === undefined) return `must match ${pattern}`
  return pattern.length > 60 ? `must have the form of its kind: ${said}` : `must match ${pattern}: ${said}`
}
