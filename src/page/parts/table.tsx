import { useSignal } from '@preact/signals'
import type { ComponentChildren, JSX } from 'preact'
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import { useKeys } from '../keys.js'

/** A column of a table. */
export interface Column<Row> {
  title: string
  /** The width as a track of a grid: `6rem`, `minmax(8rem, 1fr)`. */
  width: string
  cell: (row: Row) => ComponentChildren
  /** Whether it is left out where there is little room. */
  isMinor?: boolean
  align?: 'end'
}

interface TableProps<Row> {
  /** What the rows are, for screen readers. */
  label: string
  columns: readonly Column<Row>[]
  /** In the order in which they are shown. */
  rows: readonly Row[]
  keyOf: (row: Row) => string
  selected: string | undefined
  onOpen: (key: string) => void
  toneOf?: (row: Row) => string | undefined
  /** Shown instead of rows when there are none. */
  empty: ComponentChildren
}

/** The height of a row in pixels; the style sheet has the same. */
const ROW_HEIGHT = 32

/** Rows that are drawn beyond the visible ones. */
const MARGIN = 8

/**
 * A table that draws only the visible rows, so that 10,000 scroll as well as ten. `j` and `k` move, Enter opens. The
 * rows below the one that is looked at stay where they are when others are added above.
 */
export function Table<Row>({
  label,
  columns,
  rows,
  keyOf,
  selected,
  onOpen,
  toneOf,
  empty
}: TableProps<Row>): JSX.Element {
  const scroller = useRef<HTMLDivElement>(null)
  const top = useSignal(0)
  const height = useSignal(600)
  const active = useSignal<string | undefined>(selected)
  const template = columns.map(({ width }) => width).join(' ')
  const minor = columns.filter(({ isMinor }) => !isMinor).map(({ width }) => width)

  useEffect(() => {
    const element = scroller.current
    if (element === null) return
    const measure = new ResizeObserver(() => {
      height.value = element.clientHeight
    })
    measure.observe(element)
    return () => measure.disconnect()
  }, [])

  const first = useRef<string>(undefined)
  useLayoutEffect(() => {
    const element = scroller.current
    const before = first.current
    first.current = rows[0] && keyOf(rows[0])
    if (element === null || before === undefined || element.scrollTop < ROW_HEIGHT) return
    const added = rows.findIndex(row => keyOf(row) === before)
    if (added > 0) element.scrollTop += added * ROW_HEIGHT
  })

  const reveal = (index: number) => {
    const element = scroller.current
    if (element === null) return
    const start = index * ROW_HEIGHT
    if (start < element.scrollTop) element.scrollTop = start
    else if (start + 2 * ROW_HEIGHT > element.scrollTop + element.clientHeight)
      element.scrollTop = start + 2 * ROW_HEIGHT - element.clientHeight
  }
  const move = (step: number) => {
    const index = rows.findIndex(row => keyOf(row) === (active.value ?? selected))
    const next = Math.min(rows.length - 1, Math.max(0, index + step))
    const row = rows[next]
    if (row === undefined) return
    active.value = keyOf(row)
    reveal(next)
    if (selected !== undefined) onOpen(keyOf(row))
    requestAnimationFrame(() => scroller.current?.querySelector<HTMLElement>('[data-active=true]')?.focus())
  }
  useKeys([
    { key: 'j', meaning: 'Move down', act: () => move(1) },
    { key: 'k', meaning: 'Move up', act: () => move(-1) },
    { key: 'Enter', meaning: 'Open', act: () => active.value && onOpen(active.value) }
  ])

  const start = Math.max(0, Math.floor(top.value / ROW_HEIGHT) - MARGIN)
  const end = Math.min(rows.length, Math.ceil((top.value + height.value) / ROW_HEIGHT) + MARGIN)
  const current = active.value ?? selected ?? (rows[0] && keyOf(rows[0]))
  const handleKey = (event: KeyboardEvent, key: string) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (event.key === 'Enter' || event.key === ' ') onOpen(key)
    else if (step !== undefined) move(step)
    else return
    event.preventDefault()
  }

  return (
    <div
      class="table"
      role="grid"
      aria-label={label}
      aria-rowcount={rows.length + 1}
      style={{ '--columns': template, '--few-columns': minor.join(' ') }}
    >
      <div class="table-head" role="row" aria-rowindex={1}>
        {columns.map(({ title, isMinor, align }) => (
          <span key={title} role="columnheader" class={classOf(isMinor, align)}>
            {title}
          </span>
        ))}
      </div>
      <div
        class="table-body"
        role={rows.length === 0 ? 'presentation' : 'rowgroup'}
        ref={scroller}
        onScroll={({ currentTarget }) => void (top.value = currentTarget.scrollTop)}
      >
        {rows.length === 0 && <div class="empty">{empty}</div>}
        <div role="presentation" style={{ height: `${start * ROW_HEIGHT}px` }} />
        {rows.slice(start, end).map((row, index) => {
          const key = keyOf(row)
          return (
            <div
              key={key}
              role="row"
              aria-rowindex={start + index + 2}
              aria-selected={key === selected}
              data-active={key === current}
              class={`table-row ${toneOf?.(row) ?? ''}`}
              tabIndex={key === current ? 0 : -1}
              onClick={() => {
                active.value = key
                onOpen(key)
              }}
              onKeyDown={event => handleKey(event, key)}
            >
              {columns.map(({ title, cell, isMinor, align }) => (
                <span key={title} role="gridcell" class={classOf(isMinor, align)}>
                  {cell(row)}
                </span>
              ))}
            </div>
          )
        })}
        <div role="presentation" style={{ height: `${(rows.length - end) * ROW_HEIGHT}px` }} />
      </div>
    </div>
  )
}

const classOf = (isMinor: boolean | undefined, align: 'end' | undefined): string =>
  `${isMinor ? 'minor' : ''} ${align === 'end' ? 'end' : ''}`
