/**
 * How many characters of a text have to be inserted, removed, replaced, or exchanged with their neighbour, to make
 * another one of it.
 * @returns `limit` + 1 when it is more than `limit`
 */
export function distance(one: string, other: string, limit: number): number {
  if (Math.abs(one.length - other.length) > limit) return limit + 1
  let beforeLast: number[] = []
  let last = Array.from({ length: other.length + 1 }, (_, index) => index)
  for (let row = 1; row <= one.length; row++) {
    const current = [row]
    let least = row
    for (let column = 1; column <= other.length; column++) {
      const isSame = one[row - 1] === other[column - 1]
      const isSwapped =
        row > 1 && column > 1 && one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1]
      const cost = Math.min(
        at(last, column) + 1,
        at(current, column - 1) + 1,
        at(last, column - 1) + (isSame ? 0 : 1),
        isSwapped ? at(beforeLast, column - 2) + 1 : Number.POSITIVE_INFINITY
      )
      current.push(cost)
      least = Math.min(least, cost)
    }
    if (least > limit) return limit + 1
    beforeLast = last
    last = current
  }
  return Math.min(at(last, other.length), limit + 1)
}

/** The text that comes nearest to the one that was sent, whatever its case; undefined when none is near. */
export function nearestText(sent: string, candidates: readonly string[]): string | undefined {
  const lower = (text: string) => text.toLowerCase()
  return nearest(sent, candidates, lower, length => Math.min(MAX_DISTANCE, Math.floor(length / 2)))
}

/**
 * The name that a misspelt one is most likely meant to be: at most a third of its letters differ. Letter case and separators
 * do not count: `public-url` is `publicUrl`.
 * @returns undefined when none is near
 */
export function nearestName(misspelt: string, names: readonly string[]): string | undefined {
  const fold = (name: string) => name.toLowerCase().replace(/[-_ .]/g, '')
  return nearest(misspelt, names, fold, length => Math.max(1, Math.floor(length / 3)))
}

/** The first of the nearest texts. @param fold what is compared of a text @param limitOf the largest distance, for a length */
function nearest(
  sent: string,
  candidates: readonly string[],
  fold: (text: string) => string,
  limitOf: (length: number) => number
): string | undefined {
  const given = fold(sent.slice(0, MAX_LENGTH))
  let limit = limitOf(given.length)
  let found: string | undefined
  for (const candidate of candidates) {
    const cost = distance(given, fold(candidate), limit)
    if (cost > limit) continue
    found = candidate
    limit = cost - 1 // only a nearer one replaces it
    if (limit < 0) break
  }
  return found
}

/** The largest distance at which a text is near, and the length that is compared. */
const MAX_DISTANCE = 2
const MAX_LENGTH = 256

const at = (row: readonly number[], index: number): number => row[index] ?? Number.POSITIVE_INFINITY
