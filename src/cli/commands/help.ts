import Type from 'typebox'
import { type Command, EXIT, type RunContext } from '../command.js'
import { readOptions } from '../options.js'

const OPTIONS = {
  command: { argument: true, flag: 'command', type: Type.String(), meaning: 'Command; without one, all are listed.' }
} as const

/**
 * Makes the command that prints the help of the others.
 * @param show prints the help of a command, or of the program
 */
export const help = (show: (context: RunContext, name: string | undefined) => void): Command => ({
  name: 'help',
  summary: 'Print the help of a command',
  examples: ['uapi-emulator help', 'uapi-emulator help call'],
  exits: { 0: 'success', 1: 'failure', 2: 'unknown command' },
  options: OPTIONS,

  async run(flags, context) {
    show(context, readOptions(OPTIONS, flags, {}).command)
    return EXIT.ok
  }
})
