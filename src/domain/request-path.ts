import type { Holds } from './verification.js'

/** Whether what a request is compared by is what was expected: a path may be given by its beginning, `/uapi/*`. */
export const isRequestAsExpected: Holds = (came, expected, name) => {
  if (name !== 'path') return came === expected
  if (typeof came !== 'string' || typeof expected !== 'string') return false
  const [path, wanted] = [decode(came), decode(expected)]
  return path === wanted || (wanted.endsWith('*') && path.startsWith(wanted.slice(0, -1)))
}

/** A path without its percent-encoding; what does not decode stands for itself. */
function decode(path: string): string {
  if (!path.includes('%')) return path
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}
