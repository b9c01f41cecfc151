import { type ReadonlySignal, useComputed } from '@preact/signals'
import type { JSX } from 'preact'
import { clockMode, printTime } from '../../emulator/clock.js'
import { ticksOf } from './lanes-axis.js'
import { STRIDE, type Window } from './lanes-window.js'

interface TicksProps {
  view: Window
  now: ReadonlySignal<number>
  /** Of the drawing, in pixels. */
  width: ReadonlySignal<number>
}

/** The times above the lanes, how much was cut out, and the time of now. */
export function Ticks({ view, now, width }: TicksProps): JSX.Element {
  const ticks = useComputed(() => {
    const left = view.stride.value * STRIDE
    return ticksOf(view.axis.value, left - 100, left + STRIDE + width.value)
  })
  const shift = useComputed(() => `translate(${-view.left.value} 0)`)
  const place = useComputed(() => `translate(${view.xNow.value} 0)`)
  const hidden = useComputed(() => {
    const { value: at } = view.xNow
    return ticks.value.lines.flatMap(({ x }) => (x > at - 100 && x < at + 48 ? [x] : [])).join(' ')
  })
  const covered = new Set(hidden.value.split(' ').map(Number))
  const { lines, cuts } = ticks.value
  return (
    <svg class="lanes-ticks" aria-hidden="true">
      <g transform={shift}>
        {lines.map(({ x, label, isStart }) =>
          label === '' || covered.has(x) ? null : (
            <text key={x} class={isStart ? 'start' : ''} x={x} y="18">
              {label}
            </text>
          )
        )}
        {cuts.map(({ x, width, label }) => (
          <text key={`c${x}`} class="cut" x={x + width / 2} y="18">
            {label}
          </text>
        ))}
        <g transform={place}>
          <Reading now={now} />
        </g>
      </g>
    </svg>
  )
}

/** The time of now, at its line. */
function Reading({ now }: { now: ReadonlySignal<number> }): JSX.Element {
  const text = useComputed(() => printTime(now.value).slice(0, clockMode() === 'frozen' ? 12 : 8))
  const isFrozen = clockMode() === 'frozen'
  const half = isFrozen ? 42 : 29
  return (
    <>
      <rect class="lanes-reading" x={-half} y="4" width={2 * half} height="18" rx="4" />
      <text class="now" x="0" y="17">
        {text}
      </text>
    </>
  )
}
