import { CommanderError } from 'commander'
import { ClientError } from '../client/errors.js'
import { StorageError } from '../domain/errors/storage.js'
import { FixtureInvalid } from '../domain/fixtures/read.js'
import { DatabaseRefused } from '../store/database-file.js'
import { SqliteModuleRefused } from '../store/sqlite-module.js'
import { type Command, type CommandContext, EXIT, type RunContext } from './command.js'
import { createProgram } from './command-line/commander-program.js'
import { explainUnknownCommand, explainUsage } from './command-line/usage-errors.js'
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
import { help } from './commands/help.js'
import { openapi } from './commands/openapi.js'
import { compare } from './commands/recording/compare.js'
import { learn } from './commands/recording/learn.js'
import { record } from './commands/recording/record.js'
import { clock } from './commands/state/clock.js'
import { extensions, users } from './commands/state/directory.js'
import { events } from './commands/state/events.js'
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
import { OptionsInvalid } from './options.js'
import { serve } from './serve/serve.js'
import { escapeControls, escapeForTerminal } from './terminal/escape.js'
import { foldLines } from './terminal/fold.js'
import { createPage, type OutputStream } from './terminal/page.js'

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
  events,
  users,
  extensions,
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
  compare,
  record,
  learn,
  validate,
  openapi,
  completion(() => COMMANDS),
  healthcheck,
  help(showHelp)
]

/** Runs the program. @returns the exit code */
export async function run(host: CommandContext): Promise<number> {
  const context = withPages(host)
  const args = host.args[0] === '-V' ? ['--version'] : host.args // -V was its name before
  const typed = args[0]?.startsWith('-') ? undefined : args[0]
  const command = COMMANDS.find(({ name }) => name === (typed ?? COMMANDS[0]?.name))
  if (command === undefined) {
    context.err(explainUnknownCommand(typed ?? '', COMMANDS))
    return EXIT.usage
  }
  let exit: number = EXIT.ok
  const program = createProgram(COMMANDS, context, async (command, flags) => {
    exit = await command.run(flags, context)
  })
  try {
    await program.parseAsync(args, { from: 'user' })
    return exit
  } catch (error) {
    const message = messageOf(error, command)
    if (message !== undefined) context.err(foldLines(escapeControls(message, '\n'), context.errorPage.width))
    return exitOf(error)
  }
}

/** The process with pages, and output that is safe for a terminal. */
function withPages(context: CommandContext): RunContext {
  const { streams, environment, out, err } = context
  const isTerminal = (stream: OutputStream | undefined) => stream?.isTTY === true
  return {
    ...context,
    out: isTerminal(streams?.out) ? text => out(escapeForTerminal(text)) : out,
    err: isTerminal(streams?.err) ? text => err(escapeForTerminal(text)) : err,
    page: createPage(streams?.out, environment),
    errorPage: createPage(streams?.err, environment)
  }
}

/** Prints the help of a command, or of the program. @throws OptionsInvalid when there is no such command */
function showHelp(context: RunContext, name: string | undefined): void {
  const program = createProgram(COMMANDS, context, async () => {})
  const shown = name === undefined ? program : program.commands.find(command => command.name() === name)
  if (shown === undefined) throw new OptionsInvalid([explainUnknownCommand(name ?? '', COMMANDS).trimEnd()])
  shown.outputHelp()
}

/**
 * The message of an error that a user can mend; undefined when commander has printed help or the version instead.
 * @throws any other error
 */
function messageOf(error: unknown, command: Command): string | undefined {
  if (error instanceof CommanderError) return error.exitCode === 0 ? undefined : explainUsage(error, command)
  if (error instanceof ClientError || isRefusal(error)) return `${error.message}\n`
  throw error
}

function exitOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage
  return error instanceof ClientError && error.status !== BAD_REQUEST ? EXIT.failure : EXIT.usage
}

const BAD_REQUEST = 400

/** Whether an error says that settings, a fixture, a database or an input cannot be used. */
const isRefusal = (error: unknown): error is Error =>
  error instanceof SqliteModuleRefused ||
  error instanceof OptionsInvalid ||
  error instanceof FixtureInvalid ||
  error instanceof DatabaseRefused ||
  error instanceof StorageError // at the start
