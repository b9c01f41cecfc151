import { ControlError, unknownAfter } from '../../domain/errors/control.js'
import { differences, matchesRequest } from '../../domain/verification.js'
import type { JournalEntry, RequestList, RequestMatch, RequestQuery, RequestsCleared } from '../../schema/journal.js'
import { DEFAULT_LIMIT } from '../../schema/list-limit.js'
import type { Clock } from '../time/clock.js'
import type { EventSource } from './event-source.js'
import { factsOf, printRequest, type RecordedRequest, trim } from './recorded-request.js'

/** The newest received requests, in memory, for tests to read. @source control-api.md "Watching and verifying" */
export interface Journal {
  /** The time to record a request with, in milliseconds since 1970. */
  now(): number
  /** Adds a request that was answered, and publishes `request`. */
  record(recorded: RecordedRequest): void
  /** @throws ControlError `request_unknown` */
  get(id: string): JournalEntry
  /** @throws ControlError `request_invalid` when `after` names no recorded request */
  list(query: RequestQuery): RequestList
  /** Deletes all requests, and sets the number of dropped ones to 0. */
  clear(): RequestsCleared
  /** Matching requests as they were recorded, oldest first. */
  matching(match: RequestMatch): RecordedRequest[]
  /** The number of matching requests. */
  count(match: RequestMatch): number
  /** How many requests were dropped because the journal was full. */
  dropped(): number
}

/** @param size how many requests are kept */
export function createJournal({
  clock,
  eventSource,
  size
}: {
  clock: Clock
  eventSource: EventSource
  size: number
}): Journal {
  let ring: RecordedRequest[] = []
  let oldest = 0 // the index of the oldest request; not 0 only when the ring is full
  let dropped = 0

  const inOrder = () => (oldest === 0 ? ring : [...ring.slice(oldest), ...ring.slice(0, oldest)])
  const isMatch = (recorded: RecordedRequest, match: RequestMatch) =>
    differences(factsOf(recorded), match, matchesRequest).length === 0
  const matching = (match: RequestMatch, from = inOrder()) => from.filter(recorded => isMatch(recorded, match))

  const entriesAfter = (id: string): RecordedRequest[] => {
    const all = inOrder()
    const index = all.findIndex(recorded => recorded.id === id)
    if (index === -1) throw unknownAfter('request in the journal')
    return all.slice(index + 1)
  }

  const clear = (): RequestsCleared => {
    const cleared = ring.length
    ring = []
    oldest = 0
    dropped = 0
    eventSource.publish('requestsCleared', cleared)
    return { cleared }
  }
  eventSource.subscribe('stateReplaced', clear)

  return {
    now: () => clock().getTime(),
    record(recorded) {
      trim(recorded)
      if (ring.length < size) ring.push(recorded)
      else {
        ring[oldest] = recorded
        oldest = (oldest + 1) % size
        dropped += 1
      }
      eventSource.publish('request', recorded.id)
    },
    get(id) {
      const found = ring.find(recorded => recorded.id === id)
      if (found === undefined) throw new ControlError('request_unknown')
      return printRequest(found)
    },
    list({ limit = DEFAULT_LIMIT, after, ...match }) {
      const found = matching(match, after === undefined ? undefined : entriesAfter(after))
      const page = found.slice(Math.max(0, found.length - limit))
      return { requests: page.map(printRequest), total: found.length, dropped }
    },
    clear,
    matching,
    count: match => ring.reduce((count, recorded) => (isMatch(recorded, match) ? count + 1 : count), 0),
    dropped: () => dropped
  }
}
