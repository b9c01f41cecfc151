import type { ReadonlySignal } from '@preact/signals'
import type { JSX } from 'preact'
import type { MomentName } from '../../../schema/calls/call.js'
import { printTime } from '../../emulator/clock.js'
import { labelOfMoment } from '../../parts/labels.js'
import { WEBHOOK_MARKS } from '../../parts/marks.js'
import { hrefOf } from '../../route.js'
import { type Bar, COLUMN, DOT, type Lane, MAX_DOTS, type Mark, THICK, THIN } from './lanes-scene.js'

/** The outlines of moments, around the middle of a circle. */
export const MOMENT_SHAPES: Record<MomentName, string> = {
  dialIn: 'M2.8-2.8-2-.0M2.4-2.4-2.4 2.4M-2.4-1.6v4h4',
  dialOut: 'M-2.4 2.4 2.4-2.4M-1.6-2.4h4v4',
  answerIncoming: 'M-3 .2-.9 2.3 3-2',
  answerOutgoing: 'M-3 .2-.9 2.3 3-2',
  hangup: 'M-2.2-2.2h4.4v4.4h-4.4Z'
}

/** A leg: its bar, its moments, and their webhooks. @param href of the call @param isChosen whether it is open */
export function BarOf({
  bar,
  href,
  isChosen,
  xNow
}: {
  bar: Bar
  href: string
  isChosen: boolean
  xNow: ReadonlySignal<number>
}): JSX.Element {
  const { call, span, y } = bar
  const legState = bar.end !== undefined ? 'ended' : bar.answer === undefined ? 'ringing' : 'talking'
  return (
    <g
      class={`lanes-bar ${bar.end === undefined ? 'going' : ''} ${span.isOutside ? 'outside' : ''} ${isChosen ? 'chosen' : ''}`}
    >
      <a href={href} tabindex={-1} data-call={call.call.callId}>
        <title>{`${span.lane}: ${legState}, call ${call.call.callId}`}</title>
        {bar.end === undefined ? (
          <Going bar={bar} xNow={xNow} />
        ) : (
          <Segments bar={bar} end={Math.max(bar.end, bar.least)} />
        )}
        {bar.marks.map(mark => (
          <MomentMark key={mark.x} mark={mark} y={y + THICK / 2} isUnanswered={bar.answer === undefined} />
        ))}
      </a>
      {bar.marks.map(mark => (
        <Dots key={mark.x} mark={mark} y={y + THICK + 10} />
      ))}
    </g>
  )
}

/** A leg that goes on ends at now. The steps to come are lines on a dashed one. */
function Going({ bar, xNow }: { bar: Bar; xNow: ReadonlySignal<number> }): JSX.Element {
  const end = Math.max(bar.least, xNow.value)
  const middle = bar.y + (bar.span.isOutside ? THIN : THICK) / 2
  const due = bar.plan.filter(x => x > end)
  return (
    <>
      <Segments bar={bar} end={end} />
      <path class="lanes-head" d={`M${end} ${bar.y - 2}v${2 * (middle - bar.y) + 4}`} />
      {due.length > 0 && (
        <>
          <path class="lanes-plan" d={`M${end} ${middle}H${due.at(-1)}`} />
          <path class="lanes-step" d={due.map(x => `M${x - 3} ${middle}a3 3 0 1 0 6 0a3 3 0 1 0-6 0`).join('')} />
        </>
      )}
    </>
  )
}

/** Ringing is hatched, talking is filled. */
function Segments({ bar: { begin, answer, y, span }, end }: { bar: Bar; end: number }): JSX.Element {
  const size = { y, height: span.isOutside ? THIN : THICK, rx: 2 }
  const ringing = answer ?? end
  return (
    <>
      {ringing > begin && (
        <rect class="ringing" {...size} x={begin} width={ringing - begin} fill="url(#lanes-ringing)" />
      )}
      {answer !== undefined && <rect class="talking" {...size} x={answer} width={Math.max(3, end - answer)} />}
    </>
  )
}

/** A moment: what it is by its shape; a hangup without an answer is a cross. */
const MomentMark = ({ mark: { x, moment }, y, isUnanswered }: { mark: Mark; y: number; isUnanswered: boolean }) => {
  const isHangup = moment.moment === 'hangup'
  return (
    <g class={`lanes-moment ${moment.moment}`} transform={`translate(${x} ${y})`}>
      <title>{`${labelOfMoment(moment.moment)} of ${moment.extension} at ${printTime(moment.at)}, ${moment.callStatus}`}</title>
      <circle r="6" />
      <path d={isHangup && isUnanswered ? 'M-2.3-2.3l4.6 4.6M2.3-2.3l-4.6 4.6' : MOMENT_SHAPES[moment.moment]} />
    </g>
  )
}

/** The webhooks of a moment, one below the other. */
const Dots = ({ mark: { x, moment, dots }, y }: { mark: Mark; y: number }): JSX.Element => {
  const some = dots.length > MAX_DOTS ? dots.slice(0, MAX_DOTS - 1) : dots
  return (
    <>
      {some.map(({ id, state }, index) => (
        <a key={id} href={hrefOf('webhooks', { webhook: id })} tabindex={-1} data-webhook={id}>
          <title>{`Webhook ${id} of ${labelOfMoment(moment.moment)}: ${state}, ${WEBHOOK_MARKS[state].meaning}`}</title>
          <path
            class={`lanes-dot ${state} ${WEBHOOK_MARKS[state].tone}`}
            d={WEBHOOK_MARKS[state].shape}
            fill-rule="evenodd"
            transform={`translate(${x - 5.4} ${y + index * DOT - 5.4}) scale(.9)`}
          />
        </a>
      ))}
      {some.length < dots.length && (
        <text class="lanes-more" x={x} y={y + some.length * DOT + 4}>
          +{dots.length - some.length}
        </text>
      )}
    </>
  )
}

/** Many legs: the more begin in a column, the higher it is; those with a webhook that did not arrive stand below. */
export function Columns({ lane }: { lane: Lane }): JSX.Element {
  const all = [...(lane.columns ?? [])]
  const most = Math.max(...all.map(([, { count }]) => count))
  const base = lane.y + lane.height - 9
  const pathOf = (heightOf: (column: { count: number; failed: number }) => number, top: number) =>
    all
      .map(([index, column]) => [index * COLUMN, Math.ceil(heightOf(column))] as const)
      .map(([x, height]) => (height === 0 ? '' : `M${x} ${top}v${-height}h${COLUMN - 1}v${height}Z`))
      .join('')
  return (
    <g>
      <title>{`${lane.key}: ${all.reduce((sum, [, { count }]) => sum + count, 0)} legs`}</title>
      <path class="lanes-many" d={pathOf(({ count }) => 2 + (count / most) * (lane.isOutside ? 8 : 17), base)} />
      <path class="lanes-many failed" d={pathOf(({ failed }) => (failed > 0 ? 3 : 0), base + 5)} />
    </g>
  )
}
