import { lookup } from 'node:dns/promises'
import { isIP, type LookupFunction, type Socket, connect as tcpConnect } from 'node:net'
import { checkServerIdentity, connect as tlsConnect } from 'node:tls'
import { type CallbackPolicy, type CallbackRefusal, checkCallback } from '../domain/callbacks/policy.js'
import type { Failure } from '../schema/calls/delivery.js'
import { connectFailed, connectTimedOut, nameUnresolved, type Phase, unexpected } from './connect-failures.js'
import { expandListeners, isLocalhost, type ListeningAddress, LOCALHOST } from './own-listeners.js'
import { isAddress, type Target } from './target.js'

/** A connection that is ready for a request, or why there is none. */
export type ConnectResult =
  | { kind: 'connected'; socket: Socket }
  | { kind: 'failed'; failure: Failure }
  | { kind: 'blocked'; failure: CallbackRefusal }

/** Opens a connection and calls `done` once. @returns a function that cancels it; `done` is not called then */
export type Connect = (target: Target, done: (result: ConnectResult) => void) => () => void

/** Options for `createConnect`. */
export interface ConnectOptions {
  policy: CallbackPolicy
  resolve: Resolve
  /** The addresses that the emulator listens on. */
  ownListeners: () => ListeningAddress[]
  /** Whether untrusted certificates are accepted. */
  insecure: boolean
  /** The limit for the DNS lookup, the connection and the TLS handshake together, in milliseconds. */
  connectMs: number
  /** Whether the emulator most likely runs in a container, for the hints. */
  isContainer: () => boolean
}

/** Connects only to addresses that passed the policy: a name is resolved once, so that it cannot change in between. */
export function createConnect({
  policy,
  resolve,
  ownListeners,
  insecure,
  connectMs,
  isContainer
}: ConnectOptions): Connect {
  return (target, done) => {
    const { host } = target.connected
    let phase: Phase = 'lookup'
    let socket: Socket | undefined
    let isOver = false

    const cancel = (): void => {
      isOver = true
      clearTimeout(timer)
      socket?.destroy()
    }
    const end = (result: ConnectResult): void => {
      if (isOver) return
      cancel()
      done(result)
    }
    const fail = (failure: Failure): void => end({ kind: 'failed', failure })
    const block = (failure: CallbackRefusal): void => end({ kind: 'blocked', failure })
    const timer = setTimeout(() => fail(connectTimedOut(target, phase, connectMs)), connectMs).unref()

    const checkAndOpen = (addresses: string[]): void => {
      const refusal = checkCallback(policy, { ...target.connected, addresses }, expandListeners(ownListeners()))
      if (refusal) block(refusal)
      else if (addresses.length === 0) fail(nameUnresolved(target, isContainer()))
      else open(addresses)
    }
    const proceed = (addresses: string[]): void => {
      if (isOver) return
      try {
        checkAndOpen(addresses)
      } catch (error) {
        fail(unexpected(error, 'Connecting'))
      }
    }
    const open = (addresses: string[]): void => {
      phase = 'connect'
      const opened = target.tls
        ? openTls(target, addresses, connectMs, insecure)
        : tcpConnect(connectOptions(target, addresses, connectMs))
      const onError = (error: Error): void => {
        const isUntrusted = Boolean(Reflect.get(opened, 'authorizationError'))
        fail(connectFailed(error, target, { phase, isUntrusted, isContainer }))
      }
      socket = opened
        .unref() // a webhook under way does not keep the process alive
        .on('error', () => {}) // its user has a listener, too; between two uses an error needs none
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

    const refusal = checkCallback(policy, { ...target.connected, addresses: [] }) // before the DNS lookup
    if (refusal) block(refusal)
    else if (isAddress(host)) proceed([host])
    else resolve(host).then(proceed, () => proceed([])) // the system's errors differ, and add nothing
    return cancel
  }
}

const openTls = (target: Target, addresses: string[], connectMs: number, insecure: boolean): Socket =>
  tlsConnect({
    ...connectOptions(target, addresses, connectMs),
    servername: isAddress(target.named.host) ? '' : target.named.host,
    ALPNProtocols: ['http/1.1'],
    rejectUnauthorized: !insecure,
    checkServerIdentity: (_host, certificate) => checkServerIdentity(target.named.host, certificate)
  })

/**
 * Resolves the name to the addresses that passed the policy; node:net tries one after the other. Each has its part of the
 * time: after node:net's 250 ms a busy event loop would give up the address that has accepted the connection.
 */
function connectOptions({ connected: { host, port } }: Target, addresses: string[], connectMs: number) {
  const all = addresses.map(address => ({ address, family: isIP(address) }))
  const lookup: LookupFunction = (_host, _options, found) => found(null, all)
  const [only = host] = addresses
  const destination = addresses.length === 1 ? { host: only } : { host, lookup }
  const autoSelectFamilyAttemptTimeout = Math.max(250, Math.floor(connectMs / addresses.length))
  return { ...destination, port, noDelay: true, autoSelectFamily: true, autoSelectFamilyAttemptTimeout }
}

/** Resolves a host to its addresses. Rejects, or gives an empty list, when it has none. */
export type Resolve = (host: string) => Promise<string[]>

/** Resolves by the system: its hosts file, then DNS. */
export const systemResolve: Resolve = async host => {
  const found = await lookup(host, { all: true })
  return found.map(({ address }) => address)
}

/**
 * Resolves `localhost` and names that end in it without a lookup, and shares concurrent lookups of a host.
 * @source RFC 6761 §6.3
 */
export function createResolver(resolve: Resolve): Resolve {
  const pending = new Map<string, Promise<string[]>>()
  return async host => {
    if (isLocalhost(host)) return LOCALHOST
    const earlier = pending.get(host)
    if (earlier) return earlier
    const lookup = resolve(host).finally(() => pending.delete(host))
    pending.set(host, lookup)
    return lookup
  }
}
