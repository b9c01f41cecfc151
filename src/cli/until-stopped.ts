import type { Shell } from './shell.js'

/**
 * Does what goes on until it is done, or until the process is told to stop.
 * @param work ends soon after its signal is aborted
 */
export function untilStopped<T>(shell: Shell, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stopping = new AbortController()
  let working: Promise<T> | undefined // begun last: once it says that it is ready it may be told to stop
  shell.onUnread(() => stopping.abort())
  shell.onStop(async ({ error }) => {
    if (error) shell.err(`${error.stack}\n`)
    stopping.abort()
    await working // the process ends when this does, with a failure if it failed
  })
  working = work(stopping.signal)
  return working
}
