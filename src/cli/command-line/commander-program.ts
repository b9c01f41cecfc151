import { Command as Commander, Option } from 'commander'
import type { OptionRow } from '../../option-table.js'
import { VERSION } from '../../package.js'
import { type Command, type Flags, isArgument, type RunContext } from '../command.js'
import { renderHelp, renderItem, renderMeaning, renderSyntax } from '../help.js'
import { foldLine } from '../terminal/fold.js'

/** The width of help that is written to a pipe or a file, in columns. */
export const HELP_WIDTH = 80

/**
 * Makes the parser of the command line. It prints help and the version; errors are thrown, and printed by the caller.
 * @param commands the default one first
 * @param act runs a command
 */
export function createProgram(
  commands: readonly Command[],
  context: RunContext,
  act: (command: Command, flags: Flags) => Promise<void>
): Commander {
  const { page } = context
  const width = page.width === Infinity ? HELP_WIDTH : page.width
  const program = new Commander('uapi-emulator')
    .description('An emulator of the 4PSA VoipNow / Hubgets UnifiedAPI v5 PhoneCallEvents and PhoneCalls services.')
    .version(VERSION, '-v, --version', 'Print the version.')
    .helpOption('-h, --help', 'Print help.')
    .helpCommand(false)
    .addHelpText(
      'after',
      () =>
        `\n${foldLine('Run uapi-emulator <command> --help, or uapi-emulator help <command>, for its options, examples and exit codes.', { width })}`
    )
    .configureOutput({
      writeOut: context.out,
      writeErr: context.err,
      outputError: () => {},
      getOutHelpWidth: () => width,
      getErrHelpWidth: () => width,
      getOutHasColors: () => page.hasColours,
      getErrHasColors: () => context.errorPage.hasColours
    })
    .configureHelp({
      styleTitle: text => page.paint('bold', text),
      formatItem: (term, termWidth, description) => renderItem({ term, termWidth, description }, width),
      boxWrap: (text, width) => foldLine(text, { width })
    })
    .exitOverride()
  for (const command of commands)
    register(program, command, { isDefault: command === commands[0], pageWidth: page.width, act })
  return program
}

/** Registers a command, its arguments and its options with commander. */
function register(
  program: Commander,
  command: Command,
  {
    isDefault,
    pageWidth,
    act
  }: { isDefault: boolean; pageWidth: number; act: (command: Command, flags: Flags) => Promise<void> }
): void {
  const registered = program
    .command(command.name, { isDefault })
    .description(command.summary)
    .helpOption('-h, --help', 'Print help.')
    .addHelpText('after', () => renderHelp(command, pageWidth)) // at its first use: a start prints none
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
