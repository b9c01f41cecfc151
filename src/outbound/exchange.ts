import { type Agent, type IncomingMessage, request as openRequest, type RequestOptions } from 'node:http'
import type { Socket } from 'node:net'
import type { Failure, WebhookRequest, WebhookResponse } from '../schema/calls/delivery.js'
import { IncomingResponse } from './response.js'
import {
  closedEarly,
  endlessInterim,
  isDisconnect,
  responseFailed,
  statusFailure,
  upgraded
} from './response-failures.js'
import type { Target } from './target.js'

/** The limits of the head of a response, in bytes, and of the interim responses before it. */
export const MAX_HEAD = { bytes: 16_384, interims: 100 }

/** One request on one connection, and its response. */
export interface Exchange {
  /** The response as received so far. */
  response?: IncomingResponse
  /** Closes the connection; `done` is not called any more. */
  abort(): void
}

/** The end of an exchange; without a failure the response is a complete 2xx. */
export interface ExchangeResult {
  failure?: Failure | undefined
  response?: WebhookResponse | undefined
  /** Whether the connection was closed before it gave a single byte of a response. */
  isLost?: boolean
}

/** Options for `startExchange`. `done` is called once. */
export interface ExchangeOptions {
  webhook: WebhookRequest
  target: Target
  socket: Socket
  agent: Agent
  done: (result: ExchangeResult) => void
}

/** Sends a webhook exactly as given. @throws the errors of node:http for a request that it refuses to send */
export function startExchange({ webhook, target, socket, agent, done }: ExchangeOptions): Exchange {
  const readBefore = socket.bytesRead
  let message: IncomingMessage | undefined
  let interims = 0
  let isOver = false

  const options: RequestOptions & { connection: Socket } = {
    agent,
    connection: socket,
    method: webhook.method,
    path: target.path,
    headers: Object.entries(webhook.headers).flat(),
    maxHeaderSize: MAX_HEAD.bytes,
    insecureHTTPParser: false
  }
  const request = openRequest(options)
  request.maxHeadersCount = 0 // unlimited: the limit of bytes suffices, and node:http drops headers silently

  const exchange: Exchange = {
    abort() {
      if (isOver) return
      isOver = true
      request.destroy()
    }
  }
  const settle = (result: ExchangeResult): void => {
    if (isOver) return
    isOver = true
    done(result)
  }
  const complete = (incoming: IncomingResponse): void => {
    const response = incoming.toResponse()
    settle({ response, failure: statusFailure(response) })
  }
  const fail = (failure: Failure, isLost = false): void => {
    settle({ response: exchange.response?.toResponse(), failure, isLost })
    request.destroy()
  }

  request
    .on('response', incoming => {
      message = incoming
      const response = new IncomingResponse(incoming)
      exchange.response = response
      incoming.on('data', chunk => {
        if (!response.add(chunk)) return
        complete(response)
        request.destroy()
      })
      incoming.on('end', () => complete(response))
    })
    .on('upgrade', (incoming, connection) => {
      exchange.response = new IncomingResponse(incoming)
      fail(upgraded())
      connection.destroy()
    })
    .on('information', () => {
      if (++interims > MAX_HEAD.interims) fail(endlessInterim(target, interims))
    })
    .on('error', error => {
      if (message?.complete) return // bytes after a complete response do not count
      message?.read() // the part of the body that arrived together with the error
      fail(responseFailed(error, target, message !== undefined), isDisconnect(error) && socket.bytesRead === readBefore)
    })
    .on('close', () => {
      if (!message?.complete) fail(closedEarly(target, message !== undefined), socket.bytesRead === readBefore)
    })
    .end(webhook.body)
  return exchange
}
