/** Median; of an even number of values the lower of the middle two. */
export const median = numbers => [...numbers].sort((one, other) => one - other)[(numbers.length - 1) >> 1]

/** Ratio of two numbers; undefined when one of them was not measured. */
export const ratio = (one, other) => (one === undefined || other === undefined ? undefined : one / other)

/**
 * The median of the ratios of pairs, each measured one right after the other: a machine that changes its speed changes
 * both of a pair. Undefined when something was not measured.
 */
export function ratioOfPairs(ones, others, read = number => number) {
  const ratios = ones.map((one, round) => read(one) / read(others[round]))
  return ratios.every(Number.isFinite) ? median(ratios) : undefined
}

/** Those that are measured in a round, in an order that alternates: who comes first is no advantage. */
export const inTurns = (measured, round) => (round % 2 === 0 ? measured : measured.toReversed())
