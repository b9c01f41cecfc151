import { explainContent } from '../../domain/hints/explain-content.js'
import { problemsOfRequestMatch } from '../../domain/request-match.js'
import { nearest } from '../../domain/verification.js'
import type { RequestMatch } from '../../schema/journal.js'
import { REASONS, type Reason } from '../../schema/reasons.js'
import type { RequestsNotVerified, RequestVerification, Verified } from '../../schema/verification.js'
import type { Store } from '../../store/store.js'
import type { Changes, Subjects } from './changes.js'
import type { Journal } from './journal.js'
import { countRequests, searchRequests } from './matching-requests.js'
import {
  contentOf,
  factsOf,
  hasContent,
  matchesRecorded,
  type RecordedRequest,
  requestDifferences
} from './recorded-request.js'
import {
  checkVerification,
  createReadInParts,
  createVerify,
  createVerifySequence,
  MAX_COMPARED,
  MAX_NEAREST
} from './verify.js'

/** Waits until requests are as expected. @throws ControlError `request_invalid` when it can never hold; Stopped */
export type VerifyRequests = (
  verification: RequestVerification,
  signal?: AbortSignal
) => Promise<Verified | RequestsNotVerified>

/** The events that change what is verified. */
const SUBJECTS: Subjects = ['request', 'requestDelayed', 'requestsCleared']

/** Verifies the journal, by number or by order. @source control-api.md "Watching and verifying" */
export function createVerifyRequests({
  store: { directory },
  changes,
  journal
}: {
  store: Store
  changes: Changes
  journal: Journal
}): VerifyRequests {
  const prepare = createReadInParts(changes)

  const unknownNames = ({ user, extension }: RequestMatch): string[] => [
    ...(user !== undefined && !directory.findUser(user) ? [`No user has the id ${user}.`] : []),
    ...(extension !== undefined && !directory.findExtension(extension)
      ? [`No extension has the number ${extension}.`]
      : [])
  ]

  /** @param differMore further differences; they are listed, but do not change which requests are nearest */
  const explain = (
    match: RequestMatch,
    dropped: number,
    differMore: (recorded: RecordedRequest) => string[] = () => []
  ): Pick<RequestsNotVerified, 'nearest' | 'hints'> => {
    const all = journal.inOrderOfArrival()
    const newest = all.slice(-MAX_COMPARED)
    const closest = nearest(newest, recorded => requestDifferences(recorded, match), MAX_NEAREST)
    const fewest = Math.max(1, closest[0]?.differs.length ?? 0)
    return {
      nearest: closest.map(({ entry, differs }) => ({
        request: journal.print(entry),
        differs: [...differs, ...differMore(entry)]
      })),
      hints: [
        ...hintsOnDropped(dropped),
        ...(all.length === 0 ? ['No request was recorded.'] : []),
        ...unknownNames(match),
        ...hintsOnContent(newest, match),
        ...closest
          .filter(({ differs }) => differs.length > 0 && differs.length === fewest)
          .flatMap(({ entry }) => hintsOnRefusal(entry)),
        ...(match.status === undefined ? [] : hintsOnDelay(newest, match)),
        ...hintsOnUnmatched(all)
      ]
    }
  }

  const verifyCount = createVerify<RequestMatch, RequestsNotVerified>({
    changes,
    on: SUBJECTS,
    counting: match => countRequests(journal, match),
    prepare,
    dropped: journal.dropped,
    explain: (match, _expected, dropped) => explain(match, dropped)
  })

  const verifySequence = createVerifySequence({
    changes,
    on: SUBJECTS,
    searching: (steps: RequestMatch[]) => searchRequests(journal, steps),
    prepare,
    explain(match, found: RecordedRequest[], length) {
      const step = `sequence[${found.length}]`
      const last = found.at(-1)
      const lastName = `request ${last?.id}, which is sequence[${found.length - 1}]`

      /** Why a request cannot be this step even if it matches. */
      const misplaced = (recorded: RecordedRequest): string[] => {
        const index = found.findIndex(({ id }) => id === recorded.id)
        if (index !== -1) return [`is sequence[${index}] already`]
        return last !== undefined && Number(recorded.id) < Number(last.id) ? [`came before ${lastName}`] : []
      }
      const reasons = journal
        .inOrderOfArrival()
        .slice(-MAX_COMPARED)
        .filter(recorded => matchesRecorded(recorded, match))
        .flatMap(recorded =>
          misplaced(recorded).map(reason => `Request ${recorded.id} matches ${step}, but ${reason}.`)
        )
      const summary =
        last === undefined
          ? `${step} was not found: it is the first of ${length} steps.`
          : `${step} was not found after ${lastName}: ${found.length} of ${length} steps were.`
      const { nearest, hints } = explain(match, journal.dropped(), misplaced)
      return { nearest, hints: [summary, ...reasons.slice(-MAX_NEAREST), ...hints] }
    }
  })

  return async (verification, signal) => {
    checkVerification(verification, problemsOfRequestMatch)
    return 'sequence' in verification ? verifySequence(verification, signal) : verifyCount(verification, signal)
  }
}

/** Which texts were sent instead, by the requests that have the other members of a match. */
function hintsOnContent(requests: RecordedRequest[], match: RequestMatch): string[] {
  if (!hasContent(match)) return []
  const { query, headers, body, ...filter } = match
  const considered = requests.filter(recorded => matchesRecorded(recorded, filter))
  return explainContent(considered.map(contentOf), match)
}

/** Which requests have no status yet, because a fault delays them. */
const hintsOnDelay = (requests: RecordedRequest[], { status: _, ...match }: RequestMatch): string[] =>
  requests
    .filter(recorded => recorded.isOpen && matchesRecorded(recorded, match))
    .slice(-MAX_NEAREST)
    .map(({ id, fault }) => `Request ${id} has no status yet: fault ${fault} delays it.`)

const hintsOnDropped = (dropped: number): string[] =>
  dropped === 0
    ? []
    : [
        `${dropped} older requests were dropped, so that the count may be wrong: raise --journal-size or --journal-bytes.`
      ]

/** Why a request was refused, if it was. */
function hintsOnRefusal({ id, status, answerHeaders }: RecordedRequest): string[] {
  const reason = answerHeaders['x-emulator-reason']
  if (typeof reason !== 'string' || !Object.hasOwn(REASONS, reason)) return []
  return [`Request ${id} was refused with ${status} ${reason}: ${REASONS[reason as Reason].meaning}.`] // hasOwn has checked it
}

/** How many requests matched no operation, and which was the last: it may have been meant for one. */
function hintsOnUnmatched(all: RecordedRequest[]): string[] {
  const unmatched = all.filter(recorded => recorded.unmatched)
  const last = unmatched.at(-1)
  if (last === undefined) return []
  const where = `${last.method} ${factsOf(last).path}`
  return [
    `${unmatched.length} of all requests matched no operation, ${where} the last: GET /_emulator/requests?unmatched=true.`
  ]
}
