import cookie from '@fastify/cookie'
import Fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type FastifyServerOptions,
  LogController
} from 'fastify'
import { type AllowedOrigins, parseAllowedOrigins } from '../domain/allowed-origins.js'
import { CATCH_PREFIX } from '../domain/callbacks/catch-address.js'
import { type AllowedHosts, parseAllowedHosts, parseHost } from '../domain/callbacks/host.js'
import { ControlError } from '../domain/errors/control.js'
import { CONTROL_PREFIX } from '../schema/control-api/operation.js'
import type { Sandboxes } from '../service/sandboxes.js'
import { createSourcesOf, type NamedFixtures } from '../service/state/named-fixtures.js'
import type { Activity } from '../service/watch/activity.js'
import { catchAddresses } from './control/catch-addresses.js'
import type { MemoryUsage } from './control/metrics.js'
import { type ControlOptions, control } from './control/plugin.js'
import { discardBodies } from './hooks/bodies.js'
import { type Cors, createCors } from './hooks/cors.js'
import { type AnswerCount, countAnswers } from './hooks/count-answers.js'
import { hostGuard, rejectMalformed, resolveSandbox, runGuards, setRequestId, shutdownGuard } from './hooks/guard.js'
import {
  createRecordUnrouted,
  type FindJournal,
  findJournalIn,
  recordRequest,
  recordRequests
} from './hooks/journal.js'
import { sharedLogger } from './hooks/log.js'
import { logUnrecorded } from './hooks/log-unrecorded.js'
import { oauth } from './oauth/plugin.js'
import './request.js'
import { replyToClientError } from './server/client-error.js'
import { createFairScheduler } from './server/fair-scheduler.js'
import { frameworkOptions, LIMITS, type Timeouts } from './server/options.js'
import { createSchemeHint } from './server/scheme-hint.js'
import { createServer, type TlsPair } from './server/server.js'
import { closeConnections, drain, trackConnections } from './server/shutdown.js'
import { baseUrlOf, rootUrlOf } from './server/target.js'
import { SURFACES, surfaceOf } from './surfaces.js'
import { uapi, VENDOR_SERVICES } from './uapi/plugin.js'
import type { VendorService } from './uapi/vendor-service.js'
import { sendPageOfNoSandbox } from './web/page.js'
import { web } from './web/plugin.js'

/** Options of the HTTP side. All have a default. */
export interface HttpOptions {
  /** Replaces scheme and host in the addresses of answers. */
  publicUrl?: string | undefined
  /** Hosts, and globs of hosts, that are allowed in the Host header beside loopback and the public URL. */
  allowedHosts?: string[]
  /** Origins whose pages may use the emulator; `*` is every one. */
  allowedOrigins?: string[]
  /** Token that the control API requires; undefined requires none. */
  controlToken?: string | undefined
  /** Whether OAuth consent is given at once, without its page. */
  autoConsent?: boolean
  /** Receives a line for each refused request that no journal records. */
  activity?: Activity | undefined
  logger?: Exclude<FastifyServerOptions['logger'], undefined>
  timeouts?: Timeouts
  /** How long requests are still accepted after `close`, so that those sent before it are answered, in milliseconds. */
  drainMs?: number
}

/** The parts that the application is built from. */
export interface HttpParts extends Pick<ControlOptions, 'largeWork' | 'readDocument'> {
  sandboxes: Sandboxes
  /** Fixtures that a request can select by name. */
  namedFixtures: NamedFixtures
  version: string
  /** Folder of the built page. */
  pageFolder: string
  /** Name of the database, for `GET /_emulator/health`. */
  database: string
  /** Undefined to serve http. */
  tls?: TlsPair | undefined
  /** Memory of the process, for the metrics; undefined leaves it out. */
  memoryUsage?: (() => MemoryUsage) | undefined
  /** Called when the application has closed its server. */
  onClose: () => Promise<void>
  /** The services of the vendor; all by default. */
  services?: readonly VendorService[]
}

/** Creates the Fastify application with all surfaces, ready to listen. Closing it drains requests first. */
export async function createHttpApp(parts: HttpParts, options: HttpOptions): Promise<FastifyInstance> {
  const findJournal = findJournalIn(parts.sandboxes)
  const allowedOrigins = parseAllowedOrigins(options.allowedOrigins ?? [], options.controlToken)
  const cors = createCors(allowedOrigins)
  const { app, closeIdle } = createFastify(parts, options, findJournal, cors)
  const { isDraining, isStopping } = addLifecycle(app, parts, options, closeIdle)
  app.addHttpMethod('GET', { hasBody: true, overrideExisting: true }) // so that the limits apply to its body
  discardBodies(app)
  app.decorateRequest('sandbox')
  app.decorateRequest('principal')
  app.setErrorHandler(SURFACES.web.replyWithError)
  app.addHook(
    'onRequest',
    runGuards(
      setRequestId,
      ...(cors ? [cors.setHeaders] : []),
      rejectMalformed,
      hostGuard(hostsOf(options)),
      shutdownGuard(isStopping),
      ...(cors ? [cors.answerPreflight] : []),
      resolveSandbox(parts.sandboxes.find, sendPageOfNoSandbox)
    )
  )
  if (options.logger) app.addHook('onResponse', logUnrecorded(options.activity))
  const ofControl = controlOptions(parts, options, countAnswers(app), allowedOrigins)
  await app.register(cookie, { hook: false }) // parsed on demand
  await app.register(recordedSurfaces, { parts, options, findJournal, isDraining })
  await app.register(control, { prefix: SURFACES.control.prefix, ...ofControl })
  await app.register(catchAddresses, { prefix: CATCH_PREFIX })
  await app.ready()
  return app
}

