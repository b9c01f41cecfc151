import {
  Agent as HttpAgent,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type RequestOptions,
  request as requestHttp
} from 'node:http'
import { Agent as HttpsAgent, request as requestHttps } from 'node:https'
import { text as readText } from 'node:stream/consumers'
import { ClientError, connectionError } from './errors.js'

/** Where an emulator is. */
export interface TransportOptions {
  /** The address that the emulator, or one of its sandboxes, prints: `http://127.0.0.1:4772`. */
  url: string
  /** The control token, where one is asked for. */
  controlToken?: string | undefined
  /** The certificate to trust over https, PEM. */
  ca?: string | undefined
}

/** The methods of the control API. */
export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** An answer, whatever its status. */
export interface Answer {
  status: number
  body: unknown
}

/** Sends requests to a control API, on connections that are kept. */
export interface Transport {
  /** As it was given, without a slash at its end. */
  url: string
  /**
   * Sends a request.
   * @param path below `/_emulator`, percent-encoded, with its query
   * @returns the answer, whatever its status; its body is undefined when it is no JSON
   * @throws ClientError when none comes
   */
  send(method: Method, path: string, body?: object): Promise<Answer>
  /**
   * Asks for what goes on, on a connection of its own.
   * @returns the answer, whatever its status; reading it fails when the connection is lost
   * @throws ClientError when none comes
   */
  open(path: string, options: { headers: Record<string, string>; signal: AbortSignal }): Promise<IncomingMessage>
  /** Closes the connections. What is in flight fails, and nothing more is sent. */
  close(): void
}

/** How long a connection may take to come about, in milliseconds. */
const CONNECT_MS = 5_000

/** How long a connection is kept that nobody uses, in milliseconds: less than the server keeps it. */
const IDLE_MS = 5_000

/** Not `fetch`: it refuses ports that an emulator of a telephone system may well have, 5060 for one. */
export function createTransport({ url, controlToken, ca }: TransportOptions): Transport {
  const base = readBaseUrl(url)
  if (base === undefined)
    throw new TypeError(`Cannot use "${url}" as the url of an emulator: expected for example http://127.0.0.1:4772.`)
  const isTls = base.protocol === 'https:'
  const kept = { keepAlive: true, timeout: IDLE_MS }
  const agent = isTls ? new HttpsAgent({ ...kept, ...(ca !== undefined && { ca }) }) : new HttpAgent(kept)
  const request = isTls ? requestHttps : requestHttp
  const name = url.replace(/\/+$/, '')
  let closed = false

  function exchange(options: RequestOptions, payload: string | undefined): Promise<IncomingMessage> {
    return new Promise((answered, failed) => {
      const sent = request({ ...options, agent }, answered)
      const timer = setTimeout(
        () => sent.destroy(Object.assign(new Error('no connection in time'), { code: 'ETIMEDOUT' })),
        CONNECT_MS
      )
      sent.once('socket', socket => {
        if (socket.connecting) socket.once('connect', () => clearTimeout(timer))
        else clearTimeout(timer)
      })
      sent.once('close', () => clearTimeout(timer))
      sent.once('error', failed)
      sent.end(payload)
    })
  }

  const optionsOf = (method: Method, path: string, headers: OutgoingHttpHeaders, signal?: AbortSignal) => ({
    method,
    hostname: base.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: base.port,
    path: `${base.pathname.replace(/\/+$/, '')}/_emulator${path}`,
    headers: { ...(controlToken !== undefined && { authorization: `Bearer ${controlToken}` }), ...headers },
    ...(signal && { signal })
  })

  async function explained<T>(act: () => Promise<T>): Promise<T> {
    try {
      if (closed) throw new Error('nothing is sent any more')
      return await act()
    } catch (error) {
      if (closed) throw new ClientError(`The client of ${name} was closed.`, { code: 'closed', cause: error })
      throw connectionError(error, name)
    }
  }

  return {
    url: name,
    send(method, path, body) {
      const payload = body === undefined ? undefined : JSON.stringify(body)
      const headers = {
        accept: 'application/json',
        ...(payload !== undefined && {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(payload)
        })
      }
      return explained(async () => {
        const response = await exchange(optionsOf(method, path, headers), payload)
        return { status: response.statusCode ?? 0, body: parse(await readText(response)) }
      })
    },
    open: (path, { headers, signal }) => explained(() => exchange(optionsOf('GET', path, headers, signal), undefined)),
    close() {
      closed = true
      agent.destroy()
    }
  }
}

/** What is no JSON does not come from an emulator, and is undefined. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // whoever asked says what came instead
  }
}

/** Reads where an emulator is. @returns undefined when it is no http or https URL of which only a path may follow the host */
export function readBaseUrl(text: string): URL | undefined {
  if (!URL.canParse(text) || /[?#]/.test(text)) return undefined
  const url = new URL(text)
  return /^https?:$/.test(url.protocol) && url.username === '' && url.password === '' ? url : undefined
}
