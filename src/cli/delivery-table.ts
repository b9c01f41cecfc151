import type { Delivery, DeliveryList } from '../schema/delivery.js'
import { failureOf, lastAttempt, renderOutcome, renderTarget, renderTime } from './attempt.js'

/** The names of the columns. */
export const renderHead = (): string => renderColumns(COLUMNS.map(({ name }) => name))

/** A delivery as a line of a table. */
export function renderRow(delivery: Delivery): string {
  const { id, extension, moment, state } = delivery
  const at = lastAttempt(delivery)?.at
  const sent = at === undefined ? '' : renderTime(at)
  return renderColumns([id, sent, extension, moment, state, renderOutcome(delivery), renderTarget(delivery)])
}

/** A list of deliveries as a table, with what can be done about those that failed. */
export function renderDeliveries({ deliveries, total, dropped }: DeliveryList): string {
  const rest = [
    ...(total > deliveries.length ? [`The newest ${deliveries.length} of ${total}.`] : []),
    ...(dropped > 0 ? [`${dropped} older ones were forgotten; serve --delivery-log-size keeps more.`] : [])
  ].map(line => `${line}\n`)
  if (deliveries.length === 0) return [NONE, ...rest].join('')
  const notes = renderNotes(deliveries)
  const parts = [`${renderHead()}${deliveries.map(renderRow).join('')}`, notes, rest.join('')]
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

/** The columns, and how many characters each has at least. */
const COLUMNS = [
  { name: 'id', width: 5 },
  { name: 'sent', width: 12 },
  { name: 'extension', width: 10 },
  { name: 'moment', width: 14 },
  { name: 'state', width: 11 },
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
