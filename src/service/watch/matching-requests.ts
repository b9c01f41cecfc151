import type { RequestMatch } from '../../schema/journal.js'
import type { Journal } from './journal.js'
import { hasContent, matchesRecorded, type RecordedRequest } from './recorded-request.js'
import type { Counting, SequenceCounting } from './verify.js'

/** How many bytes of requests are compared in one turn of the event loop: a few milliseconds. */
const PART = 500_000

/** What comparing a request costs beside its body, in bytes. */
const HEAD = 1_000

/** Counts matching requests while a verification waits. A request, which never changes, is compared once. */
export function countRequests(journal: Journal, match: RequestMatch): Counting {
  const costOf = hasContent(match) ? costOfContent : () => HEAD / 4
  const results = new WeakMap<RecordedRequest, boolean>()

  /** @returns undefined when the budget of a part is spent */
  const compare = (recorded: RecordedRequest, budget: Budget): boolean | undefined => {
    const known = results.get(recorded)
    if (known !== undefined) return known
    if (budget.bytes <= 0) return undefined
    const isMatch = matchesRecorded(recorded, match)
    budget.bytes -= costOf(recorded)
    results.set(recorded, isMatch)
    return isMatch
  }
  const unlimited = { bytes: Number.POSITIVE_INFINITY }
  return {
    readPart() {
      const budget = { bytes: PART }
      return journal.count(recorded => compare(recorded, budget) === undefined) > 0
    },
    count: () => journal.count(recorded => compare(recorded, unlimited) ?? false),
    end: () => {}
  }
}

/**
 * Searches for the steps of a sequence, in the order in which requests came, while a verification waits. A request is
 * compared again only with another step. One that was found and was then dropped from the journal still counts.
 */
export function searchRequests(journal: Journal, steps: readonly RequestMatch[]): SequenceCounting<RecordedRequest> {
  let results = new WeakMap<RecordedRequest, { step: number; isMatch: boolean }>()
  let clears = journal.clears()
  let found: RecordedRequest[] = []

  const isMatch = (recorded: RecordedRequest, step: number, budget: Budget): boolean => {
    const known = results.get(recorded)
    if (known?.step === step) return known.isMatch
    const match = steps[step]
    const result = { step, isMatch: match !== undefined && matchesRecorded(recorded, match) }
    budget.bytes -= costOfContent(recorded)
    results.set(recorded, result)
    return result.isMatch
  }

  /** Matches each step with the earliest request after that of the step before. @returns whether the budget was spent */
  const search = (budget: Budget): boolean => {
    if (clears !== journal.clears()) {
      clears = journal.clears()
      found = []
      results = new WeakMap()
    }
    const next: RecordedRequest[] = []
    for (const recorded of withDropped(journal.inOrderOfArrival(), found)) {
      if (next.length === steps.length) break
      if (budget.bytes <= 0) return true
      if (isMatch(recorded, next.length, budget)) next.push(recorded)
    }
    found = next
    return false
  }

  return {
    readPart: () => search({ bytes: PART }),
    count() {
      search({ bytes: Number.POSITIVE_INFINITY })
      return found.length
    },
    found: () => found,
    end: () => {}
  }
}

/** What may still be compared in a part. */
interface Budget {
  bytes: number
}

/** The requests of the journal, and before them those found earlier that it has dropped. */
function withDropped(all: RecordedRequest[], found: RecordedRequest[]): RecordedRequest[] {
  if (found.length === 0) return all
  const kept = new Set(all.map(({ id }) => id))
  const dropped = found.filter(({ id }) => !kept.has(id))
  if (dropped.length === 0) return all
  return [...dropped, ...all].sort((one, other) => Number(one.id) - Number(other.id))
}

const costOfContent = ({ body }: RecordedRequest): number => HEAD + (body instanceof Uint8Array ? body.length : 0)
