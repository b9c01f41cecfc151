import { parentPort } from 'node:worker_threads'
import { ControlError } from '../../../domain/errors/control.js'
import { UapiError } from '../../../domain/errors/uapi.js'
import { FixtureInvalid } from '../../../domain/fixtures/read.js'
import type { Answer, ErrorSent, Request } from './messages.js'
import { createTasks } from './tasks.js'

// The program of the worker thread: performs tasks in the order in which they come, and answers each.

const tasks = createTasks()

parentPort?.on('message', ({ call, task, input }: Request) => {
  try {
    const perform = tasks[task] as (input: unknown) => unknown // the request was typed by the same table
    const result = perform(input)
    if (isGenerator(result)) for (const piece of result) answer({ call, piece }, piece)
    answer({ call, result: isGenerator(result) ? undefined : result }, Reflect.get(Object(result), 'bytes'))
  } catch (error) {
    answer({ call, error: sendable(error) })
  }
})

/** @param bytes are moved instead of copied: the memory of SQLite itself cannot be, so that they are copied here first */
function answer(answer: Answer, bytes?: Uint8Array): void {
  if (bytes === undefined) {
    parentPort?.postMessage(answer)
    return
  }
  const moved = new Uint8Array(bytes)
  const { call } = answer
  const sent: Answer =
    'result' in answer ? { call, result: { ...Object(answer.result), bytes: moved } } : { call, piece: moved }
  parentPort?.postMessage(sent, [moved.buffer])
}

const isGenerator = (value: unknown): value is Generator<Uint8Array> =>
  typeof value === 'object' && value !== null && Symbol.iterator in value && 'next' in value

/** An error as it can be sent; its class is lost on the way. */
function sendable(error: unknown): ErrorSent {
  if (error instanceof FixtureInvalid) return { kind: 'fixture', problems: error.problems, hasMore: error.hasMore }
  if (error instanceof ControlError) {
    const { code, reason, message, status, details } = error
    return { kind: 'control', code, facts: { reason, message, status, ...(details && { details }) } }
  }
  if (error instanceof UapiError) {
    const { code, reason, remedy } = error
    return { kind: 'uapi', code, reason, remedy }
  }
  return { kind: 'other', message: error instanceof Error ? (error.stack ?? error.message) : String(error) }
}
