import type { JournalEntry, RequestList, RequestQuery, RequestsCleared } from '../schema/journal.js'
import type { RequestVerification, Verified } from '../schema/verification.js'
import type { Loose } from './loose.js'
import { pathOf, queryOf } from './path.js'
import type { Method } from './transport.js'

/** What came in, and what was answered. @source control-api.md "Watching and verifying" */
export interface RequestsClient {
  requests: {
    /** The requests so far, oldest first. */
    list(query?: Loose<RequestQuery>): Promise<RequestList>
    get(id: string): Promise<JournalEntry>
    /** Forgets them. */
    clear(): Promise<RequestsCleared>
    /**
     * Waits until the requests that are expected have come.
     * @throws NotVerified, which says what came instead
     * @example await client.requests.verify({ match: { operation: 'create', status: 200 }, count: 1 })
     */
    verify(expected: Loose<RequestVerification>): Promise<Verified>
  }
}

/**
 * @param ask sends a request, and gives what is answered
 * @param verify asks whether something came
 */
export function createRequestsClient(
  ask: <T>(method: Method, path: string, body?: object) => Promise<T>,
  verify: (what: 'request', expected: Loose<RequestVerification>) => Promise<Verified>
): RequestsClient {
  return {
    requests: {
      list: query => ask('GET', `/requests${queryOf(query)}`),
      get: async id => ask('GET', pathOf('requests', id)),
      clear: () => ask('DELETE', '/requests'),
      verify: expected => verify('request', expected)
    }
  }
}
