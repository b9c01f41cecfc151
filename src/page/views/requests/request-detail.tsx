import type { JSX } from 'preact'
import type { JournalEntry } from '../../../schema/journal.js'
import { printDateTime, printDuration } from '../../emulator/clock.js'
import { faults } from '../../emulator/contents.js'
import { CopyButton } from '../../parts/button.js'
import { Headers, Pairs } from '../../parts/code.js'
import { Detail, Facts, Part } from '../../parts/detail.js'
import { codeAndLabel } from '../../parts/labels.js'
import { Go } from '../../parts/link.js'
import { StatusCode, Tag } from '../../parts/marks.js'
import { Text } from '../../parts/text.js'
import { curlOf } from './curl.js'
import { queryOf } from './filters.js'
import { Outcome } from './outcome.js'
import { Payload } from './payload.js'
import { Refusal } from './refusal.js'
import { VerifyThis } from './verify-this.js'

/** A request with its answer, why it was refused, and its webhooks and call. */
export function RequestDetail({ entry, onClose }: { entry: JournalEntry; onClose: () => void }): JSX.Element {
  const { id, method, path, operation, request, response, ignoredFields } = entry
  const curl = curlOf(entry)
  const query = queryOf(entry)
  return (
    <Detail
      title={`Request ${id}`}
      heading={
        <>
          <StatusCode status={entry.status} />
          {entry.unmatched ? <Tag tone="warn">unmatched</Tag> : operation && <Tag>{operation}</Tag>}
        </>
      }
      actions={
        curl && (
          <CopyButton text={curl} what="it as curl, with $TOKEN for secrets" kind="plain">
            curl
          </CopyButton>
        )
      }
      onClose={onClose}
    >
      <p class="requests-line">
        <code>
          <Text value={method} /> <Text value={path || 'unreadable'} long />
        </code>
      </p>
      <FactsOf entry={entry} />
      <Refusal entry={entry} />
      <Outcome entry={entry} />
      <Part title="Request">
        {query.length > 0 && <Pairs label="Parameters of the query" rows={query} ignored={ignoredFields} />}
        <Headers of={request.headers} />
        <Payload
          message={request}
          unread={entry.status === 413 ? 'The body was refused before it was read: it is too large.' : undefined}
          ignored={ignoredFields}
          what="the body of the request"
        />
      </Part>
      <Part title="Answer" aside={<StatusCode status={entry.status} />}>
        {response.cut && <p class="warn">A fault cut it: the body is the half that was sent.</p>}
        {entry.status === 0 ? (
          <p class="muted">No answer: a fault closed the connection, or still delays it.</p>
        ) : (
          <>
            <Headers of={response.headers} />
            <Payload message={response} ignored={[]} what="the body of the answer" />
          </>
        )}
      </Part>
      <VerifyThis entry={entry} />
    </Detail>
  )
}

function FactsOf({ entry }: { entry: JournalEntry }): JSX.Element {
  const { at, ms, user, extension, type, eventId, fault, ignoredFields } = entry
  return (
    <Facts
      rows={[
        ['When', <time>{`${printDateTime(at)} UTC`}</time>],
        ['Took', printDuration(ms)],
        [
          'User',
          user && (
            <Go to="directory" parameters={{ user }}>
              <Text value={user} />
            </Go>
          )
        ],
        [
          'Extension',
          extension && (
            <Go to="directory" parameters={{ extension }}>
              <Text value={extension} />
            </Go>
          )
        ],
        ['Event type', type && <Text value={codeAndLabel(type)} />],
        [
          'Event',
          eventId && (
            <Go to="directory" parameters={{ event: eventId }}>
              <Text value={eventId} />
            </Go>
          )
        ],
        ['Fault', fault && <FaultOf id={fault} />],
        ['Ignored', ignoredFields.length > 0 ? <Ignored names={ignoredFields} /> : undefined]
      ]}
    />
  )
}

function FaultOf({ id }: { id: string }): JSX.Element {
  const found = faults.find(id)
  return (
    <>
      <Go to="time" parameters={{ fault: id }}>
        <Text value={id} />
      </Go>{' '}
      {found ? <code>{JSON.stringify(found.do)}</code> : <span class="muted">it was removed</span>}
    </>
  )
}

const Ignored = ({ names }: { names: readonly string[] }): JSX.Element => (
  <span class="row">
    {names.map((name, index) => (
      <Tag key={index} tone="warn" title="The operation does not have it, and ignores it">
        <Text value={name} />
      </Tag>
    ))}
  </span>
)

/** A request that the journal has no longer. */
export const RequestGone = ({ id, onClose }: { id: string; onClose: () => void }): JSX.Element => (
  <Detail title="No such request" onClose={onClose}>
    <p>
      The journal has no request <Text value={id} />: it was cleared, or is older than those that are kept.
    </p>
  </Detail>
)
