import { basename } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import cookie from '@fastify/cookie'
import Fastify, { type FastifyInstance, type FastifyServerOptions, LogController } from 'fastify'
import { ControlError } from './domain/control-errors.js'
import { type HostName, readHost } from './domain/host.js'
import { baseUrlOf } from './http/base-url.js'
import { replyToClientError } from './http/client-error.js'
import { watchConnections } from './http/connections.js'
import { replyWithControlError } from './http/control/error-handler.js'
import { control } from './http/control/plugin.js'
import { replyToFrameworkError } from './http/framework-errors.js'
import { checkForm, hostGuard, nameRequest, stopGuard } from './http/guard.js'
import { discardBodies } from './http/json-body.js'
import { logRefusals } from './http/log-refusals.js'
import { oauth } from './http/oauth/plugin.js'
import './http/request.js'
import { openServer, type TlsPair } from './http/server.js'
import { frameworkOptions, LIMITS, type Timeouts } from './http/server-options.js'
import { uapi } from './http/uapi/plugin.js'
import { web } from './http/web/plugin.js'
import { type CallbackSettings, createConfiguredSender } from './outbound/callback-settings.js'
import { VERSION } from './package.js'
import type { Health } from './schema/health.js'
import type { FixtureSource } from './service/read-fixtures.js'
import { createSandbox, type Sandbox, type SandboxOptions } from './service/sandbox.js'
import type { Send } from './service/send.js'

/** What an emulator is made of. Everything has a default but the database. */
export interface AppOptions extends SandboxOptions, CallbackSettings {
  /** What an empty database is seeded with. */
  fixtures?: FixtureSource[]
  /** Whether an existing database is emptied first. */
  fresh?: boolean
  /** Stands for scheme and host in the addresses that are answered. */
  publicUrl?: string | undefined
  allowedHosts?: string[]
  allowedOrigins?: string[]
  /** Asked for by the control API; undefined asks for none. */
  controlToken?: string | undefined
  autoConsent?: boolean
  /** Gives key and certificate when the emulator speaks https. Asked once the database is open: before, nothing is made. */
  tls?: () => Promise<TlsPair | undefined>
  /** Sends webhooks; tests replace it. */
  send?: Send
  logger?: Exclude<FastifyServerOptions['logger'], undefined>
  timeouts?: Timeouts
}

/** An emulator that is ready to listen, and its sandbox. Closing the app closes the sandbox. */
export interface Emulator {
  app: FastifyInstance
  sandbox: Sandbox
  /** Whether the database was empty and has been seeded. */
  seeded: boolean
}

/**
 * Builds an emulator: the one builder for the server, the command line and every test.
 * @throws DatabaseRefused, FixtureInvalid; nothing is left open then
 */
export async function buildApp(options: AppOptions): Promise<Emulator> {
  let built: FastifyInstance | undefined
  const report = (error: unknown) => void built?.log.error({ err: error }, 'unexpected error')
  const { publicUrl } = options
  const listening = () => built?.addresses().flatMap(address => (typeof address === 'string' ? [] : [address])) ?? []
  const webhooks = createConfiguredSender(options, { listening, publicUrl, report })
  const sandbox = createSandbox(options, { send: options.send ?? webhooks.send, report })
  try {
    const tls = await options.tls?.() // before anything is emptied: it may refuse
    const seeded = seed(sandbox, options)
    const close = async () => {
      await sandbox.close()
      webhooks.close()
    }
    const app = await assemble(sandbox, options, tls, close)
    built = app
    return { app, sandbox, seeded }
  } catch (error) {
    await sandbox.close()
    throw error
  }
}

function seed({ fixtures: service }: Sandbox, { fresh = false, fixtures = [] }: AppOptions): boolean {
  if (!fresh && !service.isEmpty()) return false
  service.replace(fixtures)
  return true
}

