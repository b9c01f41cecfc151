import type { Failure, WebhookResponse } from '../schema/delivery.js'
import { unexpected, wordsOf } from './connect-failures.js'
import { printHost, type Target } from './target.js'

/** What is wrong with a complete answer. @returns undefined when it is a 2xx */
export function statusFailure({ status, headers }: WebhookResponse): Failure | undefined {
  if (status >= 200 && status <= 299) return undefined
  if (status === 101) return upgraded()
  const [, location] = Object.entries(headers).find(([name]) => name.toLowerCase() === 'location') ?? []
  if (!REDIRECTS.has(status)) {
    const hint = 'Only a 2xx counts as delivered. The body of the answer may say why it is none.'
    return { reason: 'status_not_2xx', message: `It answered ${status}.`, hint }
  }
  const to = location === undefined ? 'without saying where to' : `to ${shortened([location].flat()[0] ?? '')}`
  const hint = 'Redirects are never followed: write the address where it ends into the url of the event.'
  return { reason: 'redirected', message: `It answered ${status}, a redirect ${to}.`, hint }
}

/** The receiver changed to another protocol. */
export const upgraded = (): Failure => ({
  reason: 'upgraded',
  message: 'It answered 101 and changed to another protocol, which was not asked for.',
  hint: 'Answer a webhook with a 2xx.'
})

/** The time was over first: before the answer began, or before it ended. */
export function answerTimedOut(target: Target, ms: number, status: number | undefined): Failure {
  const at = printHost(target.connected)
  return status === undefined
    ? {
        reason: 'response_timeout',
        message: `${at} took the request and did not answer within ${ms} ms.`,
        hint: 'Answer first and work afterwards. Longer is waited with --callback-total-ms.'
      }
    : {
        reason: 'body_timeout',
        message: `${at} began to answer ${status} and did not end within ${ms} ms.`,
        hint: 'End the answer, or send its Content-Length. Longer is waited with --callback-total-ms.'
      }
}

/** It answered 100 or the like again and again, and never for good. */
export const endlessInterim = (target: Target, count: number): Failure => ({
  reason: 'response_malformed',
  message: `${printHost(target.connected)} sent ${count} interim answers (1xx) and none for good.`,
  hint: 'Answer a webhook with a 2xx.'
})

/** What node:http says when an answer fails, or does not come. `hasBegun`: its head has been read. */
export function answerFailed(error: Error, target: Target, hasBegun: boolean): Failure {
  const at = printHost(target.connected)
  const code = String(Reflect.get(error, 'code'))
  if (code === 'HPE_HEADER_OVERFLOW') {
    const hint = 'Send fewer cookies and other headers.'
    return { reason: 'response_headers_too_large', message: `The headers of ${at} are larger than 16 KiB.`, hint }
  }
  if (code.startsWith('HPE_')) {
    const what = Reflect.get(error, 'reason')
    const hint = beginsLikeTls(error)
      ? 'What listens there speaks TLS: write https:// into the url of the event.'
      : 'Does something else listen on that port?'
    return { reason: 'response_malformed', message: `What ${at} sent is not HTTP: ${what}.`, hint }
  }
  if (/^(?:ERR_SSL|EPROTO)/.test(code)) {
    const hint = 'Does the receiver ask for a certificate of its caller? None is sent.'
    return { reason: 'tls_failed', message: `${at} ended TLS: ${wordsOf(error)}.`, hint }
  }
  if (Reflect.get(error, 'syscall') !== undefined) {
    const hint = 'The receiver, or something before it, gave up: its log may say why.'
    const when = hasBegun ? 'amid its answer' : 'and gave no answer'
    return { reason: 'reset', message: `${at} reset the connection ${when} (${code}).`, hint }
  }
  return isGone(error) ? closedEarly(target, hasBegun) : unexpected(error, `The request to ${at}`)
}

/** The receiver closed the connection before its answer was complete, or had begun. */
export function closedEarly(target: Target, hasBegun: boolean): Failure {
  const when = hasBegun ? 'before its answer was complete' : 'without an answer'
  return {
    reason: 'closed_early',
    message: `${printHost(target.connected)} closed the connection ${when}.`,
    hint: hasBegun
      ? 'Its Content-Length is larger than its body, or it ended amid a chunk.'
      : 'Did it crash, or does the port speak TLS?'
  }
}

/**
 * Whether the connection is no more, in whatever way. node:http says ECONNRESET also when the other side merely closes,
 * but then no call of the system has failed.
 */
export const isGone = (error: Error): boolean =>
  Reflect.get(error, 'syscall') !== undefined || GONE.has(String(Reflect.get(error, 'code')))

const GONE = new Set(['ECONNRESET', 'EPIPE', 'ERR_STREAM_DESTROYED', 'ERR_STREAM_PREMATURE_CLOSE'])
const REDIRECTS = new Set([301, 302, 303, 307, 308])

/** A TLS server that is spoken to in plain text sends an alert. */
const beginsLikeTls = (error: Error): boolean => Reflect.get(Object(Reflect.get(error, 'rawPacket')), 0) === 0x15

/** A url without what may be a password, and no longer than a line. */
const shortened = (url: string): string => url.replace(/\/\/[^/?#]*@/, '//').slice(0, 200)
