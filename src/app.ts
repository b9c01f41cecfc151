import { basename } from 'node:path'
import cookie from '@fastify/cookie'
import Fastify, { type FastifyInstance, type FastifyServerOptions, LogController } from 'fastify'
import { type HostName, readHost } from './domain/callbacks/host.js'
import type { CallbackSettings } from './domain/callbacks/policy.js'
import { ControlError } from './domain/errors/control.js'
import { replyWithControlError } from './http/control/error-handler.js'
import type { MemoryUsage } from './http/control/metrics.js'
import { control } from './http/control/plugin.js'
import { discardBodies } from './http/hooks/bodies.js'
import { countAnswers } from './http/hooks/count-answers.js'
import { checkForm, findSandbox, hostGuard, inTurn, nameRequest, stopGuard } from './http/hooks/guard.js'
import { createRecordUnread, type FindJournal, findJournalIn, recordRequests } from './http/hooks/journal.js'
import { logRefusals, sharedLogger } from './http/hooks/log.js'
import { oauth } from './http/oauth/plugin.js'
import { replyToClientError } from './http/server/client-error.js'
import { closeAsTheyTurnIdle, drain, watchConnections } from './http/server/shutdown.js'
import { baseUrlOf, rootUrlOf } from './http/server/target.js'
import { replyToFrameworkError } from './http/surfaces.js'
import './http/request.js'
import { createFairScheduler } from './http/server/fair-scheduler.js'
import { frameworkOptions, LIMITS, type Timeouts } from './http/server/options.js'
import { openServer, type TlsPair } from './http/server/server.js'
import { uapi } from './http/uapi/plugin.js'
import { web } from './http/web/plugin.js'
import { createConfiguredSender } from './outbound/configured-sender.js'
import { ownFixtureNames, readOwnFixture, VERSION } from './package.js'
import type { Health } from './schema/state.js'
import type { Send } from './service/deliveries/outcome.js'
import { randomId } from './service/new-id.js'
import { createSandbox, type Sandbox, type SandboxOptions, type SandboxPorts } from './service/sandbox.js'
import { createSandboxes, type Sandboxes } from './service/sandboxes.js'
import { createSourcesOf, withStarted } from './service/state/named-fixtures.js'
import { IN_MEMORY } from './store/database.js'
import { loadSqlite, type Runtime } from './store/sqlite-module.js'

/** The process that the emulator runs in: versions to check SQLite against, and its memory for the metrics. */
export interface HostProcess extends Runtime {
  memoryUsage: () => MemoryUsage
}

