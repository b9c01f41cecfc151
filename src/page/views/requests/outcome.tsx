import { useComputed } from '@preact/signals'
import type { JSX } from 'preact'
import type { JournalEntry } from '../../../schema/journal.js'
import { calls, deliveries, events } from '../../emulator/contents.js'
import { Part } from '../../parts/detail.js'
import { Go } from '../../parts/link.js'
import { StateBadge, Tag, TONE_OF_CALL, webhookState } from '../../parts/marks.js'
import { Text } from '../../parts/text.js'

/** The calls and webhooks that came of a Create. Nothing for other requests. */
export function Outcome({ entry }: { entry: JournalEntry }): JSX.Element | null {
  const { operation, status, eventId, response } = entry
  if (status < 200 || status > 299) return null
  if (operation === 'create' && eventId !== undefined) return <OfEvent key={eventId} eventId={eventId} />
  const placed = operation === 'phoneCalls.create' ? idIn(response.body) : undefined
  return placed === undefined ? null : <OfCall key={placed} callApiId={placed} />
}

/** The webhooks of an event that was created. */
function OfEvent({ eventId }: { eventId: string }): JSX.Element {
  const webhooks = useComputed(() => deliveries.all.value.filter(one => one.eventId === eventId))
  const isThere = useComputed(() => events.value.some(({ id }) => id === eventId))
  return (
    <Part title="What came of it">
      <p>
        {isThere.value ? (
          <Go to="directory" parameters={{ event: eventId }}>
            The phone call event
          </Go>
        ) : (
          'The phone call event, which was removed since'
        )}{' '}
        <code>
          <Text value={eventId} />
        </code>
      </p>
      <Webhooks of={webhooks.value} all={{ eventId }} none="No webhook yet: its moment has not come." />
    </Part>
  )
}

/** The call that a PhoneCall is, and its webhooks. */
function OfCall({ callApiId }: { callApiId: string }): JSX.Element {
  const call = useComputed(() => calls.all.value.find(one => one.callApiId === callApiId))
  const webhooks = useComputed(() => {
    const ids = new Set([call.value?.callId, ...(call.value?.legs ?? []).map(({ callId }) => callId)])
    return deliveries.all.value.filter(({ callId }) => ids.has(callId))
  })
  if (call.value === undefined)
    return (
      <Part title="What came of it">
        <p class="muted">
          The call <Text value={callApiId} /> is no longer in the log.
        </p>
      </Part>
    )
  const { callId, from, to, state } = call.value
  return (
    <Part title="What came of it">
      <p class="row">
        <Go to="calls" parameters={{ call: callId }}>
          <Text value={`The call ${from} → ${[to].flat().join(', ')}`} />
        </Go>
        <Tag tone={TONE_OF_CALL[state]}>{state}</Tag>
      </p>
      <Webhooks of={webhooks.value} all={{ callId }} none="No webhook: no armed event has its moments." />
    </Part>
  )
}

/** The most webhooks that are listed. */
const MAX_LISTED = 5

function Webhooks({
  of: list,
  all,
  none
}: {
  of: ReturnType<typeof deliveries.find>[]
  all: Record<string, string>
  none: string
}): JSX.Element {
  if (list.length === 0) return <p class="muted">{none}</p>
  return (
    <ul class="requests-instead">
      {list.slice(-MAX_LISTED).map(
        one =>
          one && (
            <li key={one.id} class="row">
              <Go to="webhooks" parameters={{ webhook: one.id }}>
                webhook {one.id}
              </Go>
              {one.moment} <StateBadge state={webhookState(one)} />
            </li>
          )
      )}
      <li>
        <Go to="webhooks" parameters={all}>
          {list.length === 1 ? 'Show it among the webhooks' : `All ${list.length} webhooks`}
        </Go>
      </li>
    </ul>
  )
}

/** The id of the PhoneCall in an answer: its CallAPIID. */
function idIn(body: string): string | undefined {
  const [, id] = /"id":"([A-Za-z0-9]{1,255})"/.exec(body) ?? []
  return id
}
