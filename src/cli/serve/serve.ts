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
import { type Command, type CommandContext, EXIT } from '../command.js'
import { readFixtureFiles } from '../fixture-files.js'
import { readServeOptions, unknownVariables } from '../options.js'
import { explainListenError, probeAddress } from './address.js'
import { renderBanner, renderReadyLine } from './banner.js'
import { type Certificate, type Certificates, createCertificates } from './certificate.js'
import { createLogStream, type LogStream } from './log.js'

export const serve: Command = {
  name: 'serve',
  summary: 'Start the emulator (the default command)',
  notes: [
    'Every option can also be set in the environment: --public-url as UAPI_EMULATOR_PUBLIC_URL, the values of a ' +
      'repeatable option separated by commas. A flag overrides the environment.'
  ],
  examples: [
    'uapi-emulator serve',
    'uapi-emulator serve --port 0 --database :memory: --json',
    'uapi-emulator serve --fixture default --fixture ./fixtures --fresh'
  ],
  exits: { 0: 'stopped', 1: 'failure', 2: 'invalid options, fixture, database or port' },
  options: SERVE_OPTIONS,

  async run(flags, context) {
    const options = readServeOptions(flags, context.environment)
    const fixtures = await readFixtureFiles(options.fixtures)
    readFixtures(fixtures) // throws before a database is created or emptied
    await probeAddress(options)
    const certificates = createCertificates(options)
    if (!options.tls) await certificates.get() // so that --tls-cert is checked before a database is created
    try {
      return await serveWith(options, fixtures, certificates, context)
    } finally {
      certificates.discard() // removes a temporary key, also after an error
    }
  }
}

async function serveWith(
  options: ServeOptions,
  fixtures: FixtureSource[],
  certificates: Certificates,
  context: CommandContext
): Promise<number> {
  const log = createLogStream(options.logFormat, context.err)
  const control = controlTokenOf(options, () => randomBytes(24).toString('base64url'))
  const publicUrl = options.publicUrl?.replace(/\/+$/, '')
  const emulator = await buildApp({
    ...options,
    runtime: context.runtime,
    fixtures,
    publicUrl,
    allowedHosts: [...options.allowedHosts, options.host], // the ready line prints the host that is listened on
    controlToken: control.token,
    tls: certificates.get,
    logger: { level: options.logLevel, stream: log }
  })
  warnOfUnknownVariables(emulator, context)
  await listen(emulator, options)
  const certificate = await certificates.get()
  warnOfReplacedCertificate(emulator, certificate)
  const { port } = emulator.app.server.address() as AddressInfo // a server that listens on a port has one
  const ready = {
    version: VERSION,
    url: urlAt(options, port, certificate !== undefined),
    publicUrl,
    options,
    database: options.database === IN_MEMORY ? IN_MEMORY : resolve(options.database),
    seeded: emulator.seeded,
    publicToken: options.json ? undefined : findPublicToken(emulator),
    certificate: certificate?.path,
    controlToken: control.generated
  }
  const end = untilStopped(emulator, context, log, certificates) // before the ready line: a stop signal may follow it
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

/** Resolves after a stop signal, when the requests in flight have been answered. */
function untilStopped(
  { app }: BuiltEmulator,
  context: CommandContext,
  log: LogStream,
  certificates: Certificates
): Promise<void> {
  return new Promise(done =>
    context.onStop(async ({ signal, error }) => {
      if (error) app.log.fatal({ err: error }, 'stopping because of an uncaught error')
      else app.log.info({ signal }, 'stopping')
      await app.close()
      await log.flush()
      certificates.discard() // here, since the process ends when this callback does
      done()
    })
  )
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

function warnOfReplacedCertificate({ app }: BuiltEmulator, certificate: Certificate | undefined): void {
  if (certificate?.replaced === undefined) return
  app.log.warn(
    `the certificate ${certificate.path} was replaced, because ${certificate.replaced}. Clients have to trust the new ` +
      'one; an emulator with other host names needs a --tls-dir of its own.'
  )
}
