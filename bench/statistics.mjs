/** The middle one; of an even number the lower of the two. */
export const median = numbers => [...numbers].sort((one, other) => one - other)[(numbers.length - 1) >> 1]

/** What a ratio of two numbers is; undefined where one of them was not measured. */
export const ratio = (one, other) => (one === undefined || other === undefined ? undefined : one / other)
