import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import type { Delivery } from '../../../schema/calls/delivery.js'
import { client } from '../../emulator/client.js'
import { printDateTime } from '../../emulator/clock.js'
import { events } from '../../emulator/contents.js'
import { useKeys } from '../../keys.js'
import { Failed, useAction } from '../../parts/action.js'
import { Button, CopyButton } from '../../parts/button.js'
import { Code } from '../../parts/code.js'
import { Detail, Facts, Part } from '../../parts/detail.js'
import { shortLabelOfMoment } from '../../parts/labels.js'
import { Link } from '../../parts/link.js'
import { StateBadge, webhookState } from '../../parts/marks.js'
import { Text } from '../../parts/text.js'
import { hrefOf, openView, setParameters, type View } from '../../route.js'
import { Attempts } from './attempts.js'
import { FaultLink, Holding } from './faults-of.js'
import { ParameterTable } from './parameter-table.js'
import { partsOf } from './parameters.js'
import { ReplayForm } from './replay-form.js'
import { Replays } from './replays.js'
import { curlOf, httpText } from './request-text.js'
import { timeOfWebhook } from './time-of-webhook.js'
import { clientCode, verificationOf } from './verification.js'

/** A webhook: what it says, what was sent, what became of it, and sending it again. */
export function WebhookDetail({ webhook, onClose }: { webhook: Delivery; onClose: () => void }): JSX.Element {
  const action = useAction()
  const isEditing = useSignal(false)
  const { id, moment, extension, request, attempts, heldBy } = webhook
  const isUnderWay = webhook.state === 'pending' || webhook.state === 'sending'
  const replay = () => void action.run(() => client.deliveries.replay(id))
  useKeys([{ key: 'r', meaning: 'Replay the webhook', act: () => !action.isRunning.value && replay() }])
  const event = events.value.find(({ id }) => id === webhook.eventId)
  const { url, own, form } = partsOf(request, event?.url)
  return (
    <Detail
      title={`Webhook ${id}`}
      heading={
        <>
          <StateBadge state={webhookState(webhook)} />
          <span class="muted">
            {shortLabelOfMoment(moment)} of <span class="mono">{extension}</span>
          </span>
        </>
      }
      actions={
        <>
          <Button
            icon="replay"
            kind={webhook.state === 'failed' ? 'primary' : 'plain'}
            title="Send the same bytes again (r)"
            disabled={isUnderWay || action.isRunning.value}
            onClick={replay}
          >
            Replay
          </Button>
          <Button isPressed={isEditing.value} onClick={() => void (isEditing.value = !isEditing.value)}>
            Edit and replay
          </Button>
        </>
      }
      onClose={onClose}
    >
      <Failed of={action} />
      {heldBy !== undefined && <Holding id={heldBy} />}
      {isEditing.value && <ReplayForm webhook={webhook} url={url} form={form} />}
      <Replays webhook={webhook} eventUrl={event?.url} />
      <Part title={attempts.length > 1 ? `${attempts.length} attempts` : 'Answer'}>
        {attempts.length === 0 ? (
          <p class="muted">{heldBy === undefined ? 'Not sent yet.' : 'Not sent: it is held.'}</p>
        ) : (
          <Attempts attempts={attempts} />
        )}
      </Part>
      <Part title="Parameters">
        <ParameterTable form={form} own={own} />
      </Part>
      <Part
        title="As it is sent"
        aside={
          <CopyButton text={() => curlOf(request)} what="it as curl">
            curl
          </CopyButton>
        }
      >
        <Code text={httpText(request)} what="The request as HTTP" />
      </Part>
      <About webhook={webhook} event={event} />
      <Verification webhook={webhook} eventUrl={event?.url} />
    </Detail>
  )
}

const To = ({ view, open, children }: { view: View; open: Record<string, string>; children: string }): JSX.Element => (
  <Link href={hrefOf(view, open)} onGo={() => openView(view, open)}>
    <span class="mono">{children}</span>
  </Link>
)

/** Where it comes from: call, event, the faults that hit it. */
function About({
  webhook,
  event
}: {
  webhook: Delivery
  event: { url: string; note: string } | undefined
}): JSX.Element {
  const { callId, eventId, faults, replayOf } = webhook
  const time = timeOfWebhook(webhook)
  return (
    <Part title="Where it comes from">
      <Facts
        rows={[
          ['Time', time && `${printDateTime(time)} UTC`],
          [
            'Call',
            <>
              <To view="calls" open={{ call: callId }}>
                {callId}
              </To>{' '}
              <Only name="callId" value={callId} />
            </>
          ],
          [
            'Event',
            <>
              <To view="directory" open={{ event: eventId }}>
                {eventId}
              </To>{' '}
              <Only name="eventId" value={eventId} />
            </>
          ],
          ['Its URL', event && <Text value={event.url} />],
          ['Its note', event?.note && <Text value={event.note} />],
          ['Event now', event === undefined && 'deleted since'],
          [
            'Replay of',
            replayOf && (
              <To view="webhooks" open={{ webhook: replayOf }}>
                {replayOf}
              </To>
            )
          ],
          [
            'Faults',
            faults?.map(fault => (
              <p key={fault}>
                <FaultLink id={fault} />
              </p>
            ))
          ]
        ]}
      />
    </Part>
  )
}

const Only = ({ name, value }: { name: 'callId' | 'eventId'; value: string }): JSX.Element => (
  <Button kind="quiet" onClick={() => setParameters({ [name]: value }, 'replace')}>
    Only its webhooks
  </Button>
)

/** The verification that it satisfies, in code and as JSON. */
function Verification({ webhook, eventUrl }: { webhook: Delivery; eventUrl: string | undefined }): JSX.Element {
  const verification = verificationOf(webhook, eventUrl)
  return (
    <Part
      title="Verify it in a test"
      aside={
        <CopyButton text={JSON.stringify(verification)} what="the body for POST /_emulator/deliveries/verify">
          JSON
        </CopyButton>
      }
    >
      <Code text={clientCode(verification)} what="The verification" />
    </Part>
  )
}
