import { Compile, type Validator } from 'typebox/schema'
import { Fixture } from '../schema/fixture.js'
import type { Problem } from './fixture-references.js'

/**
 * Reads a fixture document.
 * @returns the fixture, or every problem of its form; the values of secrets are never repeated
 */
export function readFixture(document: unknown): { fixture: Fixture } | { problems: Problem[] } {
  validator ??= Compile(Fixture)
  if (validator.Check(document)) return { fixture: document as Fixture } // just checked
  const [, errors] = validator.Errors(document)
  const problems = errors.flatMap(error => describe(error, document))
  return { problems: onePerPlace(problems) }
}

let validator: Validator | undefined

const SECRETS = /\.(?:accessToken|clientSecret|vn|xsrfToken)$/

type SchemaError = { keyword: string; instancePath: string; params: object; message: string }

function describe({ keyword, instancePath, params, message }: SchemaError, document: unknown): Problem[] {
  const keys = instancePath
    .split('/')
    .slice(1)
    .map(key => key.replaceAll('~1', '/').replaceAll('~0', '~'))
  const path = printPath(keys)
  const came = show(valueAt(document, keys), path)
  const listed = (name: string): unknown[] => {
    const value: unknown = Reflect.get(params, name)
    return Array.isArray(value) ? value : [value]
  }
  switch (keyword) {
    case 'boolean':
    case 'not':
      return [] // the companion of additionalProperties, which names the member
    case 'additionalProperties':
      return listed('additionalProperties').map(name => ({
        path: printPath([...keys, String(name)]),
        message: 'is not a member that a fixture has here'
      }))
    case 'required':
      return listed('requiredProperties').map(name => ({
        path: printPath([...keys, String(name)]),
        message: 'is missing'
      }))
    case 'enum':
      return [
        {
          path,
          message: `must be one of ${listed('allowedValues')
            .map(value => JSON.stringify(value))
            .join(', ')}; got ${came}`
        }
      ]
    case 'pattern':
      return [{ path, message: `must match ${Reflect.get(params, 'pattern')}; got ${came}` }]
    case 'anyOf':
      return [{ path, message: `must be one of the forms that the schema gives; got ${came}` }]
    default:
      return [{ path, message: `${message}; got ${came}` }]
  }
}

/** Of a union every branch complains; one complaint a place is enough. */
const onePerPlace = (problems: Problem[]): Problem[] => [
  ...new Map(problems.map(problem => [problem.path, problem])).values()
]

const printPath = (keys: string[]): string =>
  `$${keys.map(key => (/^\d+$/.test(key) ? `[${key}]` : /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`)).join('')}`

const valueAt = (document: unknown, keys: string[]): unknown =>
  keys.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
    document
  )

function show(value: unknown, path: string): string {
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'object' && value !== null) return 'an object'
  if (SECRETS.test(path)) return `a ${typeof value}`
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}
