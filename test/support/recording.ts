import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import type { Test } from 'tap'
import { readEntry, readStart } from '../../src/domain/recordings/line.js'
import type { RecordedExchange, RecordedWebhook, RecordingStart } from '../../src/schema/recordings/recording.js'
import { startHere, until } from './program.js'

/** A running `record` or `catch` of this process. */
export interface Recording {
  url: string
  port: number
  /** The path of the recording. */
  file: string
  /** The ready line. */
  ready: Record<string, unknown>
  err(): string
  stop(): Promise<{ code: number | null; out: string; err: string }>
  /** The first line, once it is written. */
  start(): RecordingStart
  /** The exchanges, once there are as many. */
  exchanges(count: number): Promise<RecordedExchange[]>
}

/** Starts `record` in a new folder and on a free port. It is stopped at the end of the test. */
export async function record(t: Test, upstream: string, words: string[] = []): Promise<Recording> {
  const folder = `${t.testdir()}/recordings`
  const started = await startHere(t, [
    'record',
    '--upstream',
    upstream,
    '--port',
    '0',
    '--json',
    '--out',
    folder,
    ...words
  ])
  const ready = JSON.parse(started.out())
  return {
    ...started,
    ready,
    url: ready.url,
    port: Number(new URL(ready.url).port),
    file: ready.file,
    start: () => readRecording(ready.file).start,
    exchanges: async count => {
      await until(() => readRecording(ready.file).entries.length >= count)
      return readRecording(ready.file).entries.filter((entry): entry is RecordedExchange => 'exchange' in entry)
    }
  }
}

/** Reads a recording whose lines are all whole. @throws Error when one is not */
export function readRecording(file: string): {
  start: RecordingStart
  entries: (RecordedExchange | RecordedWebhook)[]
} {
  const text = readFileSync(file, 'utf8')
  if (!text.endsWith('\n')) throw new Error('The last line has no end.')
  const [first = '', ...lines] = text.slice(0, -1).split('\n')
  const start = readStart(first)
  if ('problem' in start) throw new Error(start.problem)
  const entries = lines.map(line => {
    const entry = readEntry(line)
    if ('problem' in entry) throw new Error(`${entry.problem}: ${line}`)
    return entry
  })
  return { start, entries }
}

/** A request as a server received it. */
export interface Arrived {
  method: string
  target: string
  headers: string[]
  body: string
}

/** A server that keeps what arrives and answers as it is told. */
export async function keepRequests(
  t: Test,
  answer: (request: IncomingMessage, response: ServerResponse) => void = (_request, response) => void response.end('{}')
): Promise<{ url: string; port: number; arrived: Arrived[]; server: Server }> {
  const arrived: Arrived[] = []
  const server = createServer({ requireHostHeader: false }, async (request, response) => {
    const chunks: Buffer[] = []
    try {
      for await (const chunk of request) chunks.push(chunk)
    } catch {
      return // the client has disconnected
    }
    const { method = '', url = '', rawHeaders } = request
    arrived.push({ method, target: url, headers: rawHeaders, body: Buffer.concat(chunks).toString('latin1') })
    answer(request, response)
  })
  server.on('checkExpectation', (request, response) => void server.emit('request', request, response))
  const port = await listen(t, server)
  return { url: `http://127.0.0.1:${port}`, port, arrived, server }
}

/** Listens on a free port of loopback until the end of the test. */
export async function listen(t: Test, server: Server | import('node:net').Server): Promise<number> {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => {
    if ('closeAllConnections' in server) server.closeAllConnections()
    server.close()
  })
  return (server.address() as AddressInfo).port // it listens on a port
}

/** Sends bytes on a connection, and gives all that came back when the server has closed it. */
export function exchangeBytes(port: number, bytes: string | Buffer): Promise<string> {
  return new Promise((done, fail) => {
    const chunks: Buffer[] = []
    const socket = connect(port, '127.0.0.1')
    socket.on('data', chunk => chunks.push(chunk))
    socket.on('error', error => (chunks.length > 0 ? undefined : fail(error)))
    socket.on('close', () => done(Buffer.concat(chunks).toString('latin1')))
    socket.write(bytes)
  })
}

/** An answer, apart: its status line, its headers in their order, and its body without chunks. */
export function parseAnswer(received: string): {
  line: string
  headers: [name: string, value: string][]
  body: string
} {
  const text = received.replace(/^HTTP\/1\.1 100 Continue\r\n\r\n/, '')
  const end = text.indexOf('\r\n\r\n')
  const [line = '', ...lines] = text.slice(0, end).split('\r\n')
  const headers = lines.map((header): [string, string] => {
    const colon = header.indexOf(':')
    return [header.slice(0, colon), header.slice(colon + 1).trim()]
  })
  const isChunked = headers.some(([name, value]) => /^transfer-encoding$/i.test(name) && /chunked/i.test(value))
  const body = text.slice(end + 4)
  return { line, headers, body: isChunked ? withoutChunks(body) : body }
}

function withoutChunks(body: string): string {
  let from = 0
  let whole = ''
  for (;;) {
    const end = body.indexOf('\r\n', from)
    const size = Number.parseInt(body.slice(from, end), 16)
    if (!(size > 0)) return whole
    whole += body.slice(end + 2, end + 2 + size)
    from = end + 2 + size + 2
  }
}
