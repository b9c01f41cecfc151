import type { Moment } from '../../../schema/calls/call.js'
import { timeOf } from '../../emulator/clock.js'
import { deliveries } from '../../emulator/contents.js'
import { type WebhookState, webhookState } from '../../parts/marks.js'
import { type Axis, LEAST_STEP, piecesWithin } from './lanes-axis.js'
import type { LegSpan, TimedCall } from './lanes-legs.js'

/** A webhook below its moment. */
export interface Dot {
  id: string
  state: WebhookState
}

/** A moment on its bar. */
export interface Mark {
  x: number
  moment: Moment
  dots: readonly Dot[]
}

/** A leg as it is drawn: pixels from the left end of the axis, and from the top of the lanes. */
export interface Bar {
  call: TimedCall
  span: LegSpan
  begin: number
  answer: number | undefined
  /** Undefined while it goes on; then it ends at now, and at least at `least`. */
  end: number | undefined
  least: number
  marks: readonly Mark[]
  /** Where the steps to come are. */
  plan: readonly number[]
  y: number
}

/** What one extension or outside party does in the part of time that is shown. */
export interface Lane {
  key: string
  isOutside: boolean
  y: number
  height: number
  bars: readonly Bar[]
  /** How many legs there are in each column of COLUMN pixels, when they are too many to be drawn one by one. */
  columns: ReadonlyMap<number, { count: number; failed: number }> | undefined
}

/** All lanes of a part of the axis. */
export interface Scene {
  lanes: readonly Lane[]
  height: number
  axis: Axis
  left: number
  right: number
}

/** The width of a column of legs, in pixels, as what follows. */
export const COLUMN = 5
/** The height of the bar of an extension. */
export const THICK = 14

/** That of an outside party. */
export const THIN = 6

/** The distance of two dots below each other. */
export const DOT = 12

/** The webhooks of a moment that are drawn one by one; more are a number. */
export const MAX_DOTS = 4

const MAX_BARS = 40
const MAX_ROWS = 8

/** Where a lane has too many legs: the most that are drawn as bars beside the columns, and how wide these are. */
const MAX_LONG = 8
const LONG = 40
const isLong = ({ begin, end = Number.POSITIVE_INFINITY }: Bar): boolean => end - begin > LONG

/** Calls of a piece of which all are arranged in rows: so a bar stays in its row when others leave the window. */
const MAX_ARRANGED = 300

/** What is within a part of the axis. @param labelHeight the room for a name above the bars of a lane */
export function sceneOf(axis: Axis, left: number, right: number, labelHeight: number): Scene {
  const lanes = new Map<string, Bar[]>()
  const isWithin = ({ begin, end, least }: Bar) => begin <= right && Math.max(end ?? right, least) >= left
  const [first, last] = piecesWithin(axis, left, right)
  for (let index = first; index <= last; index++) {
    const piece = axis.pieces[index]
    if (piece === undefined) continue
    const isSmall = piece.last - piece.first <= MAX_ARRANGED
    for (const call of axis.calls.slice(piece.first, piece.last))
      for (const bar of barsOf(call, axis, (axis.places[index]?.x ?? 0) - piece.from * axis.scale)) {
        if (!isSmall && !isWithin(bar)) continue
        const bars = lanes.get(bar.span.lane)
        if (bars) bars.push(bar)
        else lanes.set(bar.span.lane, [bar])
      }
  }
  let y = 0
  const drawn = [...lanes].sort(byParty).flatMap(([key, bars]) => {
    const within = bars.filter(isWithin)
    if (within.length === 0) return []
    const isOutside = within[0]?.span.isOutside ?? false
    const lane = { key, isOutside, y }
    const isDense = within.length > MAX_BARS
    const single = isDense ? within.filter(isLong).slice(-MAX_LONG) : within
    const top = y + labelHeight
    const end = single.length === 0 ? top : arrange(isDense ? single : bars, single, axis, top + (isOutside ? 8 : 9))
    y = Math.max(end + (isDense ? (isOutside ? 20 : 32) : 0), top + (isOutside ? 22 : 42))
    const columns = isDense ? columnsOf(within.filter(bar => !single.includes(bar))) : undefined
    return [{ ...lane, height: y - lane.y, bars: single, columns }]
  })
  return { lanes: drawn, height: y, axis, left, right }
}

