import { ControlError } from '../domain/errors/control.js'
import type { FixtureSource } from '../domain/fixtures/read.js'
import { MAX_SANDBOXES, SANDBOX_NAME } from '../schema/sandbox.js'
import type { NewId } from './new-id.js'
import type { Sandbox } from './sandbox.js'

/** The sandboxes of one emulator: the default one, and those beside it. */
export interface Sandboxes {
  /**
   * The sandbox of a name; the default one has none. Whoever asks uses it, which keeps it from ending.
   * @returns undefined when there is none, and none is made at its first use
   */
  find(name: string | undefined): Sandbox | undefined
  /**
   * Makes a sandbox of its own, in memory, with nothing shared.
   * @param sources what it is seeded with; the fixtures that the emulator was started with, when they are left out
   * @throws ControlError `sandbox_exists`, `sandbox_limit`; FixtureInvalid, and then there is none
   */
  create(name?: string, sources?: FixtureSource[]): { name: string; sandbox: Sandbox }
  list(): { name: string; createdAt: string; idleMs: number }[]
  /** Ends a sandbox, with all that it has. @throws ControlError `sandbox_unknown` */
  end(name: string): Promise<void>
  /** How many there are, the default one among them. */
  count(): number
  /** Lets all of them come to rest: nothing more is sent, and nobody waits any more. */
  stop(): void
  close(): Promise<void>
}

/** After how long without a request a sandbox ends, and how often is looked, in milliseconds of wall time. */
export interface IdleLimits {
  idleMs: number
  checkMs: number
}

/** @source control-api.md "Sandboxes" */
const IDLE: IdleLimits = { idleMs: 30 * 60_000, checkMs: 60_000 }

const NAME_LENGTH = 12

interface Entry {
  sandbox: Sandbox
  createdAt: string
  /** By the wall clock, in milliseconds. */
  usedAt: number
}

/** @param open makes a sandbox in memory that knows nothing yet, or what it is given */
export function createSandboxes({
  main,
  open,
  newId,
  isAutomatic = false,
  limits = IDLE
}: {
  main: Sandbox
  open: (sources: FixtureSource[] | undefined) => Sandbox
  newId: NewId
  /** Whether a sandbox is made at its first use. */
  isAutomatic?: boolean
  limits?: IdleLimits
}): Sandboxes {
  const entries = new Map<string, Entry>()
  const ending = new Set<Promise<void>>()
  let isStopping = false

  const endOne = (name: string, { sandbox }: Entry): Promise<void> => {
    entries.delete(name)
    sandbox.stop(new ControlError('sandbox_unknown'))
    const ended = sandbox.close().finally(() => ending.delete(ended))
    ending.add(ended)
    return ended
  }

  const endIdle = () => {
    const now = performance.now()
    for (const [name, entry] of entries) {
      if (entry.sandbox.feed.hasSubscribers()) entry.usedAt = now
      if (now - entry.usedAt > limits.idleMs) void endOne(name, entry)
    }
  }
  const timer = setInterval(endIdle, limits.checkMs).unref()

  const create: Sandboxes['create'] = (asked, sources) => {
    const name = asked ?? newId(NAME_LENGTH).toLowerCase()
    if (entries.has(name)) throw new ControlError('sandbox_exists')
    if (isStopping) throw new ControlError('stopping')
    if (entries.size >= MAX_SANDBOXES) throw new ControlError('sandbox_limit')
    const sandbox = open(sources)
    entries.set(name, { sandbox, createdAt: new Date().toISOString(), usedAt: performance.now() })
    sandbox.resume()
    return { name, sandbox }
  }

  return {
    find(name) {
      if (name === undefined) return main
      const entry = entries.get(name)
      if (entry) {
        entry.usedAt = performance.now()
        return entry.sandbox
      }
      return isAutomatic && IS_NAME.test(name) ? create(name).sandbox : undefined
    },
    create,
    list: () =>
      [...entries].map(([name, { createdAt, usedAt }]) => ({
        name,
        createdAt,
        idleMs: Math.round(performance.now() - usedAt)
      })),
    async end(name) {
      const entry = entries.get(name)
      if (entry === undefined) throw new ControlError('sandbox_unknown')
      await endOne(name, entry)
    },
    count: () => entries.size + 1,
    stop() {
      isStopping = true
      main.stop()
      for (const { sandbox } of entries.values()) sandbox.stop()
    },
    async close() {
      isStopping = true
      clearInterval(timer)
      for (const [name, entry] of entries) void endOne(name, entry)
      await Promise.all([main.close(), ...ending])
    }
  }
}

const IS_NAME = new RegExp(SANDBOX_NAME)
