import type { Call } from '../schema/calls/call.js'
import type { EndedQuery } from '../schema/verification.js'

/** A call that was placed. */
export type PlacedCall = Call & {
  /**
   * Waits for its end, as `calls.ended` does.
   * @throws ClientError `wait_timeout`, whose message names what the call waits for
   */
  ended(query?: { [K in keyof EndedQuery]: EndedQuery[K] | undefined }): Promise<Call>
}

/** Adds `ended` to a call. It is not enumerable: the call prints and compares as plain data. */
export const withEnded = (call: Call, ended: PlacedCall['ended']): PlacedCall =>
  Object.defineProperty(call, 'ended', { value: ended }) as PlacedCall // it has the property now
