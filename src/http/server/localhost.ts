import { once } from 'node:events'
import type { Server } from 'node:http'
import { type AddressInfo, createServer, type ListenOptions, type Server as NetServer } from 'node:net'

/** The second listener of a server that listens on `localhost`. It hands its connections to the server. */
const seconds = new WeakMap<NetServer, NetServer>()

/** How many free ports are tried, until one is free on both addresses. */
const ATTEMPTS = 10

/**
 * Makes a server whose host is `localhost` listen on 127.0.0.1 and on ::1, because clients try either.
 * On a machine without ::1 it listens on 127.0.0.1. When the port of one is taken, listening fails.
 */
export function listenOnBothFamilies(server: Server): void {
  const [listen, close, unref] = [server.listen.bind(server), server.close.bind(server), server.unref.bind(server)]
  const open = async (options: ListenOptions) => {
    const second = await listenOnSecond(server, options.port ?? 0)
    const port = second === undefined ? options.port : portOf(second)
    if (second) seconds.set(server, second)
    server.once('error', () => second?.close())
    listen({ ...options, host: '127.0.0.1', port })
  }
  const listenOnAll = (options: ListenOptions) => {
    if (!isLocalhost(options.host)) return listen(options)
    open(options).catch(error => server.emit('error', error))
    return server
  }
  server.listen = listenOnAll as typeof listen // Fastify always passes an object
  server.close = done => {
    const second = seconds.get(server)
    if (second === undefined) return close(done)
    onceClosed(server, () => done?.())
    second.close()
    return close()
  }
  server.unref = () => {
    seconds.get(server)?.unref()
    return unref()
  }
}

/** The addresses that a server listens on now. */
export const addressesOf = (server: NetServer): AddressInfo[] =>
  listenersOf(server).flatMap(listener => {
    const address = listener.address()
    return address === null || typeof address === 'string' ? [] : [address]
  })

/** Calls back when every listener of an open server is closed, and so are their connections. */
export function onceClosed(server: NetServer, done: () => void): void {
  const listeners = listenersOf(server)
  let missing = listeners.length
  for (const listener of listeners) listener.once('close', () => --missing === 0 && done())
}

/** Whether a host is the name of both loopback addresses. */
export const isLocalhost = (host: string | undefined): boolean => /^localhost\.?$/i.test(host ?? '')

/** Whether an error of `listen` means that the machine does not have the address. */
export const isMissingAddress = (error: unknown): boolean =>
  ['EADDRNOTAVAIL', 'EAFNOSUPPORT'].includes(String(Reflect.get(Object(error), 'code')))

function listenersOf(server: NetServer): NetServer[] {
  const second = seconds.get(server)
  return second === undefined ? [server] : [server, second]
}

/** @returns undefined when the machine has no ::1 */
async function listenOnSecond(server: Server, port: number): Promise<NetServer | undefined> {
  for (let attempt = 1; ; attempt++) {
    const second = createServer({ allowHalfOpen: true, noDelay: true }, socket => server.emit('connection', socket))
    try {
      await once(second.listen({ host: '::1', port }), 'listening')
    } catch (error) {
      if (isMissingAddress(error)) return undefined
      throw error
    }
    if (port !== 0 || attempt === ATTEMPTS || (await isFree(portOf(second)))) return second
    second.close()
  }
}

async function isFree(port: number): Promise<boolean> {
  const probe = createServer()
  try {
    await once(probe.listen({ host: '127.0.0.1', port }), 'listening')
  } catch {
    return false
  }
  await once(probe.close(), 'close')
  return true
}

const portOf = (server: NetServer): number => addressesOf(server)[0]?.port ?? 0
