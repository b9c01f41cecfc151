import { ControlError, unknownAfter } from '../../domain/errors/control.js'
import type { JournalEntry, RequestFilter, RequestList, RequestQuery, RequestsCleared } from '../../schema/journal.js'
import { DEFAULT_LIMIT } from '../../schema/list-limit.js'
import type { Clock } from '../time/clock.js'
import type { Page } from '../turns.js'
import type { EventSource } from './event-source.js'
import type { JournalBudget } from './journal-budget.js'
import type { NearMiss } from './near-miss.js'
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
  /**
   * The requests of a list, each printed when it is read: those of now, also when some are dropped or the state is
   * replaced meanwhile.
   * @throws ControlError `request_invalid` when `after` names no recorded request
   */
  page(query: RequestQuery): Page<JournalEntry>
  /**
   * As `page`, without hints and without a default limit.
   * @throws ControlError `request_invalid` when `after` names no recorded request
   */
  export(query: RequestQuery): Iterable<JournalEntry>
  /** Deletes all requests, and sets the number of dropped ones to 0. */
  clear(): RequestsCleared
  /** A recorded request as on the wire, with a hint. */
  print(recorded: RecordedRequest): JournalEntry
  /** Ends its part in the budget of all journals. */
  leave(): void
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

/**
 * @param size how many requests are kept
 * @param budget bounds the bytes of all journals together
 * @param onRecord is called with every recorded request
 */
export function createJournal({
  clock,
  eventSource,
  size,
  budget,
  nearMiss,
  onRecord
}: {
  clock: Clock
  eventSource: EventSource
  size: number
  budget: JournalBudget
  nearMiss: NearMiss
  onRecord?: ((recorded: RecordedRequest) => void) | undefined
}): Journal {
  let ring: (RecordedRequest | undefined)[] = []
  let oldest = 0 // the index of the oldest request
  let kept = 0
  let dropped = 0
  let clears = 0
  const delayed = new Map<string, RecordedRequest>()

  const dropOldest = () => {
    const found = ring[oldest]
    if (kept === 0 || found === undefined) return
    ring[oldest] = undefined
    oldest = (oldest + 1) % size
    kept -= 1
    dropped += 1
    share.remove(found)
  }
  const share = budget.join({ oldest: () => (kept === 0 ? undefined : ring[oldest]), dropOldest })

  const inOrder = (): RecordedRequest[] => {
    const all = oldest === 0 ? ring : [...ring.slice(oldest), ...ring.slice(0, oldest)]
    return all.filter(recorded => recorded !== undefined)
  }
  const print = (recorded: RecordedRequest) => printRequest(recorded, nearMiss(recorded))
  const matching = (match: RequestFilter, from = inOrder()) => from.filter(recorded => matchesRecorded(recorded, match))

  const entriesAfter = (id: string): RecordedRequest[] => {
    const all = inOrder()
    const index = all.findIndex(recorded => recorded.id === id)
    if (index === -1) throw unknownAfter('request in the journal')
    return all.slice(index + 1)
  }

  const clear = (): RequestsCleared => {
    const cleared = kept
    for (const recorded of ring) if (recorded !== undefined) share.remove(recorded)
    ring = []
    oldest = 0
    kept = 0
    dropped = 0
    clears += 1
    eventSource.publish('requestsCleared', cleared)
    return { cleared }
  }
  eventSource.subscribe('stateReplaced', () => {
    delayed.clear()
    clear()
  })

  const select = ({ limit, after, ...match }: RequestQuery) => {
    const found = matching(match, after === undefined ? undefined : entriesAfter(after))
    return { total: found.length, page: limit === undefined ? found : found.slice(Math.max(0, found.length - limit)) }
  }

  const page = ({ limit = DEFAULT_LIMIT, ...query }: RequestQuery): Page<JournalEntry> => {
    const { page, total } = select({ limit, ...query })
    return { entries: printEach(page, print), counts: { total, dropped } }
  }

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
      if (kept === size) dropOldest()
      ring[(oldest + kept) % size] = recorded
      kept += 1
      share.add(recorded)
      eventSource.publish('request', recorded.id)
      onRecord?.(recorded)
    },
    get(id) {
      const found = ring.find(recorded => recorded?.id === id)
      if (found === undefined) throw new ControlError('request_unknown')
      return print(found)
    },
    list(query) {
      const { entries, counts } = page(query)
      return { requests: [...entries], ...counts }
    },
    page,
    export: query => printEach(select(query).page, recorded => printRequest(recorded)),
    clear() {
      const cleared = clear()
      eventSource.publish('state', { change: 'requests' })
      return cleared
    },
    print,
    leave: share.leave,
    matching,
    count(isCounted) {
      let count = 0
      for (const recorded of ring) if (recorded !== undefined && isCounted(recorded)) count++
      for (const recorded of delayed.values()) if (isCounted(recorded)) count++
      return count
    },
    inOrderOfArrival: () => [...inOrder(), ...delayed.values()].sort((one, other) => Number(one.id) - Number(other.id)), // ids count up
    clears: () => clears,
    dropped: () => dropped
  }
}

function* printEach(
  requests: readonly RecordedRequest[],
  print: (recorded: RecordedRequest) => JournalEntry
): Generator<JournalEntry> {
  for (const recorded of requests) yield print(recorded)
}
