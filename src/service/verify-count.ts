import { ControlError } from '../domain/control-errors.js'
import { DEFAULT_COUNT, judge, needsWholeLog } from '../domain/verification.js'
import type { ExpectedCount } from '../schema/verification.js'
import type { Changes } from './changes.js'

/** A bounded log of which entries are counted. */
export interface Counted {
  changes: Changes
  /** How many match. */
  count: () => number
  /** How many the log has forgotten. */
  dropped: () => number
}

/** What came of an expectation. */
export interface CountVerdict {
  /** Whether it holds, whatever the log has forgotten. */
  verified: boolean
  count: number
  expected: ExpectedCount
  dropped: number
}

/**
 * Waits, without polling, until a count is as expected or cannot be any more: it counts at once and again after every
 * change.
 * @source control-api.md "Watching and verifying"
 */
export async function verifyCount(
  { changes, count, dropped }: Counted,
  { count: expected = DEFAULT_COUNT, timeoutMs = 0 }: { count?: ExpectedCount; timeoutMs?: number },
  signal?: AbortSignal
): Promise<CountVerdict> {
  if (typeof expected === 'object' && (expected.min ?? 0) > (expected.max ?? Number.POSITIVE_INFINITY)) {
    const message = `can never hold: min ${expected.min} is more than max ${expected.max}`
    throw new ControlError('request_invalid', { details: [{ path: '$.count', message }] })
  }
  const look = (isOver: boolean) => {
    const counted = count()
    const verdict = judge(counted, expected, isOver)
    if (verdict === 'open') return undefined
    const missing = dropped()
    // What was forgotten may have matched; where even that would be few enough, the count holds all the same.
    const isWhole = missing === 0 || !needsWholeLog(expected) || judge(counted + missing, expected, true) === 'holds'
    return { verified: verdict === 'holds' && isWhole, count: counted, expected, dropped: missing }
  }
  const settled = (await changes.until(() => look(false), { timeoutMs, signal })) ?? look(true)
  if (settled === undefined) throw new Error('A wait that is over leaves nothing open.')
  return settled
}
