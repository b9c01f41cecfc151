import { Command as Commander, CommanderError, Option } from 'commander'
import { ClientError } from '../client/errors.js'
import type { Setting } from '../config.js'
import { VERSION } from '../package.js'
import { FixtureInvalid } from '../service/read-fixtures.js'
import { DatabaseRefused } from '../store/database-file.js'
import { call } from './call.js'
import { catchRequests } from './catch.js'
import type { Command } from './command.js'
import { deliveries } from './deliveries.js'
import { healthcheck } from './healthcheck.js'
import { describeType, type Flags, SettingsInvalid } from './read-settings.js'
import { serve } from './serve.js'
import { EXIT, type Shell } from './shell.js'

/** The commands, the default one first. */
export const COMMANDS: Command[] = [serve, call, deliveries, catchRequests, healthcheck]

/** Runs the program. @returns the exit code */
export async function run(shell: Shell): Promise<number> {
  let exit: number = EXIT.ok
  const program = createProgram(shell, async (command, flags) => {
    exit = await command.run(flags, shell)
  })
  try {
    await program.parseAsync(shell.words, { from: 'user' })
    return exit
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage // it has said what it had to
    if (error instanceof SettingsInvalid || error instanceof FixtureInvalid || error instanceof DatabaseRefused) {
      shell.err(`${error.message}\n`)
      return EXIT.usage
    }
    if (error instanceof ClientError) {
      shell.err(`${error.message}\n`)
      return error.status === BAD_REQUEST ? EXIT.usage : EXIT.failure
    }
    throw error
  }
}

/** The status with which an emulator answers what was asked in a wrong way. */
const BAD_REQUEST = 400

function createProgram(shell: Shell, act: (command: Command, flags: Flags) => Promise<void>): Commander {
  const program = new Commander('uapi-emulator')
    .description('An emulator of the 4PSA VoipNow / Hubgets UnifiedAPI v5 PhoneCallEvents service.')
    .version(VERSION)
    .helpCommand(false)
    .addHelpText('after', '\nuapi-emulator serve --help lists the settings. The README has the rest.')
    .showHelpAfterError('See uapi-emulator --help.')
    .configureOutput({
      writeOut: shell.out,
      writeErr: shell.err,
      // The value of an option that is mistyped may be a secret.
      outputError: (text, write) => write(text.replace(/(unknown option '[^'=]*)=.*'/s, "$1'"))
    })
    .exitOverride()
  for (const command of COMMANDS) {
    const sub = program
      .command(command.name, { isDefault: command === COMMANDS[0] })
      .description(command.summary)
      .addHelpText('after', command.usage)
      .allowExcessArguments(false)
      .action((flags: Flags) => act(command, flags))
    for (const [name, setting] of Object.entries(command.options)) sub.addOption(toOption(name, setting))
  }
  return program
}

/** A row of the table of settings as an option of the command line. Values are read later, all in one place. */
function toOption(name: string, setting: Setting): Option {
  const { flag, placeholder, repeatable, meaning } = setting
  const option = new Option(`--${flag}${placeholder ? ` <${placeholder}>` : ''}`, `${meaning}${remark(setting)}`)
  option.attributeName = () => name
  if (repeatable) option.argParser((value: string, earlier: string[] = []) => [...earlier, value])
  return option
}

function remark({ type, placeholder, default: otherwise, repeatable, needed }: Setting): string {
  const remarks = [
    ...(placeholder && Reflect.get(type, 'enum') ? [describeType(type)] : []),
    ...(placeholder && otherwise !== undefined ? [`default ${otherwise}`] : []),
    ...(repeatable ? ['repeatable'] : []),
    ...(needed ? ['needed'] : [])
  ]
  return remarks.length === 0 ? '' : ` (${remarks.join('; ')})`
}
