import { Command as Commander, CommanderError, Option } from 'commander'
import { ClientError } from '../client/errors.js'
import type { OptionRow } from '../config.js'
import { FixtureInvalid } from '../domain/fixtures/read.js'
import { VERSION } from '../package.js'
import { DatabaseRefused } from '../store/database-file.js'
import { SqliteModuleRefused } from '../store/sqlite-module.js'
import { type Command, type CommandContext, EXIT, type Flags, isArgument } from './command.js'
import { answer } from './commands/call/answer.js'
import { call } from './commands/call/call.js'
import { catchRequests } from './commands/call/catch.js'
import { complete } from './commands/call/complete.js'
import { deliveries } from './commands/call/deliveries.js'
import { hangup } from './commands/call/hangup.js'
import { reject } from './commands/call/reject.js'
import { replay } from './commands/call/replay.js'
import { requests } from './commands/call/requests.js'
import { ring } from './commands/call/ring.js'
import { transfer } from './commands/call/transfer.js'
import { verify } from './commands/call/verify.js'
import { completion } from './commands/completion.js'
import { healthcheck } from './commands/healthcheck.js'
import { openapi } from './commands/openapi.js'
import { clock } from './commands/state/clock.js'
import { exportState } from './commands/state/export.js'
import { fault } from './commands/state/fault.js'
import { phone } from './commands/state/phone.js'
import { reset } from './commands/state/reset.js'
import { sandbox } from './commands/state/sandbox.js'
import { seed } from './commands/state/seed.js'
import { session } from './commands/state/session.js'
import { snapshot } from './commands/state/snapshot.js'
import { token } from './commands/state/token.js'
import { validate } from './commands/state/validate.js'
import { renderHelp, renderMeaning, renderSyntax } from './help.js'
import { OptionsInvalid } from './options.js'
import { serve } from './serve/serve.js'

/** The commands, the default one first. */
export const COMMANDS: Command[] = [
  serve,
  call,
  ring,
  answer,
  reject,
  transfer,
  complete,
  hangup,
  deliveries,
  replay,
  requests,
  verify,
  reset,
  seed,
  exportState,
  snapshot,
  sandbox,
  clock,
  phone,
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
export async function run(context: CommandContext): Promise<number> {
  const [first = '-'] = context.args
  if (!first.startsWith('-') && COMMANDS.every(({ name }) => name !== first)) {
    context.err(`error: unknown command '${first}'. See uapi-emulator --help.\n`)
    return EXIT.usage
  }
  let exit: number = EXIT.ok
  const program = createProgram(context, async (command, flags) => {
    exit = await command.run(flags, context)
  })
  try {
    await program.parseAsync(context.args, { from: 'user' })
    return exit
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage // it has printed its message
    if (
      error instanceof SqliteModuleRefused ||
      error instanceof OptionsInvalid ||
      error instanceof FixtureInvalid ||
      error instanceof DatabaseRefused
    ) {
      context.err(`${error.message}\n`)
      return EXIT.usage
    }
    if (error instanceof ClientError) {
      context.err(`${error.message}\n`)
      return error.status === BAD_REQUEST ? EXIT.usage : EXIT.failure
    }
    throw error
  }
}

const BAD_REQUEST = 400

function createProgram(context: CommandContext, act: (command: Command, flags: Flags) => Promise<void>): Commander {
  const program = new Commander('uapi-emulator')
    .description('An emulator of the 4PSA VoipNow / Hubgets UnifiedAPI v5 PhoneCallEvents and PhoneCalls services.')
    .version(VERSION)
    .helpCommand(false)
    .addHelpText('after', '\nRun uapi-emulator <command> --help for its options, examples and exit codes.')
    .showHelpAfterError('See uapi-emulator --help.')
    .configureOutput({
      writeOut: context.out,
      writeErr: context.err,
      // The value of a misspelt option may be a secret.
      outputError: (text, write) => write(text.replace(/(unknown option '[^'=]*)=.*'/s, "$1'"))
    })
    .exitOverride()
  for (const command of COMMANDS) register(program, command, act)
  return program
}

/** Registers a command, its arguments and its options with commander. */
function register(program: Commander, command: Command, act: (command: Command, flags: Flags) => Promise<void>): void {
  const registered = program
    .command(command.name, { isDefault: command === COMMANDS[0] })
    .description(command.summary)
    .addHelpText('after', renderHelp(command))
    .allowExcessArguments(false)
  const names: string[] = []
  for (const [name, row] of Object.entries(command.options)) {
    if (isArgument(row)) names.push(name)
    if (isArgument(row)) registered.argument(renderSyntax(row), renderMeaning(row))
    else registered.addOption(toOption(name, row))
  }
  registered.action((...values: unknown[]) => {
    // Commander passes the arguments, then the options.
    const texts = Object.fromEntries(names.map((name, index) => [name, values[index]] as [string, string | string[]]))
    return act(command, { ...(values[names.length] as Flags), ...dropEmpty(texts) })
  })
}

/** Without the arguments that were left out. */
const dropEmpty = (values: Flags): Flags =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined && [value].flat().length > 0))

/** A row of a table as an option of commander. Its value stays text: readOptions converts and checks it. */
function toOption(name: string, row: OptionRow): Option {
  const option = new Option(renderSyntax(row), renderMeaning(row))
  option.attributeName = () => name
  if (row.repeatable) option.argParser((value: string, earlier: string[] = []) => [...earlier, value])
  return option
}
