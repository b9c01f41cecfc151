import type { Attempt, Delivery, DeliveryList, Failure } from '../schema/delivery.js'
import type { JournalEntry, RequestList } from '../schema/journal.js'
import type { StateCounts } from '../schema/state.js'

/** A column, and how many characters it has at least. */
export interface Column {
  name: string
  width: number
}

/** A table as lines of text. A value that is wider than its column moves the rest of its line. */
export interface Table {
  /** The names of the columns. */
  head(): string
  row(values: string[]): string
}

/** A table that has these columns. */
export function tableOf(columns: readonly Column[]): Table {
  const row = (values: string[]) =>
    `${values
      .map((value, index) => value.padEnd(columns[index]?.width ?? 0))
      .join('  ')
      .trimEnd()}\n`
  return { head: () => row(columns.map(({ name }) => name)), row }
}

/**
 * What a list does not show, a line each.
 * @param keeping the option of `serve` that keeps more
 */
export const renderRest = (
  { shown, total, dropped }: { shown: number; total: number; dropped: number },
  keeping: string
): string =>
  [
    ...(total > shown ? [`The newest ${shown} of ${total}.\n`] : []),
    ...(dropped > 0 ? [`${dropped} older ones were forgotten; serve ${keeping} keeps more.\n`] : [])
  ].join('')

const deliveryTable = tableOf([
  { name: 'id', width: 5 },
  { name: 'sent', width: 12 },
  { name: 'extension', width: 10 },
  { name: 'moment', width: 14 },
  { name: 'state', width: 11 },
  { name: 'answer', width: 24 },
  { name: 'request', width: 0 }
])

/** The names of the columns. */
export const renderHead = deliveryTable.head

/** A delivery as a line of a table. */
export function renderRow(delivery: Delivery): string {
  const { id, extension, moment, state } = delivery
  const at = lastAttempt(delivery)?.at
  const sent = at === undefined ? '' : renderTime(at)
  return deliveryTable.row([id, sent, extension, moment, state, renderOutcome(delivery), renderTarget(delivery)])
}

/** A list of deliveries as a table, with what can be done about those that failed. */
export function renderDeliveries({ deliveries, total, dropped }: DeliveryList): string {
  const rest = renderRest({ shown: deliveries.length, total, dropped }, '--delivery-log-size')
  if (deliveries.length === 0) return NONE + rest
  const notes = renderNotes(deliveries)
  const parts = [`${renderHead()}${deliveries.map(renderRow).join('')}`, notes, rest]
  return parts.filter(part => part !== '').join('\n')
}

/** A delivery that is new or has changed: a line of the table, and why it failed if it did. */
export const renderChange = (delivery: Delivery): string =>
  renderRow(delivery) + renderNotes([delivery]).replace(/^(?=.)/gm, ' '.repeat(7))

/** What can be done about deliveries that failed, each thing once. */
function renderNotes(deliveries: Delivery[]): string {
  const notes = deliveries.flatMap(delivery => {
    const failure = failureOf(delivery)
    return failure ? [`${failure.reason}: ${failure.hint ?? failure.message}\n`] : []
  })
  return [...new Set(notes)].join('')
}

const NONE = 'No such delivery. uapi-emulator call places a call; a delivery comes of an event that is armed.\n'

const requestTable = tableOf([
  { name: 'id', width: 5 },
  { name: 'at', width: 12 },
  { name: 'operation', width: 9 },
  { name: 'user', width: 6 },
  { name: 'answer', width: 24 },
  { name: 'request', width: 0 }
])

/** The names of the columns. */
export const renderRequestHead = requestTable.head

/** A request as a line of a table. */
export function renderRequest({ id, at, status, operation, user, reason, method, path }: JournalEntry): string {
  const answer = [String(status), ...(reason === undefined ? [] : [reason])].join(' ')
  return requestTable.row([id, renderTime(at), operation ?? '', user ?? '', answer, `${method} ${path}`])
}

/** A list of requests as a requestTable. */
export function renderRequests({ requests, total, dropped }: RequestList): string {
  const rest = renderRest({ shown: requests.length, total, dropped }, '--journal-size')
  if (requests.length === 0) return `No such request.\n${rest}`
  const rows = `${renderRequestHead()}${requests.map(renderRequest).join('')}`
  return rest === '' ? rows : `${rows}\n${rest}`
}

/** How many of each there are, in words: `1 organization, 3 users, no apps`. What there is none of is left out. */
export function renderCounts(counts: StateCounts): string {
  const texts = Object.entries(counts).flatMap(([kind, count]) =>
    count === 0 ? [] : `${count} ${nameOf(kind, count)}`
  )
  return texts.length === 0 ? 'nothing' : texts.join(', ')
}

const nameOf = (kind: string, count: number): string => {
  const words = kind.replace(/[A-Z]/g, letter => ` ${letter.toLowerCase()}`)
  return count === 1 ? words.replace(/s$/, '') : words
}

/** What became of a delivery at last; undefined while nothing did. */
export const lastAttempt = ({ attempts }: Delivery): Attempt | undefined => attempts.at(-1)

/** Why a delivery did not succeed, or is sent no more. */
export const failureOf = (delivery: Delivery): Failure | undefined => lastAttempt(delivery)?.failure

/** What a delivery came to, in a few words: `200 in 12 ms`, `refused`. */
export function renderOutcome(delivery: Delivery): string {
  const { response, failure, ms } = lastAttempt(delivery) ?? {}
  const took = typeof ms === 'number' && delivery.state !== 'blocked' ? ` in ${Math.round(ms)} ms` : ''
  const what = [...(response ? [`${response.status}`] : []), ...(failure ? [failure.reason] : [])].join(' ')
  return what === '' ? '' : `${what}${took}`
}

/** The method of a webhook and where it goes, without the parameters of the call: those of a GET are long. */
export const renderTarget = ({ request: { method, url } }: Delivery): string =>
  `${method} ${url.replace(/[?&]CallID=.*$/, '')}`

/** The part of a time that tells moments of a call apart: `10:20:30.456`, in UTC. */
export const renderTime = (iso: string): string => iso.replace(/^.*T|Z$/g, '')
