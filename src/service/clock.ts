/** What time it is. */
export type Clock = () => Date

/** The time of this machine. */
export const systemClock: Clock = () => new Date()
