import { REASONS, type Reason } from '../domain/reasons.js'
import { isRequestAsExpected } from '../domain/request-path.js'
import { nearest } from '../domain/verification.js'
import type { RequestMatch } from '../schema/journal.js'
import type { RequestsNotVerified, RequestVerification, Verified } from '../schema/verification.js'
import type { Store } from '../store/store.js'
import type { Changes } from './changes.js'
import type { Journal } from './journal.js'
import { factsOf, printRequest, type RecordedRequest } from './recorded-request.js'
import { verifyCount } from './verify-count.js'

/** Whether requests are as a test expects them. */
export type VerifyRequests = (
  verification: RequestVerification,
  signal?: AbortSignal
) => Promise<Verified | RequestsNotVerified>

/** How many of the requests that come closest are shown, and among how many of the newest they are looked for. */
const SHOWN = 5
const SEARCHED = 500

/** Waits for requests, and says what came instead. @source control-api.md "Watching and verifying" */
export function createVerifyRequests({
  store: { directory },
  changes,
  journal
}: {
  store: Store
  changes: Changes
  journal: Journal
}): VerifyRequests {
  /** Names of the directory that lead nowhere. */
  const unknownNames = ({ user, extension }: RequestMatch): string[] => [
    ...(user !== undefined && !directory.findUser(user) ? [`No user has the id ${user}.`] : []),
    ...(extension !== undefined && !directory.findExtension(extension)
      ? [`No extension has the number ${extension}.`]
      : [])
  ]

  return async ({ match, ...expectation }, signal) => {
    const counted = { changes, count: () => journal.count(match), dropped: journal.dropped }
    const { verified, count, expected, dropped } = await verifyCount(counted, expectation, signal)
    if (verified) return { verified, count }
    const all = journal.matching({})
    const entries = all.slice(-SEARCHED).map(recorded => ({ ...factsOf(recorded), recorded }))
    const closest = nearest(entries, match, SHOWN, isRequestAsExpected)
    const fewest = Math.max(1, closest[0]?.differs.length ?? 0)
    return {
      verified,
      count,
      expected,
      nearest: closest.map(({ entry, differs }) => ({ request: printRequest(entry.recorded), differs })),
      hints: [
        ...forgotten(dropped),
        ...(all.length === 0 ? ['No request has come.'] : []),
        ...unknownNames(match),
        ...closest.filter(({ differs }) => differs.length === fewest).flatMap(({ entry }) => refused(entry.recorded)),
        ...unmatched(all)
      ]
    }
  }
}

const forgotten = (dropped: number): string[] =>
  dropped === 0
    ? []
    : [`${dropped} older requests were forgotten, so that the count may be wrong: raise --journal-size.`]

/** Why a request that comes close was refused. */
function refused({ id, status, answerHeaders }: RecordedRequest): string[] {
  const reason = answerHeaders['x-emulator-reason']
  if (typeof reason !== 'string' || !Object.hasOwn(REASONS, reason)) return []
  return [`Request ${id} was refused with ${status} ${reason}: ${REASONS[reason as Reason]}.`] // just looked up
}

/** Requests that may have been meant for an operation, and led nowhere. */
function unmatched(all: RecordedRequest[]): string[] {
  const lost = all.filter(recorded => recorded.unmatched)
  const last = lost.at(-1)
  if (last === undefined) return []
  const where = `${last.method} ${factsOf(last).path}`
  return [
    `${lost.length} of all requests matched no operation, ${where} the last: GET /_emulator/requests?unmatched=true.`
  ]
}
