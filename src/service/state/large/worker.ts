import { parentPort } from 'node:worker_threads'
import { ControlError } from '../../../domain/errors/control.js'
import { UapiError } from '../../../domain/errors/uapi.js'
import { FixtureInvalid } from '../../../domain/fixtures/read.js'
import type { Answer, ErrorSent, Request } from './messages.js'
import { createTasks } from './tasks.js'

// The program of the worker thread: performs tasks in the order in which they come, and answers each.

const tasks = createTasks()

/** Results in pieces that are not at their end, by their calls. */
const streams = new Map<number, Generator<Uint8Array>>()

/** How many pieces are sent before the first of them was taken. */
const AHEAD = 4

parentPort?.on('message', (request: Request) => {
  const { call } = request
  try {
    if ('then' in request) return request.then === 'next' ? sendPiece(call) : endStream(call)
    const perform = tasks[request.task] as (input: unknown) => unknown // the request was typed by the same table
    const result = perform(request.input)
    if (!isGenerator(result)) return answer({ call, result }, Reflect.get(Object(result), 'bytes'))
    streams.set(call, result)
    for (let sent = 0; sent < AHEAD; sent++) sendPiece(call)
  } catch (error) {
    streams.delete(call)
    answer({ call, error: sendable(error) })
  }
})

/** Sends the next piece of a result, or its end. */
function sendPiece(call: number): void {
  const next = streams.get(call)?.next()
  if (next === undefined) return // it has ended
  if (next.done) endStream(call)
  else answer({ call, piece: next.value }, next.value)
}

function endStream(call: number): void {
  if (streams.delete(call)) answer({ call, result: undefined })
}

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
