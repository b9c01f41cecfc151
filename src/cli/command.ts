import type { CommandTable } from './argument.js'
import type { Flags } from './read-settings.js'
import type { Shell } from './shell.js'

/** A command of the program, one a file. */
export interface Command {
  name: string
  summary: string
  /** What follows the options in the help: examples, and what else one has to know. */
  usage: string
  /** The settings that it reads, by name: its options, and its arguments. */
  options: CommandTable
  /**
   * @returns the exit code; may throw SettingsInvalid, FixtureInvalid and DatabaseRefused, which are the user's to mend,
   * and ClientError
   */
  run(flags: Flags, shell: Shell): Promise<number>
}
