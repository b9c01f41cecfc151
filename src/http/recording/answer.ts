import type { ServerResponse } from 'node:http'
import type { UpstreamResponse } from '../../service/recording/upstream.js'
import { endToEndHeaders } from './passed-headers.js'

/** Rewrites the parts of an answer. */
export interface Rewriter {
  /** The headers, names and values in turn. */
  headers(headers: string[]): string[]
  /** Whether the body is one that is rewritten. */
  hasBody(headers: readonly string[]): boolean
  /** A whole body; what cannot be read stays as it is. */
  body(bytes: Buffer, headers: readonly string[]): Buffer
}

/** An answer that is passed to a client. */
export interface PassingAnswer {
  /** @throws Error when the client cannot be sent such a head */
  begin(response: UpstreamResponse): void
  /** @returns whether more may come now; else the response emits `drain` */
  data(chunk: Buffer): boolean
  end(trailers: readonly string[]): void
}

/** The largest body that is rewritten, in bytes. A larger one passes unchanged. @assumed 0027 */
const MAX_REWRITTEN = 8 * 1024 * 1024

/** Passes an answer as it comes, or with its links rewritten. @param rewriter undefined to pass it unchanged */
export function passAnswer(outgoing: ServerResponse, rewriter: Rewriter | undefined): PassingAnswer {
  let held: Buffer[] | undefined
  let size = 0
  let head: UpstreamResponse = { status: 0, statusText: '', headers: [] }

  const writeHead = (headers: string[]): void => {
    outgoing.writeHead(head.status, head.statusText, headers)
  }
  /** Passes a body that is too large to be rewritten. */
  const release = (): void => {
    writeHead(head.headers)
    for (const chunk of held ?? []) outgoing.write(chunk)
    held = undefined
  }
  return {
    begin(response) {
      const headers = endToEndHeaders(response.headers)
      head = { ...response, headers: rewriter?.headers(headers) ?? headers }
      const isBodiless = outgoing.req.method === 'HEAD' || head.status === 204 || head.status === 304
      if (rewriter?.hasBody(headers) && !isBodiless) held = []
      else writeHead(head.headers)
    },
    data(chunk) {
      if (held === undefined) return outgoing.write(chunk)
      held.push(chunk)
      size += chunk.length
      if (size > MAX_REWRITTEN) release()
      return true
    },
    end(trailers) {
      if (held !== undefined && rewriter !== undefined) {
        const body = rewriter.body(Buffer.concat(held), head.headers)
        writeHead(withLength(head.headers, body.length))
        outgoing.write(body)
      }
      if (trailers.length > 0) outgoing.addTrailers(pairsOf(trailers))
      outgoing.end()
    }
  }
}

/** The headers with the length of a rewritten body, where they have one. */
const withLength = (headers: readonly string[], length: number): string[] =>
  headers.map((text, at) => (at % 2 === 1 && headers[at - 1]?.toLowerCase() === 'content-length' ? `${length}` : text))

const pairsOf = (texts: readonly string[]): [string, string][] =>
  texts.flatMap((name, at): [string, string][] => (at % 2 === 0 ? [[name, texts[at + 1] ?? '']] : []))
