import { Command as Commander, CommanderError, Option } from 'commander'
import { ClientError } from '../client/errors.js'
import type { OptionRow } from '../config.js'
import { FixtureInvalid } from '../domain/fixtures/read.js'
import { VERSION } from '../package.js'
import { DatabaseRefused } from '../store/database-file.js'
import { SqliteModuleRefused } from '../store/sqlite-module.js'
import { type Argument, type Command, EXIT, type Flags, isArgument, type Shell } from './command.js'
import { call } from './commands/call/call.js'
import { catchRequests } from './commands/call/catch.js'
import { deliveries } from './commands/call/deliveries.js'
import { requests } from './commands/call/requests.js'
import { verify } from './commands/call/verify.js'
import { completion } from './commands/completion.js'
import { healthcheck } from './commands/healthcheck.js'
import { openapi } from './commands/openapi.js'
import { clock } from './commands/state/clock.js'
import { exportState } from './commands/state/export.js'
import { fault } from './commands/state/fault.js'
import { reset } from './commands/state/reset.js'
import { sandbox } from './commands/state/sandbox.js'
import { seed } from './commands/state/seed.js'
import { session } from './commands/state/session.js'
import { snapshot } from './commands/state/snapshot.js'
import { token } from './commands/state/token.js'
import { validate } from './commands/state/validate.js'
import { describeType, OptionsInvalid } from './options.js'
import { serve } from './serve/serve.js'

/** The commands, the default one first. */
export const COMMANDS: Command[] = [
  serve,
  call,
  deliveries,
  requests,
  verify,
  reset,
  seed,
  exportState,
  snapshot,
  sandbox,
  clock,
  fault,
  token,
  session,
  catchRequests,
  validate,
  openapi,
  completion(() => COMMANDS),
  healthcheck
]

/** Runs the program. @returns the exit code */
export async function run(shell: Shell): Promise<number> {
  const [first = '-'] = shell.words
  if (!first.startsWith('-') && COMMANDS.every(({ name }) => name !== first)) {
    shell.err(`error: unknown command '${first}'. See uapi-emulator --help.\n`)
    return EXIT.usage
  }
  let exit: number = EXIT.ok
  const program = createProgram(shell, async (command, flags) => {
    exit = await command.run(flags, shell)
  })
  try {
    await program.parseAsync(shell.words, { from: 'user' })
    return exit
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage // it has said what it had to
    if (
      error instanceof SqliteModuleRefused ||
      error instanceof OptionsInvalid ||
      error instanceof FixtureInvalid ||
      error instanceof DatabaseRefused
    ) {
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
    const names: string[] = []
    for (const [name, row] of Object.entries(command.options)) {
      if (isArgument(row)) names.push(name)
      if (isArgument(row)) sub.argument(renderArgument(row), `${row.meaning}${remark(row)}`)
      else sub.addOption(toOption(name, row))
    }
    sub.action((...given: unknown[]) => {
      // Commander gives the arguments, and then the options.
      const values = Object.fromEntries(names.map((name, index) => [name, given[index]] as [string, string | string[]]))
      return act(command, { ...(given[names.length] as Flags), ...dropEmpty(values) })
    })
  }
  return program
}

/** An argument as a help shows it: `<name>` when it is needed, `[name]`, and with dots when there may be more. */
const renderArgument = ({ flag, needed, repeatable }: Argument): string =>
  `${needed ? '<' : '['}${flag}${repeatable ? '...' : ''}${needed ? '>' : ']'}`

/** An argument that was left out is as an option that was left out. */
const dropEmpty = (values: Flags): Flags =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined && [value].flat().length > 0))

/** A row of the table of settings as an option of the command line. Values are read later, all in one place. */
function toOption(name: string, setting: OptionRow): Option {
  const { flag, placeholder, repeatable, meaning } = setting
  const option = new Option(`--${flag}${placeholder ? ` <${placeholder}>` : ''}`, `${meaning}${remark(setting)}`)
  option.attributeName = () => name
  if (repeatable) option.argParser((value: string, earlier: string[] = []) => [...earlier, value])
  return option
}

function remark({ type, placeholder, default: otherwise, repeatable, needed }: OptionRow): string {
  const remarks = [
    ...(placeholder && Reflect.get(type, 'enum') ? [describeType(type)] : []),
    ...(placeholder && otherwise !== undefined ? [`default ${otherwise}`] : []),
    ...(repeatable ? ['repeatable'] : []),
    ...(needed ? ['needed'] : [])
  ]
  return remarks.length === 0 ? '' : ` (${remarks.join('; ')})`
}
