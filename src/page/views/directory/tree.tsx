import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { useKeys } from '../../keys.js'
import { CopyButton } from '../../parts/button.js'
import { Icon } from '../../parts/icons.js'
import { Tag } from '../../parts/marks.js'
import { Text } from '../../parts/text.js'
import type { Row } from './nodes.js'

/** The height of a row in pixels, as in the style sheet, and the rows beyond the visible ones that are drawn. */
const ROW_HEIGHT = 30
const MARGIN = 8

interface TreeProps {
  rows: readonly Row[]
  selected: string | undefined
  onOpen: (row: Row) => void
  onToggle: (row: Row) => void
}

/** A tree of which only the visible rows are drawn. Arrow keys, `j` and `k` move; right and left open and close. */
export function Tree({ rows, selected, onOpen, onToggle }: TreeProps): JSX.Element {
  const scroller = useRef<HTMLDivElement>(null)
  const top = useSignal(0)
  const height = useSignal(600)
  const active = useSignal<string | undefined>(undefined)
  const current = active.value ?? selected ?? rows[0]?.key

  useEffect(() => {
    const measure = new ResizeObserver(([entry]) => void (height.value = entry?.contentRect.height ?? 0))
    if (scroller.current) measure.observe(scroller.current)
    return () => measure.disconnect()
  }, [])
  const reveal = (index: number) => {
    const element = scroller.current
    if (element === null || index < 0) return
    const start = index * ROW_HEIGHT
    const last = start + ROW_HEIGHT - element.clientHeight
    if (element.scrollTop > start || element.scrollTop < last) element.scrollTop = Math.max(0, last + 60)
    if (element.scrollTop > start) element.scrollTop = start
  }
  useEffect(() => reveal(rows.findIndex(({ key }) => key === selected)), [selected])

  const go = (index: number) => {
    const row = rows[Math.min(rows.length - 1, Math.max(0, index))]
    if (row === undefined) return
    active.value = row.key
    reveal(rows.indexOf(row))
    requestAnimationFrame(() => scroller.current?.querySelector<HTMLElement>('[data-active=true]')?.focus())
  }
  const at = () => rows.findIndex(({ key }) => key === current)
  useKeys([
    { key: 'j', meaning: 'Move down', act: () => go(at() + 1) },
    { key: 'k', meaning: 'Move up', act: () => go(at() - 1) }
  ])

  const handleKey = (event: KeyboardEvent, row: Row, index: number) => {
    if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) return
    const isParent = row.children.length > 0
    const acts: Record<string, () => void> = {
      ArrowDown: () => go(index + 1),
      ArrowUp: () => go(index - 1),
      Home: () => go(0),
      End: () => go(rows.length - 1),
      Enter: () => onOpen(row),
      ' ': () => onOpen(row),
      ArrowRight: () => (row.isOpen ? go(index + 1) : isParent && onToggle(row)),
      ArrowLeft: () =>
        row.isOpen ? onToggle(row) : go(rows.findLastIndex(({ level }, above) => above < index && level < row.level))
    }
    const act = acts[event.key]
    if (act === undefined) return
    event.preventDefault()
    act()
  }

  const handleClick = ({ target }: MouseEvent, row: Row) => {
    if (!(target instanceof Element) || target.closest('button')) return
    if (target.closest('.directory-twisty')) onToggle(row)
    else onOpen(row)
  }

  const start = Math.max(0, Math.floor(top.value / ROW_HEIGHT) - MARGIN)
  const drawn = rows.slice(start, Math.ceil((top.value + height.value) / ROW_HEIGHT) + MARGIN)
  const reachable = drawn.some(({ key }) => key === current) ? current : drawn[0]?.key
  return (
    <div
      class="directory-tree"
      role="tree"
      aria-label="Directory"
      ref={scroller}
      onScroll={({ currentTarget }) => void (top.value = currentTarget.scrollTop)}
    >
      <div role="presentation" style={{ height: `${start * ROW_HEIGHT}px` }} />
      {drawn.map((row, index) => (
        <div
          key={row.key}
          role="treeitem"
          aria-level={row.level}
          aria-setsize={row.of}
          aria-posinset={row.place}
          aria-expanded={row.children.length > 0 ? row.isOpen : undefined}
          aria-selected={row.key === selected}
          data-active={row.key === current}
          tabIndex={row.key === reachable ? 0 : -1}
          class={`directory-row ${row.kind}`}
          style={{ '--level': row.level }}
          onFocus={() => void (active.value = row.key)}
          onClick={event => handleClick(event, row)}
          onKeyDown={event => handleKey(event, row, start + index)}
        >
          <span class="directory-twisty">
            {row.children.length > 0 && <Icon name={row.isOpen ? 'down' : 'right'} />}
          </span>
          <span class="directory-label">
            <Text value={row.label} />
          </span>
          {row.isOff && <Tag>{row.kind === 'app' ? 'disabled' : 'disarmed'}</Tag>}
          <span class="directory-about muted">
            <Text value={row.about} />
          </span>
          {!row.isOpen && row.children.length > 0 && <span class="count">{row.children.length}</span>}
          {row.key === current && row.kind !== 'group' && (
            <CopyButton text={row.id} what={`the id ${row.id.slice(0, 40)}`} />
          )}
        </div>
      ))}
      <div role="presentation" style={{ height: `${(rows.length - start - drawn.length) * ROW_HEIGHT}px` }} />
    </div>
  )
}
