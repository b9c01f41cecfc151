import { nearest, needsWholeLog } from '../domain/verification.js'
import type { DeliveryMatch } from '../schema/delivery.js'
import type { DeliveriesNotVerified, DeliveryVerification, Verified } from '../schema/verification.js'
import type { Store } from '../store/store.js'
import type { Changes } from './changes.js'
import type { ExplainMissing } from './explain-missing.js'
import { verifyCount } from './verify-count.js'

/** Whether deliveries are as a test expects them. */
export type VerifyDeliveries = (
  verification: DeliveryVerification,
  signal?: AbortSignal
) => Promise<Verified | DeliveriesNotVerified>

/** How many of the deliveries that come closest are shown, and among how many of the newest they are looked for. */
const SHOWN = 5
const SEARCHED = 500

/** Waits for deliveries, and says what came instead. @source control-api.md "Watching and verifying" */
export function createVerifyDeliveries({
  store: { calls, moments, deliveries },
  changes,
  explain
}: {
  store: Store
  changes: Changes
  explain: ExplainMissing
}): VerifyDeliveries {
  /** How many deliveries were forgotten that could match: of a call that is remembered it is known. */
  const droppedOf = ({ callId }: DeliveryMatch): number => {
    const call = callId === undefined ? undefined : calls.find(callId)
    if (call === undefined) return deliveries.dropped()
    const fired = moments.ofCall(call.seq).reduce((sum, { armed }) => sum + armed, 0)
    return fired - deliveries.ofCall(call.callId).length
  }

  return async ({ match, ...expectation }, signal) => {
    const counted = { changes, count: () => deliveries.count(match), dropped: () => droppedOf(match) }
    const { verified, count, expected, dropped } = await verifyCount(counted, expectation, signal)
    if (verified) return { verified, count }
    const forgotten = needsWholeLog(expected) ? dropped : 0
    const isGone = signal?.aborted === true // nobody reads what comes closest
    const closest = isGone ? [] : nearest(deliveries.newest(SEARCHED), match, SHOWN)
    return {
      verified,
      count,
      expected,
      nearest: closest.flatMap(({ entry, differs }) => {
        const delivery = deliveries.find(entry.id)
        return delivery === undefined ? [] : [{ delivery, differs }]
      }),
      hints: explain(match, forgotten)
    }
  }
}
