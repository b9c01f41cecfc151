import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'

/** A webhook as it arrived, as exactly as Node exposes it. */
export interface Received {
  method: string
  /** Path and query as sent. */
  target: string
  rawHeaders: string[]
  body: string
}

/** A receiver of webhooks on loopback. */
export interface Receiver {
  url: string
  port: number
  /** The webhooks so far. */
  received: Received[]
  /** The parameters of a webhook, from its query and its form body, with those of the url itself. */
  parametersOf(received: Received): Record<string, string>
}

/** Answers a webhook; 200 at once by default. */
export type Answer = (request: IncomingMessage, response: ServerResponse, received: Received) => void

/** Starts a receiver, and closes it at the end of the test. */
export async function receive(
  t: Test,
  answer: Answer = (_request, response) => void response.end('OK')
): Promise<Receiver> {
  const received: Received[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const { method = '', url = '', rawHeaders } = request
    const one = { method, target: url, rawHeaders, body: Buffer.concat(chunks).toString('latin1') }
    received.push(one)
    answer(request, response, one)
  })
  await new Promise<void>(listening => server.listen(0, '127.0.0.1', listening))
  t.teardown(() => {
    server.closeAllConnections()
    return new Promise<void>(closed => void server.close(() => closed()))
  })
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    received,
    parametersOf: ({ target, body }) =>
      Object.fromEntries([...new URLSearchParams(target.split('?')[1]), ...new URLSearchParams(body)])
  }
}
