import type { JournalEntry, RequestList } from '../schema/journal.js'
import { renderTime } from './attempt.js'

/** The names of the columns. */
export const renderRequestHead = (): string => renderColumns(COLUMNS.map(({ name }) => name))

/** A request as a line of a table. */
export function renderRequest({ id, at, status, operation, user, reason, method, path }: JournalEntry): string {
  const answer = [String(status), ...(reason === undefined ? [] : [reason])].join(' ')
  return renderColumns([id, renderTime(at), operation ?? '', user ?? '', answer, `${method} ${path}`])
}

/** A list of requests as a table. */
export function renderRequests({ requests, total, dropped }: RequestList): string {
  const rest = [
    ...(total > requests.length ? [`The newest ${requests.length} of ${total}.`] : []),
    ...(dropped > 0 ? [`${dropped} older ones were forgotten; serve --journal-size keeps more.`] : [])
  ].map(line => `${line}\n`)
  if (requests.length === 0) return ['No such request.\n', ...rest].join('')
  const table = `${renderRequestHead()}${requests.map(renderRequest).join('')}`
  return rest.length === 0 ? table : `${table}\n${rest.join('')}`
}

/** The columns, and how many characters each has at least. */
const COLUMNS = [
  { name: 'id', width: 5 },
  { name: 'at', width: 12 },
  { name: 'operation', width: 9 },
  { name: 'user', width: 6 },
  { name: 'answer', width: 24 },
  { name: 'request', width: 0 }
]

/** A value that is wider than its column moves the rest of its line. */
function renderColumns(values: string[]): string {
  return `${values
    .map((value, index) => value.padEnd(COLUMNS[index]?.width ?? 0))
    .join('  ')
    .trimEnd()}\n`
}
