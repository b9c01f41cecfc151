import type { StateCounts } from '../schema/state.js'

/** How many of each there are, in words: `1 organization, 3 users, no apps`. What there is none of is left out. */
export function renderCounts(counts: StateCounts): string {
  const texts = Object.entries(counts).flatMap(([kind, count]) =>
    count === 0 ? [] : `${count} ${nameOf(kind, count)}`
  )
  return texts.length === 0 ? 'nothing' : texts.join(', ')
}

const nameOf = (kind: string, count: number): string => {
  const words = kind.replace(/[A-Z]/g, letter => ` ${letter.toLowerCase()}`)
  return count === 1 ? words.replace(/s$/, '') : words
}
