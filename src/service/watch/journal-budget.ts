import type { RecordedRequest } from './recorded-request.js'

/** The bytes that the journals of all sandboxes may hold together. @source control-api.md "Settings" (--journal-bytes) */
export interface JournalBudget {
  /** Lets a journal take part. */
  join(journal: BoundedJournal): BudgetShare
}

/** A journal whose oldest request can be dropped. */
export interface BoundedJournal {
  /** The oldest request; undefined when the journal is empty. */
  oldest(): RecordedRequest | undefined
  /** Drops the oldest request, and counts it as dropped. */
  dropOldest(): void
}

/** What one journal uses of the budget. */
export interface BudgetShare {
  /** Counts a request that was added, and drops the oldest ones of all journals while there are too many bytes. */
  add(recorded: RecordedRequest): void
  /** Counts a request as no longer kept. */
  remove(recorded: RecordedRequest): void
  /** Counts nothing more, because the journal has ended. */
  leave(): void
}

/** @param limit in bytes */
export function createJournalBudget(limit: number): JournalBudget {
  const journals = new Set<BoundedJournal>()
  let total = 0
  let last = 0

  /** The journal that has the oldest request of all. */
  const oldest = (): BoundedJournal | undefined => {
    let found: BoundedJournal | undefined
    let lowest = Number.POSITIVE_INFINITY
    for (const journal of journals) {
      const place = journal.oldest()?.place ?? Number.POSITIVE_INFINITY
      if (place >= lowest) continue
      lowest = place
      found = journal
    }
    return found
  }

  return {
    join(journal) {
      journals.add(journal)
      let bytes = 0
      const count = (change: number) => {
        if (!journals.has(journal)) return
        bytes += change
        total += change
      }
      return {
        add(recorded) {
          recorded.place = ++last
          recorded.bytes = sizeOf(recorded)
          count(recorded.bytes)
          while (total > limit) {
            const from = oldest()
            if (from === undefined) break
            from.dropOldest()
          }
        },
        remove: recorded => count(-recorded.bytes),
        leave() {
          count(-bytes)
          journals.delete(journal)
        }
      }
    }
  }
}

/** What a request takes in memory beside its texts and bodies, roughly, in bytes. */
const OVERHEAD = 1_000

function sizeOf({ target, headers, body, answer }: RecordedRequest): number {
  const sent = typeof body === 'object' && !(body instanceof Uint8Array) ? body.bytes.length * 2 : (body?.length ?? 0)
  return OVERHEAD + target.length + headers.length + sent + (answer?.length ?? 0)
}
