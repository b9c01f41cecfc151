/// <reference lib="esnext.disposable" preserve="true" />
import { CONTROL_PREFIX } from '../schema/control-api/operation.js'
import type { Fixture } from '../schema/fixture.js'
import type { OpenedSession, Snapshot, StateCounts } from '../schema/state.js'
import type { ExpectedCount, Idle, IdleQuery } from '../schema/verification.js'
import { type Client, createClient } from './client.js'
import type { OptionalUndefined } from './operations.js'

/**
 * An emulator for a test: its URLs and the methods of its control API. `verify` and `idle` wait up to three seconds,
 * and `calls.ended` up to ten, unless `timeoutMs` is given; a verification that expects none, or only a maximum, does not wait.
 */
export interface Emulator extends Omit<Client, 'idle' | 'close'> {
  /** The base of `/uapi`, `/unifiedapi` and `/oauth`, without a trailing slash. */
  readonly url: string
  /** The base of the control API: `url` and `/_emulator`. */
  readonly controlUrl: string
  /** The control token, if the control API requires one. */
  readonly controlToken: string | undefined
  /** Issues a bearer token of a user. Without `expiresInSeconds` it never expires. */
  token(user: string, options?: { expiresInSeconds?: number | undefined }): Promise<string>
  /** Opens a session of a user and returns the values of its `cookie` and `x-xsrf-token` headers. */
  session(user: string): Promise<OpenedSession>
  /** Takes a snapshot of the state. @throws TypeError without a name */
  snapshot(name: string): Promise<TakenSnapshot>
  /**
   * Creates a sandbox on the same server, with its own state, clock, calls and requests. Closing it ends the sandbox.
   * @param name generated when it is left out
   * @example const own = await emulator.sandbox(`worker-${process.env.VITEST_POOL_ID}`)
   */
  sandbox(name?: string, options?: { fixture?: string | Fixture | undefined }): Promise<Emulator>
  /** Waits until no call step and no delivery is due. @throws ClientError `wait_timeout` */
  idle(query?: OptionalUndefined<IdleQuery>): Promise<Idle>
  /** Stops the emulator, or ends the sandbox; of one that was connected to, closes the connections only. Idempotent. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** A snapshot that was taken. */
export interface TakenSnapshot extends Snapshot {
  /** Restores it. As after a reset, pending deliveries are discarded. */
  restore(): Promise<StateCounts>
  /** Removes it. */
  remove(): Promise<void>
}

/** Options of `connectEmulator`. */
export interface ConnectOptions {
  /** The control token, if the emulator requires one. */
  controlToken?: string | undefined
  /** The certificate to trust over https, PEM. */
  ca?: string | undefined
}

/**
 * Connects to a running emulator, or to one of its sandboxes.
 * @param url as the emulator prints it: `http://127.0.0.1:4772`
 * @throws ClientError when no emulator answers there, or it requires another control token
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

/** The emulator at a URL, without a request to it. @param end called once when it is closed */
export function createEmulator(
  url: string,
  options: ConnectOptions,
  end: () => Promise<unknown> = async () => {}
): Emulator {
  const client = createClient({ ...options, url })
  const { idle, close: disconnect, deliveries, requests, ...others } = client
  const base = url.replace(/\/+$/, '')
  let closing: Promise<void> | undefined
  const close = () => {
    closing ??= Promise.resolve(disconnect())
      .then(end)
      .then(() => {})
    return closing
  }

  return {
    ...others,
    deliveries: { ...deliveries, verify: async expected => deliveries.verify(withDefaultWait(expected)) },
    requests: { ...requests, verify: async expected => requests.verify(withDefaultWait(expected)) },
    url: base,
    controlUrl: base + CONTROL_PREFIX,
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
      const created = await client.sandboxes.create({ name, fixture })
      const root = base.replace(/\/sandboxes\/[^/]+$/, '') // sandboxes are not nested
      return createEmulator(`${root}/sandboxes/${created.name}`, options, () => endSandbox(root, options, created.name))
    },
    idle: ({ timeoutMs = DEFAULT_WAIT_MS } = {}) => idle({ timeoutMs }),
    close,
    [ASYNC_DISPOSE]: close
  }
}

/**
 * What `await using` calls. Jest's environments on Node 20 lack it; compilers then take the symbol of that name, which
 * the type of the other one stands for.
 */
const ASYNC_DISPOSE: typeof Symbol.asyncDispose =
  Symbol.asyncDispose ?? (Symbol.for('Symbol.asyncDispose') as typeof Symbol.asyncDispose)

/**
 * The default time limit of waiting, in milliseconds: less than the five seconds that test runners give a test, so that
 * the test fails with the explanation of NotVerified, or of what a call waits for.
 */
const DEFAULT_WAIT_MS = 3_000

/** Adds the default time limit to a verification that expects at least one entry. */
function withDefaultWait<T extends { count?: ExpectedCount | undefined; timeoutMs?: number | undefined }>(
  expected: T
): T {
  const { count = 1, timeoutMs } = expected
  const waits = (typeof count === 'number' ? count : (count.min ?? 0)) > 0
  return waits && timeoutMs === undefined ? { ...expected, timeoutMs: DEFAULT_WAIT_MS } : expected
}

/** Ends a sandbox, over a client of its own: the other may be closed by now. No error if the sandbox has ended already. */
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

/** The codes for a sandbox that no longer exists: it expired, or the server was stopped before. */
const GONE: ReadonlySet<unknown> = new Set(['sandbox_unknown', 'unreachable', 'stopping'])
