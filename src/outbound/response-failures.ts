import type { Failure, WebhookResponse } from '../schema/calls/delivery.js'
import { tlsMessageOf, unexpected } from './connect-failures.js'
import { printHost, type Target } from './target.js'

/** The failure of a complete response. @returns undefined when it is a 2xx */
export function statusFailure({ status, headers }: WebhookResponse): Failure | undefined {
  if (status >= 200 && status <= 299) return undefined
  if (status === 101) return upgraded()
  const [, location] = Object.entries(headers).find(([name]) => name.toLowerCase() === 'location') ?? []
  if (!REDIRECTS.has(status)) {
    const hint = 'Only a 2xx counts as delivered. The body of the response may say why it is none.'
    return { reason: 'status_not_2xx', message: `The receiver answered ${status}.`, hint }
  }
  const to = location === undefined ? 'without a Location' : `to ${shortened([location].flat()[0] ?? '')}`
  const hint = 'Redirects are never followed: set the url of the event to the final address.'
  return { reason: 'redirected', message: `The receiver answered ${status}, a redirect ${to}.`, hint }
}

/** The receiver switched to another protocol. */
export const upgraded = (): Failure => ({
  reason: 'upgraded',
  message: 'The receiver answered 101 and switched to another protocol, which was not requested.',
  hint: 'Answer a webhook with a 2xx.'
})

/** The response exceeded the time limit. @param status of the response, if its head was received */
export function responseTimedOut(target: Target, ms: number, status: number | undefined): Failure {
  const at = printHost(target.connected)
  return status === undefined
    ? {
        reason: 'response_timeout',
        message: `${at} accepted the request and did not answer within ${ms} ms.`,
        hint: 'Answer first and work afterwards. Raise the limit with --callback-total-ms.'
      }
    : {
        reason: 'body_timeout',
        message: `${at} answered ${status} and did not complete the response within ${ms} ms.`,
        hint: 'End the response, or send its Content-Length. Raise the limit with --callback-total-ms.'
      }
}

/** The attempt was ended early, because more receivers waited than may be sent to. @param isSent whether the request was sent */
export function endedEarly(target: Target, ms: number, isSent: boolean): Failure {
  const at = printHost(target.connected)
  return {
    reason: isSent ? 'response_timeout' : 'connect_timeout',
    message: isSent
      ? `${at} accepted the request and had not answered after ${ms} ms, when its place was needed for another receiver.`
      : `${at} had not accepted the connection after ${ms} ms, when its place was needed for another receiver.`,
    hint: 'Too many receivers do not answer at the same time: correct them, or raise --callback-concurrency.'
  }
}

/** The receiver sent interim responses, such as 100, and no final one. */
export const endlessInterim = (target: Target, count: number): Failure => ({
  reason: 'response_malformed',
  message: `${printHost(target.connected)} sent ${count} interim responses (1xx) and no final one.`,
  hint: 'Answer a webhook with a 2xx.'
})

/** An error of node:http after the request was sent. @param hasHead whether the head of a response was received */
export function responseFailed(error: Error, target: Target, hasHead: boolean): Failure {
  const at = printHost(target.connected)
  const code = String(Reflect.get(error, 'code'))
  if (code === 'HPE_HEADER_OVERFLOW') {
    const hint = 'Send fewer cookies and other headers.'
    return { reason: 'response_headers_too_large', message: `The headers of ${at} are larger than 16 KiB.`, hint }
  }
  if (code.startsWith('HPE_')) {
    const hint = isTlsAlert(error)
      ? 'The port speaks TLS: write https:// into the url of the event.'
      : 'Does another program listen on that port?'
    return {
      reason: 'response_malformed',
      message: `${at} did not answer in HTTP: ${Reflect.get(error, 'reason')}.`,
      hint
    }
  }
  if (/^(?:ERR_SSL|EPROTO)/.test(code)) {
    const hint = 'Does the receiver require a client certificate? The emulator sends none.'
    return { reason: 'tls_failed', message: `${at} ended TLS: ${tlsMessageOf(error)}.`, hint }
  }
  if (Reflect.get(error, 'syscall') !== undefined) {
    const hint = 'The receiver, or a proxy before it, gave up: its log may say why.'
    const when = hasHead ? 'during its response' : 'and sent no response'
    return { reason: 'reset', message: `${at} reset the connection ${when} (${code}).`, hint }
  }
  return isDisconnect(error) ? closedEarly(target, hasHead) : unexpected(error, `The request to ${at}`)
}

/** A reused connection broke before a byte of a response. */
export const connectionLost = (target: Target): Failure => ({
  reason: 'connection_lost',
  message: `${printHost(target.connected)} closed a connection that was used before, without a response.`,
  hint:
    'The receiver may have handled the request. Keep idle connections open for more than a second, or answer with ' +
    'Connection: close. To send it again: POST /_emulator/deliveries/{id}/replay.'
})

/** The receiver closed the connection before its response was complete, or had begun. */
export function closedEarly(target: Target, hasHead: boolean): Failure {
  const when = hasHead ? 'before its response was complete' : 'without a response'
  return {
    reason: 'closed_early',
    message: `${printHost(target.connected)} closed the connection ${when}.`,
    hint: hasHead
      ? 'The Content-Length is larger than the body, or the body ended within a chunk.'
      : 'Did the receiver crash, or does the port speak TLS?'
  }
}

/**
 * Whether an error means that the connection was closed or reset. node:http gives ECONNRESET for a mere close, too, but
 * then without a system call.
 */
export const isDisconnect = (error: Error): boolean =>
  Reflect.get(error, 'syscall') !== undefined || DISCONNECTS.has(String(Reflect.get(error, 'code')))

const DISCONNECTS = new Set(['ECONNRESET', 'EPIPE', 'ERR_STREAM_DESTROYED', 'ERR_STREAM_PREMATURE_CLOSE'])
const REDIRECTS = new Set([301, 302, 303, 307, 308])

/** Whether the bytes begin a TLS alert, which a TLS server sends in answer to plain text. */
const isTlsAlert = (error: Error): boolean => Reflect.get(Object(Reflect.get(error, 'rawPacket')), 0) === 0x15

/** A url without its user and password, and no longer than a line. */
const shortened = (url: string): string => url.replace(/\/\/[^/?#]*@/, '//').slice(0, 200)
