import type { Attempt, Delivery, DeliveryList, Failure } from '../schema/calls/delivery.js'
import type { JournalEntry, RequestList } from '../schema/journal.js'
import type { StateCounts } from '../schema/state.js'
import { escapeControls } from './terminal/escape.js'
import { foldLine, foldLines } from './terminal/fold.js'
import { type Page, PLAIN_PAGE, type Style } from './terminal/page.js'
import { type Cell, createTable } from './terminal/table.js'

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
export function renderDeliveryRow(delivery: Delivery, page: Page = PLAIN_PAGE): string {
  const { id, extension, moment, state } = delivery
  const at = lastAttempt(delivery)?.at
  const sent = at === undefined ? '' : renderTime(at)
  const styled = { text: state, style: STATE_STYLES[state] }
  return deliveryTable.row([id, sent, extension, moment, styled, renderOutcome(delivery), renderTarget(delivery)], page)
}

/** The styles of the states of deliveries. */
export const STATE_STYLES: Record<Delivery['state'], Style> = {
  pending: 'dim',
  sending: 'dim',
  delivered: 'green',
  failed: 'red',
  blocked: 'yellow',
  interrupted: 'yellow'
}

/** A list of deliveries as a table, followed by a hint for each kind of failure. */
export function renderDeliveries({ deliveries, total, dropped }: DeliveryList, page: Page = PLAIN_PAGE): string {
  const omitted = foldLines(
    renderOmitted({ shown: deliveries.length, total, dropped }, '--delivery-log-size'),
    page.width
  )
  if (deliveries.length === 0) return foldLines(NO_DELIVERY, page.width) + omitted
  const rows = deliveries.map(delivery => renderDeliveryRow(delivery, page))
  const parts = [`${renderDeliveryHead(page)}${rows.join('')}`, renderHints(deliveries, page), omitted]
  return parts.filter(part => part !== '').join('\n')
}

/** A new or changed delivery: its row, and a hint if it failed. */
export const renderDeliveryChange = (delivery: Delivery, page: Page = PLAIN_PAGE): string =>
  renderDeliveryRow(delivery, page) + renderHints([delivery], page, ' '.repeat(7))

/** The hints of failed deliveries, each once. */
function renderHints(deliveries: Delivery[], page: Page, first = ''): string {
  const hints = deliveries.flatMap(delivery => {
    const failure = failureOf(delivery)
    return failure ? [`${failure.reason}: ${failure.hint ?? failure.message}`] : []
  })
  const lines = [...new Set(hints)].map(hint => foldLine(escapeControls(hint), { width: page.width, first }))
  return lines.map(line => `${line}\n`).join('')
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
export function renderRequestRow(
  { id, at, status, operation, user, reason, method, path }: JournalEntry,
  page: Page = PLAIN_PAGE
): string {
  const text = [String(status), ...(reason === undefined ? [] : [reason])].join(' ')
  const style = status < 400 ? 'green' : status < 500 ? 'yellow' : 'red'
  const answer: Cell = { text, style }
  return requestTable.row([id, renderTime(at), operation ?? '', user ?? '', answer, `${method} ${path}`], page)
}

/** A list of requests as a table. */
export function renderRequests({ requests, total, dropped }: RequestList, page: Page = PLAIN_PAGE): string {
  const omitted = foldLines(renderOmitted({ shown: requests.length, total, dropped }, '--journal-size'), page.width)
  if (requests.length === 0) return `No such request.\n${omitted}`
  const rows = `${renderRequestHead(page)}${requests.map(request => renderRequestRow(request, page)).join('')}`
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
