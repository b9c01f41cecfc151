import type { IncomingMessage, ServerResponse } from 'node:http'
import { CapturedBody } from '../../service/recording/captured-body.js'
import { CLIENT_CLOSED, type PassedExchange } from '../../service/recording/recorder.js'
import type { Upstream, UpstreamFailure } from '../../service/recording/upstream.js'
import { passAnswer, type Rewriter } from './answer.js'
import { headersForUpstream } from './passed-headers.js'

/** How a request is passed on. */
export interface RelayOptions {
  upstream: Upstream
  /** Path and query at the upstream, and its Host. */
  target: string
  host: string
  /** Headers of the request that are recorded and passed on, names and values in turn. */
  headers: readonly string[]
  /** Rewrites the answer; undefined to pass it unchanged. */
  rewriter?: Rewriter | undefined
  /** Answers a request that failed before the client got any of an answer. */
  refuse(failure: UpstreamFailure): void
  /** Called once, when the exchange has ended. */
  ended(passed: Omit<PassedExchange, 'number'>): void
}

/**
 * Passes a request to the upstream and its answer back, both as they come and no faster than the slower side takes them.
 */
export function relay(incoming: IncomingMessage, outgoing: ServerResponse, options: RelayOptions): void {
  const [at, began] = [new Date(), performance.now()]
  const { method = '', url: target = '' } = incoming
  const request = { method, target, headers: options.headers, body: new CapturedBody() }
  const answer = passAnswer(outgoing, options.rewriter)
  let response: PassedExchange['response']
  let isOver = false

  const finish = (failure?: { code: string; message: string }): void => {
    isOver = true
    options.ended({ at, ms: performance.now() - began, request, response, failure })
  }
  const fail = (failure: UpstreamFailure): void => {
    if (isOver) return
    finish({ code: failure.reason, message: failure.message })
    if (outgoing.headersSent)
      outgoing.destroy() // so that the client sees that the answer is not whole
    else options.refuse(failure)
  }
  const headers = headersForUpstream(incoming, options.headers, options.host)
  const call = options.upstream(
    { method, target: options.target, headers },
    {
      proceed: () => outgoing.writeContinue(),
      drain: () => incoming.resume(),
      respond(head) {
        response = { ...head, body: new CapturedBody() }
        answer.begin(head)
      },
      data(chunk) {
        response?.body.add(chunk)
        return answer.data(chunk)
      },
      end(trailers) {
        answer.end(trailers)
        finish()
        if (!incoming.complete) call.abort()
      },
      fail
    }
  )
  incoming.on('data', (chunk: Buffer) => {
    request.body.add(chunk)
    if (!call.write(chunk)) incoming.pause()
  })
  incoming.on('end', () => call.end(incoming.rawTrailers))
  outgoing.on('drain', () => call.resume())
  outgoing.on('close', () => {
    if (isOver) return
    call.abort()
    finish({ code: CLIENT_CLOSED, message: 'The client closed the connection before the end of the answer.' })
  })
}
