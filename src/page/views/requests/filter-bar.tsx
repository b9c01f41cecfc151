import { useComputed, useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { EVENT_TYPES } from '../../../schema/event-type.js'
import { Operation } from '../../../schema/operations.js'
import { client } from '../../emulator/client.js'
import { directory, events, requests } from '../../emulator/contents.js'
import { Failed, useAction } from '../../parts/action.js'
import { Button } from '../../parts/button.js'
import { Confirm } from '../../parts/confirm.js'
import { Icon } from '../../parts/icons.js'
import { Search } from '../../parts/search.js'
import { Text } from '../../parts/text.js'
import { query, setParameters } from '../../route.js'
import { FILTERS, type FilterName, type Filters, filtersIn } from './filters.js'

const EXAMPLES: Partial<Record<FilterName, string>> = {
  method: 'POST',
  status: '200',
  extension: '0003*210',
  path: '/uapi/phoneCalls/*'
}

/** The search, the filters in force, and what can be done with the requests. */
export function FilterBar({ shown }: { shown: number }): JSX.Element {
  const exporting = useAction()
  const clearing = useAction()
  const filters = filtersIn(query.value)
  const total = requests.all.value.length
  const clear = async () => {
    const cleared = await clearing.run(() => client.requests.clear())
    if (!cleared) return
    requests.clear()
    requests.replace({ entries: [], dropped: 0, isPart: false }) // none is forgotten either
  }
  return (
    <div class="bar">
      <Search label="Search in paths, headers and bodies" />
      <AddFilter />
      <span class="spread" />
      <span class="muted" role="status">
        {shown === total ? `${total} requests` : `${shown} of ${total} requests`}
        {requests.dropped.value > 0 && `, ${requests.dropped.value} forgotten`}
      </span>
      <Button
        icon="down"
        title="Export as HAR, with the filters and without the search"
        disabled={exporting.isRunning.value}
        onClick={() => void exporting.run(() => exportHar(filters))}
      >
        HAR
      </Button>
      <Confirm
        label="Clear"
        icon="trash"
        question="Clear the journal? Verifications count anew."
        confirm="Clear it"
        disabled={total === 0}
        onConfirm={() => void clear()}
      />
      <Chips filters={filters} />
      <Failed of={exporting} />
      <Failed of={clearing} />
    </div>
  )
}

/** The filters in force; a click removes one. */
function Chips({ filters }: { filters: Filters }): JSX.Element | null {
  const names = FILTERS.filter(name => filters[name] !== undefined)
  if (names.length === 0) return null
  return (
    <ul class="requests-chips" aria-label="Filters">
      {names.map(name => (
        <li key={name}>
          <button
            type="button"
            class="requests-chip"
            title="Remove this filter"
            onClick={() => setParameters({ [name]: undefined }, 'replace')}
          >
            <span class="muted">{name}</span>
            <Text value={(filters[name] ?? '').slice(0, 60)} />
            <Icon name="close" />
          </button>
        </li>
      ))}
      {names.length > 1 && (
        <li>
          <Button
            kind="quiet"
            onClick={() => setParameters(Object.fromEntries(names.map(name => [name, undefined])), 'replace')}
          >
            Remove all
          </Button>
        </li>
      )}
    </ul>
  )
}

/** Adds a filter. The API says whether it has such values: it is asked for one request. */
function AddFilter(): JSX.Element {
  const name = useSignal<FilterName>('operation')
  const value = useSignal('')
  const adding = useAction()
  const suggestions = useComputed(() => suggestionsFor(name.value))
  const add = async () => {
    const query = { [name.value]: value.value }
    if (value.value === '' || !(await adding.run(() => client.requests.list({ ...query, limit: 1 })))) return
    setParameters(query, 'replace')
    value.value = ''
  }
  return (
    <form
      class="row requests-add"
      onSubmit={event => {
        event.preventDefault()
        void add()
      }}
    >
      <select
        aria-label="Filter by"
        value={name.value}
        onChange={({ currentTarget }) => {
          name.value = FILTERS.find(one => one === currentTarget.value) ?? 'operation'
          value.value = ''
        }}
      >
        {FILTERS.map(one => (
          <option key={one} value={one}>
            {one}
          </option>
        ))}
      </select>
      <input
        type="text"
        aria-label={`Value of ${name.value}`}
        list="requests-values"
        placeholder={EXAMPLES[name.value] ?? suggestions.value[0]?.[0]}
        value={value.value}
        spellcheck={false}
        autocomplete="off"
        onInput={({ currentTarget }) => void (value.value = currentTarget.value)}
      />
      <datalist id="requests-values">
        {suggestions.value.map(([one, label]) => (
          <option key={one} value={one} label={label} />
        ))}
      </datalist>
      <Button type="submit" icon="plus" title="Add the filter" />
      <Failed of={adding} />
    </form>
  )
}

/** At most so many values are offered. */
const MAX_OFFERED = 200

/** The values that a filter can have, as far as they are known. */
function suggestionsFor(name: FilterName): [value: string, label?: string | undefined][] {
  if (name === 'operation') return Operation.enum.map(one => [one])
  if (name === 'unmatched') return [['true'], ['false']]
  if (name === 'type') return EVENT_TYPES.map(({ code, label }) => [code, label])
  if (name === 'user') return (directory.value?.users ?? []).slice(0, MAX_OFFERED).map(user => [user.id, user.name])
  if (name === 'extension')
    return (directory.value?.extensions ?? []).slice(0, MAX_OFFERED).map(one => [one.number, one.name])
  if (name === 'eventId') return events.value.slice(0, MAX_OFFERED).map(({ id, note }) => [id, note])
  const seen = requests.all.value.map(entry => String(name === 'path' ? entry.path.replace(/\?.*/s, '') : entry[name]))
  return [...new Set(seen)].slice(-MAX_OFFERED).map(one => [one])
}

/** Downloads the requests as a document for developer tools. */
async function exportHar(filters: Filters): Promise<true> {
  const har = await client.requests.export(filters as object)
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([JSON.stringify(har, null, 2)], { type: 'application/json' }))
  link.download = 'requests.har'
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
  return true
}
