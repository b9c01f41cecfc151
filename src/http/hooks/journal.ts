import type { IncomingMessage } from 'node:http'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { UapiError } from '../../domain/errors/uapi.js'
import { firstHalf } from '../../domain/fault.js'
import { maskTarget } from '../../domain/masking.js'
import type { Sandboxes } from '../../service/sandboxes.js'
import type { Journal } from '../../service/watch/journal.js'
import type { RecordedRequest } from '../../service/watch/recorded-request.js'
import { contextOf, eventTypeOf, type PathParameters } from '../request.js'
import { sandboxNameOf, sentTargetOf, splitTarget, withoutSandbox } from '../server/target.js'
import { surfaceOf } from '../surfaces.js'
import { isSentByBrowser } from './browser-requests.js'
import { type Guard, runGuards } from './guard.js'

// These hooks run for every request. They are synchronous and keep references instead of copies, so that recording is cheap.

/**
 * Records every request of a scope with its answer.
 * @param find finds the journal of a request that was refused before its sandbox was set
 */
export function recordRequests(app: FastifyInstance, find: FindJournal): void {
  app.addHook('onRequest', runGuards(setArrivalTime))
  app.addHook('onSend', function record(request, reply, payload, done) {
    recordRequest(request, reply, payload, find)
    done()
  })
}

const setArrivalTime: Guard = request => {
  contextOf(request).at = request.sandbox.journal.now()
}

/** Records a request before its answer is sent, so that a client with the answer finds the request in the journal. */
export function recordRequest(request: FastifyRequest, reply: FastifyReply, payload: unknown, find: FindJournal): void {
  const { raw } = request
  const journal = request.sandbox?.journal ?? find(sandboxNameOf(raw))
  const { config } = request.routeOptions // read once: Fastify creates it at every access
  const context = contextOf(request)
  if (journal === undefined || answeredOnSocket.has(raw) || context.isOfReplacedState) return
  if (config?.operation === undefined && (config?.unrecorded || isSentByBrowser(request))) return
  context.isRecorded = true
  const entry = entryOf(request, reply, payload, journal, config?.operation)
  journal.record(context.isAnswerCut ? cutEntry(entry) : entry)
}

/** Shows the journal a request that a fault delays, so that it counts as one that has come. It is recorded as ever. */
export function recordArrival(request: FastifyRequest, reply: FastifyReply): void {
  const { journal } = request.sandbox
  const entry = entryOf(request, reply, undefined, journal, request.routeOptions.config.operation)
  journal.arrive({ ...entry, status: 0, isOpen: true })
}

function entryOf(
  request: FastifyRequest,
  reply: FastifyReply,
  payload: unknown,
  journal: Journal,
  operation: RecordedRequest['operation']
): RecordedRequest {
  const { raw, method, id } = request
  const context = contextOf(request)
  const params = request.params as PathParameters | undefined // undefined where the router refused the request
  return {
    id,
    at: context.at ?? journal.now(),
    us: Math.round(reply.elapsedTime * 1000) || 0,
    method,
    target: sentTargetOf(request),
    operation,
    user: request.principal?.id,
    extension: context.extension ?? maskPart(params?.extension),
    type: maskPart(eventTypeOf(request)),
    eventId: context.eventId ?? maskPart(params?.eventId),
    fault: context.fault,
    status: reply.statusCode,
    ignored: context.ignored,
    unmatched: request.is404,
    headers: joinHeaders(raw.rawHeaders),
    body: context.body,
    answerHeaders: reply.getHeaders(),
    place: 0,
    bytes: 0,
    answer: method === 'HEAD' ? undefined : isText(payload) ? payload : context.answerStart
  }
}

/** A part of a path as the journal keeps it: a client may have sent a parameter with its token behind it. */
const maskPart = (part: string | undefined): string | undefined =>
  part?.includes('=') ? maskTarget(part) : part || undefined

const isText = (payload: unknown): payload is string | Uint8Array =>
  typeof payload === 'string' || payload instanceof Uint8Array

/** An entry as a fault cut its answer: with the half of the body that is sent. */
function cutEntry({ answer, ...rest }: RecordedRequest): RecordedRequest {
  return { ...rest, answer: answer && firstHalf(answer), isCut: true }
}

let last: { headers: readonly string[]; text: string } = { headers: [], text: '' }

/** Headers as the journal keeps them. Clients repeat their headers, so equal ones share one text. */
function joinHeaders(headers: readonly string[]): string {
  if (!isSame(headers, last.headers)) last = { headers, text: headers.join('\n') }
  return last.text
}

function isSame(headers: readonly string[], others: readonly string[]): boolean {
  if (headers.length !== others.length) return false
  for (let at = 0; at < headers.length; at++) if (headers[at] !== others[at]) return false
  return true
}

/** A request that never reached the router and was answered on the socket. */
export interface UnroutedRequest {
  id: string
  /** The request line; empty when it could not be read. */
  line: string
  /** Node's request, when the headers were complete. */
  request: IncomingMessage | undefined
  refusal: UapiError
  /** The response as text. */
  answer: string
}

/** Records an unrouted request, unless the journal does not record the surface of its path. */
export type RecordUnrouted = (unrouted: UnroutedRequest) => void

/** Requests that were answered and recorded here. Fastify handles some of them later, when their connection ends. */
const answeredOnSocket = new WeakSet<IncomingMessage>()

/** Creates the recorder of unrouted requests. Surface and sandbox are read from the request line. */
export function createRecordUnrouted(find: FindJournal): RecordUnrouted {
  return ({ id, line, request, refusal: { status, reason }, answer }) => {
    const [, method = '', target = ''] = /^(\S+) (\S*)/.exec(line) ?? []
    const { sandbox, path } = splitTarget(target)
    if (!surfaceOf(path).isRecorded) return
    if (request) answeredOnSocket.add(request)
    const journal = find((request && sandboxNameOf(request)) ?? sandbox)
    const [head = '', body = ''] = answer.split('\r\n\r\n')
    const headers = head.split('\r\n').filter((text, index) => index > 0 && !text.startsWith('Date:')) // as of other requests
    journal?.record({
      id,
      at: journal.now(),
      us: 0,
      method,
      target: withoutSandbox(target),
      operation: undefined,
      user: undefined,
      extension: undefined,
      type: undefined,
      eventId: undefined,
      fault: undefined,
      status,
      ignored: undefined,
      unmatched: reason === 'method_unknown',
      headers: request?.rawHeaders.join('\n') ?? '',
      body: undefined,
      answerHeaders: Object.fromEntries(
        headers.map(text => [text.slice(0, text.indexOf(':')).toLowerCase(), text.slice(text.indexOf(':') + 2)])
      ),
      answer: body,
      place: 0,
      bytes: 0
    })
  }
}

/** Finds the journal of a sandbox by name; undefined when no sandbox has that name. */
export type FindJournal = (sandbox: string | undefined) => Journal | undefined

/** Finds journals without using their sandboxes: a refused request neither creates a sandbox nor keeps one from ending. */
export const findJournalIn =
  (sandboxes: Pick<Sandboxes, 'peek'>): FindJournal =>
  name =>
    sandboxes.peek(name)?.journal
