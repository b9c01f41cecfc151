import { randomBytes } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { resolve } from 'node:path'
import { buildApp, type Emulator } from '../../app.js'
import { SERVE_OPTIONS, type ServeOptions } from '../../config.js'
import { urlAt } from '../../domain/callbacks/host.js'
import { controlTokenOf } from '../../domain/control-token.js'
import { type FixtureSource, readFixtures } from '../../domain/fixtures/read.js'
import { VERSION } from '../../package.js'
import { IN_MEMORY } from '../../store/database.js'
import { type Command, EXIT, type Shell } from '../command.js'
import { readFixtureFiles } from '../fixture-files.js'
import { readServeOptions, unknownNames } from '../options.js'
import { addressRefusal, probeAddress } from './address.js'
import { renderBanner, renderReadyLine } from './banner.js'
import { type Certificates, createCertificates } from './certificate.js'
import { createLogStream, type LogStream } from './log.js'

export const serve: Command = {
  name: 'serve',
  summary: 'Start the emulator (the default command).',
  usage: `
Every option can also be set in the environment: --public-url as UAPI_EMULATOR_PUBLIC_URL. A flag stands above the
environment. Options that may be given more than once are separated by commas there.

Examples:
  uapi-emulator serve
  uapi-emulator serve --port 0 --database :memory: --json
  uapi-emulator serve --fixture default --fixture ./fixtures --fresh

Exit codes: 0 stopped, 1 failure, 2 bad options, fixture, database or port.`,
  options: SERVE_OPTIONS,

  async run(flags, shell) {
    const options = readServeOptions(flags, shell.environment)
    const fixtures = await readFixtureFiles(options.fixture)
    readFixtures(fixtures) // what is wrong with them is said before a database is made or emptied
    await probeAddress(options)
    const certificates = createCertificates(options)
    if (!options.tls) await certificates.get() // the operator's own is there or not, before a database is made
    try {
      return await serveWith(options, fixtures, certificates, shell)
    } finally {
      certificates.discard() // a key that was only made for this run goes, however the run ends
    }
  }
}

async function serveWith(
  options: ServeOptions,
  fixtures: FixtureSource[],
  certificates: Certificates,
  shell: Shell
): Promise<number> {
  const log = createLogStream(options.logFormat, shell.err)
  const control = controlTokenOf(options, () => randomBytes(24).toString('base64url'))
  const publicUrl = options.publicUrl?.replace(/\/+$/, '')
  const emulator = await buildApp({
    ...options,
    runtime: shell.runtime,
    fixtures,
    publicUrl,
    allowedHosts: [...options.allowedHost, options.host], // the ready line names the host that it is bound to
    allowedOrigins: options.allowedOrigin,
    controlToken: control.token,
    tls: certificates.get,
    logger: { level: options.logLevel, stream: log }
  })
  warnOfUnknownNames(emulator, shell)
  await listen(emulator, options)
  const certificate = await certificates.get()
  const { port } = emulator.app.server.address() as AddressInfo // a server that listens on a port has one
  const ready = {
    version: VERSION,
    url: urlAt(options, port, certificate !== undefined),
    publicUrl,
    options,
    database: options.database === IN_MEMORY ? IN_MEMORY : resolve(options.database),
    seeded: emulator.seeded,
    publicToken: options.json ? undefined : publicTokenOf(emulator),
    certificate: certificate?.path,
    controlToken: control.generated
  }
  const end = stopped(emulator, shell, log, certificates) // whoever reads that it is ready may stop it at once
  shell.out(options.json ? renderReadyLine(ready, shell.pid) : renderBanner(ready))
  await end
  return EXIT.ok
}

/** @throws OptionsInvalid when the address was taken in the meantime */
async function listen({ app }: Emulator, options: ServeOptions): Promise<void> {
  const { port, host } = options
  const scheme = options.tls || options.tlsCert ? 'https:' : 'http:' // the framework does not know which it is
  try {
    await app.listen({ port, host, listenTextResolver: address => `listening on ${address.replace(/^http:/, scheme)}` })
  } catch (error) {
    await app.close()
    throw addressRefusal(error, { host, port })
  }
}

/** Waits until the process is told to stop and everything in flight has been answered. */
function stopped({ app }: Emulator, shell: Shell, log: LogStream, certificates: Certificates): Promise<void> {
  return new Promise(done =>
    shell.onStop(async ({ signal, error }) => {
      if (error) app.log.fatal({ err: error }, 'stopping because of an error that nobody caught')
      else app.log.info({ signal }, 'stopping')
      await app.close()
      await log.flush()
      certificates.discard() // the process ends when this function does
      done()
    })
  )
}

/** The token of the package's own fixture, if it opens this emulator. No other token is ever printed. */
function publicTokenOf({ sandbox }: Emulator): string | undefined {
  const token = 'emulator-user-token'
  try {
    const user = sandbox.principals.authenticate({ kind: 'token', token })
    sandbox.events.list(user, { userId: '@me', extension: '0003*210' }, {})
    return token
  } catch {
    return undefined // another fixture was loaded; what it lacks does not matter
  }
}

function warnOfUnknownNames({ app }: Emulator, { environment }: Shell): void {
  for (const name of unknownNames(environment)) app.log.warn(`${name} is not a setting; see uapi-emulator --help.`)
}
