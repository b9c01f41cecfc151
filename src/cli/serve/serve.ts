import { randomBytes } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { resolve } from 'node:path'
import { type BuiltEmulator, buildApp } from '../../app.js'
import { SERVE_OPTIONS, type ServeOptions } from '../../config.js'
import { urlAt } from '../../domain/callbacks/host.js'
import { controlTokenOf } from '../../domain/control-token.js'
import { type FixtureSource, readFixtures } from '../../domain/fixtures/read.js'
import { VERSION } from '../../package.js'
import { IN_MEMORY } from '../../store/database.js'
import { type Command, type CommandContext, EXIT, type Flags } from '../command.js'
import { unknownVariables } from '../options.js'
import { explainListenError, probeAddress } from './address.js'
import { renderBanner, renderReadyLine } from './banner.js'
import { type Certificates, createCertificates } from './certificate/certificates.js'
import { createLogStream, type LogStream } from './log.js'
import { type ReadOptions, readStartOptions } from './settings-file.js'
import { createStartFixtures, fixtureNames, type StartFixtures } from './start-fixtures.js'
import { createWatchRound, repeat } from './watch-files.js'

export const serve: Command = {
  name: 'serve',
  summary: 'Start the emulator (the default command)',
  notes: [
    'Every option can also be set in the environment: --public-url as UAPI_EMULATOR_PUBLIC_URL, the values of a ' +
      'repeatable option separated by commas. A flag overrides the environment, and that overrides the settings file: ' +
      'JSON with the same options in camel case, {"publicUrl": "https://localhost"}.'
  ],
  examples: [
    'uapi-emulator serve',
    'uapi-emulator serve --port 0 --database :memory: --json',
    'uapi-emulator serve --fixture default --fixture ./fixtures --fresh'
  ],
  exits: { 0: 'stopped', 1: 'failure', 2: 'invalid options, fixture, database or port' },
  options: SERVE_OPTIONS,

  async run(flags, context) {
    const started = await readStartOptions(flags, context.environment)
    const { options } = started
    const fixtures = createStartFixtures(fixtureNames(started))
    const sources = await fixtures.readAtStart()
    readFixtures(sources) // throws before a database is created or emptied
    await probeAddress(options)
    const certificates = createCertificates(options)
    if (!options.tls) await certificates.get() // so that --tls-cert is checked before a database is created
    try {
      return await serveWith({ flags, started, fixtures, sources }, certificates, context)
    } finally {
      certificates.discard() // removes a temporary key, also after an error
    }
  }
}

/** The options of a start, and its fixtures as they were read. */
interface Input {
  flags: Flags
  started: ReadOptions
  fixtures: StartFixtures
  sources: FixtureSource[]
}

/** The levels at which requests and webhooks are logged. @assumed 0012 */
const ACTIVITY_LEVELS = new Set(['trace', 'debug', 'info'])

async function serveWith(input: Input, certificates: Certificates, context: CommandContext): Promise<number> {
  const { options, file } = input.started
  const log = createLogStream({ format: options.logFormat, pid: context.pid }, context.err)
  const control = controlTokenOf(options, () => randomBytes(24).toString('base64url'))
  const publicUrl = options.publicUrl?.replace(/\/+$/, '')
  const emulator = await buildApp({
    ...options,
    runtime: context.runtime,
    fixtures: input.sources,
    readFixtures: input.fixtures.readAgain,
    publicUrl,
    allowedHosts: [...options.allowedHosts, options.host], // the ready line prints the host that is listened on
    controlToken: control.token,
    tls: certificates.get,
    logger: { level: options.logLevel, stream: log },
    activity: ACTIVITY_LEVELS.has(options.logLevel) ? log.activity : undefined
  })
  warnOfUnknownVariables(emulator, context)
  warnOfOtherSeed(emulator, options)
  await listen(emulator, options)
  const certificate = await certificates.get()
  if (certificate?.warning !== undefined) emulator.app.log.warn(certificate.warning)
  const { port } = emulator.app.server.address() as AddressInfo // a server that listens on a port has one
  const ready = {
    version: VERSION,
    url: urlAt(options, port, certificate !== undefined),
    publicUrl,
    options,
    settingsFile: file?.path,
    database: options.database === IN_MEMORY ? IN_MEMORY : resolve(options.database),
    seeded: emulator.seeded,
    publicToken: options.json ? undefined : findPublicToken(emulator),
    certificate: certificate?.path,
    controlToken: control.generated
  }
  if (file) emulator.app.log.info(`options are read from ${file.path}`)
  const watch = options.watch ? watchFiles(input, emulator, context) : undefined
  const parts = { emulator, log, certificates, watch, drainMs: options.drainMs }
  const end = untilStopped(parts, context) // before the ready line: a stop signal may follow it
  context.out(options.json ? renderReadyLine(ready, context.pid) : renderBanner(ready))
  await end
  return EXIT.ok
}

