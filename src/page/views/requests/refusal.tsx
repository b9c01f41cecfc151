import type { JSX } from 'preact'
import { VENDOR_ROUTES, type VendorRoute } from '../../../schema/control-api/vendor-routes.js'
import { EVENT_TYPES } from '../../../schema/event-type.js'
import type { JournalEntry } from '../../../schema/journal.js'
import { REASONS } from '../../../schema/reasons.js'
import { directory, events } from '../../emulator/contents.js'
import { Part } from '../../parts/detail.js'
import { Go } from '../../parts/link.js'
import { Tag } from '../../parts/marks.js'
import { Text } from '../../parts/text.js'
import { pathOf } from './filters.js'

/** Why a request was refused, by which rule, and what would have matched. Nothing for one that was not. */
export function Refusal({ entry }: { entry: JournalEntry }): JSX.Element | null {
  const { reason, hint, unmatched } = entry
  if (reason === undefined && hint === undefined && !unmatched) return null
  const row = reason !== undefined && Object.hasOwn(REASONS, reason) ? Reflect.get(REASONS, reason) : undefined
  const instead = <Instead entry={entry} />
  return (
    <>
      <Part title="Why it was refused">
        <p>
          {reason && (
            <Tag tone="warn">
              <Text value={reason} />
            </Tag>
          )}{' '}
          {row && `${sentence(row.meaning)} `}
          {row && <span class="muted">Rule: {row.source}.</span>}
        </p>
        <Said entry={entry} />
      </Part>
      <Part title="What would have matched">
        {hint !== undefined && (
          <p class="requests-hint">
            <Text value={hint} long />
          </p>
        )}
        {instead}
      </Part>
    </>
  )
}

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`

/** The message of the answer, in either error shape. */
function Said({ entry: { response } }: { entry: JournalEntry }): JSX.Element | null {
  try {
    const { error, error_description } = Object(JSON.parse(response.body))
    const said = error_description ?? Object(error).message
    return typeof said === 'string' ? (
      <p>
        The answer: <Text value={said} long />
      </p>
    ) : null
  } catch {
    return null // it is not JSON
  }
}

/** What exists in the place of what was sent. */
function Instead({ entry }: { entry: JournalEntry }): JSX.Element {
  const { reason = '', unmatched, extension } = entry
  if (unmatched) return <Routes path={pathOf(entry)} />
  if (/^event_type/.test(reason))
    return <List of={EVENT_TYPES.map(({ code, label, meaning }) => [code, `${label}: ${meaning}`])} />
  if (/^event_unknown/.test(reason))
    return (
      <List
        of={events.value
          .filter(event => event.extension === extension)
          .map(event => [event.id, event.note || event.url])}
        none="The extension has no phone call event."
      />
    )
  if (/^(?:extension|organization)_/.test(reason)) {
    const { extensions = [] } = directory.value ?? {}
    return <List of={extensions.map(({ number, owner, kind }) => [number, `${kind}, of user ${owner}`])} />
  }
  if (/^user_/.test(reason)) return <List of={(directory.value?.users ?? []).map(({ id, name }) => [id, name])} />
  if (/^(?:credentials|token|session|xsrf|role)_/.test(reason))
    return (
      <p>
        A token or session of a user who may do it: the <Go to="directory">directory</Go> makes one.
      </p>
    )
  if (/^(?:client|redirect)_/.test(reason))
    return (
      <List
        of={(directory.value?.apps ?? []).map(({ clientId, redirectUris }) => [clientId, redirectUris.join(' ')])}
      />
    )
  if (reason === 'fault_injected') return <p>The same request without the fault.</p>
  return <p class="muted">The same request, with what the answer says put right.</p>
}

/** The most rows that are listed. */
const MAX_LISTED = 8

const List = ({ of: rows, none }: { of: readonly [string, string][]; none?: string }): JSX.Element => (
  <>
    {rows.length === 0 && <p class="muted">{none ?? 'There are none in this sandbox.'}</p>}
    <ul class="requests-instead">
      {rows.slice(0, MAX_LISTED).map(([name, about]) => (
        <li key={name}>
          <code>
            <Text value={name} />
          </code>{' '}
          <span class="muted">
            <Text value={about} />
          </span>
        </li>
      ))}
    </ul>
    {rows.length > MAX_LISTED && <p class="muted">… and {rows.length - MAX_LISTED} more.</p>}
  </>
)

/** The operations that exist, those first that have more words of a path. */
function Routes({ path }: { path: string }): JSX.Element {
  const sent = new Set(path.toLowerCase().split('/'))
  const shared = ({ path: route }: VendorRoute) =>
    route.split('/').filter(word => word !== '' && sent.has(word.toLowerCase())).length
  const rows = [...VENDOR_ROUTES].sort((one, other) => shared(other) - shared(one))
  return <List of={rows.map(route => [route.path, route.methods.join(', ')])} />
}
