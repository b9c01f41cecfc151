import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { UapiError } from '../../domain/errors/uapi.js'
import type { RecordUnread } from '../hooks/journal.js'
import { LIMITS } from './options.js'
import { answerOn } from './shutdown.js'

/** What Node says of a connection whose bytes it could not read. */
export interface ConnectionError extends Error {
  code?: string | undefined
  rawPacket?: unknown
}

/**
 * Answers on the bare connection what never became a request: unreadable HTTP, headers that are too large, requests
 * that take too long. In the shape of the surface that the first line names.
 */
export function replyToClientError(newRequestId: () => string, record: RecordUnread) {
  return (error: ConnectionError, socket: Socket): void => {
    if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
    const owed = owedAnswer(socket)
    if (owed !== undefined) return void owed.once('finish', () => socket.destroySoon())
    const packet = Buffer.isBuffer(error.rawPacket) ? error.rawPacket.toString('latin1') : ''
    const answer = answerOn(socket)
    const line = answer ? `${answer.req.method} ${answer.req.url}` : firstLine(packet)
    const [id, refusal] = [newRequestId(), refusalOf(error, line)]
    const text = printResponse(refusal, line, id)
    record({ id, line, request: answer?.req, refusal, answer: text })
    socket.end(text, () => socket.destroy())
  }
}

/** Answers CONNECT, which Node gives to nobody else. @source contract §6: any other method */
export function replyToConnect(newRequestId: () => string, record: RecordUnread) {
  return (request: IncomingMessage, socket: Socket): void => {
    const [id, refusal] = [newRequestId(), new UapiError('request_not_implemented', 'method_unknown')]
    const text = printResponse(refusal, '', id)
    record({ id, line: `${request.method} ${request.url}`, request, refusal, answer: text })
    socket.end(text)
  }
}

/** The request line of a packet. What failed may be a later packet of a request, which begins with anything. */
function firstLine(packet: string): string {
  const line = packet.split(/\r?\n/, 1)[0] ?? ''
  return /^[!-9;-~]+ (?:\/|https?:|\*)/.test(line) ? line : ''
}

function refusalOf({ code }: ConnectionError, line: string): UapiError {
  const target = /^\S+ (\S*)/.exec(line)?.[1] ?? ''
  if (code === 'HPE_HEADER_OVERFLOW') {
    const long = target.length > LIMITS.target
    return long
      ? new UapiError('uri_too_long', 'target_too_long')
      : new UapiError('headers_too_large', 'headers_too_large')
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return new UapiError('request_timeout', 'request_timeout')
  if (code === 'HPE_INVALID_METHOD' && /^[!#$%&'*+.^_`|~0-9A-Za-z-]+ \S+ HTTP\/1\.[01]$/.test(line)) {
    return new UapiError('request_not_implemented', 'method_unknown')
  }
  return new UapiError('request_invalid', 'http_unreadable')
}

/**
 * The answer to an earlier request that is still being made; it is let finish, and no second one cuts in. To a request
 * that never became complete no other answer will come than ours, unless it has begun.
 */
function owedAnswer(socket: Socket): ServerResponse | undefined {
  const response = answerOn(socket)
  if (response === undefined) return undefined
  return response.headersSent || response.req.complete ? response : undefined
}

function printResponse({ code, message, status, reason }: UapiError, line: string, requestId: string): string {
  const oauth = /^\S+ (?:https?:\/\/[^/\s]*)?(?:\/sandboxes\/[^/\s]*)?\/oauth(?:[/?]|\s|$)/i.test(line)
  const body = JSON.stringify(
    oauth ? { error: 'invalid_request', error_description: message } : { error: { code, message } }
  )
  return [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Emulator-Request-Id: ${requestId}`,
    `X-Emulator-Reason: ${reason}`,
    `Date: ${new Date().toUTCString()}`,
    'Connection: close',
    '',
    body
  ].join('\r\n')
}
