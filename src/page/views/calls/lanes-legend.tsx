import type { JSX } from 'preact'
import { StateMark, type WebhookState } from '../../parts/marks.js'
import { MOMENT_SHAPES } from './lanes-bars.js'

const MOMENTS = [
  ['dialIn', 'dial-in', MOMENT_SHAPES.dialIn],
  ['dialOut', 'dial-out', MOMENT_SHAPES.dialOut],
  ['answerIncoming', 'answer', MOMENT_SHAPES.answerIncoming],
  ['hangup', 'hangup', MOMENT_SHAPES.hangup]
] as const

const STATES: readonly WebhookState[] = ['delivered', 'pending', 'held', 'failed', 'blocked']

/** What the shapes of the drawing mean. */
export const Legend = (): JSX.Element => (
  <ul class="lanes-legend" aria-label="Legend">
    {(['ringing', 'talking'] as const).map(state => (
      <li key={state}>
        <svg class="lanes-bar" width="20" height="10" aria-hidden="true">
          <rect class={state} x="1" y="1" width="18" height="8" rx="2" fill="url(#lanes-ringing)" />
        </svg>
        {state}
      </li>
    ))}
    {MOMENTS.map(([name, label, shape]) => (
      <li key={name}>
        <svg width="14" height="14" viewBox="-7 -7 14 14" aria-hidden="true">
          <g class={`lanes-moment ${name}`}>
            <circle r="6" />
            <path d={shape} />
          </g>
        </svg>
        {label}
      </li>
    ))}
    {STATES.map(state => (
      <li key={state}>
        <StateMark state={state} />
        {state}
      </li>
    ))}
  </ul>
)
