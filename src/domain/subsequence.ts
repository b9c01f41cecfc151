/** A search for steps, in order, among the entries of a log that grows and whose entries change. */
export interface Subsequence {
  /** Compares the next entry of the log. */
  append(): void
  /** Compares an entry that has changed again, and later ones as far as the change reaches. @param place from 0 */
  recheck(place: number): void
  /** How many steps were found. */
  found(): number
  /** The places of the entries that were found, one for each step from the first. */
  places(): number[]
}

/**
 * Finds each step at the earliest entry behind that of the step before. This is enough: if any choice of entries has all
 * steps in order, the earliest entry of each is never later than that choice's, and leaves no less for the steps after
 * it. So each entry is compared with one step only, the first that was not found before it.
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
        if (next > place && before[next] === reached) return // from here on all is as it was
        reached = compare(next, reached)
      }
      found = reached
    },
    found: () => found,
    places: () =>
      [...before, found].flatMap((reached, place) => (reached > (before[place - 1] ?? 0) ? [place - 1] : []))
  }
}
