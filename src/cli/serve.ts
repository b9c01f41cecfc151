import { randomBytes } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { resolve } from 'node:path'
import { buildApp, type Emulator } from '../app.js'
import { SETTINGS, type Settings } from '../config.js'
import { isLoopback, urlAt } from '../domain/host.js'
import { VERSION } from '../package.js'
import { type FixtureSource, readFixtures } from '../service/read-fixtures.js'
import { IN_MEMORY } from '../store/database.js'
import { addressRefusal, probeAddress } from './address.js'
import { renderBanner, renderReadyLine } from './banner.js'
import { type Certificates, createCertificates } from './certificate.js'
import type { Command } from './command.js'
import { readFixtureFiles } from './fixture-files.js'
import { createLogStream, type LogStream } from './log.js'
import { readSettings, unknownNames } from './read-settings.js'
import { EXIT, type Shell } from './shell.js'

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

Exit codes: 0 stopped, 1 failure, 2 bad settings, fixture, database or port.`,
  options: SETTINGS,

  async run(flags, shell) {
    const settings = readSettings(flags, shell.environment)
    const fixtures = await readFixtureFiles(settings.fixture)
    readFixtures(fixtures) // what is wrong with them is said before a database is made or emptied
    await probeAddress(settings)
    const certificates = createCertificates(settings)
    if (!settings.tls) await certificates.get() // the operator's own is there or not, before a database is made
    try {
      return await serveWith(settings, fixtures, certificates, shell)
    } finally {
      certificates.discard() // a key that was only made for this run goes, however the run ends
    }
  }
}

async function serveWith(
  settings: Settings,
  fixtures: FixtureSource[],
  certificates: Certificates,
  shell: Shell
): Promise<number> {
  const log = createLogStream(settings.logFormat, shell.err)
  const control = controlTokenOf(settings)
  const publicUrl = settings.publicUrl?.replace(/\/+$/, '')
  const emulator = await buildApp({
    ...settings,
    fixtures,
    publicUrl,
    allowedHosts: [...settings.allowedHost, settings.host], // the ready line names the host that it is bound to
    allowedOrigins: settings.allowedOrigin,
    controlToken: control.token,
    tls: certificates.get,
    logger: { level: settings.logLevel, stream: log }
  })
  warnOfUnknownNames(emulator, shell)
  await listen(emulator, settings)
  const certificate = await certificates.get()
  const { port } = emulator.app.server.address() as AddressInfo // a server that listens on a port has one
  const ready = {
    version: VERSION,
    url: urlAt(settings, port, certificate !== undefined),
    publicUrl,
    settings,
    database: settings.database === IN_MEMORY ? IN_MEMORY : resolve(settings.database),
    seeded: emulator.seeded,
    publicToken: settings.json ? undefined : publicTokenOf(emulator),
    certificate: certificate?.path,
    controlToken: control.generated
  }
  const end = stopped(emulator, shell, log, certificates) // whoever reads that it is ready may stop it at once
  shell.out(settings.json ? renderReadyLine(ready, shell.pid) : renderBanner(ready))
  await end
  return EXIT.ok
}

/** @throws SettingsInvalid when the address was taken in the meantime */
async function listen({ app }: Emulator, settings: Settings): Promise<void> {
  const { port, host } = settings
  const scheme = settings.tls || settings.tlsCert ? 'https:' : 'http:' // the framework does not know which it is
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

/** The token that the control API asks for: none on loopback or in a closed network. @source control-api.md "Protection" */
function controlTokenOf({ host, controlToken }: Settings): {
  token: string | undefined
  generated: string | undefined
} {
  if (controlToken === 'none' || isLoopback(host)) return { token: undefined, generated: undefined }
  const generated = controlToken === undefined ? randomBytes(24).toString('base64url') : undefined
  return { token: controlToken ?? generated, generated }
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
