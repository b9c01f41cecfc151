import { lookup } from 'node:dns/promises'
import { isIP, type LookupFunction, type Socket, connect as tcpConnect } from 'node:net'
import { checkServerIdentity, connect as tlsConnect } from 'node:tls'
import { type CallbackPolicy, checkCallback } from '../domain/callbacks/policy.js'
import type { Failure } from '../schema/delivery.js'
import { connectFailed, connectTimedOut, nameUnresolved, type Phase, unexpected } from './connect-failures.js'
import { expandListeners, type ListeningAddress } from './own-listeners.js'
import { isAddress, type Target } from './target.js'

/** A connection that is ready for a request, or why there is none. */
export type Connected = { kind: 'connected'; socket: Socket } | { kind: 'blocked' | 'failed'; failure: Failure }

/** Opens a connection and calls `done`, once. @returns what gives up, after which `done` is not called */
export type Connect = (target: Target, done: (result: Connected) => void) => () => void

/** What connections are opened under. */
export interface ConnectOptions {
  policy: CallbackPolicy
  resolve: Resolve
  /** Where the emulator itself listens. */
  ownListeners: () => ListeningAddress[]
  /** Whether certificates are not verified. */
  insecure: boolean
  /** The time for the name, the connection and TLS together, in milliseconds. */
  connectMs: number
}

/** Connects to the very addresses that the policy has judged: a name is asked for once, and its answer is what counts. */
export function createConnect({ policy, resolve, ownListeners, insecure, connectMs }: ConnectOptions): Connect {
  return (target, done) => {
    const { host } = target.connected
    let phase: Phase = 'lookup'
    let socket: Socket | undefined
    let isOver = false

    const giveUp = (): void => {
      isOver = true
      clearTimeout(timer)
      socket?.destroy()
    }
    const fail = (failure: Failure, kind: 'blocked' | 'failed' = 'failed'): void => {
      if (isOver) return
      giveUp()
      done({ kind, failure })
    }
    const timer = setTimeout(() => fail(connectTimedOut(target, phase, connectMs)), connectMs)

    const judge = (addresses: string[]): void => {
      const refusal = checkCallback(policy, { ...target.connected, addresses }, expandListeners(ownListeners()))
      if (refusal) fail(refusal, 'blocked')
      else if (addresses.length === 0) fail(nameUnresolved(target))
      else open(addresses)
    }
    const proceed = (addresses: string[]): void => {
      if (isOver) return
      try {
        judge(addresses)
      } catch (error) {
        fail(unexpected(error, 'Connecting'))
      }
    }
    const open = (addresses: string[]): void => {
      phase = 'connect'
      const opened = target.tls ? openTls(target, addresses, insecure) : tcpConnect(wayTo(target, addresses))
      const onError = (error: Error): void => {
        fail(connectFailed(error, target, phase, Boolean(Reflect.get(opened, 'authorizationError'))))
      }
      socket = opened
        .on('error', () => {}) // whoever uses the connection hears of it as well; between two uses nobody has to
        .once('error', onError)
        .once('connect', () => {
          phase = 'tls'
        })
        .once(target.tls ? 'secureConnect' : 'connect', () => {
          clearTimeout(timer)
          opened.off('error', onError)
          if (!isOver) done({ kind: 'connected', socket: opened })
        })
    }

    const refusal = checkCallback(policy, { ...target.connected, addresses: [] }) // before anybody is asked
    if (refusal) fail(refusal, 'blocked')
    else if (isAddress(host)) proceed([host])
    else resolve(host).then(proceed, () => proceed([])) // how the system words it differs, and says no more
    return giveUp
  }
}

const openTls = (target: Target, addresses: string[], insecure: boolean): Socket =>
  tlsConnect({
    ...wayTo(target, addresses),
    servername: isAddress(target.named.host) ? '' : target.named.host,
    ALPNProtocols: ['http/1.1'],
    rejectUnauthorized: !insecure,
    checkServerIdentity: (_host, certificate) => checkServerIdentity(target.named.host, certificate)
  })

/** A name is looked up among the addresses that were judged; node:net tries one after the other. */
function wayTo({ connected: { host, port } }: Target, addresses: string[]) {
  const all = addresses.map(address => ({ address, family: isIP(address) }))
  const lookup: LookupFunction = (_host, _options, found) => found(null, all)
  const [only = host] = addresses
  const way = addresses.length === 1 ? { host: only } : { host, lookup }
  return { ...way, port, noDelay: true, autoSelectFamily: true }
}

/** Finds the addresses of a host. Rejects, or gives none, when it has none. */
export type Resolve = (host: string) => Promise<string[]>

/** The addresses that the system knows: its hosts file, then DNS. */
export const systemResolve: Resolve = async host => {
  const found = await lookup(host, { all: true })
  return found.map(({ address }) => address)
}

/**
 * Knows `localhost` and what ends in it without asking anybody, and asks only once for a host at a time.
 * @source RFC 6761 §6.3
 */
export function createResolver(resolve: Resolve): Resolve {
  const asked = new Map<string, Promise<string[]>>()
  return async host => {
    if (host === 'localhost' || host.endsWith('.localhost')) return ['127.0.0.1', '::1']
    const known = asked.get(host)
    if (known) return known
    const asking = resolve(host).finally(() => asked.delete(host))
    asked.set(host, asking)
    return asking
  }
}
