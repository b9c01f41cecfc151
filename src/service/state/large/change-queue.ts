import { Stopped } from '../../watch/changes.js'
import { createWriteBarrier, type WriteBarrier } from './write-barrier.js'

/** The order of the large changes of a sandbox, and their end when it stops. */
export interface ChangeQueue {
  /** Makes writes wait for a change. */
  writeBarrier: WriteBarrier
  /** Runs a change when those before it are over. @throws what it throws; Stopped */
  next<T>(change: () => Promise<T>): Promise<T>
  /** Waits for a part of a change that another thread does. @throws Stopped, or the error given to `stop` */
  unlessStopped<T>(part: Promise<T>): Promise<T>
  /** @throws Stopped, or the error given to `stop`, after it */
  check(): void
  /** Ends the changes under way: nothing of them is done. @param error Stopped by default */
  stop(error?: Error): void
}

/** Creates the change queue of a sandbox. */
export function createChangeQueue(): ChangeQueue {
  const writeBarrier = createWriteBarrier()
  const rejects = new Set<(error: Error) => void>()
  let last: Promise<unknown> = Promise.resolve()
  let stopError: Error | undefined
  const check = () => {
    if (stopError) throw stopError
  }

  return {
    writeBarrier,
    next<T>(change: () => Promise<T>): Promise<T> {
      const whole = last.then(() => {
        check()
        return change()
      })
      last = whole.then(
        () => {},
        () => {} // the caller handles the error
      )
      return whole
    },
    unlessStopped: part =>
      new Promise((resolve, reject) => {
        part.then(resolve, reject).finally(() => rejects.delete(reject))
        if (stopError) reject(stopError)
        else rejects.add(reject)
      }),
    check,
    stop(error = new Stopped()) {
      stopError ??= error
      for (const reject of rejects) reject(stopError)
      writeBarrier.stop()
    }
  }
}
