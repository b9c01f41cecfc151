import type { JSX } from 'preact'
import { calls, deliveries, faults, isLoaded, requests } from '../emulator/contents.js'
import { Link } from '../parts/link.js'
import { currentView, hrefOf, openView, VIEWS, type View } from '../route.js'

const LABELS: Record<View, string> = {
  calls: 'Calls',
  webhooks: 'Webhooks',
  requests: 'Requests',
  directory: 'Directory',
  state: 'State',
  time: 'Time and faults'
}

/** How many things a view has; undefined where a number says nothing. */
const countOf = (view: View): number | undefined => {
  if (!isLoaded.value) return undefined
  if (view === 'calls') return calls.all.value.length
  if (view === 'webhooks') return deliveries.all.value.length
  if (view === 'requests') return requests.all.value.length
  if (view === 'time') return faults.all.value.length || undefined
  return undefined
}

/** The views. */
export const Tabs = (): JSX.Element => (
  <nav class="tabs" aria-label="Views">
    {VIEWS.map(view => {
      const count = countOf(view)
      return (
        <Link key={view} href={hrefOf(view)} onGo={() => openView(view)} isCurrent={view === currentView()}>
          {LABELS[view]}
          {count !== undefined && <span class="count">{count}</span>}
        </Link>
      )
    })}
  </nav>
)
