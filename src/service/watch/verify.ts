import { ControlError } from '../../domain/errors/control.js'
import { REASONS, type Reason } from '../../domain/errors/reasons.js'
import {
  DEFAULT_COUNT,
  differences,
  matchesRequest,
  nearest,
  needsWholeLog,
  verdictOf
} from '../../domain/verification.js'
import type { RequestMatch } from '../../schema/journal.js'
import type { ExpectedCount, RequestsNotVerified, RequestVerification, Verified } from '../../schema/verification.js'
import type { Store } from '../../store/store.js'
import type { Changes } from './changes.js'
import type { Journal } from './journal.js'
import { factsOf, printRequest, type RecordedRequest } from './recorded-request.js'

/** How many of the nearest entries are listed. */
export const MAX_NEAREST = 5

/** How many of the newest entries are compared to find the nearest. */
export const MAX_COMPARED = 500

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
    counting: match => ({ count: () => journal.count(match), end: () => {} }),
    dropped: journal.dropped,
    explain(match, _expected, dropped) {
      const all = journal.matching({})
      const entries = all.slice(-MAX_COMPARED).map(recorded => ({ ...factsOf(recorded), recorded }))
      const closest = nearest(entries, entry => differences(entry, match, matchesRequest), MAX_NEAREST)
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

/** The matching entries of a log, counted for as long as a verification waits. */
export interface Counting {
  /** Reads a part of a long log before the first count. @returns whether there is more */
  readPart?(): boolean
  /** The number of matching entries now. */
  count(): number
  /** Ends the counting. */
  end(): void
}

/** A bounded log to verify. */
export interface VerifiedLog<Match, NotVerified extends { nearest: unknown[]; hints: string[] }> {
  changes: Changes
  counting: (match: Match) => Counting
  /** Reads a long log in parts, before the first count. */
  prepare?: (counting: Counting, signal: AbortSignal | undefined) => Promise<void>
  /** How many entries were dropped that may have matched. */
  dropped: (match: Match) => number
  explain: (match: Match, expected: ExpectedCount, dropped: number) => Pick<NotVerified, 'nearest' | 'hints'>
}

/** A verification by number. */
interface Expectation<Match> {
  match: Match
  count?: ExpectedCount
  timeoutMs?: number
}

/**
 * Verifies by number. Counts at once and again after every change, until the count is as expected, can no longer become
 * so, or the time is over.
 */
export function createVerify<Match, NotVerified extends { nearest: unknown[]; hints: string[] }>({
  changes,
  counting: countingOf,
  prepare,
  dropped,
  explain
}: VerifiedLog<Match, NotVerified>) {
  return async (
    { match, count: expected = DEFAULT_COUNT, timeoutMs = 0 }: Expectation<Match>,
    signal?: AbortSignal
  ) => {
    checkCount(expected)
    const counting = countingOf(match)
    const check = (isOver: boolean) => {
      const counted = counting.count()
      const verdict = verdictOf(counted, expected, isOver)
      if (verdict === 'open') return undefined
      const missing = dropped(match)
      // Dropped entries may have matched. The count still holds if it would hold with all of them.
      const isCertain =
        missing === 0 || !needsWholeLog(expected) || verdictOf(counted + missing, expected, true) === 'holds'
      return { verified: verdict === 'holds' && isCertain, count: counted, dropped: missing }
    }
    try {
      await prepare?.(counting, signal)
      const result = (await changes.waitFor(() => check(false), { timeoutMs, signal })) ?? check(true)
      if (result === undefined) throw new Error('A verification that is over is undecided.') // verdictOf decides when the time is over
      if (result.verified) return { verified: true as const, count: result.count }
      // A client that has disconnected reads no explanation.
      const explanation = signal?.aborted ? { nearest: [], hints: [] } : explain(match, expected, result.dropped)
      return { verified: false as const, count: result.count, expected, ...explanation }
    } finally {
      counting.end()
    }
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
