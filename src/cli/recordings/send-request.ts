import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http'
import { Agent as HttpsAgent, request as requestHttps } from 'node:https'
import type { ComparedAnswer } from '../../domain/comparing/compare-answers.js'
import type { SentRequest } from '../../domain/comparing/replayed-request.js'
import { decodeUtf8 } from '../../domain/decoding.js'
import type { RecordedBody, RecordedHeaders } from '../../schema/recordings/recording.js'

/** An answer to a request, or why there is none: a word of Node, such as `ECONNRESET`. */
export type SentAnswer = { answer: ComparedAnswer } | { failure: string }

/** Sends requests to one server, each as it is written, on a connection that is kept. */
export interface Sender {
  /** Never rejects; resolves in bounded time. */
  send(request: SentRequest): Promise<SentAnswer>
  close(): void
}

/** How long an answer may take, in milliseconds, and how large it may be, in bytes. */
const MAX_MS = 30_000
const MAX_BYTES = 16 * 1024 * 1024

/** @param base scheme, host and port, and a path that goes before each target */
export function createSender(
  base: string,
  tls: { ca?: string[] | undefined; rejectUnauthorized?: boolean } = {}
): Sender {
  const { protocol, hostname, port, host, pathname } = new URL(base)
  const isTls = protocol === 'https:'
  const kept = { keepAlive: true, maxSockets: 1 }
  const { ca, rejectUnauthorized = true } = tls
  const agent = isTls
    ? new HttpsAgent({ ...kept, rejectUnauthorized, ...(ca !== undefined && { ca }) })
    : new HttpAgent(kept)
  const request = isTls ? requestHttps : requestHttp
  const prefix = pathname.replace(/\/+$/, '')

  const exchange = ({ method, target, headers, body }: SentRequest): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const length = body === undefined ? [] : ['Content-Length', String(body.length)]
      const sent = request(
        {
          agent,
          hostname: hostname.replace(/^\[(.*)\]$/, '$1'),
          port,
          method,
          path: prefix + target,
          headers: ['Host', host, ...headers.flat(), ...length],
          signal: AbortSignal.timeout(MAX_MS)
        },
        resolve
      )
      sent.once('error', reject)
      sent.end(body)
    })

  return {
    async send(sent) {
      try {
        const response = await exchange(sent)
        const { statusCode: status = 0, rawHeaders } = response
        const headers: RecordedHeaders = []
        for (let at = 0; at < rawHeaders.length; at += 2) headers.push([rawHeaders[at] ?? '', rawHeaders[at + 1] ?? ''])
        const body = await readBody(response)
        return { answer: { status, headers, ...(body !== undefined && { body }) } }
      } catch (error) {
        const { name, code } = Object(error)
        return {
          failure: name === 'AbortError' || name === 'TimeoutError' ? 'no answer in time' : String(code ?? name)
        }
      }
    },
    close: () => agent.destroy()
  }
}

async function readBody(response: IncomingMessage): Promise<RecordedBody | undefined> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    // no encoding is set
    bytes += chunk.length
    if (bytes <= MAX_BYTES) chunks.push(chunk)
    else {
      response.destroy()
      return { omitted: 'too_large', bytes }
    }
  }
  if (bytes === 0) return undefined
  const body = Buffer.concat(chunks)
  const text = decodeUtf8(body, { keepsMark: true })
  return text === undefined ? { base64: body.toString('base64') } : { text }
}
