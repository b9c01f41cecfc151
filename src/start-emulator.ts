import type { AddressInfo } from 'node:net'
import Type from 'typebox'
import { Compile } from 'typebox/schema'
import { buildApp } from './app.js'
import { createEmulator, type Emulator } from './client/emulator.js'
import { SERVE_OPTIONS } from './config.js'
import { allowedOriginsProblem } from './domain/allowed-origins.js'
import { urlAt } from './domain/callbacks/host.js'
import type { CallbackOptions } from './domain/callbacks/options.js'
import { controlTokenOf, seedProblem } from './domain/control-token.js'
import { problemsOf, violationsOf } from './domain/schema-check.js'
import type { OptionRow } from './option-table.js'
import { packagedFixtureNames, readPackagedFixture } from './package.js'
import type { Fixture } from './schema/fixture.js'
import { Settings } from './schema/settings.js'
import { randomId } from './service/new-id.js'

/** Options for `startEmulator`. All are optional. */
export interface StartOptions extends CallbackOptions {
  /**
   * The initial state, which a reset restores: a fixture of the package by name (`clean`, `default`, `call-centre`,
   * `empty`), a document, or several of them, merged in order. Default: `clean`, which has no phone call event.
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
  /**
   * Origins of web pages that may use the emulator, such as `http://localhost:5173`: it answers with the headers of CORS.
   * `*` is every origin; the control API then needs a `controlToken`, or a named origin beside it.
   */
  allowedOrigins?: string[] | undefined
  /** How many bytes of requests are kept, of all sandboxes together; the oldest are dropped first. Default: 256 MiB. */
  journalBytes?: number | undefined
  /** Whether consent is granted at once, without the consent page. */
  autoConsent?: boolean
  /** Generates the same ids, tokens and CallIDs in every run, from this number; a reset begins anew. Default: random ones. */
  seed?: number | undefined
}

/**
 * Starts an emulator in this process: in memory, on a free port of 127.0.0.1, without a log. It does not keep the process
 * alive; a method of it that waits does.
 * @throws TypeError for an invalid option or an unknown fixture name; FixtureInvalid with every problem of a document;
 * SqliteModuleRefused when the installed better-sqlite3 does not fit this Node; Node's error when the port is taken.
 * Nothing is left open then
 * @example await using emulator = await startEmulator({ fixture: 'call-centre' })
 */
export async function startEmulator(options: StartOptions = {}): Promise<Emulator> {
  checkStartOptions(options)
  return keepAlive(start(options))
}

async function start(options: StartOptions): Promise<Emulator> {
  const { fixture = 'clean', port = 0, host = '127.0.0.1', settings = {}, allowedOrigins = [], ...rest } = options
  const protection = { host, controlToken: options.controlToken, allowedOrigins }
  const { token: controlToken } = controlTokenOf(protection, () => randomId(32))
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
    allowedOrigins,
    drainMs: 0 // the caller of `close` is the only client
  })
  app.server.on('connection', socket => socket.unref())
  try {
    await app.listen({ port, host })
    app.server.unref()
  } catch (error) {
    await app.close()
    throw error
  }
  const { port: bound } = app.server.address() as AddressInfo // a server that listens on a port has one
  return createEmulator(urlAt({ host }, bound, false), { controlToken }, () => keepAlive(app.close()))
}

/** The longest time between two runs of a timer, in milliseconds. */
const MAX_INTERVAL = 2 ** 31 - 1

/** Keeps the process alive until some work of an emulator is done: nothing else of an emulator does. */
async function keepAlive<T>(work: Promise<T>): Promise<T> {
  const timer = setInterval(() => {}, MAX_INTERVAL)
  try {
    return await work
  } finally {
    clearInterval(timer)
  }
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
  'allowedOrigins',
  'autoConsent',
  'seed',
  'journalBytes',
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
  const { host = '127.0.0.1', controlToken, seed, allowedOrigins = [] }: StartOptions = given
  const guessable = seedProblem({ host, controlToken, seed })
  const openControl = allowedOriginsProblem({ host, controlToken, allowedOrigins })
  const values: [string, OptionRow, unknown][] = [
    ...SHARED.map((name): [string, OptionRow, unknown] => [name, SERVE_OPTIONS[name], given[name]]),
    ['settings.timeZone', SERVE_OPTIONS.timeZone, timeZone]
  ]
  const invalid = values.flatMap(([name, { check }, value]) =>
    [value].flat().flatMap(text => {
      const expected = typeof text === 'string' ? check?.(text) : undefined
      return expected === undefined ? [] : [`${name} must be ${expected}; got ${JSON.stringify(text)}`]
    })
  )
  const general = [
    ...(guessable === undefined ? [] : [`seed: ${guessable}`]),
    ...(openControl === undefined ? [] : [`allowedOrigins: ${openControl}`])
  ]
  return [...invalid, ...general]
}
