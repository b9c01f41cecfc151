/** A search for steps, in order, among the entries of a log that grows and whose entries change. */
export interface Subsequence {
  /** Compares the next entry of the log. */
  append(): void
  /** Compares an entry that has changed, and the later ones whose result may change with it. @param place from 0 */
  recheck(place: number): void
  /** How many steps were found. */
  found(): number
  /** The places of the entries that were found, one for each step from the first. */
  places(): number[]
}

/**
 * Matches each step with the earliest entry after that of the previous step. This greedy search finds all steps whenever
 * they can be found: a later entry would only leave fewer entries for the next steps. So each entry is compared with one
 * step only, the first that was not found before it.
 * @param length the number of steps
 * @param matches whether the entry at a place matches a step, both from 0
 */
export function createSubsequence(length: number, matches: (place: number, step: number) => boolean): Subsequence {
  /** How many steps were found before each place. */
  const before: number[] = []
  let found = 0

  const compare = (place: number, reached: number): number => {
    before[place] = reached
    return reached < length && matches(place, reached) ? reached + 1 : reached
  }

  return {
    append() {
      found = compare(before.length, found)
    },
    recheck(place) {
      let reached = before[place] ?? found
      for (let next = place; next < before.length; next++) {
        if (next > place && before[next] === reached) return // the later results stay the same
        reached = compare(next, reached)
      }
      found = reached
    },
    found: () => found,
    places: () =>
      [...before, found].flatMap((reached, place) => (reached > (before[place - 1] ?? 0) ? [place - 1] : []))
  }
}
