import { useComputed } from '@preact/signals'
import type { JSX } from 'preact'
import type { JournalEntry } from '../../../schema/journal.js'
import { printTime } from '../../emulator/clock.js'
import { requests } from '../../emulator/contents.js'
import { useKeys } from '../../keys.js'
import { StatusCode } from '../../parts/marks.js'
import { type Column, Table } from '../../parts/table.js'
import { Text } from '../../parts/text.js'
import { parameter, query, setParameters } from '../../route.js'
import { FilterBar } from './filter-bar.js'
import { createFilter, filtersIn } from './filters.js'
import { RequestDetail, RequestGone } from './request-detail.js'

const COLUMNS: readonly Column<JournalEntry>[] = [
  { title: 'When', width: '6.4rem', cell: ({ at }) => <time>{printTime(at)}</time> },
  { title: 'Method', width: '3.8rem', cell: ({ method }) => <Text value={method} /> },
  { title: 'Path', width: 'minmax(6rem, 3fr)', cell: ({ path }) => <Path path={path} /> },
  { title: 'User', width: '4rem', cell: ({ user }) => user && <Text value={user} />, isMinor: true },
  { title: 'Status', width: '3.2rem', cell: ({ status }) => <StatusCode status={status} /> },
  { title: 'Reason', width: 'minmax(6rem, 1fr)', cell: entry => <Reason {...entry} />, isMinor: true },
  { title: 'ms', width: '3.6rem', cell: ({ ms }) => ms.toFixed(1), align: 'end', isMinor: true }
]

/** The requests that the sandbox received, with the filters of the API. */
export function RequestsView(): JSX.Element {
  const shown = useComputed(() => {
    const filters = filtersIn(query.value)
    const isShown = createFilter(filters, parameter('q'))
    return requests.all.value.filter(isShown).reverse()
  })
  const id = parameter('request')
  const open = (request: string) => setParameters({ request })
  const close = () => setParameters({ request: undefined })
  useKeys([{ key: 'Escape', meaning: 'Close', act: close }])
  const entry = id === undefined ? undefined : requests.find(id)
  return (
    <div class="view requests">
      <div class="list">
        <FilterBar shown={shown.value.length} />
        <Table
          label="Requests, newest first"
          columns={COLUMNS}
          rows={shown.value}
          keyOf={keyOf}
          selected={id}
          onOpen={open}
          empty={requests.all.value.length === 0 ? <None /> : 'No request passes the filters.'}
        />
      </div>
      {id !== undefined &&
        (entry ? <RequestDetail key={id} entry={entry} onClose={close} /> : <RequestGone id={id} onClose={close} />)}
    </div>
  )
}

const keyOf = ({ id }: JournalEntry): string => id

const Path = ({ path }: { path: string }): JSX.Element => (
  <code title={path.slice(0, 2_000)}>
    {path === '' ? <span class="muted">unreadable</span> : <Text value={path} />}
  </code>
)

const Reason = ({ reason, fault, ignoredFields }: JournalEntry): JSX.Element => (
  <span class="muted">
    {reason && <Text value={reason} />}
    {fault !== undefined && ` fault ${fault}`}
    {reason === undefined && ignoredFields.length > 0 && `${ignoredFields.length} ignored`}
  </span>
)

const None = (): JSX.Element => (
  <>
    <p>No request has come yet.</p>
    <p>Every request to the vendor's API, OAuth and catch addresses stands here the moment it is answered.</p>
  </>
)
