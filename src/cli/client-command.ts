import type { Client } from '../client/client.js'
import type { ValuesOf } from '../config.js'
import { CLIENT_EXITS, CLIENT_OPTIONS, CLIENT_USAGE, JSON_OPTION } from './client-options.js'
import { type Command, type CommandContext, type CommandTable, EXIT, type Flags } from './command.js'
import { clientEnvironment, withClient } from './connect.js'
import { readOptions } from './options.js'

/** The options of every command that speaks to an emulator. */
export const SHARED = { ...JSON_OPTION, ...CLIENT_OPTIONS } as const

/** The names of those options. */
export const SHARED_NAMES = Object.keys(SHARED)

/** A command that speaks to an emulator: what it has beside what all of them have. */
export interface ClientCommand<T extends CommandTable> {
  name: string
  summary: string
  /** What one has to know beside the options. */
  note?: string
  /** Words that work, without the name of the program. */
  examples: string[]
  /** What its exit codes are, where there are others. */
  exits?: string
  options: T
  /** Is called before anything is sent. @throws OptionsInvalid where options do not go together */
  check?: (options: ValuesOf<T>, flags: Flags) => void
  /** @returns the exit code, where it is not 0: whatever is no number stands for 0 */
  run(client: Client, options: ValuesOf<T> & ValuesOf<typeof SHARED>, context: CommandContext): Promise<unknown>
}

/** Makes a command of it. */
export function clientCommand<const T extends CommandTable>(own: ClientCommand<T>): Command {
  const table = { ...own.options, ...SHARED }
  const examples = own.examples.map(words => `  uapi-emulator ${words}`).join('\n')
  const note = own.note === undefined ? '' : `\n\n${own.note}`
  return {
    name: own.name,
    summary: own.summary,
    usage: `${CLIENT_USAGE}${note}\n\nExamples:\n${examples}\n\n${own.exits ?? CLIENT_EXITS}`,
    options: table,
    async run(flags, context) {
      // What is read of a table is what its rows say; both of these are part of it.
      const options = readOptions<CommandTable>(table, flags, clientEnvironment(context.environment)) as ValuesOf<T> &
        ValuesOf<typeof SHARED>
      own.check?.(options, flags)
      const exit = await withClient(options, client => own.run(client, options, context))
      return typeof exit === 'number' ? exit : EXIT.ok
    }
  }
}
