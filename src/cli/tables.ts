import type { Attempt, Delivery, DeliveryList, Failure } from '../schema/calls/delivery.js'
import type { JournalEntry, RequestList } from '../schema/journal.js'
import type { StateCounts } from '../schema/state.js'

/** A column: its heading, and its smallest width in characters. */
interface Column {
  name: string
  width: number
}

/** A table as lines of text. A value that is wider than its column shifts the rest of its line. */
interface TextTable {
  /** The line of headings. */
  head(): string
  row(values: string[]): string
}

/** Makes a table with these columns. */
function createTable(columns: readonly Column[]): TextTable {
  const row = (values: string[]) =>
    `${values
      .map((value, index) => value.padEnd(columns[index]?.width ?? 0))
      .join('  ')
      .trimEnd()}\n`
  return { head: () => row(columns.map(({ name }) => name)), row }
}

/**
 * Notes on the rows that a list does not show, a line each.
 * @param sizeFlag the option of `serve` that sets how many are kept
 */
const renderOmitted = (
  { shown, total, dropped }: { shown: number; total: number; dropped: number },
  sizeFlag: string
): string =>
  [
    ...(total > shown ? [`The newest ${shown} of ${total}.\n`] : []),
    ...(dropped > 0 ? [`${dropped} older ones were dropped; serve ${sizeFlag} keeps more.\n`] : [])
  ].join('')

const deliveryTable = createTable([
  { name: 'id', width: 5 },
  { name: 'sent', width: 12 },
  { name: 'extension', width: 10 },
  { name: 'moment', width: 14 },
  { name: 'state', width: 11 },
  { name: 'answer', width: 24 },
  { name: 'request', width: 0 }
])

/** The headings of a table of deliveries. */
export const renderDeliveryHead = deliveryTable.head

/** A delivery as a row of its table. */
export function renderDeliveryRow(delivery: Delivery): string {
  const { id, extension, moment, state } = delivery
  const at = lastAttempt(delivery)?.at
  const sent = at === undefined ? '' : renderTime(at)
  return deliveryTable.row([id, sent, extension, moment, state, renderOutcome(delivery), renderTarget(delivery)])
}

/** A list of deliveries as a table, followed by a hint for each kind of failure. */
export function renderDeliveries({ deliveries, total, dropped }: DeliveryList): string {
  const omitted = renderOmitted({ shown: deliveries.length, total, dropped }, '--delivery-log-size')
  if (deliveries.length === 0) return NO_DELIVERY + omitted
  const hints = renderHints(deliveries)
  const parts = [`${renderDeliveryHead()}${deliveries.map(renderDeliveryRow).join('')}`, hints, omitted]
  return parts.filter(part => part !== '').join('\n')
}

/** A new or changed delivery: its row, and a hint if it failed. */
export const renderDeliveryChange = (delivery: Delivery): string =>
  renderDeliveryRow(delivery) + renderHints([delivery]).replace(/^(?=.)/gm, ' '.repeat(7))

/** The hints of failed deliveries, each once. */
function renderHints(deliveries: Delivery[]): string {
  const hints = deliveries.flatMap(delivery => {
    const failure = failureOf(delivery)
    return failure ? [`${failure.reason}: ${failure.hint ?? failure.message}\n`] : []
  })
  return [...new Set(hints)].join('')
}

const NO_DELIVERY =
  'No such delivery. uapi-emulator call places a call; each armed phone call event of its extensions creates one.\n'

const requestTable = createTable([
  { name: 'id', width: 5 },
  { name: 'at', width: 12 },
  { name: 'operation', width: 17 }, // phoneCalls.create
  { name: 'user', width: 6 },
  { name: 'answer', width: 24 },
  { name: 'request', width: 0 }
])

/** The headings of a table of requests. */
export const renderRequestHead = requestTable.head

/** A request as a row of its table. */
export function renderRequestRow({ id, at, status, operation, user, reason, method, path }: JournalEntry): string {
  const answer = [String(status), ...(reason === undefined ? [] : [reason])].join(' ')
  return requestTable.row([id, renderTime(at), operation ?? '', user ?? '', answer, `${method} ${path}`])
}

/** A list of requests as a table. */
export function renderRequests({ requests, total, dropped }: RequestList): string {
  const omitted = renderOmitted({ shown: requests.length, total, dropped }, '--journal-size')
  if (requests.length === 0) return `No such request.\n${omitted}`
  const rows = `${renderRequestHead()}${requests.map(renderRequestRow).join('')}`
  return omitted === '' ? rows : `${rows}\n${omitted}`
}

/** The sizes of a state, without zeros: `1 organization, 3 users`; `nothing` for an empty one. */
export function renderCounts(counts: StateCounts): string {
  const texts = Object.entries(counts).flatMap(([kind, count]) =>
    count === 0 ? [] : `${count} ${nounOf(kind, count)}`
  )
  return texts.length === 0 ? 'nothing' : texts.join(', ')
}

const nounOf = (kind: string, count: number): string => {
  const words = kind.replace(/[A-Z]/g, letter => ` ${letter.toLowerCase()}`)
  return count === 1 ? words.replace(/s$/, '') : words
}

/** The last attempt of a delivery; undefined before the first has ended. */
const lastAttempt = ({ attempts }: Delivery): Attempt | undefined => attempts.at(-1)

/** The failure of the last attempt; undefined where it did not fail. */
export const failureOf = (delivery: Delivery): Failure | undefined => lastAttempt(delivery)?.failure

/** The outcome of the last attempt in a few words: `200 in 12 ms`, `refused`. */
export function renderOutcome(delivery: Delivery): string {
  const { response, failure, ms } = lastAttempt(delivery) ?? {}
  const duration = typeof ms === 'number' && delivery.state !== 'blocked' ? ` in ${Math.round(ms)} ms` : ''
  const outcome = [...(response ? [`${response.status}`] : []), ...(failure ? [failure.reason] : [])].join(' ')
  return outcome === '' ? '' : `${outcome}${duration}`
}

/** The method and URL of a webhook, without the ten parameters that a GET has in its query. */
export const renderTarget = ({ request: { method, url } }: Delivery): string =>
  `${method} ${url.replace(/[?&]CallID=.*$/, '')}`

/** The time of day, in UTC: `10:20:30.456`. */
export const renderTime = (iso: string): string => iso.replace(/^.*T|Z$/g, '')
