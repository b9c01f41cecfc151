import { useComputed } from '@preact/signals'
import type { JSX } from 'preact'
import type { Delivery } from '../../../schema/calls/delivery.js'
import { printDateTime, printTime } from '../../emulator/clock.js'
import { deliveries } from '../../emulator/contents.js'
import { useKeys } from '../../keys.js'
import { Button } from '../../parts/button.js'
import { Detail } from '../../parts/detail.js'
import { shortLabelOfMoment } from '../../parts/labels.js'
import { StateBadge, StatusCode, webhookState } from '../../parts/marks.js'
import { type Column, Table } from '../../parts/table.js'
import { Text } from '../../parts/text.js'
import { parameter, setParameters } from '../../route.js'
import { CatchButton, CatchDetail } from '../start/catch-here.js'
import { FirstMinute } from '../start/first-minute.js'
import { clearFilters, FilterBar, filteredWebhooks, isFiltered } from './filters.js'
import { timeOfWebhook } from './time-of-webhook.js'
import { WebhookDetail } from './webhook-detail.js'

const COLUMNS: Column<Delivery>[] = [
  { title: 'When', width: '6.6rem', isMinor: true, cell: webhook => <When of={webhook} /> },
  { title: 'Moment', width: 'minmax(4.6rem, 6rem)', cell: ({ moment }) => shortLabelOfMoment(moment) },
  { title: 'Extension', width: '5.6rem', cell: ({ extension }) => <span class="mono">{extension}</span> },
  { title: 'Method', width: '3.2rem', isMinor: true, cell: ({ request }) => request.method },
  { title: 'URL', width: 'minmax(6rem, 1fr)', isMinor: true, cell: ({ request }) => <Url of={request.url} /> },
  { title: 'State', width: '6.2rem', cell: webhook => <StateBadge state={webhookState(webhook)} /> },
  { title: 'Status', width: '2.8rem', align: 'end', cell: webhook => <LastStatus of={webhook} /> },
  {
    title: 'ms',
    width: '4.4rem',
    isMinor: true,
    align: 'end',
    cell: ({ attempts }) => attempts.at(-1)?.ms ?? '–'
  },
  { title: 'Attempts', width: '4.4rem', isMinor: true, align: 'end', cell: ({ attempts }) => attempts.length }
]

/** The columns beside a detail. */
const FEW = COLUMNS.filter(({ title }) => !/Method|ms|Attempts/.test(title))

/** Webhooks: the list, and what is open in it; before there are any, what to do first. */
export function WebhooksView(): JSX.Element {
  const rows = useComputed(filteredWebhooks)
  const open = parameter('webhook')
  const isEmpty = deliveries.all.value.length === 0
  useKeys([{ key: 'Escape', meaning: 'Close what is open', act: close }])
  return (
    <div class="view">
      <div class="list">
        {isEmpty ? (
          <FirstMinute title="No webhook yet" />
        ) : (
          <>
            <FilterBar>
              {isFiltered() && (
                <>
                  <span class="muted">{rows.value.length} found</span>
                  <Button kind="quiet" onClick={clearFilters}>
                    Clear
                  </Button>
                </>
              )}
              {deliveries.dropped.value > 0 && (
                <span class="muted" title="The emulator keeps the newest">
                  {deliveries.dropped.value} forgotten
                </span>
              )}
              <CatchButton />
            </FilterBar>
            <Table
              label="Webhooks"
              columns={open === undefined && parameter('catch') === undefined ? COLUMNS : FEW}
              rows={rows.value}
              keyOf={({ id }) => id}
              selected={open}
              onOpen={id => setParameters({ webhook: id, catch: undefined })}
              empty="No webhook passes the filters."
            />
          </>
        )}
      </div>
      {parameter('catch') !== undefined ? (
        <CatchDetail onClose={close} />
      ) : open !== undefined ? (
        <OneWebhook id={open} />
      ) : null}
    </div>
  )
}

const close = (): void => setParameters({ webhook: undefined, catch: undefined })

function OneWebhook({ id }: { id: string }): JSX.Element {
  const webhook = deliveries.find(id)
  if (webhook !== undefined) return <WebhookDetail key={id} webhook={webhook} onClose={close} />
  return (
    <Detail title="Webhook" onClose={close}>
      <p class="muted">
        There is no webhook <Text value={id} />: it is forgotten, or the state was reset.
      </p>
    </Detail>
  )
}

function When({ of: webhook }: { of: Delivery }): JSX.Element {
  const time = timeOfWebhook(webhook)
  return time === undefined ? <span class="muted">–</span> : <time title={printDateTime(time)}>{printTime(time)}</time>
}

/** A url without its query, which the detail shows decoded. */
const Url = ({ of: url }: { of: string }): JSX.Element => (
  <span class="mono" title={url.slice(0, 300)}>
    <Text value={url.replace(/\?.*$/s, '')} />
    {url.includes('?') && <span class="muted">?…</span>}
  </span>
)

function LastStatus({ of: { attempts } }: { of: Delivery }): JSX.Element {
  const last = attempts.at(-1)
  return <StatusCode status={last && (last.response?.status ?? 0)} />
}