/** Extensions by their number, then outside parties by theirs. */
const byParty = ([a, [first]]: [string, Bar[]], [b, [second]]: [string, Bar[]]): number =>
  Number(first?.span.isOutside) - Number(second?.span.isOutside) || (a < b ? -1 : 1)

/** The legs of a call. Moments of the same time stand side by side. @param origin where the year 1970 would be */
function barsOf(timed: TimedCall, axis: Axis, origin: number): Bar[] {
  const { call, start, end, times, spans } = timed
  const isInstant = (end - start) * axis.scale < times.length * axis.step
  const free = new Map<number, number>()
  const xs = times.map((time, index) => {
    const row = isInstant ? -1 : (call.moments[index]?.leg ?? -1)
    const x = Math.max(origin + time * axis.scale, free.get(row) ?? 0)
    free.set(row, x + axis.step)
    return x
  })
  const at = (moment: number) => xs[moment] ?? origin + start * axis.scale
  const plan = call.next.map(step => origin + timeOf(step.at) * axis.scale)
  return spans.map(span => {
    const begin = at(span.begin)
    const last = Math.max(begin, at(span.moments.at(-1) ?? span.answer ?? span.begin))
    return {
      call: timed,
      span,
      begin,
      answer: span.answer === undefined ? undefined : Math.max(begin, at(span.answer)),
      end: span.end === undefined ? undefined : Math.max(begin + 3, at(span.end)),
      least: last + (span.end === undefined ? axis.step : 3),
      marks: marksOf(call.moments, span, at, axis),
      plan: span.end === undefined ? plan : [],
      y: 0
    }
  })
}

/** The moments of a leg; where there is no room for all, those with a webhook that wants attention. */
const marksOf = (moments: readonly Moment[], span: LegSpan, at: (index: number) => number, axis: Axis): Mark[] =>
  span.moments.flatMap(index => {
    const moment = moments[index]
    if (moment === undefined) return []
    const dots = moment.armed.map(({ deliveryId, state }): Dot => {
      const delivery = deliveries.find(deliveryId)
      return { id: deliveryId, state: delivery ? webhookState(delivery) : state }
    })
    if (axis.step >= LEAST_STEP) return [{ x: at(index), moment, dots }]
    const few = dots.filter(({ state }) => state !== 'delivered').slice(0, 1)
    return few.length > 0 ? [{ x: at(index), moment, dots: few }] : []
  })

/** Arranges the bars of a lane in rows, so that none covers another. Rows of which none is seen take no room. */
function arrange(bars: readonly Bar[], within: readonly Bar[], axis: Axis, top: number): number {
  const ends: number[] = []
  const rowOf = new Map<Bar, number>()
  for (const bar of bars) {
    const found = ends.findIndex(free => free <= bar.begin)
    const row = found >= 0 ? found : Math.min(ends.length, MAX_ROWS - 1)
    ends[row] = bar.end === undefined ? Number.POSITIVE_INFINITY : Math.max(bar.end, bar.least) + axis.step
    rowOf.set(bar, row)
  }
  let y = top
  for (const row of ends.keys()) {
    const seen = within.filter(bar => rowOf.get(bar) === row)
    if (seen.length === 0) continue
    const stack = Math.max(0, ...seen.flatMap(({ marks }) => marks.map(({ dots }) => Math.min(MAX_DOTS, dots.length))))
    for (const bar of seen) bar.y = y
    y += (seen[0]?.span.isOutside ? THIN : THICK) + (stack > 0 ? 4 + stack * DOT : 0) + 8
  }
  return y
}

/** How many legs begin in each column, and of how many a webhook did not arrive. */
function columnsOf(bars: readonly Bar[]): Map<number, { count: number; failed: number }> {
  const columns = new Map<number, { count: number; failed: number }>()
  for (const { begin, marks } of bars) {
    const index = Math.floor(begin / COLUMN)
    const column = columns.get(index) ?? { count: 0, failed: 0 }
    column.count += 1
    if (marks.some(({ dots }) => dots.some(({ state }) => WRONG.has(state)))) column.failed += 1
    columns.set(index, column)
  }
  return columns
}

/** States of webhooks that did not arrive. */
export const WRONG: ReadonlySet<WebhookState> = new Set<WebhookState>(['failed', 'blocked', 'interrupted'])
