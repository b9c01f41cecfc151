import type { Delivery, DeliveryList } from '../schema/delivery.js'
import { failureOf, lastAttempt, renderOutcome, renderTarget, renderTime } from './attempt.js'
import { renderRest, tableOf } from './table.js'

const table = tableOf([
  { name: 'id', width: 5 },
  { name: 'sent', width: 12 },
  { name: 'extension', width: 10 },
  { name: 'moment', width: 14 },
  { name: 'state', width: 11 },
  { name: 'answer', width: 24 },
  { name: 'request', width: 0 }
])

/** The names of the columns. */
export const renderHead = table.head

/** A delivery as a line of a table. */
export function renderRow(delivery: Delivery): string {
  const { id, extension, moment, state } = delivery
  const at = lastAttempt(delivery)?.at
  const sent = at === undefined ? '' : renderTime(at)
  return table.row([id, sent, extension, moment, state, renderOutcome(delivery), renderTarget(delivery)])
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
