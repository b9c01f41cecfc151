import type { DeliveryMatch } from './schema/calls/delivery.js'
import type { RequestMatch } from './schema/journal.js'
import type { ExpectedCount } from './schema/verification.js'

/** An emulator, or another object that verifies deliveries and requests as one does. */
interface Verifier {
  deliveries: { verify(expected: Expected<DeliveryMatch>): Promise<{ count: number }> }
  requests: { verify(expected: Expected<RequestMatch>): Promise<{ count: number }> }
}

interface Expected<Match> extends MatcherOptions {
  match: Match
}

/** What a matcher returns to Jest and Vitest. */
export interface MatcherResult {
  pass: boolean
  message: () => string
}

/** How many entries match, and how long they are waited for: the same as of `verify`. */
export interface MatcherOptions {
  /** The expected number. Default: at least one; with `.not` none. */
  count?: ExpectedCount | undefined
  /** Default: three seconds, unless none or only a maximum is expected. */
  timeoutMs?: number | undefined
}

/** The matchers as methods of `expect(emulator)`. They are asynchronous: `await` them. */
export interface EmulatorMatchers<Result = unknown> {
  /**
   * Passes when the emulator has sent webhooks that match, or sends them in time.
   * @example await expect(emulator).toHaveDelivered({ type: '2', state: 'delivered' }, { count: 1 })
   */
  toHaveDelivered(match?: DeliveryMatch, options?: MatcherOptions): Result
  /**
   * Passes when the emulator has received requests that match, or receives them in time.
   * @example await expect(emulator).toHaveReceivedRequest({ operation: 'create', status: 200 })
   */
  toHaveReceivedRequest(match?: RequestMatch, options?: MatcherOptions): Result
}

type Run<Match> = (
  this: { isNot?: boolean } | undefined,
  received: unknown,
  match?: Match,
  options?: MatcherOptions
) => Promise<MatcherResult>

/**
 * The matchers of test libraries, for `expect.extend`.
 * @throws (each of them) TypeError when the value is no emulator; ClientError for an invalid match
 * @example expect.extend(matchers)
 */
export const matchers: { toHaveDelivered: Run<DeliveryMatch>; toHaveReceivedRequest: Run<RequestMatch> } = {
  toHaveDelivered(received, match, options) {
    const { deliveries } = verifierOf(received, 'toHaveDelivered')
    return judge(this?.isNot === true, options, given => deliveries.verify({ match: match ?? {}, ...given }))
  },
  toHaveReceivedRequest(received, match, options) {
    const { requests } = verifierOf(received, 'toHaveReceivedRequest')
    return judge(this?.isNot === true, options, given => requests.verify({ match: match ?? {}, ...given }))
  }
}

/** @throws TypeError that names what was received */
function verifierOf(received: unknown, name: string): Verifier {
  if (isVerifier(received)) return received
  const isPromise = typeof Reflect.get(Object(received), 'then') === 'function'
  const type = received === null ? 'null' : Array.isArray(received) ? 'an array' : `a value of type ${typeof received}`
  const got = isPromise ? 'a promise, which has to be awaited first' : type
  throw new TypeError(`expect(emulator).${name}() needs what startEmulator or connectEmulator returns; got ${got}.`)
}

const isVerifier = (value: unknown): value is Verifier =>
  ['deliveries', 'requests'].every(
    name => typeof Reflect.get(Object(Reflect.get(Object(value), name)), 'verify') === 'function'
  )

/** With `.not` and without a count none is expected, so that the message lists those that were found. */
async function judge(
  isNot: boolean,
  options: MatcherOptions = {},
  verify: (options: MatcherOptions) => Promise<{ count: number }>
): Promise<MatcherResult> {
  if (Object(options) !== options || Array.isArray(options)) {
    const got = JSON.stringify(options) ?? String(options)
    throw new TypeError(`The second argument of the matcher must be options such as { count: 1 }; got ${got}.`)
  }
  const expectsNone = isNot && options.count === undefined
  const given = { ...options, ...(isNot && { count: options.count ?? 0, timeoutMs: options.timeoutMs ?? 0 }) }
  try {
    const { count } = await verify(given)
    const message = () =>
      `Expected a number of matching entries other than ${JSON.stringify(options.count)}; found ${count}.`
    return { pass: !expectsNone, message }
  } catch (error) {
    if (!isNotVerified(error)) throw error
    return { pass: expectsNone, message: () => error.message }
  }
}

/** By its name: the matchers and the emulator may come from two bundles. */
const isNotVerified = (error: unknown): error is { message: string } =>
  Reflect.get(Object(error), 'name') === 'NotVerified'
