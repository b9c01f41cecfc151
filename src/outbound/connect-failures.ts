import type { Failure } from '../schema/calls/delivery.js'
import { isAddress, printHost, type Target } from './target.js'

/** The phase of a connection that is being opened. */
export type Phase = 'lookup' | 'connect' | 'tls'

/** The failure when the name of a host has no address. */
export function nameUnresolved({ connected: { host }, named }: Target, isContainer: boolean): Failure {
  const rewrite = `give its address: --rewrite-callback ${named.host}=ADDRESS`
  const isOfHost = host === 'host.docker.internal'
  const inContainer = isOfHost
    ? 'Start the container with --add-host host.docker.internal:host-gateway.'
    : `Correct the url of the event. The name of a container resolves only in its own network; elsewhere ${rewrite}.`
  const outside = isOfHost
    ? 'Write localhost into the url of the event: the emulator runs in no container, where this name leads to the host.'
    : `Correct the url of the event, or ${rewrite}.`
  return {
    reason: 'name_unresolved',
    message: `The name ${host} has no address.`,
    hint: isContainer ? inContainer : outside
  }
}

/** The failure when connecting exceeds the time limit. @param flag the option that raises the limit */
export function connectTimedOut(target: Target, phase: Phase, ms: number, flag = '--callback-connect-ms'): Failure {
  const at = printHost(target.connected)
  const [message, hint] = {
    lookup: [`The name ${target.connected.host} was not resolved within ${ms} ms.`, 'Does the name server answer?'],
    connect: [
      `${at} did not accept the connection within ${ms} ms.`,
      'Does a firewall drop it, or is the receiver busy?'
    ],
    tls: [`${at} did not complete the TLS handshake within ${ms} ms.`, 'Does the port speak TLS at all?']
  }[phase]
  return { reason: 'connect_timeout', message: `${message}`, hint: `${hint} Raise the limit with ${flag}.` }
}

/**
 * The failure for an error of node:net or node:tls.
 * @param isUntrusted whether TLS was established, with an untrusted certificate
 * @param isContainer whether the emulator most likely runs in a container
 */
export function connectFailed(
  error: Error,
  target: Target,
  { phase, isUntrusted, isContainer }: { phase: Phase; isUntrusted: boolean; isContainer: () => boolean }
): Failure {
  const cause = causeOf(error)
  const code = String(Reflect.get(cause, 'code'))
  const at = addressOf(cause) ?? printHost(target.connected)
  if (isUntrusted) return untrusted(cause, code, target)
  if (code === 'ECONNREFUSED') return refused(at, target, isContainer)
  if (UNREACHABLE.has(code)) {
    const network = isContainer() ? ' A container reaches only its own, and those that its host routes.' : ''
    const hint = `Is the emulator in that network?${network}`
    return { reason: 'unreachable', message: `There is no route to ${at} (${code}).`, hint }
  }
  if (code === 'ETIMEDOUT') {
    const hint = 'Does a firewall drop it, or is the receiver down?'
    return { reason: 'connect_timeout', message: `${at} did not accept the connection in time.`, hint }
  }
  if (code === 'ECONNRESET' && Reflect.get(cause, 'syscall') !== undefined) {
    const hint = 'The receiver accepts connections and drops them: its log may say why.'
    return { reason: 'reset', message: `${at} reset the connection before the request was sent.`, hint }
  }
  if (phase === 'tls') {
    const hint = 'If the receiver speaks plain http there, write http:// into the url of the event.'
    return { reason: 'tls_failed', message: `The TLS handshake with ${at} failed: ${tlsMessageOf(cause)}.`, hint }
  }
  return unexpected(cause, `Connecting to ${at}`)
}

/** An error that is a bug of the emulator. @param action what failed, for the message: "Connecting to 127.0.0.1:80" */
export const unexpected = (error: unknown, action: string): Failure => ({
  reason: 'unexpected',
  message: `${action} failed: ${error instanceof Error ? error.message : String(error)}.`
})

function refused(at: string, { connected, named }: Target, isContainer: () => boolean): Failure {
  const isLocal = /^(?:127\.|\[::1\]|\[::ffff:)/.test(at) || connected.host === 'localhost'
  return {
    reason: 'refused',
    message: `Nothing listens on ${at}.`,
    hint:
      isLocal && isContainer()
        ? `If the emulator runs in a container, ${connected.host} is the container itself: use host.docker.internal, ` +
          `or start it with --rewrite-callback ${named.host}=host.docker.internal.`
        : 'Start the receiver, or correct the url of the event.'
  }
}

function untrusted(error: Error, code: string, { named }: Target): Failure {
  const why = UNTRUSTED[code] ?? tlsMessageOf(error)
  return {
    reason: 'tls_untrusted',
    message: `The certificate of ${printHost(named)} is not trusted: ${why}.`,
    hint: 'Start the emulator with --insecure-callbacks, or with NODE_EXTRA_CA_CERTS naming its authority.'
  }
}

const UNTRUSTED: Partial<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'it is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'its authority is self-signed and unknown',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its authority is unknown',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its authority is unknown',
  CERT_HAS_EXPIRED: 'it has expired',
  CERT_NOT_YET_VALID: 'it is not valid yet',
  ERR_TLS_CERT_ALTNAME_INVALID: 'it is for other names'
}

const UNREACHABLE = new Set([
  ...['EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN', 'ENETDOWN', 'EADDRNOTAVAIL'],
  ...['EACCES', 'EPERM', 'EINVAL', 'EAFNOSUPPORT']
])

/** Of the errors of several addresses, the one of the attempt that got furthest. */
function causeOf(error: Error): Error {
  const errors: Error[] = error instanceof AggregateError ? error.errors : []
  const found = ['ECONNRESET', 'ECONNREFUSED'].map(code => errors.find(one => Reflect.get(one, 'code') === code))
  return found.find(one => one !== undefined) ?? errors[0] ?? error
}

function addressOf(error: Error): string | undefined {
  const host = Reflect.get(error, 'address')
  const port = Reflect.get(error, 'port')
  return typeof host === 'string' && isAddress(host) && typeof port === 'number' ? printHost({ host, port }) : undefined
}

/** The message of OpenSSL, without error numbers and file names. */
export function tlsMessageOf(error: Error): string {
  const reason = Reflect.get(error, 'reason')
  return typeof reason === 'string' && reason !== '' ? reason : error.message.replace(/[.\n].*$/s, '')
}
