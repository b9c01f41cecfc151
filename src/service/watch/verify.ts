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

/** Waits until deliveries are as expected. @throws ControlError `request_invalid` when the count can never hold; Stopped */
export type VerifyDeliveries = (
  verification: DeliveryVerification,
  signal?: AbortSignal
) => Promise<Verified | DeliveriesNotVerified>

/** How many of the nearest entries are listed. */
const MAX_NEAREST = 5

/** How many of the newest entries are compared to find the nearest. */
const MAX_COMPARED = 500

/** Verifies the delivery log. @source control-api.md "Watching and verifying" */
export function createVerifyDeliveries({
  store: { calls, moments, deliveries },
  changes,
  explain
}: {
  store: Store
  changes: Changes
  explain: ExplainMissing
}): VerifyDeliveries {
  /** How many deliveries were dropped that may have matched; for a call that is in the log, exactly how many of its own. */
  const droppedOf = ({ callId }: DeliveryMatch): number => {
    const call = callId === undefined ? undefined : calls.find(callId)
    if (call === undefined) return deliveries.dropped()
    const fired = moments.ofCall(call.seq).reduce((sum, { armed }) => sum + armed, 0)
    return fired - deliveries.ofCall(call.callId).length
  }

  return createVerify<DeliveryMatch, DeliveriesNotVerified>({
    changes,
    count: match => deliveries.count(match),
    dropped: droppedOf,
    explain: (match, expected, dropped) => ({
      nearest: nearest(deliveries.newest(MAX_COMPARED), match, MAX_NEAREST).flatMap(({ entry, differs }) => {
        const delivery = deliveries.find(entry.id)
        return delivery === undefined ? [] : [{ delivery, differs }]
      }),
      hints: explain(match, needsWholeLog(expected) ? dropped : 0)
    })
  })
}

/** Waits until requests are as expected. @throws ControlError `request_invalid` when the count can never hold; Stopped */
export type VerifyRequests = (
  verification: RequestVerification,
  signal?: AbortSignal
) => Promise<Verified | RequestsNotVerified>

/** Verifies the journal. @source control-api.md "Watching and verifying" */
export function createVerifyRequests({
  store: { directory },
  changes,
  journal
}: {
  store: Store
  changes: Changes
  journal: Journal
}): VerifyRequests {
  const unknownNames = ({ user, extension }: RequestMatch): string[] => [
    ...(user !== undefined && !directory.findUser(user) ? [`No user has the id ${user}.`] : []),
    ...(extension !== undefined && !directory.findExtension(extension)
      ? [`No extension has the number ${extension}.`]
      : [])
  ]

  return createVerify<RequestMatch, RequestsNotVerified>({
    changes,
    count: journal.count,
    dropped: journal.dropped,
    explain(match, _expected, dropped) {
      const all = journal.matching({})
      const entries = all.slice(-MAX_COMPARED).map(recorded => ({ ...factsOf(recorded), recorded }))
      const closest = nearest(entries, match, MAX_NEAREST, matchesRequest)
      const fewest = Math.max(1, closest[0]?.differs.length ?? 0)
      return {
        nearest: closest.map(({ entry, differs }) => ({ request: printRequest(entry.recorded), differs })),
        hints: [
          ...hintsOnDropped(dropped),
          ...(all.length === 0 ? ['No request was recorded.'] : []),
          ...unknownNames(match),
          ...closest
            .filter(({ differs }) => differs.length === fewest)
            .flatMap(({ entry }) => hintsOnRefusal(entry.recorded)),
          ...hintsOnUnmatched(all)
        ]
      }
    }
  })
}

/** A bounded log to verify. */
interface VerifiedLog<Match, NotVerified extends { nearest: unknown[]; hints: string[] }> {
  changes: Changes
  /** The number of matching entries. */
  count: (match: Match) => number
  /** How many entries were dropped that may have matched. */
  dropped: (match: Match) => number
  explain: (match: Match, expected: ExpectedCount, dropped: number) => Pick<NotVerified, 'nearest' | 'hints'>
}

/**
 * Counts at once and again after every change, until the count is as expected, or cannot be any more, or the time is
 * over.
 */
function createVerify<Match, NotVerified extends { nearest: unknown[]; hints: string[] }>({
  changes,
  count,
  dropped,
  explain
}: VerifiedLog<Match, NotVerified>) {
  return async (
    {
      match,
      count: expected = DEFAULT_COUNT,
      timeoutMs = 0
    }: { match: Match; count?: ExpectedCount; timeoutMs?: number },
    signal?: AbortSignal
  ) => {
    checkCount(expected)
    const check = (isOver: boolean) => {
      const counted = count(match)
      const verdict = verdictOf(counted, expected, isOver)
      if (verdict === 'open') return undefined
      const missing = dropped(match)
      // Dropped entries may have matched. The count still holds if it would hold with all of them.
      const isCertain =
        missing === 0 || !needsWholeLog(expected) || verdictOf(counted + missing, expected, true) === 'holds'
      return { verified: verdict === 'holds' && isCertain, count: counted, dropped: missing }
    }
    const result = (await changes.waitFor(() => check(false), { timeoutMs, signal })) ?? check(true)
    if (result === undefined) throw new Error('A verification that is over is undecided.') // verdictOf decides when the time is over
    if (result.verified) return { verified: true as const, count: result.count }
    // A client that has disconnected reads no explanation.
    const explanation = signal?.aborted ? { nearest: [], hints: [] } : explain(match, expected, result.dropped)
    return { verified: false as const, count: result.count, expected, ...explanation }
  }
}

/** @throws ControlError `request_invalid` */
function checkCount(expected: ExpectedCount): void {
  if (typeof expected !== 'object' || (expected.min ?? 0) <= (expected.max ?? Number.POSITIVE_INFINITY)) return
  const message = `can never hold: min ${expected.min} is more than max ${expected.max}`
  throw new ControlError('request_invalid', { details: [{ path: '$.count', message }] })
}

const hintsOnDropped = (dropped: number): string[] =>
  dropped === 0 ? [] : [`${dropped} older requests were dropped, so that the count may be wrong: raise --journal-size.`]

/** Why a request was refused, if it was. */
function hintsOnRefusal({ id, status, answerHeaders }: RecordedRequest): string[] {
  const reason = answerHeaders['x-emulator-reason']
  if (typeof reason !== 'string' || !Object.hasOwn(REASONS, reason)) return []
  return [`Request ${id} was refused with ${status} ${reason}: ${REASONS[reason as Reason]}.`] // hasOwn has checked it
}

/** How many requests matched no operation, and which was the last: it may have been meant for one. */
function hintsOnUnmatched(all: RecordedRequest[]): string[] {
  const unmatched = all.filter(recorded => recorded.unmatched)
  const last = unmatched.at(-1)
  if (last === undefined) return []
  const where = `${last.method} ${factsOf(last).path}`
  return [
    `${unmatched.length} of all requests matched no operation, ${where} the last: GET /_emulator/requests?unmatched=true.`
  ]
}
