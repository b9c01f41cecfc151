import { once } from 'node:events'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { escapeControls } from '../../terminal/escape.js'
import { padTo, widthOf } from '../../terminal/fold.js'

/** A request that `catch` received. */
export interface ReceivedRequest {
  method: string
  /** Without the query. */
  path: string
  /** The parameters of the query, then those of the form, decoded, in the order sent. */
  parameters: [name: string, value: string][]
  headers: IncomingHttpHeaders
  /** Its first 64 KiB, decoded as UTF-8. */
  body: string
  /** Whether the body was longer. */
  truncated: boolean
}

/** The limit of a kept body, in bytes. */
const MAX_BODY = 65_536

/** Reads a request to its end, beside other readers of it. @throws Error when the sender disconnects before */
export async function readReceivedRequest(request: IncomingMessage): Promise<ReceivedRequest> {
  const { method = '', url = '', headers } = request
  const chunks: Buffer[] = []
  let length = 0
  request.on('data', (chunk: Buffer) => {
    if (length < MAX_BODY) chunks.push(chunk)
    length += chunk.length
  })
  await once(request, 'end', { signal: closedEarly(request) })
  const body = Buffer.concat(chunks).subarray(0, MAX_BODY).toString()
  const [path = '', ...query] = url.split('?')
  const form = isForm(headers) ? body : ''
  const parameters = [...new URLSearchParams(query.join('?')), ...new URLSearchParams(form)]
  return { method, path, parameters, headers, body, truncated: length > MAX_BODY }
}

function closedEarly(request: IncomingMessage): AbortSignal {
  const closing = new AbortController()
  request.once('close', () => closing.abort())
  return closing.signal
}

/** A request as lines of text: method and path, then a parameter a line, or the body. */
export function renderReceivedRequest({ method, path, parameters, headers, body, truncated }: ReceivedRequest): string {
  const width = Math.max(...parameters.map(([name]) => widthOf(name)))
  const lines = [
    `${method} ${path}`,
    ...parameters.map(([name, value]) => `  ${padTo(name, width)}  ${value}`),
    ...(body === '' || isForm(headers) ? [] : body.split('\n').map(line => `  ${line}`)),
    ...(truncated ? [`  … cut after ${MAX_BODY} bytes`] : [])
  ]
  return lines.map(line => `${escapeControls(line).trimEnd()}\n`).join('')
}

/** A request as one line of JSON. The values of a repeated parameter are a list. */
export function renderReceivedRequestJson({ method, path, parameters, ...rest }: ReceivedRequest): string {
  const values = new Map<string, string | string[]>()
  for (const [name, value] of parameters) {
    const earlier = values.get(name)
    values.set(name, earlier === undefined ? value : [earlier, value].flat())
  }
  return `${JSON.stringify({ method, path, parameters: Object.fromEntries(values), ...rest })}\n`
}

const isForm = (headers: IncomingHttpHeaders): boolean =>
  /^application\/x-www-form-urlencoded\s*(?:;|$)/i.test(headers['content-type'] ?? '')
