import { escapeControls } from './escape.js'
import { foldLine, widthOf } from './fold.js'
import { type Page, PLAIN_PAGE, type Style } from './page.js'

/** A column: its heading, and its smallest width in columns of a terminal. The last one takes the rest of a line. */
export interface Column {
  name: string
  width: number
}

/** A value of a row, with its style. */
export type Cell = string | { text: string; style: Style }

/**
 * A table as lines of text. On a page without a width, each row is one line. Else the columns that have no room go on
 * below the second column, and long values are folded.
 */
export interface TextTable {
  /** The line of headings. */
  head(page?: Page): string
  row(cells: readonly Cell[], page?: Page): string
}

/** Makes a table with these columns. */
export function createTable(columns: readonly Column[]): TextTable {
  const indent = (columns[0]?.width ?? 0) + GAP
  const row = (cells: readonly Cell[], page: Page = PLAIN_PAGE): string => {
    let text = ''
    let at = 0 // how many columns of the line are used
    let isFresh = true // nothing stands on the line
    for (const [index, cell] of cells.entries()) {
      const isLast = index === columns.length - 1
      const value = escapeControls(typeof cell === 'string' ? cell : cell.text)
      const width = isLast ? MIN_LAST_WIDTH : Math.max(columns[index]?.width ?? 0, widthOf(value))
      if (!isFresh && at + GAP + width > page.width) {
        text = `${text.trimEnd()}\n${' '.repeat(indent)}`
        at = indent
      } else if (!isFresh) {
        text += ' '.repeat(GAP)
        at += GAP
      }
      const lines = foldLine(value, { width: page.width - at }).split('\n')
      text += lines.map(line => paint(page, cell, line)).join(`\n${' '.repeat(at)}`)
      const used = widthOf(lines.at(-1) ?? '')
      if (!isLast) text += ' '.repeat(Math.max(0, width - used))
      at += Math.max(width, used)
      isFresh = false
    }
    return `${text.trimEnd()}\n`
  }
  return {
    head: page =>
      row(
        columns.map(({ name }) => ({ text: name, style: 'bold' })),
        page
      ),
    row
  }
}

const paint = (page: Page, cell: Cell, text: string): string =>
  typeof cell === 'string' ? text : page.paint(cell.style, text)

/** Spaces between two columns. */
const GAP = 2

/** The width that the last column has at least, on a line of its own otherwise. */
const MIN_LAST_WIDTH = 24

/** Columns as wide as their values, up to a limit. */
export const fitColumns = (columns: readonly Column[], rows: readonly (readonly string[])[], limit = 32): Column[] =>
  columns.map(({ name, width }, index) => ({
    name,
    width: Math.max(
      width,
      widthOf(name),
      ...(index < columns.length - 1 ? rows.map(row => Math.min(limit, widthOf(escapeControls(row[index] ?? '')))) : [])
    )
  }))
