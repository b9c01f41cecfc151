import { ControlError } from '../../domain/errors/control.js'
import { differences, matchesRequest } from '../../domain/verification.js'
import type { JournalEntry, RequestList, RequestMatch, RequestQuery, RequestsCleared } from '../../schema/journal.js'
import { unknownAfter } from '../calls/calls.js'
import type { Clock } from '../time/clock.js'
import type { Changes } from './changes.js'
import { factsOf, printRequest, type RecordedRequest, trim } from './recorded-request.js'

/** The requests that came in, as a test reads them. In memory, and bounded. @source control-api.md "Watching and verifying" */
export interface Journal {
  /** The time by which requests are recorded, in milliseconds since 1970. */
  now(): number
  /** Keeps a request that has its answer, and lets those look who wait for one. */
  record(recorded: RecordedRequest): void
  /** @throws ControlError `request_unknown` */
  get(id: string): JournalEntry
  /** @throws ControlError `request_invalid` when `after` names no request */
  list(query: RequestQuery): RequestList
  /** Forgets everything, and that anything was forgotten. */
  clear(): RequestsCleared
  /** Those that match, as they were recorded, oldest first. */
  matching(match: RequestMatch): RecordedRequest[]
  /** How many match. */
  count(match: RequestMatch): number
  /** How many were forgotten because it is bounded. */
  dropped(): number
}

/** How many requests a list has when nobody says. */
const LIMIT = 1000

/** @param size how many requests are remembered */
export function createJournal({
  clock,
  changes,
  noted,
  size
}: {
  clock: Clock
  changes: Changes
  /** Is told which request was recorded. */
  noted: (id: string) => void
  size: number
}): Journal {
  let ring: RecordedRequest[] = []
  let oldest = 0 // where it begins, once it is full
  let dropped = 0

  const inOrder = () => (oldest === 0 ? ring : [...ring.slice(oldest), ...ring.slice(0, oldest)])
  const isMatch = (recorded: RecordedRequest, match: RequestMatch) =>
    differences(factsOf(recorded), match, matchesRequest).length === 0
  const matching = (match: RequestMatch, from = inOrder()) => from.filter(recorded => isMatch(recorded, match))

  const behind = (id: string): RecordedRequest[] => {
    const all = inOrder()
    const at = all.findIndex(recorded => recorded.id === id)
    if (at === -1) throw unknownAfter('request')
    return all.slice(at + 1)
  }

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
      noted(recorded.id)
      changes.notify()
    },
    get(id) {
      const found = ring.find(recorded => recorded.id === id)
      if (found === undefined) throw new ControlError('request_unknown')
      return printRequest(found)
    },
    list({ limit = LIMIT, after, ...match }) {
      const found = matching(match, after === undefined ? undefined : behind(after))
      const page = found.slice(Math.max(0, found.length - limit))
      return { requests: page.map(printRequest), total: found.length, dropped }
    },
    clear() {
      const cleared = ring.length
      ring = []
      oldest = 0
      dropped = 0
      changes.notify()
      return { cleared }
    },
    matching,
    count: match => ring.reduce((count, recorded) => (isMatch(recorded, match) ? count + 1 : count), 0),
    dropped: () => dropped
  }
}
