import type { Client } from '../client/client.js'
import type { ValuesOf } from '../config.js'
import { CLIENT_EXITS, CLIENT_NOTE, CLIENT_OPTIONS, JSON_OPTION } from './client-options.js'
import { type Command, type CommandContext, type CommandTable, EXIT, type Flags } from './command.js'
import { clientEnvironment, withClient } from './connect.js'
import { readOptions } from './options.js'

/** The options that every such command has. */
const SHARED_OPTIONS = { ...JSON_OPTION, ...CLIENT_OPTIONS } as const

/** A command that connects to a running emulator. It has `--json` and CLIENT_OPTIONS beside its own options. */
export interface ClientCommand<T extends CommandTable>
  extends Pick<Command, 'name' | 'summary' | 'notes' | 'examples'> {
  /** Default: CLIENT_EXITS. */
  exits?: Command['exits']
  options: T
  /** Called before anything is sent. @throws OptionsInvalid where options do not go together */
  check?: (options: ValuesOf<T>, flags: Flags) => void
  /** @returns the exit code; anything that is not a number stands for 0 */
  run(client: Client, options: ValuesOf<T> & ValuesOf<typeof SHARED_OPTIONS>, context: CommandContext): Promise<unknown>
}

/** Makes a command of the program that reads the options, connects, runs and closes the connection. */
export function clientCommand<const T extends CommandTable>(own: ClientCommand<T>): Command {
  const { name, summary, notes = [], examples, exits = CLIENT_EXITS } = own
  const table = { ...own.options, ...SHARED_OPTIONS }
  return {
    name,
    summary,
    notes: [...notes, CLIENT_NOTE],
    examples,
    exits,
    options: table,
    async run(flags, context) {
      // The values are those of both parts of the table.
      const options = readOptions<CommandTable>(table, flags, clientEnvironment(context.environment)) as ValuesOf<T> &
        ValuesOf<typeof SHARED_OPTIONS>
      own.check?.(options, flags)
      const exit = await withClient(options, client => own.run(client, options, context))
      return typeof exit === 'number' ? exit : EXIT.ok
    }
  }
}
