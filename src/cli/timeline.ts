import { printDuration } from '../client/duration.js'
import type { Call, DeliveryState, Moment } from '../schema/calls/call.js'
import type { NextStep } from '../schema/calls/call-step.js'
import type { Delivery } from '../schema/calls/delivery.js'
import { type CommandLine, createCommandLine } from './client-options.js'
import { commandsByHand } from './commands-by-hand.js'
import { createLanes, LANES_KEY, type Lanes, legsToCome, letterOf } from './lanes.js'
import { failureOf, renderOutcome, renderTarget, renderTime, STATE_STYLES } from './tables.js'
import { escapeControls } from './terminal/escape.js'
import { foldLine, foldLines, padTo } from './terminal/fold.js'
import { type Page, PLAIN_PAGE } from './terminal/page.js'
import type { CallUpdate, OpenDelivery } from './watch-call.js'

/** The timeline of a watched call, as lines of text. A call of more than two legs has lanes. */
export interface Timeline {
  render(update: CallUpdate): string
  /** The last line when watching ends before the call does. */
  renderDetached(call: Call): string
}

/** @param commandLine renders the commands that it suggests */
export function createTimeline(commandLine: CommandLine = createCommandLine(), page: Page = PLAIN_PAGE): Timeline {
  let lanes = createLanes({ page })
  let isAfterBlank = false
  const fold = (text: string) => foldLines(text, page.width)
  const render = (update: CallUpdate): string => {
    switch (update.kind) {
      case 'placed': {
        lanes = createLanes({ toCome: legsToCome(update.call), page })
        const head = fold(`${renderHead(update.call)}, placed at ${update.call.placedAt}\n`)
        return `${head}${block(lanes.name(update.call.legs)) || '\n'}`
      }
      case 'legs':
        return block(lanes.name(update.legs))
      case 'moment':
        return renderMoment(update.moment, lanes, page)
      case 'delivery':
        return renderDelivery(update, lanes, page)
      case 'held':
        return block(fold(renderHeld(update, commandLine)))
      case 'unanswered':
        return block(fold(renderUnanswered(update)))
      case 'byHand':
        return block(fold(renderByHand(update.call, commandLine)))
      case 'frozen':
        return fold(`\n${renderFrozen(update.now, update.call, commandLine)}`)
      case 'ended':
        return `\n${renderEnd(update.call, page)}`
    }
  }
  return {
    render(update) {
      const text = render(update)
      if (text === '') return ''
      const joined = isAfterBlank ? text.replace(/^\n/, '') : text
      isAfterBlank = joined.endsWith('\n\n')
      return joined
    },
    renderDetached: ({ callId }) =>
      fold(
        `\nNo longer watching; call ${callId} continues. ${commandLine('deliveries', '--call', callId)} lists its webhooks.\n`
      )
  }
}

/** A call at one time: its legs with their states, its moments, and what it waits for. */
export function renderCall(call: Call, commandLine: CommandLine, page: Page = PLAIN_PAGE): string {
  const { legs, moments, next } = call
  const lanes = createLanes({ always: true, page })
  const named = lanes.name(legs, [({ state }) => state])
  const rows = moments.map(moment => renderMoment(moment, lanes, page)).join('')
  const legend = rows === '' ? named.replace(foldLines(LANES_KEY, page.width), '') : named
  const [step] = next
  const end =
    call.state === 'ended'
      ? renderEnd(call, page)
      : foldLines(
          step === undefined ? renderByHand(call, commandLine) : renderNext(step, call, commandLine),
          page.width
        )
  return [foldLines(`${renderHead(call)}, ${call.state}\n`, page.width), legend, rows, end]
    .filter(part => part !== '')
    .join('\n')
}

/** How many parties of each side a headline names. */
const NAMED = 3

/** `Call 1479144949.4665265 from +40722000111 to 0003*210, 0003*211`; of the vendor's API with the id of its PhoneCall. */
function renderHead({ callId, callApiId, from, to, phoneCall }: Call): string {
  const head = `Call ${callId} from ${escapeControls(renderParties(phoneCall?.source ?? from)) || 'a caller without number'}`
  return `${head} to ${renderParties(to)}${phoneCall === undefined ? '' : `, PhoneCall ${callApiId}`}`
}

function renderParties(numbers: string | string[]): string {
  const all = [numbers].flat()
  const others = all.length > NAMED ? ` and ${all.length - NAMED} more` : ''
  return `${all.slice(0, NAMED).join(', ')}${others}`
}

/** Why a moment fired no event: `nothing armed: 1 event disabled, 2 of another type`. */
function renderReasons({ reasons }: Moment): string {
  const counts = Object.entries(reasons).map(([reason, count], index) => {
    const events = index > 0 ? '' : count === 1 ? ' event' : ' events'
    return `${count}${events} ${REASONS[reason] ?? reason}`
  })
  return counts.length === 0 ? 'no phone call events' : `nothing armed: ${counts.join(', ')}`
}

/** Short forms of the reasons in the schema. */
const REASONS: Record<string, string> = {
  disabled: 'disabled',
  other_type: 'of another type',
  over_limit: 'beyond what may fire at one time',
  blocked_by_policy: 'blocked by the policy for callbacks'
}

/** The width of a time of day. */
const TIME_WIDTH = 12

