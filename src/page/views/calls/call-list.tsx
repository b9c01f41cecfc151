import type { JSX } from 'preact'
import type { Call } from '../../../schema/calls/call.js'
import { printDateTime, printDuration, printTime, sandboxNow, second } from '../../emulator/clock.js'
import { deliveries } from '../../emulator/contents.js'
import { OUTCOME_LABELS, StateMark, TONE_OF_CALL, type WebhookState, webhookState } from '../../parts/marks.js'
import type { Column } from '../../parts/table.js'
import { Text } from '../../parts/text.js'
import { timed } from './lanes-legs.js'

/** The most marks of webhooks in a row; those that did not arrive come first. */
const MAX_MARKS = 10

/** The columns of the list of calls. */
export const CALL_COLUMNS: readonly Column<Call>[] = [
  {
    title: 'When',
    width: 'var(--calls-when)',
    cell: ({ placedAt }) => <When at={placedAt} />
  },
  { title: 'From and to', width: 'minmax(0, 2fr)', cell: call => <Parties call={call} /> },
  { title: 'State', width: 'var(--calls-state)', cell: call => <State call={call} /> },
  { title: 'Duration', width: '6rem', align: 'end', isMinor: true, cell: call => <Duration call={call} /> },
  { title: 'Moments', width: '4.5rem', align: 'end', isMinor: true, cell: ({ moments }) => moments.length },
  { title: 'Webhooks', width: 'var(--calls-webhooks)', cell: call => <Webhooks call={call} /> }
]

const When = ({ at }: { at: string }): JSX.Element => (
  <time title={`${printDateTime(at)} UTC`}>
    {printTime(at).slice(0, 8)}
    <span class="calls-ms">{printTime(at).slice(8)}</span>
  </time>
)

/** The number that a call was placed to; of several, the first with how many more. */
const calledOf = ({ to }: Call): string[] => [to].flat()

function Parties({ call }: { call: Call }): JSX.Element {
  const [first = '', ...others] = calledOf(call)
  return (
    <>
      <code>
        <Text value={call.from === '' ? 'no number' : call.from} />
      </code>
      {call.callerName !== '' && !call.from.endsWith(call.callerName) && (
        <span class="muted calls-name">
          {' '}
          <Text value={call.callerName} />
        </span>
      )}
      <span class="muted"> → </span>
      <code>
        <Text value={first} />
      </code>
      {others.length > 0 && (
        <span class="muted" title={others.join(', ')}>
          {' '}
          and {others.length} more
        </span>
      )}
    </>
  )
}

/** What a call does, or how it ended, in a word. */
export const stateOf = ({ state, outcome }: Call): string => {
  if (state === 'ringing') return 'ringing'
  if (state === 'answered') return 'talking'
  return outcome === null ? 'ended' : OUTCOME_LABELS[outcome]
}

const State = ({ call }: { call: Call }): JSX.Element => (
  <span class={`calls-state ${call.state} ${call.state === 'ended' ? '' : TONE_OF_CALL[call.state]}`}>
    {stateOf(call)}
  </span>
)

/** How long a call took, or takes so far. */
function Duration({ call }: { call: Call }): JSX.Element {
  const { start, end } = timed(call)
  if (end === Number.POSITIVE_INFINITY) void second.value
  return <span class="mono">{printDuration(Math.max(0, Math.min(end, sandboxNow()) - start))}</span>
}

/** The states of the webhooks of a call, in the order of its moments. */
export const webhooksOf = ({ moments }: Call): WebhookState[] =>
  moments.flatMap(({ armed }) =>
    armed.map(({ deliveryId, state }) => {
      const delivery = deliveries.find(deliveryId)
      return delivery ? webhookState(delivery) : state
    })
  )

/** Whether a webhook did not arrive. */
export const isWrong = (state: WebhookState): boolean =>
  state === 'failed' || state === 'blocked' || state === 'interrupted'

function Webhooks({ call }: { call: Call }): JSX.Element {
  const states = webhooksOf(call)
  const wrong = states.filter(isWrong).length
  if (states.length === 0) return <span class="muted">none</span>
  return (
    <span class="calls-webhooks">
      <span class="visually-hidden">{states.length} webhooks</span>
      {states.slice(0, MAX_MARKS).map((state, index) => (
        <StateMark key={index} state={state} />
      ))}
      {states.length > MAX_MARKS && <span class="muted">+{states.length - MAX_MARKS}</span>}
      {wrong > 0 && (
        <span class="bad">
          {wrong}
          <span class="calls-word"> failed</span>
        </span>
      )}
      {states.includes('held') && <span class="hold calls-word">held</span>}
    </span>
  )
}
