import type { JournalEntry, RequestList } from '../schema/journal.js'
import { renderTime } from './attempt.js'
import { renderRest, tableOf } from './table.js'

const table = tableOf([
  { name: 'id', width: 5 },
  { name: 'at', width: 12 },
  { name: 'operation', width: 9 },
  { name: 'user', width: 6 },
  { name: 'answer', width: 24 },
  { name: 'request', width: 0 }
])

/** The names of the columns. */
export const renderRequestHead = table.head

/** A request as a line of a table. */
export function renderRequest({ id, at, status, operation, user, reason, method, path }: JournalEntry): string {
  const answer = [String(status), ...(reason === undefined ? [] : [reason])].join(' ')
  return table.row([id, renderTime(at), operation ?? '', user ?? '', answer, `${method} ${path}`])
}

/** A list of requests as a table. */
export function renderRequests({ requests, total, dropped }: RequestList): string {
  const rest = renderRest({ shown: requests.length, total, dropped }, '--journal-size')
  if (requests.length === 0) return `No such request.\n${rest}`
  const rows = `${renderRequestHead()}${requests.map(renderRequest).join('')}`
  return rest === '' ? rows : `${rows}\n${rest}`
}
