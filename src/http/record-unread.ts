import type { IncomingMessage } from 'node:http'
import type { UapiError } from '../domain/errors.js'
import type { FindJournal } from './find-journal.js'
import { sandboxNameIn, sandboxNameOf } from './sandbox-path.js'

/** A request that was answered on the bare connection, and that answer. */
export interface UnreadRequest {
  id: string
  /** Its first line; empty when that could not be read. */
  line: string
  /** What Node made of it, when it got that far. */
  request: IncomingMessage | undefined
  refusal: UapiError
  /** The answer, as it was sent. */
  answer: string
}

/** Records one. */
export type RecordUnread = (unread: UnreadRequest) => void

// The framework hears of some of them later, when their connection ends.
const answered = new WeakSet<IncomingMessage>()

/** Whether a request was answered on the bare connection, and is in the journal already. */
export const isAnswered = (request: IncomingMessage): boolean => answered.has(request)

/** Records what never became a request, with what is known of it. Only its line tells which surface it was for. */
export function createRecordUnread(find: FindJournal): RecordUnread {
  return ({ id, line, request, refusal: { status, reason }, answer }) => {
    const [, method = '', sent = ''] = /^(\S+) (\S*)/.exec(line) ?? []
    const target = sent.replace(/^https?:\/\/[^/?#]*/i, '')
    const name = (request && sandboxNameOf(request)) ?? sandboxNameIn(target)
    const path = target.replace(/^\/sandboxes\/[^/?#]*(?=[/?]|$)/, '')
    if (/^\/_emulator(?:[/?]|$)/.test(path)) return
    if (request) answered.add(request)
    const journal = find(name)
    const [head = '', body = ''] = answer.split('\r\n\r\n')
    const headers = head.split('\r\n').slice(1)
    journal?.record({
      id,
      at: journal.now(),
      us: 0,
      method,
      target: path,
      operation: undefined,
      user: undefined,
      extension: undefined,
      type: undefined,
      eventId: undefined,
      status,
      ignored: undefined,
      unmatched: reason === 'method_unknown',
      headers: request?.rawHeaders.join('\n') ?? '',
      body: undefined,
      answerHeaders: Object.fromEntries(
        headers.map(text => [text.slice(0, text.indexOf(':')).toLowerCase(), text.slice(text.indexOf(':') + 2)])
      ),
      answer: body
    })
  }
}
