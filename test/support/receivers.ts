import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { Worker } from 'node:worker_threads'
import { generate } from 'selfsigned'
import type { Test } from 'tap'

/** A raw TCP receiver of webhooks on loopback. */
export interface Receiver {
  port: number
  /** Every request, byte for byte, decoded as Latin-1. */
  requests: string[]
  /** The number of connections so far, and of those that are open. */
  connections(): { came: number; open: number }
  /** Waits until none is open. */
  emptied(): Promise<void>
}

/** Handlers for a new connection and for a complete request; `nth` counts from 1. */
export interface Behaviour {
  onConnection?: (socket: Socket, nth: number) => void
  onRequest?: (socket: Socket, nth: number) => void
}

/** A complete answer. */
export const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

/** A receiver that answers every request with 200 by default. */
export const receive = (t: Test, behaviour: Behaviour = {}, address = '127.0.0.1'): Promise<Receiver> =>
  listen(t, createServer(), 'connection', behaviour, address)

/** A receiver with TLS and a self-signed certificate for the given names. */
export async function receiveTls(
  t: Test,
  behaviour: Behaviour = {},
  names = ['localhost']
): Promise<Receiver & { cert: string }> {
  const pair = await makeCertificate(names)
  return { ...(await listen(t, createTlsServer(pair), 'secureConnection', behaviour, '127.0.0.1')), cert: pair.cert }
}

/** A free port of loopback. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // it listens on TCP
  await once(server.close(), 'close')
  return port
}

/** A port that accepts no connection: its backlog is full, and its thread sleeps. */
export async function fullPort(t: Test): Promise<number> {
  const sleeper = new Worker(SLEEPER, { eval: true })
  const [port] = await once(sleeper, 'message')
  const queue = Array.from({ length: 4 }, () => connect(port, '127.0.0.1').on('error', () => {})) // ended below
  t.teardown(async () => {
    for (const socket of queue) socket.destroy()
    await sleeper.terminate()
  })
  await Promise.race(queue.map(socket => once(socket, 'connect')))
  return port
}

const SLEEPER = `
  const { parentPort } = require('node:worker_threads')
  const server = require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
    parentPort.postMessage(server.address().port)
    setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0))
  })`

/** The port of a server that listens on TCP. */
export const portOf = (server: Server): number => (server.address() as AddressInfo).port // it listens on TCP

async function listen(
  t: Test,
  server: Server,
  event: 'connection' | 'secureConnection',
  { onConnection = () => {}, onRequest = socket => void socket.write(OK) }: Behaviour,
  address: string
): Promise<Receiver> {
  const open = new Set<Socket>()
  const requests: string[] = []
  let came = 0
  let nth = 0
  server.on('connection', socket => {
    came++
    open.add(socket)
    socket.on('error', () => {}) // receivers break connections on purpose
    socket.on('close', () => open.delete(socket))
  })
  server.on(event, (socket: Socket) => {
    let text = ''
    socket.on('error', () => {}) // as above, with errors of TLS
    socket.on('data', chunk => {
      text += chunk.toString('latin1')
      for (let end = endOf(text); end > 0; end = endOf(text)) {
        requests.push(text.slice(0, end))
        text = text.slice(end)
        onRequest(socket, ++nth)
      }
    })
    onConnection(socket, came)
  })
  server.listen(0, address)
  await once(server, 'listening')
  t.teardown(() => {
    for (const socket of open) socket.destroy()
    return new Promise(done => server.close(done))
  })
  const emptied = async () => {
    const closing = [...open].map(socket => new Promise(done => socket.once('close', done)))
    if (closing.length > 0) await Promise.all(closing).then(emptied) // more may have come
  }
  return { port: portOf(server), requests, connections: () => ({ came, open: open.size }), emptied }
}

async function makeCertificate(names: string[]): Promise<{ key: string; cert: string }> {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'receiver' }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'subjectAltName', altNames: names.map(value => ({ type: 2 as const, value })) }
    ]
  })
  return { key, cert }
}

/** The length of the first request of a text; 0 when it is incomplete. */
function endOf(text: string): number {
  const head = text.indexOf('\r\n\r\n') + 4
  const length = Number(/^content-length: *(\d+)/im.exec(text.slice(0, head))?.[1] ?? 0)
  return head > 3 && text.length >= head + length ? head + length : 0
}
