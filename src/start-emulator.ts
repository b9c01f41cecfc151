import type { AddressInfo } from 'node:net'
import Type from 'typebox'
import { Compile } from 'typebox/schema'
import { buildApp } from './app.js'
import { createEmulator, type Emulator } from './client/emulator.js'
import { type OptionRow, SERVE_OPTIONS } from './config.js'
import { urlAt } from './domain/callbacks/host.js'
import type { CallbackOptions } from './domain/callbacks/options.js'
import { controlTokenOf } from './domain/control-token.js'
import { problemsOf, violationsOf } from './domain/schema-check.js'
import { packagedFixtureNames, readPackagedFixture } from './package.js'
import type { Fixture } from './schema/fixture.js'
import { Settings } from './schema/settings.js'
import { randomId } from './service/new-id.js'

/** Options for `startEmulator`. All are optional. */
export interface StartOptions extends CallbackOptions {
  /**
   * The initial state, which a reset restores: a fixture of the package by name (`default`, `call-centre`, `empty`), a
   * document, or several of them, merged in order.
   */
  fixture?: string | Fixture | (string | Fixture)[] | undefined
  /** Port to listen on; 0, the default, picks a free one. */
  port?: number | undefined
  /** Address to listen on. Default: 127.0.0.1. */
  host?: string | undefined
  /** Settings for behaviour on which the vendor's sources disagree. They override those of a fixture. */
  settings?: Partial<Settings> | undefined
  /** Token that the control API requires off loopback; `none` requires none. Default: a generated one. */
  controlToken?: string | undefined
  /** Whether consent is granted at once, without the consent page. */
  autoConsent?: boolean
}

/**
 * Starts an emulator in this process: in memory, on a free port of 127.0.0.1, without a log.
 * @throws TypeError for an invalid option or an unknown fixture name; FixtureInvalid with every problem of a document;
 * SqliteModuleRefused when the installed better-sqlite3 does not fit this Node; Node's error when the port is taken.
 * Nothing is left open then
 * @example await using emulator = await startEmulator({ fixture: 'call-centre' })
 */
export async function startEmulator(options: StartOptions = {}): Promise<Emulator> {
  checkStartOptions(options)
  const { fixture = 'default', port = 0, host = '127.0.0.1', settings = {}, ...rest } = options
  const { token: controlToken } = controlTokenOf({ host, controlToken: options.controlToken }, () => randomId(32))
  const { app } = await buildApp({
    ...rest,
    database: ':memory:',
    runtime: {
      versions: process.versions,
      platform: process.platform,
      arch: process.arch,
      memoryUsage: process.memoryUsage
    },
    fixtures: [fixture].flat().map(sourceOf),
    settings,
    controlToken,
    allowedHosts: [host],
    drainMs: 0 // the caller of `close` is the only client
  })
  try {
    await app.listen({ port, host })
  } catch (error) {
    await app.close()
    throw error
  }
  const { port: bound } = app.server.address() as AddressInfo // a server that listens on a port has one
  return createEmulator(urlAt({ host }, bound, false), { controlToken }, () => app.close())
}

function sourceOf(fixture: string | Fixture): { name: string; document: unknown } {
  if (typeof fixture !== 'string') return { name: 'fixture', document: fixture }
  const document = readPackagedFixture(fixture)
  if (document !== undefined) return { name: fixture, document }
  const names = packagedFixtureNames().join(', ')
  throw new TypeError(`There is no fixture "${fixture}": the names are ${names}. Pass a document to use your own.`)
}

/** Options that `startEmulator` shares with `serve`, under the same names. */
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
  'callbackTotalMs',
  'callbackConcurrency',
  'callbackConcurrencyPerOrigin'
] as const

/**
 * Validates the options of `startEmulator` by the rules of the command line.
 * @throws TypeError that names every unknown or invalid option
 */
export function checkStartOptions(options: object): void {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
  if (Object.keys(given).every(name => name === 'fixture')) return // a fixture is validated when it is read
  const schema = schemaOfOptions()
  const check = { schema, name: 'startEmulator', isSecret: ([name]: string[]) => name === 'controlToken' }
  const problems = Compile(schema).Check(given)
    ? invalidValues(given)
    : problemsOf(violationsOf(check, given)).map(({ path, message }) => `${path.slice(2)} ${message}`)
  if (problems.length > 0) throw new TypeError(`startEmulator: ${problems.join('; ')}.`)
}

function schemaOfOptions() {
  const closed = { additionalProperties: false }
  const shared = SHARED.map(name => {
    const { type, repeatable }: OptionRow = SERVE_OPTIONS[name]
    return [name, Type.Optional(repeatable ? Type.Array(type) : type)]
  })
  return Type.Object(
    {
      fixture: Type.Optional(Type.Unknown()),
      settings: Type.Optional(Type.Partial(Settings, closed)),
      ...Object.fromEntries(shared)
    },
    closed
  )
}

/** Checks what the schema cannot express. @returns a problem for each invalid value */
function invalidValues(given: Record<string, unknown>): string[] {
  const { timeZone } = Object(given.settings)
  const values: [string, OptionRow, unknown][] = [
    ...SHARED.map((name): [string, OptionRow, unknown] => [name, SERVE_OPTIONS[name], given[name]]),
    ['settings.timeZone', SERVE_OPTIONS.timeZone, timeZone]
  ]
  return values.flatMap(([name, { check }, value]) =>
    [value].flat().flatMap(text => {
      const expected = typeof text === 'string' ? check?.(text) : undefined
      return expected === undefined ? [] : [`${name} must be ${expected}; got ${JSON.stringify(text)}`]
    })
  )
}
