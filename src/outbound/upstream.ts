import http, { type ClientRequest, type IncomingMessage } from 'node:http'
import https from 'node:https'
import type { Upstream, UpstreamEvents, UpstreamFailure, UpstreamRequest } from '../service/recording/upstream.js'
import { createUpstreamFailures, type UpstreamWords } from './upstream-failures.js'

/** Options for `createUpstream`. */
export interface UpstreamOptions {
  /** Scheme, host and port. */
  origin: URL
  /** Certificates to trust beside those of Node, PEM. */
  ca?: string[] | undefined
  /** Whether any certificate is accepted. */
  insecure: boolean
  /** How long the upstream may be silent, in milliseconds: until it connects, answers, and between parts of an answer. */
  timeoutMs: number
  /** The option that named it, and what it is, for messages. */
  words: UpstreamWords
}

/** The largest head of an answer, in bytes. */
const MAX_HEAD = 64 * 1024

/** How long an idle connection is kept, in milliseconds: less than servers keep theirs. */
const IDLE_MS = 4_000

/**
 * Creates the outgoing side of a proxy. Requests share connections; redirects are not followed.
 * @returns `close` ends the idle connections, and those of requests that are on their way
 */
export function createUpstream(options: UpstreamOptions): { upstream: Upstream; close: () => void } {
  const { origin, ca, insecure } = options
  const isTls = origin.protocol === 'https:'
  const pool = { keepAlive: true, scheduling: 'lifo', timeout: IDLE_MS } as const
  const agent = isTls
    ? new https.Agent({ ...pool, rejectUnauthorized: !insecure, ...(ca !== undefined && { ca }) })
    : new http.Agent(pool)
  const openRequest = isTls ? https.request : http.request
  const to = {
    agent,
    protocol: origin.protocol,
    hostname: origin.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: origin.port || (isTls ? 443 : 80),
    setHost: false,
    maxHeaderSize: MAX_HEAD,
    insecureHTTPParser: false
  }
  const open = ({ method, target, headers }: UpstreamRequest): ClientRequest => {
    const request = openRequest({ ...to, method, path: target, headers })
    request.maxHeadersCount = 0 // unlimited: the limit of bytes suffices, and node:http drops headers silently
    return request
  }
  return {
    upstream: (request, events) => startCall(() => open(request), request, events, options),
    close: () => agent.destroy()
  }
}

/** Methods of requests that may be sent twice. @source RFC 9110 §9.2.2 */
const REPEATABLE = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'])

/** Whether a connection has ended, and no unreadable answer came. */
const hasBroken = (error: Error): boolean => ['ECONNRESET', 'EPIPE'].includes(String(Reflect.get(error, 'code')))

function startCall(
  open: () => ClientRequest,
  { method }: UpstreamRequest,
  events: UpstreamEvents,
  { origin, timeoutMs, words }: UpstreamOptions
) {
  const explain = createUpstreamFailures(origin, words)
  let isOver = false
  let hasBody = false
  let isRepeated = false
  let message: IncomingMessage | undefined
  let request: ClientRequest

  const end = (): void => {
    isOver = true
    clearTimeout(timer)
  }
  const fail = (failure: UpstreamFailure): void => {
    if (isOver) return
    end()
    request.destroy()
    events.fail(failure)
  }
  const startTimer = () => setTimeout(() => fail(explain.timedOut(timeoutMs, message !== undefined)), timeoutMs)
  let timer = startTimer()

  const receive = (incoming: IncomingMessage): void => {
    message = incoming
    const { statusCode: status = 0, statusMessage: statusText = '', rawHeaders: headers } = incoming
    if (status < 200 || status > 599) {
      fail(explain.garbage(`the status ${status}`))
      return
    }
    if (/[^\t\x20-\x7E\x80-\xFF]/.test(statusText)) {
      fail(explain.garbage('control characters in its status line'))
      return
    }
    timer.refresh()
    incoming
      .on('data', (chunk: Buffer) => {
        if (isOver) return
        timer.refresh()
        if (events.data(chunk)) return
        incoming.pause()
        clearTimeout(timer) // the client is slow, not the upstream
      })
      .on('end', () => {
        if (isOver || !incoming.complete) return
        end()
        events.end(incoming.rawTrailers)
      })
      .on('error', () => fail(explain.closedEarly(true)))
      .on('close', () => fail(explain.closedEarly(true)))
    events.respond({ status, statusText, headers })
  }
  const start = (): void => {
    request = open()
      .on('response', receive)
      .on('continue', () => events.proceed())
      .on('drain', () => events.drain())
      .on('upgrade', (_incoming, socket) => {
        socket.destroy()
        fail(explain.garbage('an upgrade that was not requested'))
      })
      .on('error', error => {
        if (isOver || message?.complete) return
        // The upstream has closed an idle connection in the moment of the request.
        if (
          hasBroken(error) &&
          request.reusedSocket &&
          !isRepeated &&
          !hasBody &&
          message === undefined &&
          REPEATABLE.has(method)
        ) {
          isRepeated = true
          start()
          request.end()
        } else fail(explain.error(error, message !== undefined))
      })
  }
  start()
  return {
    write(chunk: Buffer): boolean {
      if (isOver) return true
      hasBody = true
      timer.refresh()
      return request.write(chunk)
    },
    end(trailers: string[]): void {
      if (isOver) return
      const pairs = trailers.flatMap((name, at): [string, string][] =>
        at % 2 === 0 ? [[name, trailers[at + 1] ?? '']] : []
      )
      if (pairs.length > 0) request.addTrailers(pairs)
      request.end()
    },
    resume(): void {
      if (isOver) return
      clearTimeout(timer)
      timer = startTimer() // one that was cleared cannot be refreshed
      message?.resume()
    },
    abort(): void {
      if (isOver) return
      end()
      request.destroy()
    }
  }
}
