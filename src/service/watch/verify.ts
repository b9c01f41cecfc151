import { ControlError } from '../../domain/errors/control.js'
import { REASONS, type Reason } from '../../domain/errors/reasons.js'
import { DEFAULT_COUNT, matchesRequest, nearest, needsWholeLog, verdictOf } from '../../domain/verification.js'
import type { DeliveryMatch } from '../../schema/delivery.js'
import type { RequestMatch } from '../../schema/journal.js'
import type {
  DeliveriesNotVerified,
  DeliveryVerification,
  ExpectedCount,
  RequestsNotVerified,
  RequestVerification,
  Verified
} from '../../schema/verification.js'
import type { Store } from '../../store/store.js'
import type { Changes } from './changes.js'
import type { ExplainMissing } from './explain-missing.js'
import type { Journal } from './journal.js'
import { factsOf, printRequest, type RecordedRequest } from './recorded-request.js'

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
    const verdict = verdictOf(counted, expected, isOver)
    if (verdict === 'open') return undefined
    const missing = dropped()
    // What was forgotten may have matched; where even that would be few enough, the count holds all the same.
    const isWhole =
      missing === 0 || !needsWholeLog(expected) || verdictOf(counted + missing, expected, true) === 'holds'
    return { verified: verdict === 'holds' && isWhole, count: counted, expected, dropped: missing }
  }
  const settled = (await changes.until(() => look(false), { timeoutMs, signal })) ?? look(true)
  if (settled === undefined) throw new Error('A wait that is over leaves nothing open.')
  return settled
}

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

/** Whether requests are as a test expects them. */
export type VerifyRequests = (
  verification: RequestVerification,
  signal?: AbortSignal
) => Promise<Verified | RequestsNotVerified>

/** Waits for requests, and says what came instead. @source control-api.md "Watching and verifying" */
export function createVerifyRequests({
  store: { directory },
  changes,
  journal
}: {
  store: Store
  changes: Changes
  journal: Journal
}): VerifyRequests {
  /** Names of the directory that lead nowhere. */
  const unknownNames = ({ user, extension }: RequestMatch): string[] => [
    ...(user !== undefined && !directory.findUser(user) ? [`No user has the id ${user}.`] : []),
    ...(extension !== undefined && !directory.findExtension(extension)
      ? [`No extension has the number ${extension}.`]
      : [])
  ]

  return async ({ match, ...expectation }, signal) => {
    const counted = { changes, count: () => journal.count(match), dropped: journal.dropped }
    const { verified, count, expected, dropped } = await verifyCount(counted, expectation, signal)
    if (verified) return { verified, count }
    const all = journal.matching({})
    const entries = all.slice(-SEARCHED).map(recorded => ({ ...factsOf(recorded), recorded }))
    const closest = nearest(entries, match, SHOWN, matchesRequest)
    const fewest = Math.max(1, closest[0]?.differs.length ?? 0)
    return {
      verified,
      count,
      expected,
      nearest: closest.map(({ entry, differs }) => ({ request: printRequest(entry.recorded), differs })),
      hints: [
        ...forgotten(dropped),
        ...(all.length === 0 ? ['No request has come.'] : []),
        ...unknownNames(match),
        ...closest.filter(({ differs }) => differs.length === fewest).flatMap(({ entry }) => refused(entry.recorded)),
        ...unmatched(all)
      ]
    }
  }
}

const forgotten = (dropped: number): string[] =>
  dropped === 0
    ? []
    : [`${dropped} older requests were forgotten, so that the count may be wrong: raise --journal-size.`]

/** Why a request that comes close was refused. */
function refused({ id, status, answerHeaders }: RecordedRequest): string[] {
  const reason = answerHeaders['x-emulator-reason']
  if (typeof reason !== 'string' || !Object.hasOwn(REASONS, reason)) return []
  return [`Request ${id} was refused with ${status} ${reason}: ${REASONS[reason as Reason]}.`] // just looked up
}

/** Requests that may have been meant for an operation, and led nowhere. */
function unmatched(all: RecordedRequest[]): string[] {
  const lost = all.filter(recorded => recorded.unmatched)
  const last = lost.at(-1)
  if (last === undefined) return []
  const where = `${last.method} ${factsOf(last).path}`
  return [
    `${lost.length} of all requests matched no operation, ${where} the last: GET /_emulator/requests?unmatched=true.`
  ]
}
