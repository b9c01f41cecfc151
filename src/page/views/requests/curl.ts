import type { JournalEntry } from '../../../schema/journal.js'
import { MASK } from '../../../schema/state.js'
import { BASE_URL } from '../../emulator/address.js'
import { printCommand, quoteWord } from '../../emulator/curl.js'

/** Headers that curl makes itself. */
const OWN = /^(?:host|content-length|connection|transfer-encoding|expect|accept-encoding)$/i

/** A request of the journal as a command, with `$TOKEN` where a secret is masked; undefined when it was unreadable. */
export function curlOf({ method, path, request: { headers, body, truncated } }: JournalEntry): string | undefined {
  if (path === '') return undefined
  const url = path.startsWith('/') ? BASE_URL + path : path
  const word = /^[A-Z]+$/.test(method) ? method : quote(method)
  const way = method === 'HEAD' ? ' -I' : method === 'GET' && body === '' ? '' : ` -X ${word}`
  const lines = Object.entries(headers)
    .filter(([name]) => !OWN.test(name))
    .flatMap(([name, value]) => [value].flat().map(one => (one === '' ? `${name};` : `${name}: ${one}`)))
  const command = printCommand([
    `curl -g --path-as-is${way} ${quote(url)}`,
    ...lines.map(line => `-H ${quote(line)}`),
    ...(body === '' ? [] : [`--data-raw ${quote(body)}`])
  ])
  return truncated ? `# The journal kept the first 64 KiB of the body.\n${command}` : command
}

/** A word of a shell, in which masked secrets are a variable. */
const quote = (text: string): string =>
  text
    .split(MASK)
    .map(part => (part === '' ? '' : quoteWord(part)))
    .join('"$TOKEN"') || "''"
