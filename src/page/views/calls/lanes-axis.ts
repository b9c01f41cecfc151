import { printDuration, printTime } from '../../emulator/clock.js'
import type { TimedCall } from './lanes-legs.js'

/** Calls that overlap, and the time that they take. */
interface Piece {
  /** In milliseconds since 1970; `to` is Infinity while one of the calls goes on. */
  from: number
  to: number
  /** Its calls are those from one index up to another, which is not part of it. */
  first: number
  last: number
}

/** Calls by their start, in pieces between which nothing happens. */
export interface Cut {
  calls: readonly TimedCall[]
  pieces: readonly Piece[]
  /** When the last step to come is due. */
  planned: number
}

/**
 * Where times are drawn, in pixels from the left end. Within a piece a second has the same width everywhere, and what
 * takes no time has room for its moments. The time between two pieces is cut when it is wide.
 */
export interface Axis extends Cut {
  /** Pixels of a millisecond. */
  scale: number
  /** The distance of two moments of the same time. */
  step: number
  /** Where each piece begins and how wide it is; the width of one that goes on is its least. */
  places: readonly { x: number; width: number }[]
}

const PIXELS_A_MS = 0.012
const STEP = 14
const PAD = 12

/** The width of time that is cut out; less than MAX_GAP pixels are not. */
const GAP = 40
const MAX_GAP = 96

/** The distance of two moments below which they are not drawn one by one. */
export const LEAST_STEP = 8

/** Cuts calls into pieces. Calls of the same instant stand side by side, in their order. */
export function cut(calls: readonly TimedCall[]): Cut {
  const sorted = calls.toSorted((a, b) => a.start - b.start)
  const pieces: Piece[] = []
  let planned = 0
  for (const [index, { start, end, planned: due }] of sorted.entries()) {
    const piece = pieces.at(-1)
    planned = Math.max(planned, due)
    if (piece === undefined || start >= piece.to) pieces.push({ from: start, to: end, first: index, last: index + 1 })
    else {
      piece.to = Math.max(piece.to, end)
      piece.last = index + 1
    }
  }
  return { calls: sorted, pieces, planned }
}

/** Lays pieces beside each other. @param zoom 1 shows about a minute and a half in a thousand pixels */
export function lay(pieces: Cut, zoom: number): Axis {
  const scale = PIXELS_A_MS * zoom
  const small = Math.min(1, zoom)
  const step = STEP * small
  let x = 0
  const places = pieces.pieces.map(({ from, to, first, last }, index) => {
    const before = pieces.pieces[index - 1]
    x += PAD * small * (index === 0 ? 1 : 2) + (before ? gapOf(from - before.to, { scale, step }) : 0)
    let width = to === Number.POSITIVE_INFINITY ? 0 : (to - from) * scale
    for (let at = first; at < last; at++) {
      const call = pieces.calls[at]
      if (call) width = Math.max(width, (call.start - from) * scale + Math.max(0, call.times.length - 1) * step)
    }
    const place = { x, width }
    x += width
    return place
  })
  return { ...pieces, scale, step, places }
}

const isCut = (ms: number, { scale, step }: Measures): boolean => ms * scale > (MAX_GAP * step) / STEP

const gapOf = (ms: number, measures: Measures): number =>
  isCut(ms, measures) ? (GAP * measures.step) / STEP : ms * measures.scale

type Measures = Pick<Axis, 'scale' | 'step'>

/** The index of the last entry whose value is at most a limit; -1 when there is none. */
function lastUpTo<Entry>(entries: readonly Entry[], readOf: (entry: Entry) => number, limit: number): number {
  let low = 0
  let high = entries.length
  while (low < high) {
    const middle = (low + high) >> 1
    const entry = entries[middle]
    if (entry !== undefined && readOf(entry) <= limit) low = middle + 1
    else high = middle
  }
  return low - 1
}

