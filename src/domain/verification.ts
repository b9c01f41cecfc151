import type { ExpectedCount } from '../schema/verification.js'
import { decodePercent } from './decoding.js'

/** The result of a verification so far: `open` while later entries can still change it. */
export type Verdict = 'holds' | 'fails' | 'open'

/** The expected count when a request gives none: at least one. */
export const DEFAULT_COUNT: ExpectedCount = { min: 1 }

/**
 * Compares a count with the expected one. A minimum holds as soon as it is reached, a maximum only at the end of the
 * time; a plain number holds when it is reached.
 * @param isOver whether the time is over, so that the verdict must not stay open
 * @source control-api.md "Watching and verifying"
 */
export function verdictOf(count: number, expected: ExpectedCount, isOver: boolean): Verdict {
  const { min = 0, max } = typeof expected === 'number' ? { min: expected, max: expected } : expected
  if (max !== undefined && count > max) return 'fails'
  if (count < min) return isOver ? 'fails' : 'open'
  return isOver || max === undefined || typeof expected === 'number' ? 'holds' : 'open'
}

/** Whether entries that were dropped from the log could change the verdict: they cannot for a minimum without maximum. */
export const needsWholeLog = (expected: ExpectedCount): boolean =>
  typeof expected === 'number' || expected.max !== undefined

/** An entry of a log, with the members that a match compares. */
type Comparable<Match> = { readonly [Name in keyof Match]?: unknown }

/** Compares the member `name` of an entry with the expected value. */
export type Matches = (actual: unknown, expected: unknown, name: string) => boolean

const isEqual: Matches = (actual, expected) => actual === expected

/** The members of an entry that do not match, in words: `extension 0003*211, expected 0003*210`. */
export const differences = <Match extends object>(
  entry: Comparable<Match>,
  match: Match,
  matches: Matches = isEqual
): string[] =>
  Object.entries(match).flatMap(([name, expected]) => {
    const actual: unknown = Reflect.get(entry, name)
    if (matches(actual, expected, name)) return []
    return [actual === undefined ? `no ${name}, expected ${expected}` : `${name} ${actual}, expected ${expected}`]
  })

/**
 * The entries with the fewest differences, the newest first among equals.
 * @param entries the newest last
 * @param differ what is different in an entry, in words
 */
export const nearest = <Entry>(
  entries: readonly Entry[],
  differ: (entry: Entry) => string[],
  count: number
): { entry: Entry; differs: string[] }[] =>
  entries
    .map(entry => ({ entry, differs: differ(entry) }))
    .reverse()
    .sort((one, other) => one.differs.length - other.differs.length)
    .slice(0, count)

/** Compares a member of a request: a path may be given by its beginning, `/uapi/*`; other members must be equal. */
export const matchesRequest: Matches = (actual, expected, name) => {
  if (name !== 'path') return actual === expected
  if (typeof actual !== 'string' || typeof expected !== 'string') return false
  const [path, pattern] = [decodePercent(actual), decodePercent(expected)]
  return path === pattern || (pattern.endsWith('*') && path.startsWith(pattern.slice(0, -1)))
}
