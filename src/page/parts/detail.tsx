import type { ComponentChildren, JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { Button } from './button.js'

interface DetailProps {
  /** What it shows: the name of the region. */
  title: string
  /** Beside the title: a state, an id. */
  heading?: ComponentChildren
  /** Buttons for what it shows. */
  actions?: ComponentChildren
  onClose: () => void
  children: ComponentChildren
}

/** What is opened from a list: beside it, or over it where there is no room. */
export function Detail({ title, heading, actions, onClose, children }: DetailProps): JSX.Element {
  const region = useRef<HTMLElement>(null)
  useEffect(() => region.current?.scrollTo(0, 0), [title])
  return (
    <section class="detail" aria-label={title} ref={region}>
      <header class="detail-head">
        <h2>{title}</h2>
        {heading}
        <span class="spread" />
        {actions}
        <Button icon="close" title="Close (Esc)" kind="quiet" onClick={onClose} />
      </header>
      <div class="detail-body">{children}</div>
    </section>
  )
}

/** A part of a detail, with a heading. */
export const Part = ({
  title,
  aside,
  children
}: {
  title: string
  aside?: ComponentChildren
  children: ComponentChildren
}): JSX.Element => (
  <section class="part">
    <h3>
      {title}
      {aside !== undefined && <span class="aside">{aside}</span>}
    </h3>
    {children}
  </section>
)

/** Facts: names and values. An undefined value is left out. */
export const Facts = ({
  rows
}: {
  rows: readonly [name: string, value: ComponentChildren | undefined][]
}): JSX.Element => (
  <dl class="facts">
    {rows.map(([name, value]) =>
      value === undefined || value === '' ? null : (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      )
    )}
  </dl>
)
