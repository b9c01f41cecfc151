/// <reference lib="esnext.disposable" preserve="true" />
import type { Fixture } from '../schema/fixture.js'
import type { OpenedSession, Snapshot, StateCounts } from '../schema/state.js'
import type { ExpectedCount, Idle, IdleQuery } from '../schema/verification.js'
import { type Client, createClient } from './client.js'
import type { Loose } from './loose.js'

/**
 * An emulator, as a test has it: its address, and everything that its control API does. What waits (`verify`, `idle`)
 * waits three seconds unless `timeoutMs` says otherwise; that none or at most so many came is judged at once.
 */
export interface Emulator extends Omit<Client, 'idle' | 'close'> {
  /** Serves `/uapi`, `/unifiedapi` and `/oauth` below it; no slash at its end. */
  readonly url: string
  /** Where the control API is: `url` and `/_emulator`. */
  readonly controlUrl: string
  /** What the control API asks for, where it asks for anything. */
  readonly controlToken: string | undefined
  /** Makes a bearer token of a user. Without `expiresInSeconds` it never expires. */
  token(user: string, options?: { expiresInSeconds?: number | undefined }): Promise<string>
  /** Opens a session of a user: the headers `cookie` and `x-xsrf-token`. */
  session(user: string): Promise<OpenedSession>
  /** Puts the state by under a name, to go back to it. */
  snapshot(name: string): Promise<TakenSnapshot>
  /**
   * Makes an emulator of its own on the same server, with its own state, clock, calls and requests. Closing it ends it.
   * @param name it is given one when it is left out
   * @example const own = await emulator.sandbox(`worker-${process.env.VITEST_POOL_ID}`)
   */
  sandbox(name?: string, options?: { fixture?: string | Fixture | undefined }): Promise<Emulator>
  /** Waits until no call and no delivery is due. @throws ClientError `wait_timeout` */
  idle(query?: Loose<IdleQuery>): Promise<Idle>
  /** Ends what was started, or made; lets go of a server that was running before. Twice is once. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** A state that was put by. */
export interface TakenSnapshot extends Snapshot {
  /** Goes back to it, as a reset does. */
  restore(): Promise<StateCounts>
  /** Forgets it. */
  remove(): Promise<void>
}

/** What it takes to speak to an emulator that runs. */
export interface ConnectOptions {
  /** The control token, where one is asked for. */
  controlToken?: string | undefined
  /** The certificate to trust over https, PEM. */
  ca?: string | undefined
}

/**
 * Connects to an emulator that runs, or to one of its sandboxes.
 * @param url what the emulator prints: `http://127.0.0.1:4772`
 * @throws ClientError when none answers there, or it asks for another control token
 * @example const emulator = await connectEmulator('http://127.0.0.1:4772')
 */
export async function connectEmulator(url: string, options: ConnectOptions = {}): Promise<Emulator> {
  const emulator = createEmulator(url, options)
  try {
    await emulator.clock.get()
    return emulator
  } catch (error) {
    await emulator.close()
    throw error
  }
}

/** An emulator at a url that is known to be one. @param end what closing it ends, beside the connections to it */
export function createEmulator(
  url: string,
  options: ConnectOptions,
  end: () => Promise<unknown> = async () => {}
): Emulator {
  const client = createClient({ ...options, url })
  const { idle, close: disconnect, deliveries, requests, ...calls } = client
  const base = url.replace(/\/+$/, '')
  let closing: Promise<void> | undefined
  const close = () => {
    closing ??= Promise.resolve(disconnect())
      .then(end)
      .then(() => {})
    return closing
  }

  return {
    ...calls,
    deliveries: { ...deliveries, verify: async expected => deliveries.verify(patiently(expected)) },
    requests: { ...requests, verify: async expected => requests.verify(patiently(expected)) },
    url: base,
    controlUrl: `${base}/_emulator`,
    controlToken: options.controlToken,
    token: async (user, { expiresInSeconds } = {}) =>
      (await client.tokens.issue({ user, expiresInSeconds })).accessToken,
    session: user => client.sessions.open({ user }),
    async snapshot(name) {
      if (typeof name !== 'string' || name === '')
        throw new TypeError('A snapshot needs a name: emulator.snapshot("before").')
      const taken = await client.snapshots.take(name)
      return { ...taken, restore: () => client.snapshots.restore(name), remove: () => client.snapshots.remove(name) }
    },
    async sandbox(name, { fixture } = {}) {
      const made = await client.sandboxes.create({ name, fixture })
      const root = base.replace(/\/sandboxes\/[^/]+$/, '') // they stand beside each other
      return createEmulator(`${root}/sandboxes/${made.name}`, options, () => endSandbox(root, options, made.name))
    },
    idle: ({ timeoutMs = PATIENCE_MS } = {}) => idle({ timeoutMs }),
    close,
    [Symbol.asyncDispose]: close
  }
}

/**
 * How long is waited for what has to come, in milliseconds: less than the five seconds that test runners give a test, so
 * that what is said is why it did not come.
 */
const PATIENCE_MS = 3_000

/** What is expected to come is waited for. */
function patiently<T extends { count?: ExpectedCount | undefined; timeoutMs?: number | undefined }>(expected: T): T {
  const { count = 1, timeoutMs } = expected
  const isAwaited = (typeof count === 'number' ? count : (count.min ?? 0)) > 0
  return isAwaited && timeoutMs === undefined ? { ...expected, timeoutMs: PATIENCE_MS } : expected
}

/** By a client of its own: the one that made it may have been closed before. One that ended by itself has ended. */
async function endSandbox(url: string, options: ConnectOptions, name: string): Promise<void> {
  const client = createClient({ ...options, url })
  try {
    await client.sandboxes.end(name)
  } catch (error) {
    if (!GONE.has(Reflect.get(Object(error), 'code'))) throw error
  } finally {
    client.close()
  }
}

/** What says that a sandbox is there no more: it was idle for long, or the server was stopped first. */
const GONE: ReadonlySet<unknown> = new Set(['sandbox_unknown', 'unreachable', 'stopping'])