/** @throws OptionsInvalid when the address cannot be listened on */
async function listen({ app }: BuiltEmulator, options: ServeOptions): Promise<void> {
  const { port, host } = options
  const scheme = options.tls || options.tlsCert ? 'https:' : 'http:' // Fastify always logs http
  try {
    await app.listen({ port, host, listenTextResolver: address => `listening on ${address.replace(/^http:/, scheme)}` })
  } catch (error) {
    await app.close()
    throw explainListenError(error, { host, port })
  }
}

/** What a stop signal ends, and how long requests are still answered before, in milliseconds. */
interface StoppedParts {
  emulator: BuiltEmulator
  log: LogStream
  certificates: Certificates
  watch: { stop(): Promise<void> } | undefined
  drainMs: number
}

/** Resolves after a stop signal, when the requests in flight have been answered. */
function untilStopped(
  { emulator: { app }, log, certificates, watch, drainMs }: StoppedParts,
  context: CommandContext
): Promise<void> {
  return new Promise(done =>
    context.onStop(async ({ signal, error }) => {
      if (error) app.log.fatal({ err: error }, 'stopping because of an uncaught error')
      else app.log.info({ signal }, 'stopping')
      await watch?.stop()
      await app.close()
      await log.flush()
      certificates.discard() // here, since the process ends when this callback does
      done()
    }, drainMs)
  )
}

/** How long `--watch` pauses between two rounds of reading its files, in milliseconds. @source control-api.md "Settings" */
const WATCH_MS = 500

function watchFiles(input: Input, emulator: BuiltEmulator, { environment }: CommandContext) {
  const { log } = emulator.app
  const round = createWatchRound({ ...input, environment, emulator, log })
  return repeat(round, { everyMs: WATCH_MS, report: err => log.error({ err }, 'unexpected error') })
}

/** The token of the package's default fixture, where it is valid here. No other token is ever printed. */
function findPublicToken({ sandbox }: BuiltEmulator): string | undefined {
  const token = 'emulator-user-token'
  try {
    const user = sandbox.principals.authenticate({ kind: 'token', token })
    sandbox.events.list(user, { userId: '@me', extension: '0003*210' }, {})
    return token
  } catch {
    return undefined // other fixtures were loaded
  }
}

function warnOfUnknownVariables({ app }: BuiltEmulator, { environment }: CommandContext): void {
  for (const name of unknownVariables(environment))
    app.log.warn(`${name} names no option; see uapi-emulator serve --help.`)
}

function warnOfOtherSeed({ app, sandbox }: BuiltEmulator, { seed }: ServeOptions): void {
  const kept = sandbox.seedOfState()
  if (seed === undefined || kept === undefined || kept === seed) return
  app.log.warn(
    `the ids in this database come from --seed ${kept}, and new ones go on from it. --seed ${seed} counts from the next ` +
      'reset on; --fresh empties the database at the start.'
  )
}
