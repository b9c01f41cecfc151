import type { UpstreamFailure } from '../service/recording/upstream.js'
import { tlsMessageOf } from './connect-failures.js'

/** Words of the messages: the option that named the upstream, and what it is. */
export interface UpstreamWords {
  option: '--upstream' | '--forward'
  peer: string
}

/** The failures of one upstream, in words. @param hasAnswered whether an answer has begun */
export interface UpstreamFailures {
  timedOut(ms: number, hasAnswered: boolean): UpstreamFailure
  closedEarly(hasAnswered: boolean): UpstreamFailure
  /** @param what came instead of HTTP */
  garbage(what: string): UpstreamFailure
  /** The failure for an error of node:net, node:tls or node:http. */
  error(error: Error, hasAnswered: boolean): UpstreamFailure
}

/** The failures of an upstream, each with its host and a remedy. */
export function createUpstreamFailures({ host }: URL, { option, peer }: UpstreamWords): UpstreamFailures {
  const isOfProxy = option === '--upstream'
  const timedOut = (ms: number, hasAnswered: boolean): UpstreamFailure => ({
    reason: 'upstream_timeout',
    message:
      `${host} ${hasAnswered ? 'sent nothing more of its answer' : 'did not answer'} within ${ms} ms. ` +
      (isOfProxy ? `Is ${peer} reachable from here? Raise the limit with --timeout.` : `Is ${peer} busy?`)
  })
  const closedEarly = (hasAnswered: boolean): UpstreamFailure => ({
    reason: 'upstream_closed',
    message:
      `${host} closed the connection ${hasAnswered ? 'before the end of its answer' : 'without an answer'}. ` +
      `The log of ${peer} may say why.`
  })
  const garbage = (what: string): UpstreamFailure => ({
    reason: 'upstream_garbage',
    message: `${host} answered with ${what}. Does ${option} name the scheme and the port of ${peer}?`
  })
  const untrusted = (why: string): UpstreamFailure => ({
    reason: 'upstream_certificate',
    message: `The certificate of ${host} is not accepted: ${why}. ${isOfProxy ? TRUST : TRUST_IN_NODE}`
  })
  return {
    timedOut,
    closedEarly,
    garbage,
    error(error, hasAnswered) {
      const errors: Error[] = error instanceof AggregateError ? error.errors : [error]
      const cause = errors[0] ?? error
      const code = String(Reflect.get(cause, 'code'))
      if (code.startsWith('HPE_')) return garbage(`something that is not HTTP/1.1 (${code})`)
      if (CERTIFICATE.test(code)) return untrusted(UNTRUSTED[code] ?? tlsMessageOf(cause))
      if (code === 'EPROTO' || code.startsWith('ERR_SSL'))
        return garbage(`something that is not TLS (${tlsMessageOf(cause)})`)
      if (hasAnswered || code === 'ECONNRESET' || code === 'EPIPE') return closedEarly(hasAnswered)
      const why = AWAY[code] ?? `cannot be reached (${code})`
      return {
        reason: 'upstream_unreachable',
        message: `${host} ${why}. Check ${option}, and the way from here to ${peer}.`
      }
    }
  }
}

const TRUST = 'Trust it with --upstream-ca FILE, or accept any with --insecure-upstream.'
const TRUST_IN_NODE = 'Trust its authority with NODE_EXTRA_CA_CERTS.'

const AWAY: Partial<Record<string, string>> = {
  ECONNREFUSED: 'refused the connection',
  ENOTFOUND: 'has no address',
  EAI_AGAIN: 'has no address: the name server does not answer'
}

const CERTIFICATE =
  /^(?:ERR_TLS_CERT|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|INVALID_CA|PATH_LENGTH|HOSTNAME_MISMATCH|CRL_)/

const UNTRUSTED: Partial<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'it is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'its authority is self-signed and unknown',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its authority is unknown',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its authority is unknown',
  CERT_HAS_EXPIRED: 'it has expired',
  CERT_NOT_YET_VALID: 'it is not valid yet',
  ERR_TLS_CERT_ALTNAME_INVALID: 'it is for other names'
}
