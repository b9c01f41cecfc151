import { printDuration } from '../../client/duration.js'
import { ClientError } from '../../client/errors.js'
import type { CommandTable, Flags } from '../command.js'
import { optionLabel } from '../options.js'

/**
 * A refusal of the control API in the words of a command: `--to` in place of `$.to`, where an option of the command fed
 * the member. Other errors, and members of a file, stay as they are.
 */
export function inWordsOfOptions(error: unknown, table: CommandTable, flags: Flags): unknown {
  if (!(error instanceof ClientError) || error.details.length === 0) return error
  const details = error.details.map(({ path, message }) => ({
    path: nameOf(path, table, flags),
    message: /Ms$/.test(path) ? message.replace(/\b\d+\b/g, ms => printDuration(Number(ms))) : message
  }))
  if (details.every(({ path }, index) => path === error.details[index]?.path)) return error
  const message = details.map(({ path, message }) => `${path} ${message}${message.endsWith('.') ? '' : '.'}`).join('\n')
  return new ClientError(message, { status: error.status, code: error.code, cause: error })
}

/** The members of requests that have other names than the options that feed them. */
const MEMBERS: Readonly<Record<string, string>> = {
  ring: 'ringMs',
  talk: 'talkMs',
  delay: 'delayMs',
  timeout: 'timeoutMs',
  expiresIn: 'expiresInSeconds',
  webhookUrl: 'url',
  register: 'extension',
  parameter: 'parameters',
  header: 'headers',
  on: 'operation'
}

/** Options whose file holds members of the request itself. */
const FILES = ['steps', 'sequence']

/** The option that feeds a member, with the rest of the path; the path itself where there is none. */
function nameOf(path: string, table: CommandTable, flags: Flags): string {
  const [, member = '', rest = ''] = /^(?:\$\.|\?)(?:(?:match|on|do|change)\.)*([A-Za-z]+)(.*)$/.exec(path) ?? []
  const [name, row] = Object.entries(table).find(([name]) => (MEMBERS[name] ?? name) === member) ?? []
  const isOfFile = name !== undefined && flags[name] === undefined && FILES.some(file => flags[file] !== undefined)
  const isWhole = /^(?:\[\d+\])?$/.test(rest)
  if (name === undefined || row === undefined || isOfFile || (FILES.includes(name) && rest !== '')) return path
  return `${optionLabel(row)}${isWhole ? '' : ` $${rest}`}`
}