/** Where a time is drawn. */
export function xOf({ pieces, places, scale, step }: Axis, time: number): number {
  const index = lastUpTo(pieces, ({ from }) => from, time)
  const piece = pieces[index]
  const place = places[index]
  if (piece === undefined || place === undefined) return 0
  if (time < piece.to) return place.x + (time - piece.from) * scale
  const small = step / STEP
  return place.x + place.width + Math.min((time - piece.to) * scale, GAP * small) + (time > piece.to ? PAD * small : 0)
}

/** Whether the time at the right end moves on the axis: a call goes on, or it has just ended. */
export const moves = (axis: Axis, now: number): boolean => {
  const last = axis.pieces.at(-1)
  return last !== undefined && (now < last.to || (now - last.to) * axis.scale < GAP)
}

/** The first and the last piece of a part of the axis, the last one included. */
export function piecesWithin({ places }: Axis, left: number, right: number): [first: number, last: number] {
  return [
    Math.max(
      0,
      lastUpTo(places, ({ x }) => x, left)
    ),
    lastUpTo(places, ({ x }) => x, right)
  ]
}

/** A point of the axis that stays the same when it is zoomed: a piece, and which part of the way to the next. */
export function pointAt(axis: Axis, x: number): { index: number; part: number } {
  const index = Math.max(
    0,
    lastUpTo(axis.places, place => place.x, x)
  )
  return { index, part: (x - (axis.places[index]?.x ?? 0)) / lengthOf(axis, index) }
}

/** Where a point of the axis is. */
export const xOfPoint = (axis: Axis, { index, part }: { index: number; part: number }): number =>
  (axis.places[index]?.x ?? 0) + part * lengthOf(axis, index)

/** From a piece to the next; behind the last one, a second. */
const lengthOf = ({ places, scale }: Axis, index: number): number => {
  const next = places[index + 1]
  return next ? Math.max(1, next.x - (places[index]?.x ?? 0)) : scale * 1_000
}

/** A line of the axis, and a time that was cut out. */
export interface Ticks {
  lines: { x: number; label: string; isStart: boolean }[]
  cuts: { x: number; width: number; label: string }[]
}

const STEPS = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 15e3, 3e4, 6e4, 12e4, 3e5, 6e5, 18e5, 36e5, 864e5
]
const LEAST_TICK = 84
const LEAST_LINE = 36

/** The ticks of a part of the axis. Where a piece begins, its time is stated. */
export function ticksOf(axis: Axis, left: number, right: number): Ticks {
  const { pieces, places, scale, step } = axis
  const every = STEPS.find(ms => ms * scale >= LEAST_TICK) ?? 864e5
  const ticks: Ticks = { lines: [], cuts: [] }
  let free = Number.NEGATIVE_INFINITY
  let line = Number.NEGATIVE_INFINITY
  const add = (x: number, time: number, isStart: boolean, room: number) => {
    const isShort = time % 1_000 === 0
    const width = isShort ? 64 : 92
    const hasRoom = x >= free && (isStart || x + width <= room)
    if (hasRoom) free = x + width
    if (!hasRoom && (!isStart || x < line + LEAST_LINE)) return
    line = x
    ticks.lines.push({ x, label: hasRoom ? printTime(time).slice(0, isShort ? 8 : 12) : '', isStart })
  }
  const [first, last] = piecesWithin(axis, left, right)
  for (let index = first; index <= last; index++) {
    const piece = pieces[index]
    const place = places[index]
    if (piece === undefined || place === undefined) continue
    const before = pieces[index - 1]
    const small = step / STEP
    if (before && isCut(piece.from - before.to, axis))
      ticks.cuts.push({
        x: place.x - (PAD + GAP) * small,
        width: GAP * small,
        label: small < 1 ? '' : printDuration(piece.from - before.to)
      })
    const next = places[index + 1]
    const room = next ? next.x - (PAD + GAP) * small : Number.POSITIVE_INFINITY
    add(place.x, piece.from, true, room)
    const begin = Math.max(piece.from + 1, piece.from + (left - place.x) / scale)
    const end = Math.min(piece.to, piece.from + (right - place.x) / scale)
    for (let time = Math.ceil(begin / every) * every; time < end; time += every)
      add(place.x + (time - piece.from) * scale, time, false, room)
  }
  return ticks
}
