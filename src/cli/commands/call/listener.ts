import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { Client } from '../../../client/client.js'
import type { StreamEvent, StreamType } from '../../../schema/stream.js'

/** Listens to what happens in an emulator while something else is done. */
export interface Ear {
  /** Is fulfilled when it hears. What happens from then on is heard. @throws ClientError when nobody answers */
  opened: Promise<void>
  /**
   * Waits until something was heard since the last time, for so many milliseconds at most, or until it is told to stop.
   * @throws ClientError when the emulator is gone
   */
  wait(ms?: number): Promise<void>
  close(): void
}

/** @param hear is given each event, and says whether it is worth an end of the waiting */
export function listen(
  client: Client,
  types: StreamType[],
  signal: AbortSignal,
  hear: (event: StreamEvent) => boolean
): Ear {
  const closing = new AbortController()
  let heard = false
  let failure: unknown
  let wake = () => {}
  const ring = () => {
    heard = true
    wake()
  }

  const opened = new Promise<void>((resolve, reject) => {
    const read = async () => {
      const both = AbortSignal.any([signal, closing.signal])
      for await (const event of client.stream({ types, signal: both, onOpen: resolve })) if (hear(event)) ring()
      resolve() // it was told to stop
    }
    read()
      .catch(error => {
        failure = error
        reject(error)
      })
      .finally(ring)
  })
  opened.catch(() => {}) // whoever waits is told

  return {
    opened,
    async wait(ms) {
      await new Promise<void>(resolve => {
        wake = resolve
        if (heard || failure !== undefined || signal.aborted) return resolve()
        const timer = ms === undefined ? undefined : setTimeout(resolve, ms)
        wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
      heard = false
      if (failure !== undefined) throw failure
    },
    close: () => closing.abort()
  }
}

/** A request that arrived. */
export interface Arrival {
  method: string
  /** Without the query. */
  path: string
  /** What the query says, then what the form says, decoded, in the order in which it came. */
  parameters: [name: string, value: string][]
  headers: IncomingHttpHeaders
  /** Its first 64 KiB, read as UTF-8. */
  body: string
  /** Whether there was more. */
  truncated: boolean
}

/** The most that is kept of a body, in bytes. */
export const MAX_BODY = 65_536

/** Reads a request to its end. @throws Error when it breaks off */
export async function readArrival(request: IncomingMessage): Promise<Arrival> {
  const { method = '', url = '', headers } = request
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request) {
    if (length < MAX_BODY) chunks.push(chunk)
    length += chunk.length
  }
  const body = Buffer.concat(chunks).subarray(0, MAX_BODY).toString()
  const [path = '', ...query] = url.split('?')
  const form = isForm(headers) ? body : ''
  const parameters = [...new URLSearchParams(query.join('?')), ...new URLSearchParams(form)]
  return { method, path, parameters, headers, body, truncated: length > MAX_BODY }
}

/** A request in lines for people: what was asked, and its parameters one below the other. */
export function renderArrival({ method, path, parameters, headers, body, truncated }: Arrival): string {
  const width = Math.max(...parameters.map(([name]) => name.length))
  const lines = [
    `${method} ${path}`,
    ...parameters.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`),
    ...(body === '' || isForm(headers) ? [] : body.split('\n').map(line => `  ${line}`)),
    ...(truncated ? [`  … cut after ${MAX_BODY} bytes`] : [])
  ]
  return lines.map(line => `${escapeControls(line).trimEnd()}\n`).join('')
}

/** A request as a line of JSON. A parameter that came more than once has its values in a list. */
export function renderArrivalJson({ method, path, parameters, ...rest }: Arrival): string {
  const values = new Map<string, string | string[]>()
  for (const [name, value] of parameters) {
    const earlier = values.get(name)
    values.set(name, earlier === undefined ? value : [earlier, value].flat())
  }
  return `${JSON.stringify({ method, path, parameters: Object.fromEntries(values), ...rest })}\n`
}

const isForm = (headers: IncomingHttpHeaders): boolean =>
  /^application\/x-www-form-urlencoded\s*(?:;|$)/i.test(headers['content-type'] ?? '')

/** What a sender could steer a terminal with, made visible. */
const escapeControls = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  text.replace(/[\u0000-\u001f\u007f-\u009f]/g, control => `\\x${control.charCodeAt(0).toString(16).padStart(2, '0')}`)
