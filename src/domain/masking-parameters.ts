import { MASK } from '../schema/state.js'
import { decodeForm, decodeUtf8 } from './decoding.js'
import { isSecret, maskRequestBody, maskTarget } from './masking.js'
import type { Parameters } from './oauth-request.js'

/** A body of the OAuth endpoints whose parameters were read. */
export interface ParameterBody {
  format: 'form' | 'json' | 'multipart'
  bytes: Uint8Array
  parameters: Parameters
}

/**
 * The body of an OAuth request as it was sent, with its secrets masked. A name with unusual characters may be part of a
 * body in another format, and is masked with its value, too.
 */
export function maskParameterBody({ format, bytes }: ParameterBody, contentType: string): string {
  if (format === 'multipart') return maskMultipart(bytes, contentType)
  const text = decodeUtf8(bytes)
  if (text === undefined) return MASK
  return format === 'form' ? maskForm(text) : maskJson(text)
}

/** The parameters of such a body as a form, for matches: a name with its values, and secrets masked. */
export function maskParameters(parameters: Parameters): string {
  const pairs = Object.entries(parameters).flatMap(([name, sent]) =>
    [sent].flat().map((value): [string, string] => [isName(name) ? name : MASK, String(maskValue(name, value))])
  )
  return new URLSearchParams(pairs).toString()
}

/**
 * A multipart/form-data body with the values of secrets and of files masked, and every part that cannot be read. A body
 * without the boundary of its content type is masked as a whole.
 */
export function maskMultipart(bytes: Uint8Array, contentType: string): string {
  const [, quoted, plain] = /\bboundary=(?:"([^"]+)"|([^\s;,"]+))/i.exec(contentType) ?? []
  const boundary = quoted ?? plain
  const text = decodeUtf8(bytes, { isCut: true })
  if (text === undefined || boundary === undefined || text.includes('\0')) return MASK
  const [before = '', ...parts] = text.split(`--${boundary}`)
  if (parts.length === 0) return MASK
  const masked = parts.map(part => (part.startsWith('--') ? `--${maskBeside(part.slice(2))}` : maskPart(part)))
  return [maskBeside(before), ...masked].join(`--${boundary}`)
}

/** A part after its boundary: a line break, headers, an empty line, the value. */
function maskPart(part: string): string {
  const [, start, head = '', end, value = ''] = /^(\r?\n)(.+?)(\r?\n\r?\n)(.*)$/s.exec(part) ?? []
  const [, , name, file] = DISPOSITION.exec(head.split(/\r?\n/, 1)[0] ?? '') ?? []
  const rest = head.split(/\r?\n/).slice(1)
  if (name === undefined || !isName(name) || !rest.every(line => /^content-[a-z-]+: *[\w/;=."+ -]*$/i.test(line)))
    return `\r\n${MASK}\r\n`
  const [, content = '', last = ''] = /^(.*?)(\r?\n)?$/s.exec(value) ?? []
  const isHidden = file !== undefined || isSecret(name)
  return `${start}${head}${end}${isHidden ? MASK : maskRequestBody(new TextEncoder().encode(content))}${last}`
}

/** The first header of a part, with its name and, of a file, that of the file. */
const DISPOSITION = /^content-disposition: *form-data *; *name=("?)([^";\s]+)\1 *(; *filename="[\w. -]{0,100}")?$/i

/** The text before the first and after the last boundary. */
const maskBeside = (text: string): string => (text.trim() === '' ? text : MASK)

const maskForm = (text: string): string =>
  text
    .split('&')
    .map(pair => {
      if (pair === '') return pair
      const [, name = '', equals = '', sent = ''] = /^([^=]*)(=?)(.*)$/s.exec(pair) ?? []
      const decoded = decodeForm(name)
      if (!isName(decoded)) return equals === '' ? MASK : `${MASK}=${MASK}`
      const value = decodeForm(sent)
      const masked = String(maskValue(decoded, value))
      return `${name}${equals}${masked === value || equals === '' ? sent : masked === MASK ? masked : encodeURIComponent(masked)}`
    })
    .join('&')

function maskJson(text: string): string {
  if (text === '') return text
  const sent: unknown = JSON.parse(text)
  const masked = Object.entries(Object(sent)).map(([name, value]) => [
    isName(name) ? name : MASK,
    maskValue(name, value)
  ])
  const printed = JSON.stringify(Object.fromEntries(masked))
  // As it was sent if nothing was masked, and if no repeated name hides a value from the parser.
  return printed === withoutSpaces(text) ? text : printed
}

/** JSON without the white space between its tokens. */
const withoutSpaces = (json: string): string => json.replace(/("(?:[^"\\]|\\.)*")|\s+/g, '$1')

function maskValue(name: string, value: unknown): unknown {
  if (!isName(name) || isSecret(name) || (typeof value === 'object' && value !== null)) return MASK
  return typeof value === 'string' ? maskTarget(value) : value
}

const isName = (name: string): boolean => /^[\w-]{1,32}$/.test(name)
