import { type Agent, type IncomingMessage, request as openRequest, type RequestOptions } from 'node:http'
import type { Socket } from 'node:net'
import type { Failure, WebhookRequest, WebhookResponse } from '../schema/delivery.js'
import { Answer } from './answer.js'
import { answerFailed, closedEarly, endlessInterim, isGone, statusFailure, upgraded } from './answer-failures.js'
import type { Target } from './target.js'

/** The most that the head of an answer may be, in bytes, and the most interim answers before it. */
export const MAX_HEAD = { bytes: 16_384, interims: 100 }

/** One request on one connection, and its answer. */
export interface Exchange {
  /** What came back so far. */
  answer?: Answer
  /** Ends the connection, and `done` is not called any more. */
  abandon(): void
}

/** How an exchange ended; without a failure the response is a complete 2xx. */
export interface Exchanged {
  failure?: Failure | undefined
  response?: WebhookResponse | undefined
  /** Whether the connection was gone before it gave a single byte. */
  isUnheard?: boolean
}

/** What an exchange needs. `done` is called once. */
export interface ExchangeOptions {
  webhook: WebhookRequest
  target: Target
  socket: Socket
  agent: Agent
  done: (result: Exchanged) => void
}

/** Sends exactly what stands in the webhook. @throws what node:http refuses to send */
export function startExchange({ webhook, target, socket, agent, done }: ExchangeOptions): Exchange {
  const heardBefore = socket.bytesRead
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
  request.maxHeadersCount = 0 // the limit of bytes is enough, and none is left out silently

  const exchange: Exchange = {
    abandon() {
      if (isOver) return
      isOver = true
      request.destroy()
    }
  }
  const settle = (result: Exchanged): void => {
    if (isOver) return
    isOver = true
    done(result)
  }
  const complete = (answer: Answer): void => {
    const response = answer.toResponse()
    settle({ response, failure: statusFailure(response) })
  }
  const fail = (failure: Failure, isUnheard = false): void => {
    settle({ response: exchange.answer?.toResponse(), failure, isUnheard })
    request.destroy()
  }

  request
    .on('response', incoming => {
      message = incoming
      const answer = new Answer(incoming)
      exchange.answer = answer
      incoming.on('data', chunk => {
        if (!answer.take(chunk)) return
        complete(answer)
        request.destroy()
      })
      incoming.on('end', () => complete(answer))
    })
    .on('upgrade', (incoming, connection) => {
      exchange.answer = new Answer(incoming)
      fail(upgraded())
      connection.destroy()
    })
    .on('information', () => {
      if (++interims > MAX_HEAD.interims) fail(endlessInterim(target, interims))
    })
    .on('error', error => {
      if (message?.complete) return // what comes behind an answer does not count
      message?.read() // what came together with the mistake
      fail(answerFailed(error, target, message !== undefined), isGone(error) && socket.bytesRead === heardBefore)
    })
    .on('close', () => {
      if (!message?.complete) fail(closedEarly(target, message !== undefined))
    })
    .end(webhook.body)
  return exchange
}
