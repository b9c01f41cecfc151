import Type from 'typebox'
import { Har, RequestExportQuery } from '../har.js'
import { JournalEntry, RequestId, RequestList, RequestQuery, RequestsCleared } from '../journal.js'
import { RequestsNotVerified, RequestVerification, Verified } from '../verification.js'
import type { ControlOperation } from './operation.js'

/** The journal of requests. @source control-api.md "Watching and verifying" */
export const REQUESTS = {
  listRequests: {
    method: 'GET',
    path: '/requests',
    tag: 'Requests',
    summary: 'List the requests',
    description: 'Requests to every surface but the control API, in the order in which they were answered.',
    query: RequestQuery,
    responses: { 200: RequestList }
  },
  exportRequests: {
    method: 'GET',
    path: '/requests/export',
    tag: 'Requests',
    summary: 'Export the requests as HAR',
    description: 'The requests of the list, with the same query, as a document in HAR 1.2. Secrets are masked.',
    query: RequestExportQuery,
    responses: { 200: Har },
    streamed: true
  },
  getRequest: {
    method: 'GET',
    path: '/requests/{id}',
    tag: 'Requests',
    summary: 'Get a request and its answer',
    description: 'Secrets are masked.',
    params: Type.Object({ id: RequestId }),
    responses: { 200: JournalEntry },
    errors: ['request_unknown']
  },
  clearRequests: {
    method: 'DELETE',
    path: '/requests',
    tag: 'Requests',
    summary: 'Clear the journal',
    responses: { 200: RequestsCleared }
  },
  verifyRequests: {
    method: 'POST',
    path: '/requests/verify',
    reads: true,
    tag: 'Requests',
    summary: 'Verify requests',
    description:
      'Waits up to `timeoutMs` for the expected number of requests that match, or for a sequence of them in the order in which they came. A request that a fault delays has come.',
    body: RequestVerification,
    responses: { 200: Verified, 409: RequestsNotVerified }
  }
} as const satisfies Record<string, ControlOperation>
