import { basename } from 'node:path'
import type { FastifyInstance } from 'fastify'
import type { CallbackOptions } from './domain/callbacks/options.js'
import type { FixtureSource } from './domain/fixtures/read.js'
import { createHttpApp, type HttpOptions } from './http/app.js'
import type { MemoryUsage } from './http/control/metrics.js'
import { addressesOf } from './http/server/localhost.js'
import type { TlsPair } from './http/server/server.js'
import { createConfiguredSender } from './outbound/configured-sender.js'
import {
  LARGE_WORK_FILE,
  PAGE_FOLDER,
  packagedFixtureNames,
  readOpenApiDocument,
  readPackagedFixture,
  VERSION
} from './package.js'
import { DEFAULT_LOG_SIZES } from './schema/list-limit.js'
import type { Send } from './service/deliveries/outcome.js'
import { createSandbox, type Sandbox, type SandboxOptions, type SandboxPorts } from './service/sandbox.js'
import { createSandboxes } from './service/sandboxes.js'
import {
  createInitialState,
  type InitialState,
  type ReadFixtureFiles,
  type Start
} from './service/state/initial-state.js'
import { createLargeWork } from './service/state/large/large-work.js'
import { createFillNewState } from './service/state/large/new-state.js'
import { withStartFixtures } from './service/state/named-fixtures.js'
import { systemClock } from './service/time/clock.js'
import { createSendInProcess } from './service/watch/caught.js'
import { createJournalBudget } from './service/watch/journal-budget.js'
import { IN_MEMORY } from './store/database.js'
import { loadSqlite, type Runtime } from './store/sqlite-module.js'

export type { Activity, RequestLine, WebhookLine } from './service/watch/activity.js'

/** The process that the emulator runs in: versions to check SQLite against, and its memory for the metrics. */
export interface HostProcess extends Runtime {
  memoryUsage: () => MemoryUsage
}

/** Options for `buildApp`. Only the database has no default. */
export interface AppOptions extends SandboxOptions, CallbackOptions, HttpOptions {
  /** Reads the fixtures again where they are files; a reset does. */
  readFixtures?: ReadFixtureFiles
  /** Where the options were given, by their names; `flag` where it is not stated. */
  origins?: Start['origins']
  /** Whether an existing database is emptied first. */
  fresh?: boolean
  /** Loads key and certificate for https. It is called after the database was opened and before it is seeded. */
  tls?: () => Promise<TlsPair | undefined>
  /** Whether a sandbox is created at its first use (`auto`), or only through the control API. */
  sandboxes?: 'manual' | 'auto'
  /** How many bytes the journals of all sandboxes may hold together. */
  journalBytes?: number | undefined
  /** Sends webhooks; tests replace it. */
  send?: Send
  /** Without it SQLite is loaded unchecked, and the metrics lack the memory. */
  runtime?: HostProcess
}

/** An emulator that is ready to listen, with its default sandbox. Closing the app closes all sandboxes. */
export interface BuiltEmulator {
  app: FastifyInstance
  sandbox: Sandbox
  /** Whether the database was seeded, because it was empty or `fresh` was set. */
  seeded: boolean
  /** The fixtures and settings that a reset restores. */
  initialState: Pick<InitialState, 'holds'>
  /**
   * Resets the default sandbox to other fixtures and settings, which from then on are those of the start.
   * @throws FixtureInvalid; nothing changes then
   */
  restart: (start: Start) => void
}

/**
 * Builds an emulator from its database, sandboxes, webhook sender and HTTP application. Server, command line and tests
 * have no other builder.
 * @throws SqliteModuleRefused, DatabaseRefused, FixtureInvalid; nothing is left open then
 */
export async function buildApp(options: AppOptions): Promise<BuiltEmulator> {
  if (options.runtime) loadSqlite(options.runtime)
  let built: FastifyInstance | undefined
  let isTls = false
  const report = (error: unknown) => void built?.log.error({ err: error }, 'unexpected error')
  const { publicUrl, fixtures = [], settings = {}, origins } = options
  const initialState = createInitialState({ fixtures, settings, origins }, options.readFixtures)
  const namedFixtures = withStartFixtures(initialState.sources, options.namedFixtures ?? PACKAGED_FIXTURES)
  const listening = () => (built ? addressesOf(built.server) : []).map(bound => ({ ...bound, tls: isTls }))
  const sendInProcess = createSendInProcess(name => sandboxes.peek(name))
  const webhooks = createConfiguredSender(options, { listening, publicUrl, sendInProcess, report })
  const journalBudget = createJournalBudget(options.journalBytes ?? DEFAULT_LOG_SIZES.journalBytes)
  const largeWork = createLargeWork(LARGE_WORK_FILE)
  const ports = { send: options.send ?? webhooks.send, report, activity: options.activity, journalBudget, largeWork }
  const sandboxOptions = { ...options, initialState, namedFixtures }
  const defaultSandbox = createSandbox(sandboxOptions, ports)
  const { machineClock = systemClock, seed: seedOfIds, newId } = options
  const fillNewState = createFillNewState({ work: largeWork, machineClock, seed: seedOfIds, newId })
  const initialStateWith = (sources: FixtureSource[] | undefined) =>
    sources === undefined ? initialState : initialState.withFixtures(sources)
  const sandboxes = createSandboxes({
    defaultSandbox,
    open: (sources, name, image) =>
      openSandbox(
        { ...sandboxOptions, database: IN_MEMORY, initialState: initialStateWith(sources), name, image },
        ports
      ),
    fill: (sources, name) => fillNewState(initialStateWith(sources), name),
    newId: defaultSandbox.newId,
    isAutomatic: options.sandboxes === 'auto'
  })
  const onClose = async () => {
    await sandboxes.close()
    await largeWork.close()
    webhooks.close()
  }
  try {
    const tls = await options.tls?.() // before the database is emptied, because it can throw
    isTls = tls !== undefined
    const seeded = seed(defaultSandbox, options)
    const database = basename(options.database)
    const memoryUsage = options.runtime?.memoryUsage
    const parts = {
      sandboxes,
      namedFixtures,
      largeWork,
      version: VERSION,
      pageFolder: PAGE_FOLDER,
      readDocument: readOpenApiDocument,
      database,
      tls,
      memoryUsage,
      onClose
    }
    built = await createHttpApp(parts, options)
    return {
      app: built,
      sandbox: defaultSandbox,
      seeded,
      initialState,
      restart: restartOf(initialState, defaultSandbox)
    }
  } catch (error) {
    await onClose()
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

const restartOf =
  (initialState: InitialState, { fixtures, settings }: Sandbox): BuiltEmulator['restart'] =>
  start => {
    const undo = initialState.replace(start)
    try {
      fixtures.replace()
    } catch (error) {
      undo()
      settings.refresh()
      throw error
    }
  }

/** Opens a seeded sandbox in memory. @throws FixtureInvalid; nothing is left open then */
function openSandbox(options: SandboxOptions, ports: SandboxPorts): Sandbox {
  const sandbox = createSandbox(options, ports)
  try {
    if (options.image === undefined) sandbox.fixtures.seed()
    return sandbox
  } catch (error) {
    void sandbox.close()
    throw error
  }
}

/** The fixtures of the package. */
const PACKAGED_FIXTURES = { names: packagedFixtureNames, find: readPackagedFixture }
