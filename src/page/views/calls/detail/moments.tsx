import type { JSX } from 'preact'
import { type Call, type Moment, NOT_FIRED } from '../../../../schema/calls/call.js'
import type { Delivery } from '../../../../schema/calls/delivery.js'
import { printDuration, printTime, timeOf } from '../../../emulator/clock.js'
import { deliveries } from '../../../emulator/contents.js'
import { Part } from '../../../parts/detail.js'
import { labelOfMoment, labelOfType } from '../../../parts/labels.js'
import { Link } from '../../../parts/link.js'
import { StateBadge, StatusCode, webhookState } from '../../../parts/marks.js'
import { Text } from '../../../parts/text.js'
import { hrefOf, openView } from '../../../route.js'

/** Moments that are drawn at most: a call may have 1,000 steps with 100 legs. */
const MAX_MOMENTS = 200

/** The moments of a call in order, with the events that fired, and those that did not and why. */
export function Moments({ call: { moments, placedAt } }: { call: Call }): JSX.Element {
  const start = timeOf(placedAt)
  const drawn = moments.slice(-MAX_MOMENTS)
  return (
    <Part title="Moments" aside={<span class="muted">{moments.length}</span>}>
      {moments.length === 0 && (
        <p class="muted">None so far. Only extensions have moments, once the call has reached them.</p>
      )}
      {drawn.length < moments.length && (
        <p class="muted">
          The last {drawn.length} of {moments.length}.
        </p>
      )}
      <ol class="moments">
        {drawn.map((moment, index) => (
          <li key={`${moment.at} ${moment.leg} ${moment.moment} ${index}`}>
            <div class="moment-head">
              <time dateTime={moment.at} title={`+${printDuration(timeOf(moment.at) - start)}`}>
                {printTime(moment.at)}
              </time>
              <strong>{labelOfMoment(moment.moment)}</strong>
              <code>{moment.extension}</code>
              <span class="muted">
                CallStatus {moment.callStatus}, CallFlow {moment.callFlow}
              </span>
            </div>
            <Fired moment={moment} />
            <NotFired moment={moment} />
          </li>
        ))}
      </ol>
    </Part>
  )
}

/** The events that fired, each with its webhook. */
const Fired = ({ moment: { armed, forgotten = 0 } }: { moment: Moment }): JSX.Element => (
  <>
    {armed.length === 0 && forgotten === 0 && <p class="muted moment-line">No event is armed for this moment.</p>}
    {armed.map(({ deliveryId, eventId, url, state }) => {
      const delivery = deliveries.find(deliveryId)
      return (
        <div key={deliveryId} class="moment-webhook">
          <span class="row">
            <Link
              href={hrefOf('webhooks', { webhook: deliveryId })}
              onGo={() => openView('webhooks', { webhook: deliveryId })}
            >
              webhook {deliveryId}
            </Link>
            <StateBadge state={delivery ? webhookState(delivery) : state} />
            {delivery && <Answer delivery={delivery} />}
          </span>
          <span class="muted moment-url">
            event{' '}
            <code>
              <Text value={eventId} />
            </code>{' '}
            <Text value={url} />
          </span>
          {delivery && <Why delivery={delivery} />}
        </div>
      )
    })}
    {forgotten > 0 && (
      <p class="muted moment-line">
        {forgotten} more {forgotten === 1 ? 'event' : 'events'} fired; the log has dropped the webhooks.
      </p>
    )}
  </>
)

/** Status and time of the last answer. */
function Answer({ delivery: { attempts } }: { delivery: Delivery }): JSX.Element | null {
  const last = attempts.at(-1)
  if (last === undefined) return null
  return (
    <>
      {last.response && <StatusCode status={last.response.status} />}
      {last.ms !== null && <span class="muted">{printDuration(last.ms)}</span>}
      {attempts.length > 1 && <span class="muted">{attempts.length} attempts</span>}
    </>
  )
}

/** Why a webhook failed, or what holds it. */
function Why({ delivery: { state, attempts, heldBy } }: { delivery: Delivery }): JSX.Element | null {
  if (heldBy !== undefined)
    return (
      <span class="hold">
        Fault {heldBy} holds it.{' '}
        <Link href={hrefOf('time')} onGo={() => openView('time')}>
          Time and faults
        </Link>{' '}
        releases it.
      </span>
    )
  const failure = attempts.at(-1)?.failure
  if (failure === undefined || state === 'delivered') return null
  return (
    <span class="bad">
      <Text value={failure.message} />
      {failure.hint !== undefined && (
        <>
          {' '}
          <Text value={failure.hint} />
        </>
      )}
    </span>
  )
}

/** The events that did not fire, by reason, and the first of them. */
function NotFired({ moment: { others, reasons } }: { moment: Moment }): JSX.Element | null {
  const given = new Map<string, number>(Object.entries(reasons))
  const counts = Object.entries(NOT_FIRED).flatMap(([reason, why]) => {
    const count = given.get(reason) ?? 0
    return count > 0 ? [{ reason, why, count }] : []
  })
  const total = counts.reduce((sum, { count }) => sum + count, 0)
  if (total === 0) return null
  return (
    <details class="not-fired">
      <summary>
        {counts.map(({ reason, why, count }) => (
          <span key={reason}>
            {count} did not fire: {why}
          </span>
        ))}
      </summary>
      <ul>
        {others.map(({ eventId, type, url, reason }) => (
          <li key={eventId}>
            <code>
              <Text value={eventId} />
            </code>{' '}
            {labelOfType(type)}: {NOT_FIRED[reason]}{' '}
            <span class="muted">
              <Text value={url} />
            </span>
          </li>
        ))}
      </ul>
      {total > others.length && <p class="muted">{total - others.length} more are not listed.</p>}
    </details>
  )
}
