import type { JSX } from 'preact'
import type { CallState, DeliveryState } from '../../schema/calls/call.js'
import type { CallOutcome } from '../../schema/calls/call-step.js'
import type { Delivery } from '../../schema/calls/delivery.js'

/** How a webhook stands: its state, or that a fault holds it. */
export type WebhookState = DeliveryState | 'held'

/** The state of a webhook, as the page shows it. */
export const webhookState = ({ state, heldBy }: Delivery): WebhookState => (heldBy === undefined ? state : 'held')

/** Colour and shape of each state: never colour alone. The outlines are on a grid of 12. */
export const WEBHOOK_MARKS: Record<WebhookState, { tone: Tone; shape: string; meaning: string }> = {
  pending: {
    tone: 'muted',
    shape: 'M6 1.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9Zm0 2a2.5 2.5 0 1 1 0 5 2.5 2.5 0 0 1 0-5Z',
    meaning: 'not sent yet'
  },
  sending: { tone: 'accent', shape: 'M6 1.5a4.5 4.5 0 1 0 0 9V1.5Z', meaning: 'sent, not answered yet' },
  delivered: { tone: 'good', shape: 'M6 1.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9Z', meaning: 'answered with a 2xx' },
  failed: {
    tone: 'bad',
    shape: 'M2.2 1 6 4.8 9.8 1 11 2.2 7.2 6 11 9.8 9.8 11 6 7.2 2.2 11 1 9.8 4.8 6 1 2.2Z',
    meaning: 'not answered, or not with a 2xx'
  },
  blocked: {
    tone: 'warn',
    shape: 'M2 2h8v8H2Zm1.5 3.2v1.6h5V5.2Z',
    meaning: 'the policy for callbacks forbids the address'
  },
  interrupted: { tone: 'warn', shape: 'M6 1 11 10.5H1Z', meaning: 'the emulator ended while it was in flight' },
  held: {
    tone: 'hold',
    shape: 'M2.5 1.5h2.6v9H2.5Zm4.4 0h2.6v9H6.9Z',
    meaning: 'a fault holds it until it is released'
  }
}

/** The colours of meaning. */
export type Tone = 'good' | 'bad' | 'warn' | 'hold' | 'accent' | 'muted'

/** The mark of a state without its word, for a drawing that names it elsewhere. */
export const StateMark = ({ state }: { state: WebhookState }): JSX.Element => (
  <svg class={`mark ${WEBHOOK_MARKS[state].tone}`} viewBox="0 0 12 12" aria-hidden="true" focusable="false">
    <path d={WEBHOOK_MARKS[state].shape} fill-rule="evenodd" />
  </svg>
)

/** The state of a webhook: mark and word. */
export const StateBadge = ({ state }: { state: WebhookState }): JSX.Element => (
  <span class={`state ${WEBHOOK_MARKS[state].tone}`} title={WEBHOOK_MARKS[state].meaning}>
    <StateMark state={state} />
    {state}
  </span>
)

/** A short word with a tone: a type, a kind, a status. */
export const Tag = ({
  tone = 'muted',
  title,
  children
}: {
  tone?: Tone
  title?: string | undefined
  children: JSX.Element | string
}): JSX.Element => (
  <span class={`tag ${tone}`} title={title}>
    {children}
  </span>
)

/** The status of an HTTP answer. @param status 0 without an answer */
export const StatusCode = ({ status }: { status: number | undefined }): JSX.Element => (
  <span class={`status ${toneOfStatus(status)}`}>{status === undefined ? '–' : status === 0 ? 'none' : status}</span>
)

/** The colour of a status: red from 500, and for none. */
export const toneOfStatus = (status: number | undefined): Tone => {
  if (status === undefined) return 'muted'
  if (status >= 500 || status === 0) return 'bad'
  return status >= 400 ? 'warn' : 'good'
}

/** The tone of a leg or call by its state. */
export const TONE_OF_CALL: Record<CallState, Tone> = { ringing: 'warn', answered: 'good', ended: 'muted' }

/** An outcome as a person reads it. */
export const OUTCOME_LABELS: Record<CallOutcome, string> = {
  answered: 'answered',
  busy: 'busy',
  noAnswer: 'no answer',
  cancelled: 'cancelled',
  congestion: 'congestion',
  unavailable: 'unavailable'
}
