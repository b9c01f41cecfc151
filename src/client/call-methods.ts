import type { Call, CallList, CallQuery } from '../schema/calls/call.js'
import type {
  AnswerRequest,
  CallRequest,
  CompleteRequest,
  HangupRequest,
  RejectRequest,
  RingRequest
} from '../schema/calls/call-request.js'
import type { Transfer } from '../schema/calls/call-step.js'
import type { CaughtCleared, CaughtList, CaughtQuery } from '../schema/calls/caught.js'
import type { Delivery, DeliveryList, DeliveryQuery } from '../schema/calls/delivery.js'
import type { ReplayRequest } from '../schema/calls/replay.js'
import type { Har } from '../schema/har.js'
import type { DeliveryVerification, EndedQuery, Verified } from '../schema/verification.js'
import type { OptionalUndefined } from './operations.js'
import type { PlacedCall } from './placed-call.js'

/** Methods on calls. */
export interface CallMethods {
  /**
   * Places a call. It proceeds by itself, unless it is `manual`.
   * @example const call = await client.calls.place({ from: '0003*211', to: '0003*210' })
   * @example await (await client.calls.place({ from: '0003*211', to: '0003*210', talkMs: 500 })).ended()
   */
  place(request: OptionalUndefined<CallRequest>): Promise<PlacedCall>
  /** Gets a call by the CallID of any of its legs. */
  get(callId: string): Promise<Call>
  /** The calls, oldest first. */
  list(query?: OptionalUndefined<CallQuery>): Promise<CallList>
  /**
   * Waits up to `timeoutMs` (10,000 when left out) until a call is over and each of its deliveries was answered, has
   * failed or was blocked.
   * @throws ClientError `wait_timeout`, whose message names what the call waits for
   */
  ended(callId: string, query?: OptionalUndefined<EndedQuery>): Promise<Call>
  /** Rings further parties of a manual call. */
  ring(callId: string, request: OptionalUndefined<RingRequest>): Promise<Call>
  /** Answers a ringing leg of a manual call; without a number, the only one. */
  answer(callId: string, request?: OptionalUndefined<AnswerRequest>): Promise<Call>
  /** Rejects a manual call: a ringing leg ends. */
  reject(callId: string, request: RejectRequest): Promise<Call>
  /** Transfers a manual call. */
  transfer(callId: string, request: Transfer): Promise<Call>
  /** Completes the attended transfer of an extension. */
  complete(callId: string, request: CompleteRequest): Promise<Call>
  /** Hangs up a leg of a manual call; without a number, all legs. */
  hangup(callId: string, request?: OptionalUndefined<HangupRequest>): Promise<Call>
}

/** Methods on webhooks. */
export interface DeliveryMethods {
  /** The deliveries, in the order in which they were sent. */
  list(query?: OptionalUndefined<DeliveryQuery>): Promise<DeliveryList>
  /** The attempts of the deliveries as a document in HAR 1.2. Secrets are masked. All without `limit`. */
  export(query?: OptionalUndefined<DeliveryQuery>): Promise<Har>
  get(id: string): Promise<Delivery>
  /**
   * Sends the same bytes again, as a new attempt, without waiting for its answer. With changes it sends a new delivery.
   * @returns the delivery that is sent
   * @example await client.deliveries.replay('7', { url: 'http://127.0.0.1:3000/hook', parameters: { CallID: null } })
   */
  replay(id: string, changes?: OptionalUndefined<ReplayRequest>): Promise<Delivery>
  /**
   * Waits up to `timeoutMs` for the expected deliveries: by their number, or by their order.
   * @throws NotVerified with the nearest deliveries and hints
   * @example await client.deliveries.verify({ match: { type: '2' }, count: 2, timeoutMs: 1_000 })
   * @example await client.deliveries.verify({ match: { parameters: { CallStatus: 'ANSWER' } } })
   * @example await client.deliveries.verify({ sequence: [{ match: { type: '0' } }, { match: { type: '2' } }] })
   */
  verify(expected: OptionalUndefined<DeliveryVerification>): Promise<Verified>
}

/** Methods on the requests that catch addresses received: `/_emulator/catch/{name}`. */
export interface CaughtMethods {
  /** The requests exactly as they were received, oldest first. */
  list(query?: OptionalUndefined<CaughtQuery>): Promise<CaughtList>
  /** Deletes those of a name, or all. */
  clear(name?: string): Promise<CaughtCleared>
}
