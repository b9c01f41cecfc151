import type { Call, CallLeg, Moment } from '../schema/calls/call.js'
import { escapeControls } from './terminal/escape.js'
import { foldLine, foldLines, padTo, widthOf } from './terminal/fold.js'
import { type Page, PLAIN_PAGE } from './terminal/page.js'

/**
 * The lanes of a call's timeline: one column a leg of an extension, with the letter of the leg at its moments, `:` while
 * it rings and `|` while it is answered.
 */
export interface Lanes {
  /** Whether lanes are printed: a call of two legs has none. */
  areShown(): boolean
  /** The lines that list the legs that were not listed before. Empty while no lanes are printed. */
  name(legs: readonly CallLeg[], columns?: readonly LegColumn[]): string
  /** The lanes at a moment. */
  at(moment: Pick<Moment, 'moment' | 'leg'>): string
  /** The lanes between two moments. */
  between(): string
}

/** A further column of the lines that name the legs. */
export type LegColumn = (leg: CallLeg) => string

/** The maximum number of lanes that are drawn beside each other. Of more legs, each moment has only the letter. */
export const MAX_LANES = 10

/** The key of the marks, as a line. */
export const LANES_KEY =
  'Lanes: a letter is a moment of that leg; ":" means that the leg rings, "|" that it is answered.\n'

/**
 * Lanes that are shown once the call has more than two legs, or always.
 * @param toCome how many legs the steps of the call add: their lanes are reserved from the beginning
 */
export function createLanes({
  toCome = 0,
  always = false,
  page = PLAIN_PAGE
}: {
  toCome?: number
  always?: boolean
  page?: Page
} = {}): Lanes {
  /** The mark of each leg of an extension between two moments, by its index: a blank before its first and after its last. */
  const marks = new Map<number, string>()
  let named = 0
  let isShown = false
  let reserved = 0

  /** @param moment the leg of the moment that is drawn */
  const draw = (moment?: number): string => {
    if (reserved <= MAX_LANES)
      return [...marks]
        .map(([leg, mark]) => (leg === moment ? letterOf(leg) : mark))
        .join(' ')
        .padEnd(2 * reserved - 1)
    return (moment === undefined ? '' : letterOf(moment)).padEnd(letterOf(named).length)
  }

  return {
    areShown: () => isShown,
    name(legs, columns = []) {
      for (const [index, { extension }] of legs.entries())
        if (extension !== undefined && !marks.has(index)) marks.set(index, ' ')
      reserved = Math.max(reserved, marks.size, named === 0 ? marks.size + toCome : 0)
      isShown ||= always || legs.length + toCome > 2
      if (!isShown) return ''
      const lines = renderLegs(legs, columns, page).slice(named)
      const key = named === 0 && reserved <= MAX_LANES ? foldLines(LANES_KEY, page.width) : ''
      named = legs.length
      return `${lines.join('')}${key}`
    },
    at({ moment, leg }) {
      const drawn = draw(leg)
      marks.set(leg, MARK_AFTER[moment])
      return drawn
    },
    between: () => draw()
  }
}

/** The letter of a leg, by its index: A to Z, then AA, AB and so on. */
export const letterOf = (index: number): string =>
  index < LETTERS.length
    ? (LETTERS[index] ?? '')
    : `${letterOf(Math.floor(index / LETTERS.length) - 1)}${letterOf(index % LETTERS.length)}`

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'

/** How many legs the steps of a call still add. */
export const legsToCome = ({ next }: Pick<Call, 'next'>): number =>
  next.reduce((count, { ring = [], transfer }) => count + [ring].flat().length + (transfer ? 2 : 0), 0)

/** The mark of a leg after a moment. */
const MARK_AFTER: Record<Moment['moment'], string> = {
  dialIn: ':',
  dialOut: ':',
  answerIncoming: '|',
  answerOutgoing: '|',
  hangup: ' '
}

/** The legs as lines: letter, number, direction, further columns, CallID. */
function renderLegs(legs: readonly CallLeg[], columns: readonly LegColumn[], page: Page): string[] {
  const rows = legs.map((leg, index) => [
    letterOf(index),
    escapeControls(leg.extension ?? (leg.number || 'no number')),
    leg.direction,
    ...columns.map(column => column(leg)),
    describeLeg(leg)
  ])
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map(row => widthOf(row[column] ?? ''))))
  const next = ' '.repeat((widths[0] ?? 0) + 2)
  return rows.map(row => {
    const text = row.map((value, column) => padTo(value, widths[column] ?? 0)).join('  ')
    return `${foldLine(text.trimEnd(), { width: page.width, next })}\n`
  })
}

const describeLeg = ({ number, extension, callId, via }: CallLeg): string =>
  [
    callId === undefined ? 'outside: no webhooks' : `CallID ${callId}`,
    ...(via === undefined ? [] : [`behind ${via}`]),
    ...(extension === undefined || number === extension ? [] : [`written ${escapeControls(number)}`])
  ].join(', ')
