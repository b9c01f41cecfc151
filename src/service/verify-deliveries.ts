import { DEFAULT_COUNT, judge, nearest, needsWholeLog } from '../domain/verification.js'
import type { DeliveriesNotVerified, DeliveryVerification, Verified } from '../schema/verification.js'
import type { Store } from '../store/store.js'
import type { Changes } from './changes.js'
import type { ExplainMissing } from './explain-missing.js'

/** Whether deliveries are as a test expects them. */
export type VerifyDeliveries = (
  verification: DeliveryVerification,
  signal?: AbortSignal
) => Promise<Verified | DeliveriesNotVerified>

/** How many of the deliveries that come closest are shown, and among how many of the newest they are looked for. */
const SHOWN = 5
const SEARCHED = 500

/** Waits without polling: it counts at once and again after every change. @source control-api.md "Watching and verifying" */
export function createVerifyDeliveries({
  store: { deliveries },
  changes,
  explain
}: {
  store: Store
  changes: Changes
  explain: ExplainMissing
}): VerifyDeliveries {
  return async ({ match, count: expected = DEFAULT_COUNT, timeoutMs = 0 }, signal) => {
    const settled = await changes.until(
      () => {
        const count = deliveries.count(match)
        const verdict = judge(count, expected, false)
        return verdict === 'open' ? undefined : { count, verdict }
      },
      { timeoutMs, signal }
    )
    const count = settled?.count ?? deliveries.count(match)
    const verdict = settled?.verdict ?? judge(count, expected, true)
    const dropped = needsWholeLog(expected) ? deliveries.dropped() : 0
    if (verdict === 'holds' && dropped === 0) return { verified: true, count }
    const { page } = deliveries.list({}, SEARCHED)
    return { verified: false, count, expected, nearest: nearest(page, match, SHOWN), hints: explain(match, dropped) }
  }
}
