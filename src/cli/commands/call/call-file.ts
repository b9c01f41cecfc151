import { resolve } from 'node:path'
import type { CallRequest } from '../../../schema/calls/call-request.js'
import type { CommandContext } from '../../command.js'
import { findSyntaxError, readFixtureText } from '../../fixture-files.js'
import { OptionsInvalid } from '../../options.js'

/**
 * Reads the request of a call, or the list of its steps, from a JSON file; `-` is standard input. The emulator checks
 * the members.
 * @throws OptionsInvalid when it cannot be read, or is neither
 */
export async function readCallFile(
  name: string,
  context: Pick<CommandContext, 'input'>
): Promise<Partial<CallRequest>> {
  const label = '--steps '
  const text = name === '-' ? await readInput(context, label) : readFixtureText({ name, path: resolve(name) }, label)
  const document = await parse(text, `${label}${name}`)
  if (Array.isArray(document)) return { steps: document }
  if (typeof document === 'object' && document !== null) return document
  throw new OptionsInvalid([
    `${label}${name}: must be a list of steps, [{"answer": "0003*210"}, {"hangup": "all"}], or a request with "steps"; got ${JSON.stringify(document).slice(0, 40)}.`
  ])
}

async function readInput({ input }: Pick<CommandContext, 'input'>, label: string): Promise<string> {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await input())
  } catch {
    throw new OptionsInvalid([`${label}-: standard input cannot be read, or is not UTF-8.`])
  }
}

async function parse(text: string, name: string): Promise<unknown> {
  try {
    return JSON.parse(text)
  } catch {
    const { message, line, column } = await findSyntaxError(text)
    throw new OptionsInvalid([`${name}: it is not JSON: ${message} at line ${line}, column ${column}.`])
  }
}
