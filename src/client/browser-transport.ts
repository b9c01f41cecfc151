import { CONTROL_PREFIX } from '../schema/control-api/operation.js'
import { ClientError } from './errors.js'
import type { Answer, StreamedAnswer, Transport } from './transport.js'

/** The address of a control API for `fetch`, and the token that it requires. */
export interface BrowserTransportOptions {
  /** The address of the emulator, or of one of its sandboxes, without a trailing slash. */
  url: string
  /** Read before each request; undefined when none is known. */
  controlToken: () => string | undefined
}

/**
 * The transport of a client in a browser. It uses `fetch` for streams too: `EventSource` cannot send a header.
 * @source control-api.md "Protection"
 */
export function createBrowserTransport({ url, controlToken }: BrowserTransportOptions): Transport {
  const closing = new AbortController()

  async function request(path: string, init: RequestInit & { headers: Record<string, string> }): Promise<Response> {
    const token = controlToken()
    const headers = { ...init.headers, ...(token !== undefined && { authorization: `Bearer ${token}` }) }
    const signal = init.signal ? AbortSignal.any([init.signal, closing.signal]) : closing.signal
    try {
      return await fetch(`${url}${CONTROL_PREFIX}${path}`, { ...init, headers, signal })
    } catch (cause) {
      if (closing.signal.aborted) throw new ClientError(`The client of ${url} was closed.`, { code: 'closed', cause })
      throw new ClientError(`The emulator at ${url} does not answer.`, { code: 'unreachable', cause })
    }
  }

  return {
    url,
    async send(method, path, body): Promise<Answer> {
      const payload = body === undefined ? undefined : JSON.stringify(body)
      const headers = {
        accept: 'application/json',
        ...(payload !== undefined && { 'content-type': 'application/json' })
      }
      const response = await request(path, { method, headers, ...(payload !== undefined && { body: payload }) })
      return { status: response.status, body: parse(await readBody(response, url)) }
    },
    async open(path, { headers = {}, signal } = {}): Promise<StreamedAnswer> {
      const response = await request(path, { headers, ...(signal && { signal }) })
      return {
        status: response.status,
        contentType: response.headers.get('content-type') ?? '',
        text: chunksOf(response)
      }
    },
    close: () => closing.abort()
  }
}

async function readBody(response: Response, url: string): Promise<string> {
  try {
    return await response.text()
  } catch (cause) {
    throw new ClientError(`The answer of ${url} broke off.`, { code: 'unreachable', cause })
  }
}

/** The body of an answer while it arrives. Not every browser can iterate over a ReadableStream. */
async function* chunksOf(response: Response): AsyncGenerator<string, void, undefined> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  if (reader === undefined) return
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      yield value
    }
  } finally {
    await reader.cancel().catch(() => {}) // the connection was lost: there is nothing left to cancel
  }
}

/** @returns undefined when the text is not JSON */
function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // the caller reports the status instead
  }
}
