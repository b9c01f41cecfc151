import { BASE_URL } from './address.js'
import { token } from './token.js'

/** A text as one word of a shell. */
export const quoteWord = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`

/** The words of a command, a line for each option. */
export const printCommand = (words: readonly string[]): string => words.join(' \\\n  ')

/** The address of an operation of the control API. @param path below `/_emulator` */
const controlUrl = (path: string): string => `${BASE_URL}/_emulator${path}`

/**
 * A request to the control API as a command. The control token is not in it: a variable of the shell has it.
 * @param path below `/_emulator`, percent-encoded
 */
export function controlCurl(method: string, path: string, body?: unknown): string {
  const isProtected = token.value !== undefined
  return printCommand([
    `curl -X ${method} ${quoteWord(controlUrl(path))}`,
    ...(isProtected ? ['-H "Authorization: Bearer $UAPI_EMULATOR_CONTROL_TOKEN"'] : []),
    ...(body === undefined ? [] : ["-H 'Content-Type: application/json'", `-d ${quoteWord(JSON.stringify(body))}`])
  ])
}
