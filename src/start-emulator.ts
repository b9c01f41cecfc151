import type { AddressInfo } from 'node:net'
import { buildApp } from './app.js'
import { createEmulator, type Emulator } from './client/emulator.js'
import type { CallbackSettings } from './domain/callback-settings.js'
import { isLoopback, urlAt } from './domain/host.js'
import { ownFixtureNames, readOwnFixture } from './package.js'
import type { Fixture } from './schema/fixture.js'
import type { Switches } from './schema/switches.js'
import { randomId } from './service/new-id.js'
import { checkStartOptions } from './start-options.js'

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
  /** The switches for what the vendor's own sources disagree on; they stand above those of a fixture. */
  settings?: Partial<Switches> | undefined
  /** What the control API asks for. Off loopback one is made when it is left out; `none` asks for none. */
  controlToken?: string | undefined
  /** Whether consent is given at once, without its page. */
  autoConsent?: boolean
}

/**
 * Starts an emulator in this process: in memory, on a free port of 127.0.0.1, without a log.
 * @throws TypeError when an option cannot be used, or there is no fixture of that name; FixtureInvalid with every problem of a document; what Node
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
    fixtures: [fixture].flat().map(sourceOf),
    switches: settings,
    controlToken,
    allowedHosts: [host],
    lastCallMs: 0 // whoever closes it is the one who uses it
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