function createFastify({ tls }: HttpParts, options: HttpOptions, findJournal: FindJournal, cors: Cors | undefined) {
  const { logger = false, timeouts = LIMITS } = options
  const newRequestId = counter()
  const recordUnrouted = createRecordUnrouted(findJournal)
  const closers: (() => void)[] = [] // Fastify creates two servers for "localhost"
  const hint = createSchemeHint(message => app.log.warn(message))
  const app: FastifyInstance = Fastify({
    ...frameworkOptions,
    logger,
    childLoggerFactory: sharedLogger,
    logController: new LogController({ disableRequestLogging: true }), // logUnrecorded writes lines without secrets
    genReqId: newRequestId,
    frameworkErrors: replyToFrameworkError(findJournal, cors),
    clientErrorHandler: replyToClientError(newRequestId, recordUnrouted, hint, cors?.headersFor),
    serverFactory(handler) {
      const server = createServer(handler, { tls, timeouts, newRequestId, recordUnrouted })
      closers.push(trackConnections(server))
      return server
    }
  })
  return { app, closeIdle: () => closers.forEach(close => void close()) }
}

/** Adds the hooks that start and stop the sandboxes, and the scheduler, whose requests are finished before. */
function addLifecycle(
  app: FastifyInstance,
  { sandboxes, largeWork, onClose }: HttpParts,
  { drainMs }: HttpOptions,
  closeIdle: () => void
) {
  let [draining, stopping] = [false, false]
  const scheduler = createFairScheduler()
  app.addHook('onRequest', scheduler.hook)
  app.addHook('onListen', async () => sandboxes.peek(undefined)?.resume())
  app.addHook('onClose', onClose)
  app.addHook('preClose', async () => {
    draining = true // readiness fails from here on, while all other requests are still answered
    await drain(drainMs)
    await scheduler.drained()
    stopping = true
    sandboxes.stop()
    void largeWork?.close() // requests that wait for it are refused
    closeConnections(app, closeIdle)
  })
  return { isDraining: () => draining, isStopping: () => stopping }
}

interface RecordedOptions {
  parts: HttpParts
  options: HttpOptions
  findJournal: FindJournal
  isDraining: () => boolean
}

/** Registers the surfaces whose requests the journal records, paths of no surface included. */
async function recordedSurfaces(
  app: FastifyInstance,
  { parts, options, findJournal, isDraining }: RecordedOptions
): Promise<void> {
  const { version, pageFolder, services = VENDOR_SERVICES } = parts
  const baseUrl = baseUrlOf(options.publicUrl)
  recordRequests(app, findJournal)
  app.setNotFoundHandler(refuseUnknownRoute)
  await app.register(uapi, { prefix: SURFACES.uapi.prefix, baseUrl, services })
  await app.register(oauth, { prefix: SURFACES.oauth.prefix, baseUrl, autoConsent: options.autoConsent ?? false })
  await app.register(web, { version, pageFolder, isStopping: isDraining })
}

function controlOptions(
  { sandboxes, namedFixtures, version, database, memoryUsage, largeWork, readDocument }: HttpParts,
  { publicUrl, controlToken }: HttpOptions,
  answers: () => readonly AnswerCount[],
  allowedOrigins: AllowedOrigins
) {
  const started = performance.now()
  return {
    health: () => ({
      status: 'ok' as const,
      version,
      uptimeMs: Math.round(performance.now() - started),
      sandboxes: sandboxes.count(),
      database
    }),
    answers,
    memoryUsage,
    largeWork,
    readDocument,
    sandboxes: { sandboxes, rootUrl: rootUrlOf(publicUrl), sourcesOf: createSourcesOf(namedFixtures) },
    version,
    baseUrl: baseUrlOf(publicUrl),
    controlToken,
    allowedOrigins
  }
}

/** Answers errors of the router, such as a path that cannot be decoded, which happen before any scope is entered. */
function replyToFrameworkError(findJournal: FindJournal, cors: Cors | undefined) {
  return (error: FastifyError, request: FastifyRequest, reply: FastifyReply): void => {
    const surface = surfaceOf(request.url)
    setRequestId(request, reply)
    cors?.setHeaders(request, reply)
    void surface.replyWithError(error, request, reply).then(body => {
      if (surface.isRecorded) recordRequest(request, reply, JSON.stringify(body), findJournal)
      return reply.send(body)
    })
  }
}

async function refuseUnknownRoute(): Promise<never> {
  throw new ControlError('route_unknown')
}

/**
 * Request ids: `1`, `2`, … Health probes, which no journal records, all have `0`: how many come differs from run to run.
 * @returns a function that takes the request, if there is one
 */
function counter(): (request?: { url?: string | undefined }) => string {
  let last = 0
  return request => (PROBES.has(request?.url) ? '0' : String(++last))
}

const PROBES = new Set<string | undefined>(['/livez', '/readyz', `${CONTROL_PREFIX}/health`])

function hostsOf({ publicUrl, allowedHosts }: HttpOptions): AllowedHosts {
  const { names, globs } = parseAllowedHosts(allowedHosts ?? [])
  const publicHost = publicUrl === undefined ? undefined : parseHost(new URL(publicUrl).host) // never a glob
  return { names: new Set(publicHost === undefined ? names : [...names, publicHost]), globs }
}
