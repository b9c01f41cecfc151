import { WriteStream } from 'node:tty'
import { inspect } from 'node:util'
import type { Environment } from '../../option-table.js'

/** What text is written on: a terminal with its width and colours, or anything else, with neither. */
export interface Page {
  /** Columns of a line, 60 at least; Infinity where nothing is folded. It follows the size of the terminal. */
  readonly width: number
  readonly hasColours: boolean
  /** A text in a style; the text itself without colours. */
  paint(style: Style, text: string): string
}

/** The styles that are used, each with its meaning. */
export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan'

/** A stream of the process, as far as a page depends on it. */
export interface OutputStream {
  isTTY?: boolean
  columns?: number
}

/** The width that text is folded to on a terminal that is narrower, in columns. */
export const MIN_WIDTH = 60

/** The page of a pipe or a file. */
export const PLAIN_PAGE: Page = { width: Infinity, hasColours: false, paint: (_style, text) => text }

/** The page of a stream. COLUMNS overrides the width of a terminal; colours follow FORCE_COLOR, then NO_COLOR. */
export function createPage(stream: OutputStream | undefined, environment: Environment): Page {
  const isTerminal = stream?.isTTY === true
  const hasColours = areColoursWanted(isTerminal, environment)
  if (!isTerminal && !hasColours) return PLAIN_PAGE
  return {
    get width() {
      return isTerminal ? Math.max(MIN_WIDTH, widthOfTerminal(stream, environment)) : Infinity
    },
    hasColours,
    paint(style, text) {
      const [open, close] = inspect.colors[style] ?? [0, 0]
      return hasColours && text !== '' ? `\u001b[${open}m${text}\u001b[${close}m` : text
    }
  }
}

const DEFAULT_WIDTH = 80

function widthOfTerminal({ columns = 0 }: OutputStream, { COLUMNS = '' }: Environment): number {
  if (/^[1-9]\d{0,3}$/.test(COLUMNS)) return Number(COLUMNS)
  return columns > 0 ? columns : DEFAULT_WIDTH
}

/**
 * Whether colours are wanted. An empty NO_COLOR counts as unset, by its convention; FORCE_COLOR has the values that Node
 * gives it, and comes first: empty, 1, 2, 3 and true for colours, any other for none.
 */
function areColoursWanted(isTerminal: boolean, environment: Environment): boolean {
  const { NO_COLOR, FORCE_COLOR, ...rest } = environment
  if (FORCE_COLOR === undefined && (!isTerminal || (NO_COLOR !== undefined && NO_COLOR !== ''))) return false
  return WriteStream.prototype.getColorDepth({ ...rest, ...(FORCE_COLOR !== undefined && { FORCE_COLOR }) }) > 1
}
