import type { HostProcess } from '../app.js'
import type { OptionRow } from '../config.js'

/** A command of the program, one a file. */
export interface Command {
  name: string
  summary: string
  /** What follows the options in the help: examples, and what else one has to know. */
  usage: string
  /** The settings that it reads, by name: its options, and its arguments. */
  options: CommandTable
  /**
   * @returns the exit code; may throw OptionsInvalid, FixtureInvalid and DatabaseRefused, which are the user's to mend,
   * and ClientError
   */
  run(flags: Flags, shell: Shell): Promise<number>
}

/** A word that a command takes without a name before it, in the order of the table. Its `flag` is how it is called. */
export interface Argument extends OptionRow {
  argument: true
}

/** The options of a command, and the arguments among them. */
export type CommandTable = Readonly<Record<string, OptionRow | Argument>>

/** Whether a row of a table is an argument. */
export const isArgument = (row: OptionRow | Argument): row is Argument => 'argument' in row

/** What a command may use of the process that it runs in. */
export interface Shell {
  /** The words after the program's name. */
  words: string[]
  environment: Environment
  pid: number
  runtime: HostProcess
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

/** What the command line gave, by setting: texts, several for a repeatable one, and true for a switch. */
export type Flags = Partial<Record<string, string | string[] | boolean>>

/** The environment of the process. */
export type Environment = Readonly<Record<string, string | undefined>>
