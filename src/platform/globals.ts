import { performance as clock } from 'node:perf_hooks'
import { URL, URLSearchParams } from 'node:url'
import { TextDecoder, TextEncoder, transferableAbortController } from 'node:util'
import { deserialize, serialize } from 'node:v8'
import { runInNewContext } from 'node:vm'

// What the bundle of the library uses wherever its code and its packages name a global variable (scripts/bundle.mjs).
// A test replaces the clock among them, and an environment such as jsdom has others of the same name, or lacks them.
export { clearInterval, clearTimeout, setImmediate, setInterval, setTimeout } from './timers.js'
export { TextDecoder, TextEncoder, URL, URLSearchParams }

const settled = Promise.resolve()

type Callback = (...values: unknown[]) => void

const inMicrotask = (callback: Callback, ...values: unknown[]): void => void settled.then(() => callback(...values))

/** Whether a function was replaced by Jest, Vitest or Sinon.JS: theirs have members. */
const isReplaced = (global: object): boolean => Object.keys(global).length > 0

const nextTick = isReplaced(process.nextTick) ? inMicrotask : process.nextTick

export { nextTick as 'process.nextTick' }

const microtask = isReplaced(globalThis.queueMicrotask) ? inMicrotask : globalThis.queueMicrotask

export { microtask as queueMicrotask }

/** The monotonic clock. A replaced `now` is a member of the object; the original one is a member of its prototype. */
export const performance = { now: (): number => now.call(clock) }
const { now }: typeof clock = Object.getPrototypeOf(clock)

/** The machine's clock. A replacement is no native function. */
const NodeDate: unknown = /^function Date\(\) \{ \[native code\] \}$/.test(
  Function.prototype.toString.call(globalThis.Date)
)
  ? globalThis.Date
  : runInNewContext('Date')

export { NodeDate as Date }

/** Node's http client and events refuse signals of other classes. */
const controller = transferableAbortController()
const [NodeController, NodeSignal] = [controller.constructor, controller.signal.constructor]

export { NodeController as AbortController, NodeSignal as AbortSignal }

/** The classes that a Buffer extends and that its bytes have. */
const [NodeBytes, NodeBuffer] = [Object.getPrototypeOf(Buffer), Buffer.alloc(1).buffer.constructor]

export { NodeBuffer as ArrayBuffer, NodeBytes as Uint8Array }

const clone = globalThis.structuredClone ?? (<T>(value: T): T => deserialize(serialize(value)))

export { clone as structuredClone }
