import { useComputed } from '@preact/signals'
import type { JSX } from 'preact'
import { calls } from '../../emulator/contents.js'
import { useKeys } from '../../keys.js'
import { lazy } from '../../lazy.js'
import { Button } from '../../parts/button.js'
import { Search } from '../../parts/search.js'
import { Table } from '../../parts/table.js'
import { parameter, query, setParameters } from '../../route.js'
import { CatchButton, CatchDetail } from '../start/catch-here.js'
import { FirstMinute } from '../start/first-minute.js'
import { CALL_FILTERS, matches } from './call-filter.js'
import { CALL_COLUMNS } from './call-list.js'
import { isDialOpen } from './dial-pad.js'
import { Lanes } from './lanes.js'

const CallDetail = lazy(() => import('./detail/call-detail.js').then(({ CallDetail }) => CallDetail))
const DialPad = lazy(() => import('./dial/dial-pad-dialog.js').then(({ DialPad }) => DialPad))

/** Calls as they happen: a lane for each party, and a list of them. */
export function CallsView(): JSX.Element {
  return (
    <>
      {calls.all.value.length === 0 ? <BeforeCalls /> : <CallsAndDetail />}
      {isDialOpen.value && <DialPad />}
    </>
  )
}

/** What to do first, and what a catch address receives meanwhile. */
const BeforeCalls = (): JSX.Element => (
  <div class="view">
    <FirstMinute />
    {parameter('catch') !== undefined ? (
      <CatchDetail onClose={closeCatch} />
    ) : (
      <OpenCall onClose={() => setParameters({ call: undefined })} />
    )}
  </div>
)

/** The call of the address: there is none any more when the log is empty, which it says. */
function OpenCall({ onClose }: { onClose: () => void }): JSX.Element | null {
  const callId = parameter('call')
  return callId === undefined ? null : <CallDetail callId={callId} onClose={onClose} />
}

const closeCatch = () => setParameters({ catch: undefined })

function CallsAndDetail(): JSX.Element {
  const shown = useComputed(() => {
    const { q = '', state = '' } = query.value
    const words = q.toLowerCase().split(/\s+/).filter(Boolean)
    const all = calls.all.value
    return words.length === 0 && state === '' ? all : all.filter(call => matches(call, state, words))
  })
  const rows = useComputed(() => shown.value.toReversed())
  const callId = parameter('call')
  const chosen = useComputed(() => findCall(parameter('call')))
  const isCatching = parameter('catch') !== undefined
  const close = () => setParameters({ call: undefined, catch: undefined })
  useKeys([
    {
      key: 'Escape',
      meaning: 'Close',
      act: close
    }
  ])
  const forgotten = calls.dropped.value
  return (
    <div class="view">
      <div class="list">
        <div class="bar">
          <Search label="Search calls: number, CallID or state" />
          <select
            aria-label="Which calls"
            value={parameter('state') ?? ''}
            onChange={({ currentTarget }) => setParameters({ state: currentTarget.value }, 'replace')}
          >
            {CALL_FILTERS.map(({ value, label }) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </select>
          <span class="muted calls-count">
            {shown.value.length} of {calls.all.value.length}
            {forgotten > 0 && ` (${forgotten} older ones are forgotten)`}
          </span>
          <span class="spread" />
          <CatchButton />
          <Button icon="phone" kind="primary" title="Place a call (c)" onClick={() => void (isDialOpen.value = true)}>
            Place a call
          </Button>
        </div>
        {shown.value.length > 0 && <Lanes calls={shown} chosen={chosen.value} />}
        <Table
          label="Calls"
          columns={callId === undefined && !isCatching ? CALL_COLUMNS : FEW_COLUMNS}
          rows={rows.value}
          keyOf={call => call.callId}
          selected={chosen.value?.callId ?? callId}
          onOpen={call => setParameters({ call, catch: undefined })}
          empty="No call matches."
        />
      </div>
      {isCatching ? <CatchDetail onClose={closeCatch} /> : <OpenCall onClose={close} />}
    </div>
  )
}

/** Beside an open call there is room for few columns. */
const FEW_COLUMNS = CALL_COLUMNS.filter(({ isMinor }) => !isMinor)

/** The call of a CallID, which may be that of any leg. */
const findCall = (id: string | undefined) =>
  id === undefined
    ? undefined
    : (calls.find(id) ?? calls.all.value.find(({ legs }) => legs.some(({ callId }) => callId === id)))