async function assemble(
  sandbox: Sandbox,
  options: AppOptions,
  tls: TlsPair | undefined,
  close: () => Promise<void>
): Promise<FastifyInstance> {
  const { publicUrl, allowedHosts = [], allowedOrigins = [], controlToken, autoConsent = false, database } = options
  const newRequestId = counter()
  const { app, closeUnused } = createServer(options, tls, newRequestId)

  let stopping = false
  const isStopping = () => stopping
  app.addHook('onListen', async () => sandbox.resume())
  app.addHook('onClose', close)
  app.addHook('preClose', async () => {
    await setTimeout(LAST_CALL)
    stopping = true
    sandbox.windDown()
    closeAsTheyTurnIdle(app, closeUnused)
  })

  app.addHttpMethod('GET', { hasBody: true, overrideExisting: true }) // so that its body is read within the limits
  discardBodies(app)
  app.decorateRequest('sandbox', { getter: () => sandbox })
  app.decorateRequest('principal')
  app.setErrorHandler(replyWithControlError)
  app.setNotFoundHandler(refuseUnknownRoute)
  app.addHook('onRequest', nameRequest)
  app.addHook('onRequest', checkForm)
  app.addHook('onRequest', hostGuard(hostsOf(publicUrl, allowedHosts)))
  app.addHook('onRequest', stopGuard(isStopping))
  app.addHook('onResponse', logRefusals)

  const baseUrl = baseUrlOf(publicUrl)
  const started = performance.now()
  const health = (): Health => ({
    status: 'ok',
    version: VERSION,
    uptimeMs: Math.round(performance.now() - started),
    sandboxes: 1,
    database: basename(database)
  })
  await app.register(cookie)
  await app.register(uapi, { prefix: '/uapi', baseUrl })
  await app.register(oauth, { prefix: '/oauth', baseUrl, autoConsent })
  const origins = new Set(allowedOrigins)
  await app.register(control, { prefix: '/_emulator', health, version: VERSION, controlToken, allowedOrigins: origins })
  await app.register(web, { version: VERSION, isStopping })
  await app.ready()
  return app
}

function createServer(
  { logger = false, timeouts = LIMITS }: AppOptions,
  tls: TlsPair | undefined,
  newRequestId: () => string
) {
  const closers: (() => void)[] = [] // "localhost" can be two servers
  const app = Fastify({
    ...frameworkOptions,
    logger,
    logController: new LogController({ disableRequestLogging: true }), // ours say what they say without secrets
    genReqId: newRequestId,
    frameworkErrors: replyToFrameworkError,
    clientErrorHandler: replyToClientError(newRequestId),
    serverFactory(handler) {
      const server = openServer(handler, { tls, timeouts, newRequestId })
      closers.push(watchConnections(server))
      return server
    }
  })
  return { app, closeUnused: () => closers.forEach(close => void close()) }
}

/** Request ids: the numbers from 1. */
function counter(): () => string {
  let last = 0
  return () => String(++last)
}

const hostsOf = (publicUrl: string | undefined, allowedHosts: string[]): Set<HostName> =>
  new Set(
    [...(publicUrl === undefined ? [] : [new URL(publicUrl).host]), ...allowedHosts].flatMap(
      host => readHost(host) ?? []
    )
  )

/** How long a server that is told to stop goes on, so that what was sent before is read and answered, in milliseconds. */
const LAST_CALL = 50

/** How long requests that are still coming in, or being answered, are waited for then. */
const PATIENCE = 3_000

/** Connections that turn idle while we close would be waited for until they time out. */
function closeAsTheyTurnIdle({ server }: FastifyInstance, closeUnused: () => void): void {
  closeUnused()
  const end = performance.now() + PATIENCE
  const sweep = setInterval(() => {
    closeUnused()
    if (performance.now() > end) server.closeAllConnections()
  }, 50)
  server.once('close', () => clearInterval(sweep))
}

async function refuseUnknownRoute(): Promise<never> {
  throw new ControlError('route_unknown')
}
