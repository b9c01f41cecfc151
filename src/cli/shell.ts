import type { Environment } from './read-settings.js'

/** What a command may use of the process that it runs in. */
export interface Shell {
  /** The words after the program's name. */
  words: string[]
  environment: Environment
  pid: number
  /** Writes to standard output. */
  out(text: string): void
  /** Writes to standard error. */
  err(text: string): void
  /** Calls back, once, when nobody reads standard output any more. */
  onUnread(stop: () => void): void
  /** Calls back, once, when the process is told to stop or something was thrown that nobody caught. */
  onStop(stop: (cause: { signal?: string | undefined; error?: Error | undefined }) => Promise<void>): void
}

/** How a process ends. @source control-api.md "Settings" */
export const EXIT = { ok: 0, failure: 1, usage: 2, notVerified: 3 } as const
