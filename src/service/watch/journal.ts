import { ControlError, unknownAfter } from '../../domain/errors/control.js'
import type { JournalEntry, RequestFilter, RequestList, RequestQuery, RequestsCleared } from '../../schema/journal.js'
import { DEFAULT_LIMIT } from '../../schema/list-limit.js'
import type { Clock } from '../time/clock.js'
import type { EventSource } from './event-source.js'
import { matchesRecorded, printRequest, type RecordedRequest, trim } from './recorded-request.js'

/** The newest received requests, in memory, for tests to read. @source control-api.md "Watching and verifying" */
export interface Journal {
  /** The time to record a request with, in milliseconds since 1970. */
  now(): number
  /** Adds a request that has come and is delayed, until it is recorded, and publishes `requestDelayed`. */
  arrive(recorded: RecordedRequest): void
  /** Adds a request that was answered, and publishes `request`. */
  record(recorded: RecordedRequest): void
  /** @throws ControlError `request_unknown` */
  get(id: string): JournalEntry
  /** @throws ControlError `request_invalid` when `after` names no recorded request */
  list(query: RequestQuery): RequestList
  /** Deletes all requests, and sets the number of dropped ones to 0. */
  clear(): RequestsCleared
  /** Matching requests as they were recorded, oldest first. */
  matching(match: RequestFilter): RecordedRequest[]
  /** The number of requests for which a predicate holds, delayed ones included. */
  count(isCounted: (recorded: RecordedRequest) => boolean): number
  /** The requests in the order in which they came, delayed ones included. */
  inOrderOfArrival(): RecordedRequest[]
  /** How often the journal was cleared: requests of before count no longer. */
  clears(): number
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
  let clears = 0
  const delayed = new Map<string, RecordedRequest>()

  const inOrder = () => (oldest === 0 ? ring : [...ring.slice(oldest), ...ring.slice(0, oldest)])
  const matching = (match: RequestFilter, from = inOrder()) => from.filter(recorded => matchesRecorded(recorded, match))

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
    clears += 1
    eventSource.publish('requestsCleared', cleared)
    return { cleared }
  }
  eventSource.subscribe('stateReplaced', () => {
    delayed.clear()
    clear()
  })

  return {
    now: () => clock().getTime(),
    arrive(recorded) {
      trim(recorded)
      delayed.set(recorded.id, recorded)
      eventSource.publish('requestDelayed', recorded.id)
    },
    record(recorded) {
      trim(recorded)
      if (delayed.size > 0) delayed.delete(recorded.id)
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
    count(isCounted) {
      let count = 0
      for (const recorded of ring) if (isCounted(recorded)) count++
      for (const recorded of delayed.values()) if (isCounted(recorded)) count++
      return count
    },
    inOrderOfArrival: () => [...inOrder(), ...delayed.values()].sort((one, other) => Number(one.id) - Number(other.id)), // ids count up
    clears: () => clears,
    dropped: () => dropped
  }
}
