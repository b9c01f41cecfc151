import { INCLUDED, VALUES } from './values.js'

/** A schema of an OpenAPI document, as far as examples are composed from it. */
export interface DocumentSchema {
  $ref?: string
  type?: string | string[]
  const?: unknown
  enum?: unknown[]
  default?: unknown
  minimum?: number
  anyOf?: DocumentSchema[]
  items?: DocumentSchema
  properties?: Record<string, DocumentSchema>
  required?: string[]
  description?: string
  examples?: unknown[]
}

/** The schemas of a document, by name. */
export type Components = Readonly<Record<string, DocumentSchema>>

/** The value of a member or parameter, of this owner or of any; undefined when it has none. */
export const knownValue = (owner: string, name: string): unknown => VALUES[`${owner}.${name}`] ?? VALUES[name]

/**
 * An example of an answer: the members that are always there and those of INCLUDED, each with its value by name.
 * @param owner the name of the schema, of the operation, or of the member that holds an object
 * @param name that of the member; empty for a whole body
 */
export function composeExample(schema: DocumentSchema, components: Components, owner: string, name = ''): unknown {
  const known = name === '' ? undefined : knownValue(owner, name)
  if (known !== undefined) return known
  if (schema.$ref !== undefined) {
    const named = schema.$ref.slice(schema.$ref.lastIndexOf('/') + 1)
    return composeExample(components[named] ?? {}, components, named)
  }
  if (schema.properties !== undefined) return composeMembers(schema, components, name || owner)
  if (schema.items !== undefined) return [composeExample(schema.items, components, name || owner)]
  if (schema.anyOf?.[0] !== undefined) return composeExample(schema.anyOf[0], components, owner, name)
  return schema.const ?? schema.enum?.[0] ?? schema.default ?? (SIMPLE[String(schema.type)] ?? (() => ({})))(schema)
}

function composeMembers(schema: DocumentSchema, components: Components, owner: string): object {
  const { properties = {}, required = [] } = schema
  const included = Object.entries(properties).filter(
    ([member]) => required.includes(member) || INCLUDED.has(`${owner}.${member}`)
  )
  return Object.fromEntries(included.map(([member, part]) => [member, composeExample(part, components, owner, member)]))
}

const SIMPLE: Partial<Record<string, (schema: DocumentSchema) => unknown>> = {
  string: () => 'text',
  integer: ({ minimum }) => Math.max(minimum ?? 1, 1),
  number: ({ minimum }) => minimum ?? 1,
  boolean: () => false,
  null: () => null
}
