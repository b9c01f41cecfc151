import type { Call, CallList, CallQuery, CallRequest, HangupRequest } from '../schema/call.js'
import type { ClockAdvance, ClockAdvanced, ClockReading, ClockSetting } from '../schema/clock.js'
import type { Delivery, DeliveryList, DeliveryQuery } from '../schema/delivery.js'
import type { DeliveryVerification, Idle, IdleQuery, Verified } from '../schema/verification.js'
import { readDuration } from './duration.js'
import { refusalOf } from './errors.js'
import { createFaultsClient, type FaultsClient } from './faults.js'
import type { Loose } from './loose.js'
import { isRefutation, NotVerified, type Verifiable } from './not-verified.js'
import { pathOf, queryOf } from './path.js'
import { createRequestsClient, type RequestsClient } from './requests.js'
import { createSandboxesClient, type SandboxesClient } from './sandboxes.js'
import { createStateClient, type StateClient } from './state.js'
import { createStreamClient, type StreamClient } from './stream.js'
import { createTransport, type Method, type TransportOptions } from './transport.js'

/** Where an emulator is, and what it asks of those who use its control API. */
export type ClientOptions = TransportOptions

/**
 * The control API of an emulator. Every call throws a ClientError when it is refused or nobody answers.
 * @source control-api.md "State", "Calls and deliveries", "Watching and verifying"
 */
export interface Client extends StateClient, RequestsClient, SandboxesClient, StreamClient, FaultsClient {
  calls: {
    /** Places a call. It goes on by itself, unless it is `manual`. */
    place(request: Loose<CallRequest>): Promise<Call>
    get(callId: string): Promise<Call>
    /** The calls so far, oldest first. */
    list(query?: Loose<CallQuery>): Promise<CallList>
    /** Answers a manual call that rings. */
    answer(callId: string): Promise<Call>
    /** Ends a manual call. */
    hangup(callId: string, request?: Loose<HangupRequest>): Promise<Call>
  }
  deliveries: {
    /** The deliveries so far, in the order in which they were sent. */
    list(query?: Loose<DeliveryQuery>): Promise<DeliveryList>
    get(id: string): Promise<Delivery>
    /** Sends the same bytes again, as a new attempt, and does not wait for its answer. */
    replay(id: string): Promise<Delivery>
    /**
     * Waits until the deliveries that are expected have come.
     * @throws NotVerified, which says what came instead
     * @example await client.deliveries.verify({ match: { type: '2' }, count: 2, timeoutMs: 1_000 })
     */
    verify(expected: Loose<DeliveryVerification>): Promise<Verified>
  }
  clock: {
    get(): Promise<ClockReading>
    set(setting: Loose<ClockSetting>): Promise<ClockReading>
    /** Stops the clock: where it is, or at a time. */
    freeze(now?: Instant): Promise<ClockReading>
    /** Lets the clock go on: from where it is, or from a time. */
    run(now?: Instant): Promise<ClockReading>
    /**
     * Moves the clock on, through everything that is due on the way, and waits until that has been delivered.
     * @example await client.clock.advance('45s')
     */
    advance(by: Advance): Promise<ClockAdvanced>
  }
  /** Waits until no call and no delivery is due: not at all, unless `timeoutMs` says for how long. */
  idle(query?: Loose<IdleQuery>): Promise<Idle>
  /** Lets go of the connections that are kept. What is in flight fails. */
  close(): void
}

/** A time: ISO 8601 with an offset, or a date. */
export type Instant = string | Date

/** How far a clock is moved on: milliseconds, a text such as `45s`, `2m` or `500ms`, or a time. */
export type Advance = number | string | { to: Instant }

/** A client of the emulator at a url. Nothing is sent before the first call. @throws TypeError when it is no url */
export function createClient(options: ClientOptions): Client {
  const transport = createTransport(options)

  async function ask<T>(method: Method, path: string, body?: object): Promise<T> {
    const answer = await transport.send(method, path, body)
    const isAnswer = answer.body === undefined ? answer.status === 204 : answer.status >= 200 && answer.status <= 299
    if (!isAnswer) throw refusalOf(answer, transport.url)
    return answer.body as T // the server writes every answer by the schema that T is the type of
  }
  async function verify(what: Verifiable, expected: { match: object }): Promise<Verified> {
    const path = what === 'delivery' ? '/deliveries/verify' : '/requests/verify'
    const { status, body } = await transport.send('POST', path, expected)
    if (isRefutation(status, body)) throw new NotVerified(expected, body, what)
    if (status !== 200) throw refusalOf({ status, body }, transport.url)
    return body as Verified // what the schema of the answer says of 200
  }
  const setClock = (setting: Loose<ClockSetting>) => ask<ClockReading>('PUT', '/clock', setting)

  return {
    ...createStateClient(ask),
    ...createStreamClient(transport),
    ...createSandboxesClient(ask),
    ...createFaultsClient(ask),
    ...createRequestsClient(ask, verify),
    calls: {
      place: request => ask('POST', '/calls', request),
      get: async callId => ask('GET', pathOf('calls', callId)),
      list: query => ask('GET', `/calls${queryOf(query)}`),
      answer: async callId => ask('POST', pathOf('calls', callId, 'answer'), {}),
      hangup: async (callId, request = {}) => ask('POST', pathOf('calls', callId, 'hangup'), request)
    },
    deliveries: {
      list: query => ask('GET', `/deliveries${queryOf(query)}`),
      get: async id => ask('GET', pathOf('deliveries', id)),
      replay: async id => ask('POST', pathOf('deliveries', id, 'replay')),
      verify: expected => verify('delivery', expected)
    },
    clock: {
      get: () => ask('GET', '/clock'),
      set: setClock,
      freeze: now => setClock({ mode: 'frozen', now: now && printInstant(now) }),
      run: now => setClock({ mode: 'running', now: now && printInstant(now) }),
      advance: async by => ask('POST', '/clock/advance', readAdvance(by))
    },
    idle: query => ask('GET', `/idle${queryOf(query)}`),
    close: transport.close
  }
}

const printInstant = (instant: Instant): string => (instant instanceof Date ? instant.toISOString() : instant)

function readAdvance(by: Advance): ClockAdvance {
  if (typeof by === 'object') return { to: printInstant(by.to) }
  const ms = typeof by === 'number' ? by : readDuration(by)
  if (ms !== undefined) return { ms }
  throw new TypeError(
    `Cannot read "${by}" as a duration: expected a number of milliseconds, or a text such as "45s", "2m" or "500ms".`
  )
}
