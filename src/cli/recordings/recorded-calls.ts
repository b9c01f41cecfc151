import { readSeenRequest } from '../../domain/comparing/calls/call-requests.js'
import type { TimedWebhook } from '../../domain/comparing/calls/seen-call.js'
import { addressOfEvent, readRecordedWebhook } from '../../domain/comparing/sent-webhook.js'
import { isWebhook } from '../../domain/recordings/line.js'
import type { EventType } from '../../schema/event-type.js'
import type { DifferencePlace, NotCompared } from '../../schema/recordings/comparison.js'
import { readRecordings } from './read-recordings.js'

/** A webhook, and the line that it was read from. */
export interface WebhookLine extends TimedWebhook {
  place: DifferencePlace
}

/** The webhooks of one call, in their order. */
export interface RecordedCall {
  /** CallAPIID. */
  id: string
  webhooks: WebhookLine[]
}

/** What recordings show of calls. */
export interface RecordedCalls {
  /** In the order of their first webhooks. */
  calls: RecordedCall[]
  /** When a request placed the call with an id, and when one ended it, in milliseconds since 1970. */
  placedAt: ReadonlyMap<string, number>
  endedAt: ReadonlyMap<string, number>
  /** The ids of the calls that the request of a line placed; the key is that of `lineKey`. */
  placedBy: ReadonlyMap<string, string[]>
  /** The types of the events of an address. */
  types: ReadonlyMap<string, ReadonlySet<EventType>>
  /** The Host headers of the webhooks: the receivers that were recorded. */
  hosts: ReadonlySet<string>
  /** Whether consent is given without a page. */
  consents: boolean
  notCompared: NotCompared[]
}

/** How many webhooks are kept in memory: further ones are not compared. */
const MAX_WEBHOOKS = 100_000

/** The key of a line of a recording. */
export const lineKey = (file: string, line: number): string => `${file}:${line}`

/** Reads the calls of recordings. What is wrong with a line is reported when the exchanges are read. */
export async function readRecordedCalls(files: readonly string[]): Promise<RecordedCalls> {
  const calls = new Map<string, RecordedCall>()
  const [placedAt, endedAt] = [new Map<string, number>(), new Map<string, number>()]
  const placedBy = new Map<string, string[]>()
  const types = new Map<string, Set<EventType>>()
  const hosts = new Set<string>()
  const notCompared: NotCompared[] = []
  let consents = false
  let kept = 0
  for await (const { file, line, entry } of readRecordings(files, () => {})) {
    const at = Date.parse(entry.at)
    if (!isWebhook(entry)) {
      const seen = readSeenRequest(entry)
      consents ||= seen.consents
      for (const id of seen.placed) placedAt.set(id, at)
      for (const id of seen.ended) endedAt.set(id, at)
      if (seen.placed.length > 0) placedBy.set(lineKey(file, line), seen.placed)
      for (const { type, url } of seen.events) addTo(types, addressOfEvent(url), type)
      continue
    }
    const { method, target, headers } = entry.request
    const webhook = readRecordedWebhook(entry.request)
    const id = webhook?.value('CallAPIID') ?? ''
    hosts.add(headers.find(([name = '']) => name.toLowerCase() === 'host')?.[1] ?? '')
    if (webhook === undefined || id === '') {
      const reason = webhook === undefined ? 'the body was not kept' : 'it has no CallAPIID'
      notCompared.push({ file, line, reason: `webhook ${method} ${webhook?.address ?? ''}: ${reason}` })
      continue
    }
    kept += 1
    if (kept > MAX_WEBHOOKS) continue
    const call = calls.get(id) ?? { id, webhooks: [] }
    calls.set(id, call)
    call.webhooks.push({ at, webhook, place: { file, line, method, target } })
  }
  if (kept > MAX_WEBHOOKS)
    notCompared.push({ reason: `${kept - MAX_WEBHOOKS} webhooks: only the first ${MAX_WEBHOOKS} are compared` })
  for (const { webhooks } of calls.values()) webhooks.sort((one, other) => one.at - other.at)
  const begin = ({ webhooks: [first] }: RecordedCall) => first?.at ?? 0
  const inOrder = [...calls.values()].sort((one, other) => begin(one) - begin(other))
  return { calls: inOrder, placedAt, endedAt, placedBy, types, hosts, consents, notCompared }
}

function addTo(types: Map<string, Set<EventType>>, address: string, type: EventType): void {
  const known = types.get(address) ?? new Set()
  types.set(address, known.add(type))
}
