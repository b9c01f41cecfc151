import { createServer, type IncomingMessage, type Server, request as send } from 'node:http'
import type { AddressInfo } from 'node:net'
import { performance } from 'node:perf_hooks'
import type { Test } from 'tap'
import { printLine } from '../../src/domain/recordings/line.js'
import type {
  RecordedBody,
  RecordedHeaders,
  RecordedRequest,
  RecordingEntry,
  RecordingStart
} from '../../src/schema/recordings/recording.js'
import type { Recorder } from './recorder.js'

/**
 * Records without pseudonyms, for tests of what reads recordings beside a fixture with the real tokens.
 * @param slowMs how long a webhook to a path that ends with `/slow` waits for its answer
 */
export async function recordPlainly(t: Test, upstream: string, slowMs = 100): Promise<Recorder> {
  const exchanges: RecordingEntry[] = []
  const webhooks: RecordingEntry[] = []
  const numbers = { exchange: 0, webhook: 0 }
  const { host } = new URL(upstream)
  const proxy = createServer(async (incoming, response) => {
    const from = stamp()
    const exchange = ++numbers.exchange
    const body = await readAll(incoming)
    const request = requestOf(incoming, body)
    const { method, url: path, headers } = incoming
    const outgoing = send(`${upstream}${path}`, { method, headers: { ...headers, host } }, async answer => {
      const bytes = await readAll(answer)
      const { statusCode: status = 0, statusMessage: statusText = '', rawHeaders } = answer
      exchanges.push({
        exchange,
        ...from(),
        request,
        response: { status, statusText, headers: pairsOf(rawHeaders), ...bodyOf(bytes) }
      })
      response.writeHead(status, rawHeaders).end(bytes)
    })
    outgoing.end(body)
  })
  const receiver = createServer(async (incoming, response) => {
    const from = stamp()
    const webhook = ++numbers.webhook
    const request = requestOf(incoming, await readAll(incoming))
    const isSlow = /\/slow(?:\?|$)/.test(incoming.url ?? '')
    if (isSlow) await new Promise(done => setTimeout(done, slowMs))
    response.end('OK')
    webhooks.push({ webhook, ...from(), request, response: { status: 200 } })
  })
  const start: RecordingStart = {
    recording: 'uapi-emulator',
    version: 1,
    at: new Date().toISOString(),
    emulator: '0.1.0'
  }
  return {
    base: await listen(t, proxy),
    hook: await listen(t, receiver),
    recordings: async () => ({
      exchanges: [{ ...start, upstream }, ...exchanges].map(printLine).join(''),
      webhooks: [start, ...webhooks].map(printLine).join('')
    }),
    clear() {
      Object.assign(numbers, { exchange: 0, webhook: 0 })
      exchanges.length = 0
      webhooks.length = 0
    }
  }
}

function stamp(): () => { at: string; ms: number } {
  const at = new Date().toISOString()
  const began = performance.now()
  return () => ({ at, ms: Math.round((performance.now() - began) * 1000) / 1000 })
}

const requestOf = ({ method = '', url = '', rawHeaders }: IncomingMessage, body: Buffer): RecordedRequest => ({
  method,
  target: url,
  headers: pairsOf(rawHeaders),
  ...bodyOf(body)
})

const bodyOf = (bytes: Buffer): { body?: RecordedBody } =>
  bytes.length === 0 ? {} : { body: { text: bytes.toString() } }

const pairsOf = (raw: readonly string[]): RecordedHeaders =>
  raw.flatMap((name, at) => (at % 2 === 0 ? [[name, raw[at + 1] ?? '']] : []))

async function readAll(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of message) chunks.push(chunk)
  return Buffer.concat(chunks)
}

async function listen(t: Test, server: Server): Promise<string> {
  await new Promise<void>(listening => server.listen(0, '127.0.0.1', listening))
  t.teardown(() => {
    server.closeAllConnections()
    return new Promise<void>(closed => void server.close(() => closed()))
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
