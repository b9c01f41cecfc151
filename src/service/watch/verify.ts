import { ControlError } from '../../domain/errors/control.js'
import type { Problem } from '../../domain/schema-check.js'
import { DEFAULT_COUNT, needsWholeLog, verdictOf } from '../../domain/verification.js'
import type { Reason } from '../../schema/reasons.js'
import type { CountVerification, ExpectedCount, SequenceVerification, Verification } from '../../schema/verification.js'
import type { Changes, Subjects } from './changes.js'

/** How many of the nearest entries are listed. */
export const MAX_NEAREST = 5

/** How many of the newest entries are compared to find the nearest. */
export const MAX_COMPARED = 500

/** The matching entries of a log, counted for as long as a verification waits. */
export interface Counting {
  /** Reads a part of a long log before the first count. @returns whether there is more */
  readPart?(): boolean
  /** Reads a part of what has changed while the verification waits. @returns whether there is more */
  readChanges?(): boolean
  /** The number of matching entries now. */
  count(): number
  /** Ends the counting. */
  end(): void
}

/** A bounded log to verify. */
export interface VerifiedLog<Match, NotVerified extends { nearest: unknown[]; hints: string[] }> {
  changes: Changes
  /** The events after which the log may have changed. */
  on: Subjects
  counting: (match: Match) => Counting
  /** Reads a long log in parts, before the first count. */
  prepare: ReadInParts
  /** How many entries were dropped that may have matched. */
  dropped: (match: Match) => number
  explain: (match: Match, expected: ExpectedCount, dropped: number) => Pick<NotVerified, 'nearest' | 'hints'>
}

/**
 * Verifies by number. Counts at once and again after every change, until the count is as expected, can no longer become
 * so, or the time is over.
 */
export function createVerify<Match, NotVerified extends { nearest: unknown[]; hints: string[] }>({
  changes,
  on,
  counting: countingOf,
  prepare,
  dropped,
  explain
}: VerifiedLog<Match, NotVerified>) {
  return async (
    { match, count: expected = DEFAULT_COUNT, timeoutMs = 0 }: CountVerification<Match>,
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
      await prepare(counting, signal)
      // A client that has disconnected reads no result.
      if (signal?.aborted) return { verified: false as const, count: 0, expected, nearest: [], hints: [] }
      const { readChanges } = counting
      const early = await changes.waitFor(() => check(false), { timeoutMs, signal, on, readChanges })
      if (early === undefined && readChanges) await prepare(counting, signal)
      const result = early ?? (await changes.inTurn(() => check(true)))
      if (result === undefined) throw new Error('A verification that is over is undecided.') // verdictOf decides when the time is over
      if (result.verified) return { verified: true as const, count: result.count }
      // A client that has disconnected reads no explanation.
      const explanation = signal?.aborted
        ? { nearest: [], hints: [] }
        : await changes.inTurn(() => explain(match, expected, result.dropped))
      return { verified: false as const, count: result.count, expected, ...explanation }
    } finally {
      counting.end()
    }
  }
}

/** The steps of a sequence that were found so far. */
export interface SequenceCounting<Entry> extends Counting {
  /** The entries that were found, one for each step from the first. */
  found(): Entry[]
}

/** A log in which sequences are searched. */
export interface SearchedLog<Match, Entry, Explanation> {
  changes: Changes
  /** The events after which the log may have changed. */
  on: Subjects
  searching: (steps: Match[]) => SequenceCounting<Entry>
  /** Reads a long log in parts, before the first count. */
  prepare: ReadInParts
  /** Explains the first step that was not found, by the entries of the steps before it. */
  explain: (match: Match, found: Entry[], length: number) => Explanation
}

/** Verifies by order. Searches at once and again after every change, until all steps are found or the time is over. */
export function createVerifySequence<Match, Entry, Explanation extends { nearest: unknown[]; hints: string[] }>({
  changes,
  on,
  searching,
  prepare,
  explain
}: SearchedLog<Match, Entry, Explanation>) {
  return async ({ sequence, timeoutMs = 0 }: SequenceVerification<Match>, signal?: AbortSignal) => {
    const steps = sequence.map(({ match }) => match)
    const search = searching(steps)
    try {
      await prepare(search, signal)
      if (signal?.aborted) return { verified: false as const, count: 0, expected: steps.length, nearest: [], hints: [] }
      const check = () => (search.count() === steps.length ? steps.length : undefined)
      const { readChanges } = search
      const early = await changes.waitFor(check, { timeoutMs, signal, on, readChanges })
      if (early === undefined && readChanges) await prepare(search, signal)
      const isFound = early ?? (await changes.inTurn(check))
      if (isFound !== undefined) return { verified: true as const, count: steps.length }
      const found = search.found()
      const missing = steps[found.length]
      const explanation =
        signal?.aborted || missing === undefined
          ? { nearest: [], hints: [] }
          : await changes.inTurn(() => explain(missing, found, steps.length))
      return { verified: false as const, count: found.length, expected: steps.length, ...explanation }
    } finally {
      search.end()
    }
  }
}

/** Reads a long log in parts, so that other work goes on. @throws Stopped */
export type ReadInParts = (counting: Counting, signal: AbortSignal | undefined) => Promise<void>

/** Reads a long log a part in each turn of the event loop, for one verification after the other. */
export function createReadInParts(changes: Changes): ReadInParts {
  let lastReading = Promise.resolve()
  return async ({ readPart }, signal) => {
    if (readPart === undefined) return
    const reading = lastReading.then(async () => {
      while (!signal?.aborted && (await changes.inTurn(readPart))) {}
    })
    lastReading = reading.catch(() => {})
    await reading
  }
}

/**
 * Reads a long log a part in each turn of the event loop, for all verifications side by side: those that read the same
 * part can share it.
 */
export const createReadTogether =
  (changes: Changes): ReadInParts =>
  async ({ readPart }, signal) => {
    if (readPart === undefined) return
    while (!signal?.aborted && (await changes.inTurn(readPart))) {}
  }

/**
 * Checks that a verification has either a match or a sequence.
 * @param problemsOfMatch the problems of a match, by its path in the document
 * @throws ControlError `request_invalid`
 */
export function checkVerification<Match>(
  verification: Verification<Match>,
  problemsOfMatch: (match: Match, keys: string[]) => Problem[]
): void {
  const { match, count, sequence }: Partial<CountVerification<Match> & SequenceVerification<Match>> = verification
  if (sequence === undefined) {
    if (match === undefined)
      refuse('value_missing', [{ path: '$.match', message: 'is missing: give a match, or a sequence' }])
    else refuse('value_malformed', problemsOfMatch(match, ['match']))
    return
  }
  const beside = Object.entries({ match, count }).filter(([, value]) => value !== undefined)
  refuse('value_malformed', [
    ...beside.map(([name]) => ({
      path: `$.${name}`,
      message: 'cannot be combined with a sequence: give one or the other'
    })),
    ...sequence.flatMap((step, index) => problemsOfMatch(step.match, ['sequence', String(index), 'match']))
  ])
}

function refuse(reason: Reason, details: Problem[]): void {
  if (details.length > 0) throw new ControlError('request_invalid', { reason, details })
}

/** @throws ControlError `request_invalid` */
function checkCount(expected: ExpectedCount): void {
  if (typeof expected !== 'object' || (expected.min ?? 0) <= (expected.max ?? Number.POSITIVE_INFINITY)) return
  const message = `can never hold: min ${expected.min} is more than max ${expected.max}`
  throw new ControlError('request_invalid', { details: [{ path: '$.count', message }] })
}
