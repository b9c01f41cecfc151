/** Median; of an even number of values the lower of the middle two. */
export const median = numbers => [...numbers].sort((one, other) => one - other)[(numbers.length - 1) >> 1]

/** Ratio of two numbers; undefined when one of them was not measured. */
export const ratio = (one, other) => (one === undefined || other === undefined ? undefined : one / other)
