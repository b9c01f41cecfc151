import type { CommanderError } from 'commander'
import { type Command, isArgument } from '../command.js'
import { renderSyntax } from '../help.js'
import { optionLabel } from '../options.js'
import { suggest } from './similar.js'

/** The message for a word that is no command. */
export const explainUnknownCommand = (word: string, commands: readonly Command[]): string => {
  const names = commands.map(({ name }) => name)
  return `${word} is an unknown command.${suggest(word, names)} See uapi-emulator --help.\n`
}

/**
 * The message for words of a command line that do not fit its command, without the value of an option: a misspelt option
 * may have a secret.
 */
export function explainUsage({ code, message }: CommanderError, command: Command): string {
  const help = `See uapi-emulator ${command.name} --help.\n`
  const rows = Object.values(command.options)
  switch (code) {
    case 'commander.unknownOption': {
      const [, option = ''] = /unknown option '([^'=\s]*)/s.exec(message) ?? []
      const flags = [...rows.filter(row => !isArgument(row)).map(({ flag }) => flag), 'help']
      const similar = suggest(option.replace(/^-+/, ''), flags, '--')
      return `${option} is an unknown option of ${command.name}.${similar} ${help}`
    }
    case 'commander.optionMissingArgument': {
      const row = rows.find(row => message.includes(`'${renderSyntax(row)}'`))
      const option = row === undefined ? 'An option' : optionLabel(row)
      const value = row?.placeholder === undefined ? '' : ` <${row.placeholder}>`
      return `${option} is given without its value${value}. ${row?.meaning ?? ''} ${help}`
    }
    case 'commander.missingArgument': {
      const [, name = ''] = /argument '([^']*)'/.exec(message) ?? []
      const row = rows.find(row => isArgument(row) && row.flag === name)
      return `${name} is missing. ${row?.meaning ?? ''} ${help}`
    }
    case 'commander.excessArguments': {
      const limit = rows.filter(isArgument).length
      const expected = limit === 0 ? 'no arguments' : `${limit} argument${limit === 1 ? '' : 's'} at most`
      return `There are too many arguments: ${command.name} takes ${expected}. ${help}`
    }
    default:
      return `${message.replace(/^error: /, '').replace(/[^.]$/, '$&.')} ${help}`
  }
}
