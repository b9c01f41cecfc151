import { Worker } from 'node:worker_threads'
import { Stopped } from '../../watch/changes.js'
import { type Answer, errorOf, type Request } from './messages.js'
import type { Tasks } from './tasks.js'

type Input<Task extends keyof Tasks> = Parameters<Tasks[Task]>[0]

/** Performs tasks in a worker thread, which starts with the first task and ends after ten seconds without one. */
export interface LargeWork {
  /** A number for a document that the worker will hold. */
  nextHeld(): number
  /**
   * Performs a task. Those of one process are performed one after the other.
   * @param moved memory of the input that is moved instead of copied, and cannot be used afterwards
   * @throws what the task throws; Stopped
   */
  run<Task extends keyof Tasks>(task: Task, input: Input<Task>, moved?: ArrayBuffer[]): Promise<ReturnType<Tasks[Task]>>
  /** Runs work when earlier work of this kind is over and the worker is idle: once begun, it waits for no other's task. */
  exclusive<T>(work: () => Promise<T>): Promise<T>
  /** Performs a task whose result comes in pieces, a few ahead of the reader. @throws Stopped */
  stream(task: 'print', input: Input<'print'>): AsyncGenerator<Uint8Array>
  /** Ends the thread. Tasks that are not done are rejected with Stopped. */
  close(): Promise<void>
}

/** How long the thread is kept without a task, in milliseconds of wall time: tests reset often. */
const IDLE_MS = 10_000

interface Call {
  onPiece(piece: Uint8Array): void
  resolve(result: unknown): void
  reject(error: Error): void
}

/** @param file the program of the worker */
export function createLargeWork(file: string): LargeWork {
  const calls = new Map<number, Call>()
  let worker: Worker | undefined
  let idle: NodeJS.Timeout | undefined
  let lastCall = 0
  let held = 0 // how many documents the worker holds
  let lastHeld = 0
  let isClosed = false
  let lastExclusive: Promise<unknown> = Promise.resolve()

  const failAll = (error: Error) => {
    for (const { reject } of calls.values()) reject(error)
    calls.clear()
  }
  const end = async () => {
    const ending = worker
    worker = undefined
    held = 0
    await ending?.terminate()
  }
  const start = (): Worker => {
    const started = new Worker(file, { execArgv: [], name: 'uapi-emulator' })
    started.unref()
    started.on('message', settle)
    const lose = (error: Error) => {
      if (worker !== started) return
      worker = undefined
      held = 0
      failAll(error)
    }
    started.on('error', lose)
    started.on('exit', code => lose(new Error(`The worker has ended with ${code}.`)))
    return started
  }

  const settle = (answer: Answer) => {
    const call = calls.get(answer.call)
    if (call === undefined) return
    if ('piece' in answer) return call.onPiece(answer.piece)
    calls.delete(answer.call)
    if ('error' in answer) call.reject(errorOf(answer.error))
    else call.resolve(answer.result)
    if (calls.size === 0 && held === 0) idle = setTimeout(() => void end(), IDLE_MS).unref()
  }

  /** @returns the number of the call */
  const send = (task: keyof Tasks, input: unknown, moved: ArrayBuffer[], call: Call): number => {
    const number = ++lastCall
    if (isClosed) {
      call.reject(new Stopped())
      return number
    }
    clearTimeout(idle)
    if (task === 'release' && worker === undefined) {
      call.resolve(undefined) // it is gone with what it held
      return number
    }
    if (task === 'hold' || task === 'holdPieces') held += 1
    if (task === 'release') held -= 1
    worker ??= start()
    calls.set(number, call)
    worker.postMessage({ call: number, task, input } satisfies Request, moved)
    return number
  }
  const go = (call: number, then: 'next' | 'stop') => {
    if (calls.has(call)) worker?.postMessage({ call, then } satisfies Request)
  }

  const run = <Task extends keyof Tasks>(task: Task, input: Input<Task>, moved: ArrayBuffer[] = []) =>
    new Promise<ReturnType<Tasks[Task]>>((resolve, reject) => {
      send(task, input, moved, {
        onPiece() {},
        resolve: result => resolve(result as ReturnType<Tasks[Task]>), // the worker answers a task with its result
        reject
      })
    })

  return {
    nextHeld: () => ++lastHeld,
    run,
    exclusive<T>(work: () => Promise<T>) {
      const whole = lastExclusive.then(async () => {
        await run('ready', undefined)
        return work()
      })
      lastExclusive = whole.then(
        () => {},
        () => {} // the caller handles the error
      )
      return whole
    },
    async *stream(task, input) {
      const pieces: Uint8Array[] = []
      let wake = () => {}
      let isDone = false
      let failure: Error | undefined
      const settled = (error?: Error) => {
        isDone = true
        failure = error
        wake()
      }
      const call = send(task, input, [], {
        onPiece(piece) {
          pieces.push(piece)
          wake()
        },
        resolve: () => settled(),
        reject: settled
      })
      try {
        for (;;) {
          const piece = pieces.shift()
          if (piece) {
            yield piece
            go(call, 'next')
          } else if (failure) throw failure
          else if (isDone) return
          else await new Promise<void>(done => (wake = done))
        }
      } finally {
        go(call, 'stop') // the reader has left
      }
    },
    async close() {
      isClosed = true
      clearTimeout(idle)
      failAll(new Stopped())
      await end()
    }
  }
}
