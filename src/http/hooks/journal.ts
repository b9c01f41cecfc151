import type { IncomingMessage } from 'node:http'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { UapiError } from '../../domain/errors/uapi.js'
import type { Sandboxes } from '../../service/sandboxes.js'
import type { Journal } from '../../service/watch/journal.js'
import { contextOf } from '../request.js'
import { sandboxNameIn, sandboxNameOf } from '../server/target.js'
import { type Guard, inTurn } from './guard.js'

// These hooks run for every request. They are synchronous, and keep references, so that recording costs next to nothing.

/**
 * Records every request of a scope, with its answer.
 * @param find of those requests that were refused before their sandbox was found
 */
export function recordRequests(app: FastifyInstance, find: FindJournal): void {
  app.addHook('onRequest', inTurn(noteArrival))
  app.addHook('onSend', function record(request, reply, payload, done) {
    recordRequest(request, reply, payload, find)
    done()
  })
}

const noteArrival: Guard = request => {
  contextOf(request).at = request.sandbox.journal.now()
}

/** Records a request when its answer is about to be sent: whoever has the answer finds the request in the journal. */
export function recordRequest(request: FastifyRequest, reply: FastifyReply, payload: unknown, find: FindJournal): void {
  const { raw, method, id } = request
  const journal = request.sandbox?.journal ?? find(sandboxNameOf(raw))
  const context = contextOf(request)
  const { config } = request.routeOptions // asked for once: the framework makes it anew each time
  if (journal === undefined || isAnswered(raw) || config?.probe) return
  // The router gives params as an object of strings; nothing, where it did not get that far.
  const params = (request.params ?? {}) as { extension?: string; eventType?: string; eventId?: string }
  journal.record({
    id,
    at: context.at ?? journal.now(),
    us: Math.round(reply.elapsedTime * 1000) || 0,
    method,
    target: targetOf(request),
    operation: config?.operation,
    user: request.principal?.id,
    extension: context.extension ?? (params.extension || undefined),
    type: context.type ?? (params.eventType || undefined),
    eventId: context.eventId ?? (params.eventId || undefined),
    status: reply.statusCode,
    ignored: context.ignored,
    unmatched: request.is404,
    headers: textOf(raw.rawHeaders),
    body: context.body,
    answerHeaders: reply.getHeaders(),
    answer: typeof payload === 'string' || payload instanceof Uint8Array ? payload : undefined
  })
}

/** The target as it was sent, without scheme and host, and without what leads to a sandbox. */
function targetOf({ url, originalUrl }: FastifyRequest): string {
  if (originalUrl === url || !url.startsWith('/uapi')) return url
  const alias = `/unifiedapi${url.slice('/uapi'.length)}`
  return originalUrl.endsWith(alias) ? alias : url
}

let last: { headers: readonly string[]; text: string } = { headers: [], text: '' }

/** Headers as they are kept. Clients send the same ones again and again, and one text serves them all. */
function textOf(headers: readonly string[]): string {
  if (!isSame(headers, last.headers)) last = { headers, text: headers.join('\n') }
  return last.text
}

function isSame(headers: readonly string[], others: readonly string[]): boolean {
  if (headers.length !== others.length) return false
  for (let at = 0; at < headers.length; at++) if (headers[at] !== others[at]) return false
  return true
}

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

/** The journal of a sandbox; undefined when there is no sandbox of that name. */
export type FindJournal = (sandbox: string | undefined) => Journal | undefined

/** Finds journals without making a sandbox: what is only recorded is no use of one. */
export const findJournalIn =
  (sandboxes: Pick<Sandboxes, 'peek'>): FindJournal =>
  name =>
    sandboxes.peek(name)?.journal
