import type { Difference, DifferencePlace } from '../../schema/recordings/comparison.js'
import type { Finding } from './finding.js'

/** Collects differences: one that occurs often is kept once, with its first places. */
export interface Grouping {
  add(operation: string, place: DifferencePlace, findings: readonly Finding[]): void
  /** The differences, in the order in which they were first found. */
  all(): Difference[]
}

/** How many places of a difference are kept. */
const MAX_PLACES = 3

/** Creates a collection of differences without any. */
export function createGrouping(): Grouping {
  const groups = new Map<string, Difference>()
  return {
    add(operation, place, findings) {
      const seen = new Set<string>() // several entries of one list count once
      for (const finding of findings) {
        const key = keyOf(operation, finding)
        const known = groups.get(key)
        if (known === undefined) groups.set(key, { key, operation, ...finding, count: 1, places: [place] })
        else if (!seen.has(key)) {
          known.count += 1
          if (known.places.length < MAX_PLACES) known.places.push(place)
        }
        seen.add(key)
      }
    },
    all: () => [...groups.values()]
  }
}

/** What identifies a difference in every run: no line, no id. */
const keyOf = (operation: string, { kind, member, recorded, emulator }: Finding): string =>
  [
    operation,
    kind,
    ...(member === undefined ? [] : [member]),
    `${withoutIds(recorded)} -> ${withoutIds(emulator)}`
  ].join(' | ')

/** Ids of events and calls in addresses: they differ in every run. */
const withoutIds = (text: string): string =>
  text
    .replace(/(?<=\/phoneCallEvents\/\d\/)[A-Za-z0-9]{6,}/g, '{eventId}')
    .replace(/(?<=\/phoneCalls\/[^/\s]+\/[^/\s]+\/)[A-Za-z0-9]{6,}/g, '{phoneCallId}')

/** Differences without the accepted ones. `stale` are accepted keys whose difference did not occur. */
export function withoutAccepted(
  differences: readonly Difference[],
  keys: readonly string[]
): { left: Difference[]; accepted: string[]; stale: string[] } {
  const wanted = new Set(keys)
  const found = new Set(differences.map(({ key }) => key))
  return {
    left: differences.filter(({ key }) => !wanted.has(key)),
    accepted: [...wanted].filter(key => found.has(key)),
    stale: [...wanted].filter(key => !found.has(key))
  }
}
