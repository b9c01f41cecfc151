const UNITS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/**
 * Parses a duration: `500ms`, `2s`, `1.5m`, `1h`, `2d`, or a number of milliseconds.
 * @returns milliseconds, whole; undefined when it is no duration
 */
export function parseDuration(text: string): number | undefined {
  const [, number, unit = 'ms'] = /^(\d+(?:\.\d+)?) ?(ms|[smhd])?$/.exec(text.trim()) ?? []
  if (number === undefined) return undefined
  const ms = Math.round(Number(number) * (UNITS[unit] ?? 1))
  return Number.isSafeInteger(ms) ? ms : undefined
}

/** Prints milliseconds in the largest unit in which they are a whole number: `2s`, `1500ms`. */
export function printDuration(ms: number): string {
  const [unit = 'ms', size = 1] = Object.entries(UNITS).findLast(([, size]) => ms !== 0 && ms % size === 0) ?? []
  return `${ms / size}${unit}`
}
