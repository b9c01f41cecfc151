import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { Test } from 'tap'

/** A proxy of TCP on loopback, whose connections can be cut, and that counts requests by their first line. */
export interface CutProxy {
  url: string
  /** The request lines that came, in their order. */
  lines(): string[]
  /** Cuts all connections, and refuses others until `restore`. */
  cut(): void
  restore(): void
}

/** Starts a proxy to a port. It is closed at the end of the test. */
export async function cutProxy(t: Test, target: number): Promise<CutProxy> {
  const lines: string[] = []
  const sockets = new Set<Socket>()
  let isCut = false
  const server = createServer(socket => {
    if (isCut) return socket.destroy()
    const upstream = connect(target, '127.0.0.1')
    for (const each of [socket, upstream]) {
      sockets.add(each)
      each.on('error', () => {}) // it was cut
      each.once('close', () => {
        sockets.delete(each)
        socket.destroy()
        upstream.destroy()
      })
    }
    socket.on('data', data => {
      const found = data.toString('latin1').match(/^(?:GET|POST|PUT|PATCH|DELETE|HEAD) \S+/gm)
      lines.push(...(found ?? []))
    })
    socket.pipe(upstream)
    upstream.pipe(socket)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const destroyAll = () => {
    for (const socket of sockets) socket.destroy()
  }
  t.teardown(() => {
    destroyAll()
    return new Promise<void>(closed => void server.close(() => closed()))
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, // it listens on a port
    lines: () => lines,
    cut() {
      isCut = true
      destroyAll()
    },
    restore() {
      isCut = false
    }
  }
}