function renderMoment(moment: Moment, lanes: Lanes, page: Page): string {
  const { at, extension, callStatus, callFlow, armed, forgotten = 0 } = moment
  const fired = armed.length + forgotten
  const marks = lanes.at(moment)
  const text = [
    page.paint('bold', moment.moment) + ' '.repeat(Math.max(0, 14 - moment.moment.length)),
    padTo(extension, 9),
    padTo(`${callStatus} ${callFlow}`, 11),
    fired === 0 ? renderReasons(moment) : `${fired} armed`
  ].join('  ')
  const first = `${[renderTime(at), ...(lanes.areShown() ? [marks] : [])].join('  ')}  `
  return `${foldLine(text, { width: page.width, first, next: `${marginOf(lanes)}  ` })}\n`
}

/** What stands below the time and the marks of a moment. */
const marginOf = (lanes: Lanes): string =>
  lanes.areShown() ? `${' '.repeat(TIME_WIDTH)}  ${lanes.between()}  ` : ' '.repeat(TIME_WIDTH + 2)

function renderDelivery({ delivery, leg }: { delivery: Delivery; leg: number }, lanes: Lanes, page: Page): string {
  const { id, moment, state } = delivery
  const failure = failureOf(delivery)
  const outcome = renderOutcome(delivery)
  const result = `${page.paint(STATE_STYLES[state], state)}${outcome === '' ? '' : `, ${outcome}`}`
  const who = lanes.areShown() ? `${letterOf(leg)} ` : ''
  const margin = marginOf(lanes)
  const put = (text: string, first: string) => `${foldLine(text, { width: page.width, first, next: `${margin}  ` })}\n`
  return [
    put(`${who}${moment}, delivery ${id}: ${escapeControls(renderTarget(delivery))} → ${result}`, margin),
    ...(failure ? [put(escapeControls(failure.message), `${margin}  `)] : []),
    ...(failure?.hint ? [put(escapeControls(failure.hint), `${margin}  `)] : [])
  ].join('')
}

function renderHeld({ fault, deliveries }: { fault: string; deliveries: string[] }, commandLine: CommandLine): string {
  const what = deliveries.length === 1 ? `Delivery ${deliveries[0]} is` : `Deliveries ${deliveries.join(', ')} are`
  return `${what} held back by fault ${fault}. Release:\n  ${commandLine('fault', 'release', fault)}\n`
}

/** Deliveries without an answer, and a frozen clock that may delay them. */
function renderUnanswered({ deliveries, frozenAt }: { deliveries: OpenDelivery[]; frozenAt?: string }): string {
  const sending = deliveries.filter(({ state }) => state === 'sending')
  const [verb, shown] = sending.length > 0 ? ['answered', sending] : ['sent', deliveries]
  const ids = shown.map(({ id }) => id)
  const what = ids.length === 1 ? `delivery ${ids[0]}, which is` : `deliveries ${ids.join(', ')}, which are`
  const frozen =
    frozenAt === undefined ? '' : ` The clock is frozen at ${frozenAt}; a delay by this clock ends when it is advanced.`
  return `Waiting for ${what} not ${verb} yet.${frozen}\n`
}

/** The commands that continue a call by hand. */
const renderByHand = (call: Call, commandLine: CommandLine): string =>
  `The call is ${call.state} and waits for a command. For example:\n${renderCommands(call, commandLine)}`

/** The next step of a call, and for one of the vendor's API the commands that can come before it. */
const renderNext = ({ at, ...step }: NextStep, call: Call, commandLine: CommandLine): string =>
  call.phoneCall === undefined
    ? `The next step is due at ${at}.\n`
    : `The next step is due at ${at}: ${renderStep(step)}. Or drive the call. For example:
${renderCommands(call, commandLine)}`

/** A step of a phone: `answer 0003*210`, `reject 0003*210 as busy`, `hangup all`. */
const renderStep = ({ outcome, ...verb }: Omit<NextStep, 'at'>): string =>
  `${Object.entries(verb).flat().join(' ')}${outcome === undefined ? '' : ` as ${outcome}`}`

const renderCommands = (call: Call, commandLine: CommandLine): string =>
  commandsByHand(call)
    .map(words => `  ${commandLine(...words)}\n`)
    .join('')

function renderFrozen(now: string, { next }: Call, commandLine: CommandLine): string {
  const ms = Date.parse(next[0]?.at ?? now) - Date.parse(now)
  return `The clock is frozen at ${now}. The next step of the call is ${printDuration(ms)} later. Move the clock:
${commandLine('clock', 'advance', `${ms}ms`)}, or POST /_emulator/clock/advance {"ms":${ms}}. Or let it run: ${commandLine('clock', 'run')}.
`
}

/** `Ended: answered. 3 delivered, 1 failed.` */
function renderEnd({ outcome, moments }: Call, page: Page): string {
  const counts = new Map<DeliveryState, number>()
  for (const { state } of moments.flatMap(({ armed }) => armed)) counts.set(state, (counts.get(state) ?? 0) + 1)
  const states = [...counts].map(([state, count]) => `${count} ${page.paint(STATE_STYLES[state], state)}`).join(', ')
  return `${foldLine(`Ended: ${outcome}. ${states === '' ? 'Nothing was sent' : states}.`, page)}\n`
}

/** Lines with a blank line around them. */
const block = (text: string): string => (text === '' ? '' : `\n${text}\n`)
