import { printDuration } from '../client/duration.js'
import type { Call, DeliveryState, Moment } from '../schema/call.js'
import type { Delivery } from '../schema/delivery.js'
import { failureOf, renderOutcome, renderTarget, renderTime } from './tables.js'
import type { CallUpdate } from './watch.js'

/** An update of a watched call, as lines of text. */
export function renderCallUpdate(update: CallUpdate): string {
  switch (update.kind) {
    case 'placed':
      return `Call ${update.call.callId} from ${update.call.from} to ${update.call.to}, placed at ${update.call.placedAt}\n\n`
    case 'moment':
      return renderMoment(update.moment)
    case 'delivery':
      return renderDelivery(update.delivery)
    case 'frozen':
      return renderFrozen(update.now, update.call)
    case 'ended':
      return `\nEnded: ${update.call.outcome}. ${renderStates(update.call)}\n`
  }
}

/** The last line when watching ends before the call does. */
export const renderDetached = ({ callId }: Call): string =>
  `\nNo longer watching; call ${callId} continues. uapi-emulator deliveries --call ${callId} lists its webhooks.\n`

/** Why a moment fired no event: `nothing armed: 1 event disabled, 2 of another type`. */
function renderReasons({ extension, reasons }: Moment): string {
  const counts = Object.entries(reasons).map(([reason, count], index) => {
    const events = index > 0 ? '' : count === 1 ? ' event' : ' events'
    return `${count}${events} ${REASONS[reason] ?? reason}`
  })
  return counts.length === 0 ? `${extension} has no phone call events` : `nothing armed: ${counts.join(', ')}`
}

/** Short forms of the reasons in the schema. */
const REASONS: Record<string, string> = {
  disabled: 'disabled',
  other_type: 'of another type',
  blocked_by_policy: 'blocked by the policy for callbacks'
}

const INDENT = ' '.repeat(14)

function renderMoment(moment: Moment): string {
  const { at, extension, callStatus, callFlow, armed, forgotten = 0 } = moment
  const fired = armed.length + forgotten
  const columns = [
    renderTime(at),
    moment.moment.padEnd(14),
    extension.padEnd(9),
    `${callStatus} ${callFlow}`.padEnd(11)
  ]
  return `${columns.join('  ')}  ${fired === 0 ? renderReasons(moment) : `${fired} armed`}\n`
}

function renderDelivery(delivery: Delivery): string {
  const { id, moment, state } = delivery
  const failure = failureOf(delivery)
  const result = [state, renderOutcome(delivery)].filter(text => text !== '').join(', ')
  const lines = [`${moment}, delivery ${id}: ${renderTarget(delivery)} → ${result}`]
  if (failure) lines.push(`  ${failure.message}`)
  if (failure?.hint) lines.push(`  ${failure.hint}`)
  return lines.map(line => `${INDENT}${line}\n`).join('')
}

function renderFrozen(now: string, { nextAt }: Call): string {
  const ms = Date.parse(nextAt ?? now) - Date.parse(now)
  return `
The clock is frozen at ${now}. The next step of the call is ${printDuration(ms)} later. Move the clock:
uapi-emulator clock advance ${ms}ms, or POST /_emulator/clock/advance {"ms":${ms}}. Or let it run: uapi-emulator clock run.
`
}

/** How many deliveries of a call are in each state: `3 delivered, 1 failed.` */
function renderStates({ moments }: Call): string {
  const counts = new Map<DeliveryState, number>()
  for (const { state } of moments.flatMap(({ armed }) => armed)) counts.set(state, (counts.get(state) ?? 0) + 1)
  return counts.size === 0 ? 'Nothing was sent.' : `${[...counts].map(([state, n]) => `${n} ${state}`).join(', ')}.`
}
