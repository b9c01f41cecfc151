import { Socket } from 'node:net'
import * as timers from 'node:timers'

type Callback = (...values: unknown[]) => void
type Create = (callback: Callback, ms?: number, ...values: unknown[]) => NodeJS.Timeout
type Clear = (timer: NodeJS.Timeout | undefined) => void

/** The timers that the bundle of the library uses. */
interface Timers {
  setTimeout: Create
  setInterval: Create
  setImmediate: (callback: Callback, ...values: unknown[]) => unknown
  clearTimeout: Clear
  clearInterval: Clear
}

/**
 * Node's timers, whether or not a test has replaced the global ones and those of `node:timers` before this module was
 * loaded. They are copied, because a test can replace them later, too.
 */
export const { setTimeout, setInterval, setImmediate, clearTimeout, clearInterval } = originalTimers()

function originalTimers(): Timers {
  const timer = timers.setTimeout(() => {}, 1)
  timers.clearTimeout(timer)
  return isTimeout(timer) ? { ...timers } : timersLike(timerOfSocket())
}

function isTimeout(value: unknown): value is NodeJS.Timeout {
  return '_idleTimeout' in Object(value)
}

/** The timer of a socket: one that Node itself has created. It is a member whose name is an internal symbol. */
function timerOfSocket(): NodeJS.Timeout | undefined {
  const socket = new Socket().setTimeout(1)
  const members: unknown[] = Object.getOwnPropertySymbols(socket).map(name => Reflect.get(socket, name))
  socket.destroy()
  return members.find(isTimeout)
}

/** Timers of the class of another one. Node's constructor takes whether it repeats and keeps the process alive. */
function timersLike(timer: NodeJS.Timeout | undefined): Timers {
  if (timer === undefined) return { ...timers }
  const create = (callback: Callback, ms: number, values: unknown[], repeats: boolean): NodeJS.Timeout =>
    Reflect.construct(timer.constructor, [callback, ms, values, repeats, true]).refresh()
  const clear: Clear = timer => void timer?.close()
  return {
    setTimeout: (callback, ms = 1, ...values) => create(callback, ms, values, false),
    setInterval: (callback, ms = 1, ...values) => create(callback, ms, values, true),
    setImmediate: (callback, ...values) => create(callback, 1, values, false),
    clearTimeout: clear,
    clearInterval: clear
  }
}