/** What an emulator is made of. Everything has a default but the database. */
export interface AppOptions extends SandboxOptions, CallbackSettings {
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
  /** Whether a sandbox is made at its first use, or only when it is asked for. */
  sandboxes?: 'manual' | 'auto'
  /** Sends webhooks; tests replace it. */
  send?: Send
  logger?: Exclude<FastifyServerOptions['logger'], undefined>
  timeouts?: Timeouts
  /** How long it goes on when it is told to close, so that what was sent before is read and answered, in milliseconds. */
  drainMs?: number
  /** Without it SQLite is loaded unchecked, and the metrics lack the memory. */
  runtime?: HostProcess
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
 * @throws SqliteModuleRefused, DatabaseRefused, FixtureInvalid; nothing is left open then
 */
export async function buildApp(options: AppOptions): Promise<Emulator> {
  if (options.runtime) loadSqlite(options.runtime)
  let built: FastifyInstance | undefined
  const report = (error: unknown) => void built?.log.error({ err: error }, 'unexpected error')
  const { publicUrl, namedFixtures = OWN_FIXTURES, newId = randomId } = options
  const fixtures = [...(options.fixtures ?? [])] // what is read of it is remembered by this array
  const listening = () => built?.addresses().flatMap(address => (typeof address === 'string' ? [] : [address])) ?? []
  const webhooks = createConfiguredSender(options, { listening, publicUrl, report })
  const ports = { send: options.send ?? webhooks.send, report }
  const own = { ...options, fixtures, namedFixtures: withStarted(fixtures, namedFixtures) }
  const main = createSandbox(own, ports)
  const sandboxes = createSandboxes({
    main,
    open: (sources = fixtures) => openSandbox({ ...own, database: IN_MEMORY, fixtures: sources }, ports),
    newId,
    isAutomatic: options.sandboxes === 'auto'
  })
  const close = async () => {
    await sandboxes.close()
    webhooks.close()
  }
  try {
    const tls = await options.tls?.() // before anything is emptied: it may refuse
    const seeded = seed(main, options)
    built = await assemble(sandboxes, own, tls, close)
    return { app: built, sandbox: main, seeded }
  } catch (error) {
    await close()
    throw error
  }
}

function seed({ fixtures: service }: Sandbox, { fresh = false }: AppOptions): boolean {
  const isEmpty = service.isEmpty()
  if (!fresh && !isEmpty) return false
  if (isEmpty) service.seed()
  else service.replace()
  return true
}

/** A sandbox in memory that knows what it is given. @throws FixtureInvalid; nothing is left open then */
function openSandbox(options: SandboxOptions, ports: SandboxPorts): Sandbox {
  const sandbox = createSandbox(options, ports)
  try {
    sandbox.fixtures.seed()
    return sandbox
  } catch (error) {
    void sandbox.close()
    throw error
  }
}

async function assemble(
  sandboxes: Sandboxes,
  options: AppOptions,
  tls: TlsPair | undefined,
  close: () => Promise<void>
): Promise<FastifyInstance> {
  const { publicUrl, allowedHosts = [], allowedOrigins = [], controlToken, autoConsent = false, database } = options
  const { namedFixtures = OWN_FIXTURES, drainMs } = options
  const newRequestId = counter()
  const findJournal = findJournalIn(sandboxes)
  const { app, closeUnused } = createServer(options, tls, newRequestId, findJournal)

  let leaving = false
  let stopping = false
  const isStopping = () => stopping
  const turns = createFairScheduler()
  app.addHook('onListen', async () => sandboxes.find(undefined)?.resume())
  app.addHook('onClose', close)
  app.addHook('preClose', async () => {
    leaving = true // who asks whether it is ready is told so while everybody else is still answered
    await drain(drainMs)
    await turns.drained()
    stopping = true
    sandboxes.windDown()
    closeAsTheyTurnIdle(app, closeUnused)
  })

  app.addHttpMethod('GET', { hasBody: true, overrideExisting: true }) // so that its body is read within the limits
  discardBodies(app)
  app.decorateRequest('sandbox')
  app.decorateRequest('principal')
  app.setErrorHandler(replyWithControlError)
  const checkHost = hostGuard(hostsOf(publicUrl, allowedHosts))
  const checkStopping = stopGuard(isStopping)
  const checkSandbox = findSandbox(sandboxes.find)
  app.addHook('onRequest', turns.hook)
  app.addHook('onRequest', inTurn(nameRequest, checkForm, checkHost, checkStopping, checkSandbox))
  app.addHook('onResponse', logRefusals)
  const answers = countAnswers(app)

  const baseUrl = baseUrlOf(publicUrl)
  const started = performance.now()
  const health = (): Health => ({
    status: 'ok',
    version: VERSION,
    uptimeMs: Math.round(performance.now() - started),
    sandboxes: sandboxes.count(),
    database: basename(database)
  })
  await app.register(cookie, { hook: false }) // who needs cookies asks for them
  await app.register(async recorded => {
    recordRequests(recorded, findJournal)
    recorded.setNotFoundHandler(refuseUnknownRoute)
    await recorded.register(uapi, { prefix: '/uapi', baseUrl })
    await recorded.register(oauth, { prefix: '/oauth', baseUrl, autoConsent })
    await recorded.register(web, { version: VERSION, isStopping: () => leaving })
  })
  const origins = new Set(allowedOrigins)
  await app.register(control, {
    prefix: '/_emulator',
    health,
    answers,
    memoryUsage: options.runtime?.memoryUsage,
    sandboxes: { sandboxes, rootUrl: rootUrlOf(publicUrl), sourcesOf: createSourcesOf(namedFixtures) },
    version: VERSION,
    controlToken,
    allowedOrigins: origins
  })
  await app.ready()
  return app
}

function createServer(
  { logger = false, timeouts = LIMITS }: AppOptions,
  tls: TlsPair | undefined,
  newRequestId: () => string,
  findJournal: FindJournal
) {
  const recordUnread = createRecordUnread(findJournal)
  const closers: (() => void)[] = [] // "localhost" can be two servers
  const app = Fastify({
    ...frameworkOptions,
    logger,
    childLoggerFactory: sharedLogger,
    logController: new LogController({ disableRequestLogging: true }), // ours say what they say without secrets
    genReqId: newRequestId,
    frameworkErrors: replyToFrameworkError(findJournal),
    clientErrorHandler: replyToClientError(newRequestId, recordUnread),
    serverFactory(handler) {
      const server = openServer(handler, { tls, timeouts, newRequestId, recordUnread })
      closers.push(watchConnections(server))
      return server
    }
  })
  return { app, closeUnused: () => closers.forEach(close => void close()) }
}

/** The fixtures that come with the package. */
const OWN_FIXTURES = { names: ownFixtureNames, find: readOwnFixture }

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

async function refuseUnknownRoute(): Promise<never> {
  throw new ControlError('route_unknown')
}
