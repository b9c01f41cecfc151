import { useComputed } from '@preact/signals'
import type { JSX } from 'preact'
import type { Delivery } from '../../../schema/calls/delivery.js'
import { printDuration } from '../../emulator/clock.js'
import { deliveries } from '../../emulator/contents.js'
import { Part } from '../../parts/detail.js'
import { Link } from '../../parts/link.js'
import { StateBadge, StatusCode, Tag, webhookState } from '../../parts/marks.js'
import { Text } from '../../parts/text.js'
import { hrefOf, setParameters } from '../../route.js'
import { answerDifferences, type Difference, requestDifferences, type Sent, VERDICTS, verdictOf } from './comparison.js'

/** What a webhook became when it was sent again: each time beside the first, with a verdict. It follows live. */
export function Replays({
  webhook,
  eventUrl
}: {
  webhook: Delivery
  eventUrl: string | undefined
}): JSX.Element | null {
  const { id, replayOf, state, attempts } = webhook
  const changed = useComputed(() => deliveries.all.value.filter(other => other.replayOf === id).reverse())
  const original = replayOf === undefined ? undefined : deliveries.find(replayOf)
  const own = attempts.filter(({ duplicate }) => !duplicate)
  const isWaiting = state === 'pending' || state === 'sending'
  const isRepeated = own.length > 1 || (own.length > 0 && isWaiting)
  const [newest, ...earlier] = changed.value
  const first: Sent = { delivery: webhook, attempt: own[0] }
  return (
    <>
      {isRepeated && (
        <Comparison
          title="Sent again as it was"
          first={first}
          second={{ delivery: webhook, attempt: isWaiting ? undefined : own.at(-1) }}
          eventUrl={eventUrl}
        />
      )}
      {newest && (
        <Comparison
          title="Sent again with changes"
          first={first}
          second={lastOf(newest)}
          eventUrl={eventUrl}
          isLinked
        />
      )}
      {earlier.length > 0 && (
        <p class="row">
          <span class="muted">Earlier:</span>
          {earlier.slice(0, 10).map(replay => (
            <span key={replay.id}>
              <To id={replay.id} /> {verdictOf(first.attempt, lastOf(replay))}
            </span>
          ))}
        </p>
      )}
      {original && (
        <Comparison
          title={`Compared with webhook ${original.id}`}
          first={{ delivery: original, attempt: original.attempts[0] }}
          second={lastOf(webhook)}
          eventUrl={eventUrl}
        />
      )}
    </>
  )
}

const lastOf = (delivery: Delivery): Sent => ({
  delivery,
  attempt: delivery.state === 'pending' || delivery.state === 'sending' ? undefined : delivery.attempts.at(-1)
})

const To = ({ id }: { id: string }): JSX.Element => (
  <Link href={hrefOf('webhooks', { webhook: id })} onGo={() => setParameters({ webhook: id })}>
    webhook {id}
  </Link>
)

function Comparison({
  title,
  first,
  second,
  eventUrl,
  isLinked = false
}: {
  title: string
  first: Sent
  second: Sent
  eventUrl: string | undefined
  isLinked?: boolean
}): JSX.Element {
  const verdict = verdictOf(first.attempt, second)
  const sent = requestDifferences(first.delivery, second.delivery, eventUrl)
  const answered = answerDifferences(first.attempt, second.attempt)
  return (
    <Part
      title={title}
      aside={
        <span class="row" role="status">
          <Tag tone={VERDICTS[verdict]}>{verdict}</Tag>
          {isLinked && <To id={second.delivery.id} />}
        </span>
      }
    >
      <table class="hook-diff">
        <thead>
          <tr>
            <td />
            <th scope="col">First</th>
            <th scope="col">Again</th>
          </tr>
        </thead>
        <tbody>
          <tr>
            <th scope="row">outcome</th>
            <td>
              <OutcomeOf {...first} />
            </td>
            <td>
              <OutcomeOf {...second} />
            </td>
          </tr>
          <Rows title="Changed in the request" rows={sent} />
          <Rows title="Differs in the answer" rows={answered} />
        </tbody>
      </table>
      {second.attempt && answered.length === 0 && <p class="muted">The answer is the same.</p>}
    </Part>
  )
}

const OutcomeOf = ({ delivery, attempt }: Sent): JSX.Element =>
  attempt === undefined ? (
    <StateBadge state={webhookState(delivery)} />
  ) : (
    <>
      <StatusCode status={attempt.response?.status ?? 0} />{' '}
      <span class="muted">{attempt.ms === null ? '' : printDuration(attempt.ms)}</span>
    </>
  )

const Rows = ({ title, rows }: { title: string; rows: readonly Difference[] }): JSX.Element | null =>
  rows.length === 0 ? null : (
    <>
      <tr class="hook-group">
        <th scope="rowgroup" colSpan={3}>
          {title}
        </th>
      </tr>
      {rows.map(({ of, first, second }) => (
        <tr key={of}>
          <th scope="row">
            <Text value={of} />
          </th>
          <td>
            <Side value={first} />
          </td>
          <td>
            <Side value={second} />
          </td>
        </tr>
      ))}
    </>
  )

const Side = ({ value }: { value: string | undefined }): JSX.Element =>
  value === undefined || value === '' ? (
    <span class="muted">{value === '' ? 'empty' : 'none'}</span>
  ) : (
    <Text value={value} />
  )
