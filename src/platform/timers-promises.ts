import { setImmediate as immediate, setTimeout as timeout } from './timers.js'

/** In place of that of `node:timers/promises`, whose functions a test can replace. */
export const setTimeout = <T>(ms: number, value: T, { ref = true }: { ref?: boolean } = {}): Promise<T> =>
  new Promise(resolve => {
    const timer = timeout(() => resolve(value), ms)
    if (!ref) timer.unref()
  })

/** In place of that of `node:timers/promises`. */
export const setImmediate = (): Promise<void> => new Promise(resolve => immediate(() => resolve()))
