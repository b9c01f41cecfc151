import type { ExpectedCount } from '../schema/verification.js'
import { decodePercent } from './decoding.js'

/** Whether an expectation holds, does not, or may still become either. */
export type Verdict = 'holds' | 'fails' | 'open'

/** What is expected when nobody says: at least one. */
export const DEFAULT_COUNT: ExpectedCount = { min: 1 }

/**
 * Judges a count. A minimum holds the moment it is reached, a maximum only when the time is over; a plain number holds
 * when it is reached.
 * @param isOver whether nothing more is waited for
 * @source control-api.md "Watching and verifying"
 */
export function verdictOf(count: number, expected: ExpectedCount, isOver: boolean): Verdict {
  const { min = 0, max } = typeof expected === 'number' ? { min: expected, max: expected } : expected
  if (max !== undefined && count > max) return 'fails'
  if (count < min) return isOver ? 'fails' : 'open'
  return isOver || max === undefined || typeof expected === 'number' ? 'holds' : 'open'
}

/** Whether forgotten entries could have changed what was counted: only a bare minimum holds without them. */
export const needsWholeLog = (expected: ExpectedCount): boolean =>
  typeof expected === 'number' || expected.max !== undefined

/** What an entry of a log is compared by: the members of a match. */
type Comparable<Match> = { readonly [Name in keyof Match]?: unknown }

/** Whether what came is what was expected. */
export type Holds = (came: unknown, expected: unknown, name: string) => boolean

const isSame: Holds = (came, expected) => came === expected

/** What of an entry is not as expected, in words: `extension 0003*211, expected 0003*210`. */
export const differences = <Match extends object>(
  entry: Comparable<Match>,
  match: Match,
  holds: Holds = isSame
): string[] =>
  Object.entries(match).flatMap(([name, expected]) => {
    const came: unknown = Reflect.get(entry, name)
    if (holds(came, expected, name)) return []
    return [came === undefined ? `no ${name}, expected ${expected}` : `${name} ${came}, expected ${expected}`]
  })

/** The entries that come closest to a match, the newest first among equals. @param entries the newest last */
export const nearest = <Entry extends Comparable<Match>, Match extends object>(
  entries: readonly Entry[],
  match: Match,
  count: number,
  holds: Holds = isSame
): { entry: Entry; differs: string[] }[] =>
  entries
    .map(entry => ({ entry, differs: differences(entry, match, holds) }))
    .reverse()
    .sort((one, other) => one.differs.length - other.differs.length)
    .slice(0, count)

/** Whether what a request is compared by is what was expected: a path may be given by its beginning, `/uapi/*`. */
export const matchesRequest: Holds = (came, expected, name) => {
  if (name !== 'path') return came === expected
  if (typeof came !== 'string' || typeof expected !== 'string') return false
  const [path, wanted] = [decodePercent(came), decodePercent(expected)]
  return path === wanted || (wanted.endsWith('*') && path.startsWith(wanted.slice(0, -1)))
}
