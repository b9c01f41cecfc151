import type { JSX } from 'preact'
import type { Delivery } from '../../../schema/calls/delivery.js'
import { labelOfMoment } from '../../parts/labels.js'
import { Link } from '../../parts/link.js'
import { Text } from '../../parts/text.js'
import { hrefOf, openView, setParameters } from '../../route.js'

/** Leads to a call. */
export const CallLink = ({ callId }: { callId: string }): JSX.Element => (
  <span class="muted">
    of call{' '}
    <Link href={hrefOf('calls', { call: callId })} onGo={() => openView('calls', { call: callId })} class="mono">
      <Text value={callId} />
    </Link>
  </span>
)

/** Leads to a webhook, and shows where it goes. */
export const WebhookLink = ({ id, moment, request }: Delivery): JSX.Element => (
  <>
    <Link href={hrefOf('webhooks', { webhook: id })} onGo={() => openView('webhooks', { webhook: id })}>
      {labelOfMoment(moment)} webhook {id}
    </Link>{' '}
    <span class="muted">
      to <Text value={request.url.replace(/[?#].*/, '')} />
    </span>
  </>
)

/** Selects a fault in the list. */
export const FaultLink = ({ id, verb }: { id: string; verb: string }): JSX.Element => (
  <>
    {' '}
    <span class="muted">{verb}</span>{' '}
    <Link href={hrefOf('time', { fault: id })} onGo={() => setParameters({ fault: id })}>
      fault {id}
    </Link>
  </>
)
