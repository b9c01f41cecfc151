import type { TObject, TSchema } from 'typebox'
import { lazyCheck } from '../../../schema/lazy-check.js'
import type { SeenMembers } from '../resources.js'
import { quote } from './findings.js'

/** The difference of an object from its schema, as sentences without their subject. */
export type ShapeCheck = (members: SeenMembers, options?: { isPartial?: boolean }) => string[]

/**
 * Compares the members of an object with a schema: unknown and missing ones, and values of another form.
 * @param name of the object in the sentences
 */
export function createShapeCheck(name: string, schema: TObject): ShapeCheck {
  const required = new Set<string>(schema.required ?? [])
  const members = new Map(
    Object.entries<TSchema>(schema.properties).map(([member, property]) => [
      member,
      { isValid: lazyCheck(property), property }
    ])
  )
  return (object, { isPartial = false } = {}) => {
    const problems: string[] = []
    for (const [member, value] of Object.entries(object)) {
      const known = members.get(member)
      if (known === undefined) problems.push(`${name} has the member ${member}, which the emulator does not send.`)
      else if (!known.isValid(value)) problems.push(differenceOf(`${name}.${member}`, value, known.property))
    }
    if (isPartial) return problems
    for (const member of required)
      if (!Object.hasOwn(object, member)) problems.push(`${name} has no ${member}, which the emulator sends.`)
    return problems
  }
}

/** A difference of kind is named by the kind, so that equal differences are counted together; one of form by an example. */
function differenceOf(path: string, value: unknown, schema: TSchema): string {
  const { type }: { type?: string | string[] } = schema
  const kind = kindOf(value)
  const expected = [type ?? []].flat()
  const isSameKind =
    expected.length === 0 || expected.includes(kind) || (kind === 'number' && expected.includes('integer'))
  if (!isSameKind)
    return `${path} is ${WORDS[kind] ?? kind}, and ${WORDS[expected[0] ?? ''] ?? 'another kind'} in the emulator.`
  return `${path} has another form than in the emulator, such as ${quote(formOf(value))}.`
}

const WORDS: Partial<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  integer: 'a number',
  boolean: 'a boolean',
  array: 'a list',
  object: 'an object',
  null: 'null'
}

const kindOf = (value: unknown): string => (value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value)

/** A text with 0 for each digit, so that times and ids of one form are counted together. */
const formOf = (value: unknown): unknown => (typeof value === 'string' ? value.replace(/\d/g, '0') : value)
