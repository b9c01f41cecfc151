import type { HostProcess } from '../app.js'
import type { Environment, OptionRow } from '../option-table.js'
import type { OutputStream, Page } from './terminal/page.js'

/** A command of the program, one a file. `--help`, completion and docs/commands.md are generated from it. */
export interface Command {
  name: string
  /** An imperative: `List deliveries`. */
  summary: string
  /** Paragraphs of the help text, below the options. */
  notes?: readonly string[]
  /** Lines for a shell that work as they are printed. */
  examples: readonly string[]
  /** Meaning of each exit code. */
  exits: Readonly<Record<number, string>>
  /** Options and arguments, by their names in the code. */
  options: CommandTable
  /**
   * @returns the exit code
   * @throws OptionsInvalid, FixtureInvalid, DatabaseRefused (exit code 2), and ClientError
   */
  run(flags: Flags, context: RunContext): Promise<number>
}

/** A positional argument. Its place is its place in the table; its `flag` is its name in help and messages. */
export interface Argument extends OptionRow {
  argument: true
}

/** The options and the arguments of a command. */
export type CommandTable = Readonly<Record<string, OptionRow | Argument>>

/** Whether a row of a table is an argument. */
export const isArgument = (row: OptionRow | Argument): row is Argument => 'argument' in row

/** The process, as far as a command may use it. */
export interface CommandContext {
  /** The arguments of the process, after the program's name. */
  args: string[]
  environment: Environment
  pid: number
  runtime: HostProcess
  /** Reads standard input to its end. */
  input(): Promise<Uint8Array>
  /** Writes to standard output. */
  out(text: string): void
  /** Writes to standard error. */
  err(text: string): void
  /** Calls back, once, when the reader of standard output has closed it. */
  onOutputClosed(stop: () => void): void
  /** Where standard output and standard error lead; without them, to no terminal. */
  streams?: { out: OutputStream; err: OutputStream }
  /**
   * Calls back, once, on SIGTERM, SIGINT or an uncaught error.
   * @param extraMs time that the callback may take beyond the usual limit, in milliseconds
   */
  onStop(
    stop: (cause: { signal?: string | undefined; error?: Error | undefined }) => Promise<void>,
    extraMs?: number
  ): void
}

/** The process, and the pages that its output is written on. */
export interface RunContext extends CommandContext {
  /** The page of standard output. */
  page: Page
  /** The page of standard error. */
  errorPage: Page
}

/** Exit codes. @source control-api.md "Settings" */
export const EXIT = { ok: 0, failure: 1, usage: 2, notVerified: 3 } as const

/** Values of the command line, by name: texts, a list for a repeatable option, `true` for a switch. */
export type Flags = Partial<Record<string, string | string[] | boolean>>
