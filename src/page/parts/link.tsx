import type { ComponentChildren, JSX } from 'preact'
import { hrefOf, openView, type View } from '../route.js'

interface LinkProps {
  href: string
  /** Opens it within the page; a modified click opens another tab. */
  onGo: () => void
  children: ComponentChildren
  class?: string
  title?: string | undefined
  isCurrent?: boolean
}

/** A link within the page. */
export const Link = ({ href, onGo, children, title, isCurrent, class: className }: LinkProps): JSX.Element => (
  <a
    href={href}
    class={className}
    title={title}
    aria-current={isCurrent ? 'page' : undefined}
    onClick={event => {
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return
      event.preventDefault()
      onGo()
    }}
  >
    {children}
  </a>
)

interface GoProps {
  /** The view that has it. */
  to: View
  /** What is open there, and its filters. */
  parameters?: Record<string, string> | undefined
  children: ComponentChildren
  class?: string
}

/** A link to something in a view. */
export const Go = ({ to, parameters = {}, children, class: className = '' }: GoProps): JSX.Element => (
  <Link class={className} href={hrefOf(to, parameters)} onGo={() => openView(to, parameters)}>
    {children}
  </Link>
)
