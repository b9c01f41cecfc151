import { useComputed, useSignal } from '@preact/signals'
import type { ComponentChildren, JSX } from 'preact'
import { directory, events, phones } from '../../emulator/contents.js'
import { useKeys } from '../../keys.js'
import { Detail } from '../../parts/detail.js'
import { SEARCH, Search } from '../../parts/search.js'
import { Text } from '../../parts/text.js'
import { parameter } from '../../route.js'
import { AppPanel, OrganizationPanel } from './app-panel.js'
import { EventPanel } from './event-panel.js'
import { ExtensionPanel } from './extension-panel.js'
import { KINDS, type Kind, keyOf, type Row, rowsOf, treeOf } from './nodes.js'
import { PhoneForm } from './phone-form.js'
import { select } from './select.js'
import { Tree } from './tree.js'
import { UserPanel } from './user-panel.js'

/** Organizations, users, extensions with their events, apps and phones. */
export function DirectoryView(): JSX.Element {
  const toggled = useSignal<ReadonlySet<string>>(new Set())
  const selected = useComputed(() => {
    const kind = KINDS.find(one => parameter(one))
    return kind && { kind, id: parameter(kind) ?? '' }
  })
  const tree = useComputed(() =>
    directory.value === undefined ? [] : treeOf(directory.value, events.value, phones.value)
  )
  const key = selected.value && keyOf(selected.value)
  const rows = useComputed(() =>
    rowsOf(tree.value, parameter(SEARCH) ?? '', toggled.value, selected.value && keyOf(selected.value))
  )
  const toggle = ({ key }: Row) => {
    const next = new Set(toggled.value)
    if (!next.delete(key)) next.add(key)
    toggled.value = next
  }
  const close = () => select(undefined, '')
  useKeys([{ key: 'Escape', meaning: 'Close', act: close }])
  return (
    <div class="view">
      <div class="list">
        <div class="bar">
          <Search label="Search in names, numbers, ids, notes and urls" />
          <span class="spread" />
          <span class="muted" role="status">
            {directory.value?.extensions.length ?? 0} extensions, {events.value.length} events
          </span>
        </div>
        {rows.value.length === 0 ? (
          <p class="empty">{parameter(SEARCH) ? 'Nothing contains this text.' : 'The sandbox has no directory.'}</p>
        ) : (
          <Tree
            rows={rows.value}
            selected={key}
            onOpen={row => (row.kind === 'group' ? toggle(row) : select(row.kind, row.id))}
            onToggle={toggle}
          />
        )}
      </div>
      {selected.value && <Selected key={key} {...selected.value} onClose={close} />}
    </div>
  )
}

/** What is selected, or that it is not there. */
function Selected({ kind, id, onClose }: { kind: Kind; id: string; onClose: () => void }): JSX.Element {
  const { organizations = [], users = [], extensions = [], apps = [] } = directory.value ?? {}
  const panelOf = (): ComponentChildren => {
    const organization = kind === 'organization' && organizations.find(one => one.id === id)
    const user = kind === 'user' && users.find(one => one.id === id)
    const extension = kind === 'extension' && extensions.find(one => one.number === id)
    const event = kind === 'event' && events.value.find(one => one.id === id)
    const app = kind === 'app' && apps.find(one => one.clientId === id)
    if (organization) return <OrganizationPanel organization={organization} />
    if (user) return <UserPanel user={user} />
    if (extension) return <ExtensionPanel extension={extension} />
    if (event) return <EventPanel event={event} />
    if (app) return <AppPanel app={app} />
    return kind === 'phone' && <PhoneForm number={id} />
  }
  return (
    <Detail title={TITLES[kind]} onClose={onClose}>
      {panelOf() || (
        <p>
          The sandbox has no {kind} <Text value={id} />: it was removed, or never there.
        </p>
      )}
    </Detail>
  )
}

const TITLES: Record<Kind, string> = {
  organization: 'Organization',
  user: 'User',
  extension: 'Extension',
  event: 'Phone call event',
  app: 'App',
  phone: 'Phone',
  group: 'Group'
}
