import type { JSX } from 'preact'
import type { NextStep } from '../../../../schema/calls/call-step.js'
import { clockMode, printDuration, printTime, sandboxNow, second, timeOf } from '../../../emulator/clock.js'
import { Part } from '../../../parts/detail.js'
import { Text } from '../../../parts/text.js'
import { stepText } from './verb-text.js'

/** Steps that are drawn at most. */
const MAX_STEPS = 100

/** What a call still does, and when by the sandbox's clock. */
export function Next({ steps }: { steps: readonly NextStep[] }): JSX.Element {
  void second.value
  const now = sandboxNow()
  const isFrozen = clockMode() === 'frozen'
  return (
    <Part title="Still to come" aside={isFrozen && <span class="hold">the clock is frozen: move it in Time</span>}>
      <ol class="call-next">
        {steps.slice(0, MAX_STEPS).map((step, index) => (
          <li key={index}>
            <time dateTime={step.at}>{printTime(step.at)}</time>
            <span class="muted">{timeLeft(timeOf(step.at) - now)}</span>
            <Text value={stepText(step)} />
          </li>
        ))}
      </ol>
      {steps.length > MAX_STEPS && <p class="muted">and {steps.length - MAX_STEPS} more steps</p>}
    </Part>
  )
}

const timeLeft = (ms: number): string =>
  ms <= 0 ? 'due now' : `in ${printDuration(ms < 1_000 ? ms : Math.round(ms / 1_000) * 1_000)}`
