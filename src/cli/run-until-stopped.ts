import type { CommandContext } from './command.js'

/**
 * Runs work to its end. Its signal is aborted when the process receives a stop signal, or standard output is closed.
 * @param work ends soon after its signal is aborted
 */
export function runUntilStopped<T>(context: CommandContext, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stopping = new AbortController()
  let running: Promise<T> | undefined // started last: the process may be stopped as soon as the ready line is printed
  context.onOutputClosed(() => stopping.abort())
  context.onStop(async ({ error }) => {
    if (error) context.err(`${error.stack}\n`)
    stopping.abort()
    await running // the process ends when this callback does, with a failure if the work failed
  })
  running = work(stopping.signal)
  return running
}
