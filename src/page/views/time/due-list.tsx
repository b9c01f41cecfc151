import type { JSX } from 'preact'
import { client } from '../../emulator/client.js'
import { printDuration, printTime, sandboxNow, second } from '../../emulator/clock.js'
import { deliveries } from '../../emulator/contents.js'
import { Failed, useAction } from '../../parts/action.js'
import { Button } from '../../parts/button.js'
import { Part } from '../../parts/detail.js'
import { labelOfMoment } from '../../parts/labels.js'
import { StateBadge, webhookState } from '../../parts/marks.js'
import { Text } from '../../parts/text.js'
import { due, heldWebhooks } from './due.js'
import { CallLink, FaultLink, WebhookLink } from './links.js'
import { fired, moveTo } from './move-clock.js'

/** How many rows of each list are drawn. */
const SHOWN = 100

/** What will happen and when: steps of calls, delayed webhooks, and those that wait for their release. */
export function DueList(): JSX.Element {
  void second.value
  const action = useAction()
  const now = sandboxNow()
  const things = due.value
  const held = heldWebhooks.value
  return (
    <Part title="What will happen">
      {things.length + held.length === 0 && (
        <p class="muted">Nothing is due: no call goes on by itself, and no webhook waits.</p>
      )}
      <ol class="time-list state-rows lined" aria-label="What will happen">
        {things.slice(0, SHOWN).map(({ key, at, what, callId, delivery }) => (
          <li key={key}>
            <time>{printTime(at)}</time>
            <span class="time-what">
              {delivery ? <WebhookLink {...delivery} /> : <Text value={what} />} <CallLink callId={callId} />
              {delivery?.faults?.map(id => (
                <FaultLink key={id} id={id} verb="delayed by" />
              ))}
            </span>
            <Button kind="quiet" title={`Move the clock to ${printTime(at)}`} onClick={() => void moveTo(at)}>
              {at > now ? `in ${printDuration(at - now)}` : 'now'}
            </Button>
          </li>
        ))}
        {held.slice(0, SHOWN).map(delivery => (
          <li key={`held ${delivery.id}`}>
            <span class="hold">held</span>
            <span class="time-what">
              <WebhookLink {...delivery} /> <CallLink callId={delivery.callId} />
              {delivery.heldBy && <FaultLink id={delivery.heldBy} verb="until it is released, by" />}
            </span>
            <Button
              title={`Release all that fault ${delivery.heldBy} holds`}
              disabled={action.isRunning.value}
              onClick={() => void action.run(() => client.faults.release(delivery.heldBy ?? ''))}
            >
              Release
            </Button>
          </li>
        ))}
      </ol>
      <More of={things.length} />
      <More of={held.length} />
      <Failed of={action} />
    </Part>
  )
}

/** What the moves of the clock have brought, newest last. */
export function FiredList(): JSX.Element | null {
  const all = fired.value
  if (all.length === 0) return null
  return (
    <Part
      title="What has happened"
      aside={
        <Button kind="quiet" onClick={() => void (fired.value = [])}>
          Clear
        </Button>
      }
    >
      <ol class="time-list state-rows lined" aria-label="What has happened" aria-live="polite">
        {all.map(row => {
          const delivery = 'delivery' in row ? deliveries.find(row.delivery) : undefined
          return (
            <li key={row.key}>
              <time>{printTime(row.at)}</time>
              <span class={`time-what ${'delivery' in row ? 'of-moment' : ''}`}>
                {'moment' in row ? (
                  <>
                    {labelOfMoment(row.moment)} of <Text value={row.extension} /> <CallLink callId={row.callId} />
                  </>
                ) : delivery ? (
                  <WebhookLink {...delivery} />
                ) : (
                  `webhook ${row.delivery}`
                )}
              </span>
              {delivery && <StateBadge state={webhookState(delivery)} />}
            </li>
          )
        })}
      </ol>
    </Part>
  )
}

const More = ({ of }: { of: number }): JSX.Element | null =>
  of > SHOWN ? <p class="muted">and {of - SHOWN} more</p> : null
