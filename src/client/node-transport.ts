import {
  Agent as HttpAgent,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type RequestOptions,
  request as requestHttp
} from 'node:http'
import { Agent as HttpsAgent, request as requestHttps } from 'node:https'
import { text as readText } from 'node:stream/consumers'
import { CONTROL_PREFIX } from '../schema/control-api/operation.js'
import { ClientError, URL_OPTIONS } from './errors.js'
import { parseBaseUrl, type Transport, type TransportOptions } from './transport.js'

/** The time limit of connecting, in milliseconds. */
const CONNECT_MS = 5_000

/** How long an idle connection is kept, in milliseconds: less than the server keeps it. */
const IDLE_MS = 5_000

/**
 * A transport over Node's http client. Not over `fetch`: it refuses ports that are common in telephony, such as 5060.
 * @throws TypeError when `url` is not an http or https URL
 */
export function createNodeTransport({ url, controlToken, ca }: TransportOptions): Transport {
  const base = parseBaseUrl(url)
  if (base === undefined)
    throw new TypeError(
      `Cannot use "${url.replace(/^(.*?\/\/)?.*@/s, '$1…@')}" as the url of an emulator: expected for example http://127.0.0.1:4772.`
    )
  const isTls = base.protocol === 'https:'
  const kept = { keepAlive: true, timeout: IDLE_MS }
  const agent = isTls ? new HttpsAgent({ ...kept, ...(ca !== undefined && { ca }) }) : new HttpAgent(kept)
  const request = isTls ? requestHttps : requestHttp
  const name = url.replace(/\/+$/, '')
  let closed = false

  function exchange(options: RequestOptions, payload: string | undefined): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const sent = request({ ...options, agent }, resolve)
      const timer = setTimeout(
        () => sent.destroy(Object.assign(new Error('no connection in time'), { code: 'ETIMEDOUT' })),
        CONNECT_MS
      )
      sent.once('socket', socket => {
        if (socket.connecting) socket.once('connect', () => clearTimeout(timer))
        else clearTimeout(timer)
      })
      sent.once('close', () => clearTimeout(timer))
      sent.once('error', reject)
      sent.end(payload)
    })
  }

  const optionsOf = (method: string, path: string, headers: OutgoingHttpHeaders, signal?: AbortSignal) => ({
    method,
    hostname: base.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: base.port,
    path: `${base.pathname.replace(/\/+$/, '')}${CONTROL_PREFIX}${path}`,
    headers: { ...(controlToken !== undefined && { authorization: `Bearer ${controlToken}` }), ...headers },
    ...(signal && { signal })
  })

  async function explainFailure<T>(act: () => Promise<T>): Promise<T> {
    try {
      if (closed) throw new Error('the client was closed')
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
      return explainFailure(async () => {
        const response = await exchange(optionsOf(method, path, headers), payload)
        return { status: response.statusCode ?? 0, body: parse(await readText(response)) }
      })
    },
    open: (path, { headers = {}, signal } = {}) =>
      explainFailure(async () => {
        const response = await exchange(optionsOf('GET', path, headers, signal), undefined)
        return {
          status: response.statusCode ?? 0,
          contentType: response.headers['content-type'] ?? '',
          text: response.setEncoding('utf8') // its chunks are texts then
        }
      }),
    close() {
      closed = true
      agent.destroy()
    }
  }
}

/** @returns undefined when the text is not JSON: it does not come from an emulator */
function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // the caller reports the status instead
  }
}

/** The error of a request that was not answered. */
function connectionError(cause: unknown, url: string): ClientError {
  const problem = String(Reflect.get(Object(cause), 'code'))
  const known = PROBLEMS[problem]
  if (known) return new ClientError(known(url), { code: 'unreachable', cause })
  if (CERTIFICATE.test(problem)) {
    const remedy = `Give the file that the emulator prints when it starts (--cacert), and a host that the certificate names`
    const message = `The certificate of ${url} is not trusted (${problem}). ${remedy}.`
    return new ClientError(message, { code: 'certificate_refused', cause })
  }
  const reason = cause instanceof Error ? cause.message : problem
  return new ClientError(`The connection to ${url} failed: ${reason}.`, { code: 'unreachable', cause })
}

const unknownHost = (url: string): string =>
  `The host of ${url} has no address. Give the url of a running emulator${URL_OPTIONS}.`
const noTls = (url: string): string => `The server at ${url} does not speak https. Try http://.`

const PROBLEMS: Partial<Record<string, (url: string) => string>> = {
  ECONNREFUSED: url =>
    `Nothing listens at ${url}. Start an emulator with "uapi-emulator serve", or give the url of a running one${URL_OPTIONS}.`,
  ENOTFOUND: unknownHost,
  EAI_AGAIN: unknownHost,
  ETIMEDOUT: url =>
    `No connection to ${url} could be opened in time. Give the url of a running emulator${URL_OPTIONS}.`,
  ECONNRESET: url => `The connection to ${url} was closed without an answer: the emulator stopped, or speaks https.`,
  EPROTO: noTls,
  ERR_SSL_WRONG_VERSION_NUMBER: noTls
}

const CERTIFICATE = /CERT|^UNABLE_TO_/
