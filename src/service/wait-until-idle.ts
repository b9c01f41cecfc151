import { ControlError } from '../domain/control-errors.js'
import type { Changes, Patience } from './changes.js'

/**
 * Waits until no step of a call is due and no delivery owed or in flight.
 * @throws ControlError `wait_timeout` when the time is over first
 */
export type WaitUntilIdle = (patience?: Patience) => Promise<{ idle: true }>

/** @source control-api.md "Calls and deliveries" */
export function createWaitUntilIdle({ changes, isIdle }: { changes: Changes; isIdle: () => boolean }): WaitUntilIdle {
  return async ({ timeoutMs = 0, signal } = {}) => {
    const idle = await changes.until(() => isIdle() || undefined, { timeoutMs, signal })
    if (idle) return { idle }
    const message = `Within ${timeoutMs} ms it did not come to rest: GET /_emulator/deliveries says what is in flight.`
    throw new ControlError('wait_timeout', { message })
  }
}
