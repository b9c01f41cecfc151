import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals'
import type { Call } from '../../../schema/calls/call.js'
import { type Axis, cut, lay, moves, pointAt, xOf, xOfPoint } from './lanes-axis.js'
import { timed } from './lanes-legs.js'

/** What is seen of the axis stays when another view is opened: how wide a second is, and where the left end is. */
const zoom = signal(1)
const position = signal(0)

/** Whether the drawing follows the time. */
export const isFollowing = signal(true)

const MIN_ZOOM = 2 ** -12
const MAX_ZOOM = 2 ** 11

/** The part of the axis that is seen, and what changes it. */
export interface Window {
  axis: ReadonlySignal<Axis>
  xNow: ReadonlySignal<number>
  /** The left end, in pixels of the axis. */
  left: ReadonlySignal<number>
  /** The left end in steps of STRIDE: what is drawn is drawn for a stride. */
  stride: ReadonlySignal<number>
  isMoving: ReadonlySignal<(now: number) => boolean>
  /** @param at the pixel of the drawing that stays where it is; the time of now when it is followed */
  zoomBy(factor: number, at?: number): void
  panBy(pixels: number): void
  follow(): void
  /** Shows all of a call, or of all calls. */
  fit(call: Call | undefined): void
  /** Moves to a call that is not seen. */
  reveal(call: Call): void
}

/** The drawing is made anew when it was moved by so many pixels. */
export const STRIDE = 48

/** Room behind the time of now, and the part of the width that steps to come may take. */
const MARGIN = 64
const MAX_PLAN = 0.5

/** @param calls that are shown @param now of the sandbox @param width of the drawing in pixels */
export function createWindow(
  calls: ReadonlySignal<readonly Call[]>,
  now: ReadonlySignal<number>,
  width: Signal<number>
): Window {
  const pieces = computed(() => cut(calls.value.map(timed)))
  const axis = computed(() => lay(pieces.value, zoom.value))
  const xNow = computed(() => xOf(axis.value, now.value))
  const endOf = (of: Axis) => {
    const place = of.places.at(-1)
    const planned = of.planned > now.value ? xOf(of, of.planned) : 0
    return Math.max(place ? place.x + place.width : 0, xOf(of, now.value), planned) + MARGIN
  }
  const last = computed(() => Math.max(0, endOf(axis.value) - width.value))
  const followed = computed(() => Math.max(0, Math.min(last.value, xNow.value - width.value * (1 - MAX_PLAN))))
  const left = computed(() => (isFollowing.value ? followed.value : Math.max(0, Math.min(last.value, position.value))))
  const moveTo = (x: number) => {
    position.value = Math.max(0, x)
    isFollowing.value = false
  }
  const startOf = (call: Call) => xOf(axis.peek(), timed(call).start)
  return {
    axis,
    xNow,
    left,
    stride: computed(() => Math.floor(left.value / STRIDE)),
    isMoving: computed(() => {
      const { value: of } = axis
      return time => moves(of, time) && xOf(of, time) <= left.peek() + width.peek() + MARGIN
    }),
    zoomBy(factor, at) {
      const next = Math.min(MAX_ZOOM, Math.max(MIN_ZOOM, zoom.peek() * factor))
      const fixed = at ?? width.peek() / 2
      const point = pointAt(axis.peek(), left.peek() + fixed)
      zoom.value = next
      if (isFollowing.peek() && at === undefined) return
      moveTo(xOfPoint(axis.peek(), point) - fixed)
    },
    panBy(pixels) {
      const target = left.peek() + pixels
      if (pixels > 0 && target >= last.peek() && !isFollowing.peek()) isFollowing.value = true
      else if (pixels < 0 || !isFollowing.peek()) moveTo(target)
    },
    follow: () => void (isFollowing.value = true),
    fit(call) {
      const chosen = call === undefined ? pieces.peek() : cut([timed(call)])
      let next = call === undefined ? 1 : MAX_ZOOM
      while (next > MIN_ZOOM && endOf(lay(chosen, next)) > width.peek()) next /= call === undefined ? 2 : 1.25
      zoom.value = next
      if (call === undefined) isFollowing.value = true
      else moveTo(startOf(call) - 40)
    },
    reveal(call) {
      const x = startOf(call)
      const { start, end } = timed(call)
      const isSeen = x >= left.peek() && x < left.peek() + width.peek() - 40
      const isLong = end > start && x < left.peek() && xOf(axis.peek(), Math.min(end, now.peek())) > left.peek() + 40
      if (!isSeen && !isLong) moveTo(x - 60)
    }
  }
}
