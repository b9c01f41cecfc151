import type { AddressInfo } from 'node:net'
import Type from 'typebox'
import { Compile } from 'typebox/schema'
import { buildApp } from './app.js'
import { createEmulator, type Emulator } from './client/emulator.js'
import { type OptionRow, SERVE_OPTIONS } from './config.js'
import { isLoopback, urlAt } from './domain/callbacks/host.js'
import type { CallbackSettings } from './domain/callbacks/policy.js'
import { problemsOf, violationsOf } from './domain/schema-check.js'
import { ownFixtureNames, readOwnFixture } from './package.js'
import type { Fixture } from './schema/fixture.js'
import { Settings } from './schema/settings.js'
import { randomId } from './service/new-id.js'

/** What an emulator in the test's own process is started with. Everything may be left out. */
export interface StartOptions extends CallbackSettings {
  /**
   * What it knows: one of the package's fixtures by its name (`default`, `call-centre`, `empty`), a document, or several
   * that are merged in their order. A reset goes back there.
   */
  fixture?: string | Fixture | (string | Fixture)[] | undefined
  /** 0, the default, is a free one. */
  port?: number | undefined
  /** The address to listen on: 127.0.0.1, unless others have to reach it. */
  host?: string | undefined
  /** The settings for what the vendor's own sources disagree on; they stand above those of a fixture. */
  settings?: Partial<Settings> | undefined
  /** What the control API asks for. Off loopback one is made when it is left out; `none` asks for none. */
  controlToken?: string | undefined
  /** Whether consent is given at once, without its page. */
  autoConsent?: boolean
}

/**
 * Starts an emulator in this process: in memory, on a free port of 127.0.0.1, without a log.
 * @throws SqliteModuleRefused, TypeError when an option cannot be used, or there is no fixture of that name; FixtureInvalid with every problem of a document; what Node
 * throws when the port is taken. Nothing is left open then
 * @example await using emulator = await startEmulator({ fixture: 'call-centre' })
 */
export async function startEmulator(options: StartOptions = {}): Promise<Emulator> {
  checkStartOptions(options)
  const { fixture = 'default', port = 0, host = '127.0.0.1', settings = {}, ...rest } = options
  const controlToken = tokenFor(host, options.controlToken)
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
    settings: settings,
    controlToken,
    allowedHosts: [host],
    drainMs: 0 // whoever closes it is the one who uses it
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

/** @source control-api.md "Protection" */
function tokenFor(host: string, given: string | undefined): string | undefined {
  if (given === 'none' || isLoopback(host)) return undefined
  return given ?? randomId(32)
}

function sourceOf(fixture: string | Fixture): { name: string; document: unknown } {
  if (typeof fixture !== 'string') return { name: 'fixture', document: fixture }
  const document = readOwnFixture(fixture)
  if (document !== undefined) return { name: fixture, document }
  const names = ownFixtureNames().join(', ')
  throw new TypeError(`There is no fixture "${fixture}": the names are ${names}. Give a document for one of your own.`)
}

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
    : problemsOf(violationsOf(form, given)).map(({ path, message }) => `${path.slice(2)} ${message}`)
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

/** What a schema cannot say of them. */
function unreadable(given: Record<string, unknown>): string[] {
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
