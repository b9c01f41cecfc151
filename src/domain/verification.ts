import type { Delivery, DeliveryMatch } from '../schema/delivery.js'
import type { ExpectedCount } from '../schema/verification.js'

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
export function judge(count: number, expected: ExpectedCount, isOver: boolean): Verdict {
  const { min = 0, max } = typeof expected === 'number' ? { min: expected, max: expected } : expected
  if (max !== undefined && count > max) return 'fails'
  if (count < min) return isOver ? 'fails' : 'open'
  return isOver || max === undefined || typeof expected === 'number' ? 'holds' : 'open'
}

/** Whether forgotten entries could have changed what was counted: only a bare minimum holds without them. */
export const needsWholeLog = (expected: ExpectedCount): boolean =>
  typeof expected === 'number' || expected.max !== undefined

/** What of a delivery is not as expected, in words: `extension 0003*211, expected 0003*210`. */
export const differences = (delivery: Delivery, match: DeliveryMatch): string[] =>
  Object.entries(match).flatMap(([name, expected]) => {
    const came = delivery[name as keyof DeliveryMatch] // the keys of a match are members of a delivery
    return came === expected ? [] : [`${name} ${came}, expected ${expected}`]
  })

/** The deliveries that come closest to a match, the newest first among equals. @param deliveries the newest last */
export const nearest = (
  deliveries: Delivery[],
  match: DeliveryMatch,
  count: number
): { delivery: Delivery; differs: string[] }[] =>
  deliveries
    .map(delivery => ({ delivery, differs: differences(delivery, match) }))
    .reverse()
    .sort((one, other) => one.differs.length - other.differs.length)
    .slice(0, count)
