import Type from 'typebox'
import { Compile } from 'typebox/schema'
import { SETTINGS, type Setting } from './config.js'
import { complaintsOf, problemsOf } from './domain/form.js'
import { Switches } from './schema/switches.js'

/** The settings of `serve` that startEmulator takes under the same names. */
const SHARED = [
  'port',
  'host',
  'controlToken',
  'autoConsent',
  'callbacks',
  'allowCallback',
  'denyCallback',
  'rewriteCallback',
  'insecureCallbacks',
  'callbackConnectMs',
  'callbackTotalMs'
] as const

/**
 * Judges what startEmulator is given, as the command line judges its settings: what is mistyped must not pass silently.
 * @throws TypeError naming every option that cannot be used
 */
export function checkStartOptions(options: object): void {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
  if (Object.keys(given).every(name => name === 'fixture')) return // it is read, and judged, as a fixture
  const schema = schemaOfOptions()
  const form = { schema, validator: Compile(schema), name: 'startEmulator' }
  const problems = form.validator.Check(given)
    ? unreadable(given)
    : problemsOf(complaintsOf(form, given)).map(({ path, message }) => `${path.slice(2)} ${message}`)
  if (problems.length > 0) throw new TypeError(`startEmulator: ${problems.join('; ')}.`)
}

function schemaOfOptions() {
  const closed = { additionalProperties: false }
  const shared = SHARED.map(name => {
    const { type, repeatable }: Setting = SETTINGS[name]
    return [name, Type.Optional(repeatable ? Type.Array(type) : type)]
  })
  return Type.Object(
    {
      fixture: Type.Optional(Type.Unknown()),
      settings: Type.Optional(Type.Partial(Switches, closed)),
      ...Object.fromEntries(shared)
    },
    closed
  )
}

/** What a schema cannot say of them. */
function unreadable(given: Record<string, unknown>): string[] {
  const { timeZone } = Object(given.settings)
  const values: [string, Setting, unknown][] = [
    ...SHARED.map((name): [string, Setting, unknown] => [name, SETTINGS[name], given[name]]),
    ['settings.timeZone', SETTINGS.timeZone, timeZone]
  ]
  return values.flatMap(([name, { check }, value]) =>
    [value].flat().flatMap(text => {
      const expected = typeof text === 'string' ? check?.(text) : undefined
      return expected === undefined ? [] : [`${name} must be ${expected}; got ${JSON.stringify(text)}`]
    })
  )
}
