import type { Client } from '../client/client.js'
import type { ValuesOf } from '../option-table.js'
import { CLIENT_EXITS, CLIENT_NOTE, CLIENT_OPTIONS, JSON_OPTION } from './client-options.js'
import { type Command, type CommandTable, EXIT, type Flags, type RunContext } from './command.js'
import { inWordsOfOptions } from './command-line/option-words.js'
import { clientEnvironment, withClient } from './connect.js'
import { readOptions } from './options.js'

/** Options of every command that connects to an emulator. */
const SHARED_OPTIONS = { ...JSON_OPTION, ...CLIENT_OPTIONS } as const

/** A command that connects to a running emulator. It has `--json` and CLIENT_OPTIONS beside its own options. */
export interface ClientCommand<T extends CommandTable>
  extends Pick<Command, 'name' | 'summary' | 'notes' | 'examples'> {
  /** Default: CLIENT_EXITS. */
  exits?: Command['exits']
  options: T
  /** Called before anything is sent. @throws OptionsInvalid where options do not go together */
  check?: (options: ValuesOf<T>, flags: Flags) => void
  /** @returns the exit code; 0 for anything that is not a number */
  run(client: Client, options: ValuesOf<T> & ValuesOf<typeof SHARED_OPTIONS>, context: RunContext): Promise<unknown>
}

/** Creates a command that reads its options, connects to an emulator, runs and closes the connection. */
export function clientCommand<const T extends CommandTable>(definition: ClientCommand<T>): Command {
  const { name, summary, notes = [], examples, exits = CLIENT_EXITS } = definition
  const table = { ...definition.options, ...SHARED_OPTIONS }
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
      definition.check?.(options, flags)
      const exit = await withClient(options, client => definition.run(client, options, context)).catch(error =>
        Promise.reject(inWordsOfOptions(error, table, flags))
      )
      return typeof exit === 'number' ? exit : EXIT.ok
    }
  }
}
