import { ControlError } from '../domain/errors/control.js'
import type { FixtureSource } from '../domain/fixtures/read.js'
import { MAX_SANDBOXES, SANDBOX_NAME } from '../schema/sandbox.js'
import type { NewId } from './new-id.js'
import type { Sandbox } from './sandbox.js'

/** The sandboxes of one emulator: the default one, which has no name, and named ones. */
export interface Sandboxes {
  /**
   * Finds a sandbox by its name. Counts as a use, which restarts its idle time.
   * @returns undefined when there is none and sandboxes are not created at their first use
   */
  find(name: string | undefined): Sandbox | undefined
  /** Finds a sandbox by its name without counting as a use: its idle time is not restarted, and none is created. */
  peek(name: string | undefined): Sandbox | undefined
  /**
   * Creates a sandbox in memory.
   * @param sources its fixtures; by default those that the emulator was started with
   * @throws ControlError `sandbox_exists`, `sandbox_limit`, `stopping`; FixtureInvalid. No sandbox is created then
   */
  create(name?: string, sources?: FixtureSource[]): { name: string; sandbox: Sandbox }
  /** Creates one like `create`; fills it in another thread when its fixtures are large. @throws as `create`; Stopped */
  createLarge(name?: string, sources?: FixtureSource[]): Promise<{ name: string }>
  list(): { name: string; createdAt: string; idleMs: number }[]
  /** Ends a sandbox and discards its state. @throws ControlError `sandbox_unknown` */
  end(name: string): Promise<void>
  /** The number of sandboxes, including the default one. */
  count(): number
  /** Stops all sandboxes: they send nothing more, and their waiters are rejected. */
  stop(): void
  close(): Promise<void>
}

/** How long a sandbox may be idle, and how often that is checked, in milliseconds of wall time. */
export interface IdleLimits {
  idleMs: number
  checkMs: number
}

/** @source control-api.md "Sandboxes" */
const IDLE_LIMITS: IdleLimits = { idleMs: 30 * 60_000, checkMs: 60_000 }

/** Length of generated names. */
const NAME_LENGTH = 12

interface Entry {
  sandbox: Sandbox
  createdAt: string
  /** When it was last used, in monotonic milliseconds. */
  usedAt: number
}

/** @param open opens a sandbox in memory, under its name, and fills it @param newId for names that were left out */
export function createSandboxes({
  defaultSandbox,
  open,
  fill = async () => undefined,
  newId,
  isAutomatic = false,
  limits = IDLE_LIMITS,
  now = () => performance.now()
}: {
  defaultSandbox: Sandbox
  open: (sources: FixtureSource[] | undefined, name: string, image?: Uint8Array) => Sandbox
  /** Fills the database of a sandbox in another thread; undefined when there is no need to. */
  fill?: (sources: FixtureSource[] | undefined, name: string) => Promise<Uint8Array | undefined>
  newId: NewId
  /** Whether a sandbox is created at its first use. */
  isAutomatic?: boolean
  limits?: IdleLimits
  /** Monotonic wall time, in milliseconds. */
  now?: () => number
}): Sandboxes {
  const entries = new Map<string, Entry>()
  const ending = new Set<Promise<void>>()
  let isStopping = false

  const endOne = (name: string, { sandbox }: Entry): Promise<void> => {
    entries.delete(name)
    sandbox.stop(new ControlError('sandbox_unknown'))
    const ended = sandbox.close().finally(() => ending.delete(ended))
    ending.add(ended)
    defaultSandbox.announce({ change: 'ended', name })
    return ended
  }

  const endIdle = () => {
    const time = now()
    for (const [name, entry] of entries) {
      if (entry.sandbox.feed.hasSubscribers()) entry.usedAt = time
      if (time - entry.usedAt > limits.idleMs) void endOne(name, entry)
    }
  }
  const timer = setInterval(endIdle, limits.checkMs).unref()

  /** The name of a new sandbox. @throws ControlError when it cannot be created */
  const nameOfNew = (requestedName: string | undefined): string => {
    if (requestedName !== undefined && entries.has(requestedName)) throw new ControlError('sandbox_exists')
    if (isStopping) throw new ControlError('stopping')
    if (entries.size >= MAX_SANDBOXES) throw new ControlError('sandbox_limit')
    return requestedName ?? newId(NAME_LENGTH, id => entries.has(id.toLowerCase())).toLowerCase()
  }

  const create = (requestedName?: string, sources?: FixtureSource[], image?: Uint8Array) => {
    const name = nameOfNew(requestedName)
    const sandbox = open(sources, name, image)
    entries.set(name, { sandbox, createdAt: new Date().toISOString(), usedAt: now() })
    sandbox.resume()
    defaultSandbox.announce({ change: 'created', name })
    return { name, sandbox }
  }

  return {
    find(name) {
      if (name === undefined) return defaultSandbox
      const entry = entries.get(name)
      if (entry) {
        entry.usedAt = now()
        return entry.sandbox
      }
      return isAutomatic && IS_NAME.test(name) ? create(name).sandbox : undefined
    },
    peek: name => (name === undefined ? defaultSandbox : entries.get(name)?.sandbox),
    create: (name, sources) => create(name, sources),
    async createLarge(requestedName, sources) {
      const name = nameOfNew(requestedName)
      return create(name, sources, await fill(sources, name))
    },
    list: () =>
      [...entries].map(([name, { createdAt, usedAt }]) => ({
        name,
        createdAt,
        idleMs: Math.round(now() - usedAt)
      })),
    async end(name) {
      const entry = entries.get(name)
      if (entry === undefined) throw new ControlError('sandbox_unknown')
      await endOne(name, entry)
    },
    count: () => entries.size + 1,
    stop() {
      isStopping = true
      defaultSandbox.stop()
      for (const { sandbox } of entries.values()) sandbox.stop()
    },
    async close() {
      isStopping = true
      clearInterval(timer)
      for (const [name, entry] of entries) void endOne(name, entry)
      await Promise.all([defaultSandbox.close(), ...ending])
    }
  }
}

const IS_NAME = new RegExp(SANDBOX_NAME)
