import type { CatchAddress } from '../../domain/callbacks/catch-address.js'
import { decodeUtf8 } from '../../domain/decoding.js'
import { ControlError, unknownAfter } from '../../domain/errors/control.js'
import { headerValues } from '../../domain/headers.js'
import {
  CATCH_LIMITS,
  type CaughtCleared,
  type CaughtClearing,
  type CaughtList,
  type CaughtQuery,
  type CaughtRequest
} from '../../schema/calls/caught.js'
import type { WebhookRequest, WebhookResponse } from '../../schema/calls/delivery.js'
import { DEFAULT_LIMIT } from '../../schema/list-limit.js'
import type { Clock } from '../time/clock.js'
import type { Page } from '../turns.js'
import type { EventSource } from './event-source.js'

/** A request to a catch address. */
export interface CatchableRequest {
  name: string
  method: CaughtRequest['method']
  /** Path and query, as they were sent. */
  target: string
  /** Names and values in turn, as they were sent. */
  headers: readonly string[]
  /** The bytes of the body; more than are kept mark it as truncated. */
  body: Uint8Array
}

/** The requests that the catch addresses of a sandbox received, in memory. @source control-api.md "Calls and deliveries" */
export interface Caught {
  /** Keeps a request, and drops the oldest ones when a limit is exceeded. @returns its id @throws ControlError `catch_limit` */
  add(request: CatchableRequest): string
  /** @throws ControlError `request_invalid` when `after` names no kept request */
  list(query: CaughtQuery): CaughtList
  /**
   * The requests of a list, each printed when it is read: those of now, also when some are dropped meanwhile.
   * @throws ControlError `request_invalid` when `after` names no kept request
   */
  page(query: CaughtQuery): Page<CaughtRequest>
  /** Deletes the requests of a name. Without a name it deletes all of them, and resets the number of dropped ones. */
  clear(which?: CaughtClearing): CaughtCleared
}

interface Kept extends CatchableRequest {
  id: number
  at: string
  isTruncated: boolean
  /** Its part of the limit of all requests. */
  bytes: number
}

/** Subscribes to `stateReplaced`. Publishes `state`; a caught request changes nothing else. */
export function createCaught({ clock, eventSource }: { clock: Clock; eventSource: EventSource }): Caught {
  /** The requests of each name, oldest first; a name without any has no entry. */
  const byName = new Map<string, Kept[]>()
  let lastId = 0
  let bytes = 0
  let dropped = 0

  const dropOldestOf = (name: string, kept: Kept[]) => {
    bytes -= kept.shift()?.bytes ?? 0
    dropped += 1
    if (kept.length === 0) byName.delete(name)
  }
  const dropOldest = () => {
    const oldest = [...byName].reduce((one, other) => (firstId(one[1]) < firstId(other[1]) ? one : other))
    dropOldestOf(...oldest)
  }

  const clear = ({ name }: CaughtClearing = {}): CaughtCleared => {
    const before = [...byName.values()].flat()
    const cleared = name === undefined ? before : (byName.get(name) ?? [])
    bytes -= cleared.reduce((sum, one) => sum + one.bytes, 0)
    if (name === undefined) {
      byName.clear()
      dropped = 0
    } else byName.delete(name)
    return { cleared: cleared.length }
  }
  eventSource.subscribe('stateReplaced', () => void clear())
  const announce = (name: string | undefined) =>
    eventSource.publish('state', { change: 'caught', ...(name !== undefined && { name }) })

  const page = ({ name, limit = DEFAULT_LIMIT, after }: CaughtQuery): Page<CaughtRequest> => {
    const all = [...byName.values()].flat().sort((one, other) => one.id - other.id)
    if (after !== undefined && !all.some(({ id }) => String(id) === after)) throw unknownAfter('caught request')
    const found = all.filter(one => (name ?? one.name) === one.name && one.id > Number(after ?? 0))
    const listed = found.slice(Math.max(0, found.length - limit))
    return { entries: printEach(listed), counts: { total: found.length, dropped } }
  }

  return {
    add(request) {
      const { name } = request
      const earlier = byName.get(name)
      if (earlier === undefined && byName.size >= CATCH_LIMITS.names) throw new ControlError('catch_limit')
      const kept = { ...trimmed(request), id: ++lastId, at: clock().toISOString() }
      const all = earlier ?? []
      byName.set(name, all)
      all.push(kept)
      bytes += kept.bytes
      if (all.length > CATCH_LIMITS.requests) dropOldestOf(name, all)
      while (bytes > CATCH_LIMITS.totalBytes) dropOldest()
      announce(name)
      return String(kept.id)
    },
    list(query) {
      const { entries, counts } = page(query)
      return { caught: [...entries], ...counts }
    },
    page,
    clear(which = {}) {
      const cleared = clear(which)
      announce(which.name)
      return cleared
    }
  }
}

/**
 * Sends a webhook to a catch address of this process, without a connection. Its only effect is a caught request.
 * @param target path and query of its url, as they were written
 */
export type SendInProcess = (to: CatchAddress, webhook: WebhookRequest, target: string) => InProcessAnswer

/** The answer that the same request would get over HTTP, and the error if it was refused. */
export interface InProcessAnswer {
  response: WebhookResponse
  refusal?: ControlError
}

/** @param find finds a sandbox by its name, without creating one; the default one for undefined */
export function createSendInProcess(
  find: (sandbox: string | undefined) => { caught: Caught } | undefined
): SendInProcess {
  return ({ sandbox, name }, { method, headers, body }, target) => {
    try {
      const found = find(sandbox)
      if (found === undefined) throw new ControlError('sandbox_unknown')
      const request = { name, method, target, headers: Object.entries(headers).flat(), body: Buffer.from(body) }
      return { response: answer(200, { caught: found.caught.add(request) }) }
    } catch (error) {
      if (!(error instanceof ControlError)) throw error
      const { status, code, message, reason } = error
      return { response: answer(status, { error: { code, message } }, reason), refusal: error }
    }
  }
}

const firstId = ([first]: Kept[]): number => first?.id ?? 0

/** A copy, so that no larger buffer is kept with it. */
function trimmed(request: CatchableRequest): CatchableRequest & Pick<Kept, 'isTruncated' | 'bytes'> {
  const body = Uint8Array.from(request.body.subarray(0, CATCH_LIMITS.bodyBytes))
  const isTruncated = body.length < request.body.length
  const bytes = request.headers.reduce((sum, text) => sum + text.length, body.length + request.target.length)
  return { ...request, body, isTruncated, bytes }
}

function* printEach(listed: readonly Kept[]): Generator<CaughtRequest> {
  for (const one of listed) yield print(one)
}

function print({ id, name, at, method, target, headers, body, isTruncated }: Kept): CaughtRequest {
  const [path = '', ...query] = target.split('?')
  const text = decodeUtf8(body, { isCut: isTruncated, keepsMark: true })
  return {
    id: String(id),
    name,
    at,
    method,
    path,
    ...(query.length > 0 && { query: query.join('?') }),
    headers: headerValues(headers),
    ...(text === undefined ? { body: Buffer.from(body).toString('base64'), encoding: 'base64' } : { body: text }),
    ...(isTruncated && { truncated: true })
  }
}

function answer(status: number, body: object, reason?: string): WebhookResponse {
  const text = JSON.stringify(body)
  return {
    status,
    headers: {
      ...(reason !== undefined && { 'X-Emulator-Reason': reason }),
      'Content-Type': 'application/json; charset=utf-8',
      'Content-Length': String(Buffer.byteLength(text))
    },
    body: text,
    truncated: false
  }
}
