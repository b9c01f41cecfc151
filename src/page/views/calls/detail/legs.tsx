import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import type { Call, CallLeg } from '../../../../schema/calls/call.js'
import { client } from '../../../emulator/client.js'
import { directory } from '../../../emulator/contents.js'
import { Failed, useAction } from '../../../parts/action.js'
import { Button } from '../../../parts/button.js'
import { Part } from '../../../parts/detail.js'
import { Choice, Field } from '../../../parts/field.js'
import { Tag, TONE_OF_CALL } from '../../../parts/marks.js'
import { Text } from '../../../parts/text.js'
import { canAnswer, canTransfer, isByHand, numberOf } from '../by-hand.js'
import { numbersToDial } from '../numbers.js'
import { Party } from './facts.js'
import { UNANSWERED, type Unanswered } from './verb-text.js'

/** The legs of a call; of one that goes on by hand, each with its verbs. */
export function Legs({ call }: { call: Call }): JSX.Element {
  const byHand = isByHand(call)
  return (
    <Part title="Legs">
      <ul class="legs">
        {call.legs.map((leg, index) => (
          <li key={index}>
            <div class="leg-head">
              <Tag tone={TONE_OF_CALL[leg.state]}>{leg.state}</Tag>
              <span class="leg-name">
                {leg.number === '' && leg.extension === undefined ? (
                  <span class="muted">caller without a number</span>
                ) : (
                  <Party number={leg.extension ?? leg.number} />
                )}
                {leg.extension !== undefined && leg.extension !== leg.number && (
                  <span class="muted">
                    {' '}
                    as <Text value={leg.number} />
                  </span>
                )}
              </span>
              <span class="muted">
                {leg.direction === 'out' ? 'calls' : 'is called'}
                {leg.via !== undefined && ` through ${leg.via}`}
              </span>
              <span class="spread" />
              {leg.callId !== undefined && <code class="muted">{leg.callId}</code>}
            </div>
            {byHand && leg.state !== 'ended' && <LegVerbs call={call} leg={leg} index={index} />}
          </li>
        ))}
      </ul>
      {byHand && <CallVerbs call={call} />}
    </Part>
  )
}

/** Answer and reject of a leg that rings; transfer, complete and hang up of one that talks. */
function LegVerbs({ call, leg, index }: { call: Call; leg: CallLeg; index: number }): JSX.Element {
  const action = useAction()
  const outcome = useSignal<Unanswered>('busy')
  const isTransferring = useSignal(false)
  const { callId, legs } = call
  const number = numberOf(leg)
  const rings = canAnswer(call, leg, index)
  const talks = canTransfer(leg)
  const consults = legs.some(
    (other, at) =>
      at > index && other.direction === 'out' && other.extension === leg.extension && other.state === 'answered'
  )
  const run = (act: () => Promise<unknown>) => void action.run(act)
  return (
    <div class="leg-verbs">
      <div class="row">
        {rings && (
          <>
            <Button
              kind="primary"
              disabled={action.isRunning.value}
              onClick={() => run(() => client.calls.answer(callId, { number }))}
            >
              Answer
            </Button>
            <span class="leg-reject">
              <Choice
                label={`Outcome of ${number}`}
                value={outcome.value}
                options={UNANSWERED}
                onChange={value => void (outcome.value = value)}
              />
              <Button
                disabled={action.isRunning.value}
                onClick={() => run(() => client.calls.reject(callId, { number, outcome: outcome.value }))}
              >
                Reject
              </Button>
            </span>
          </>
        )}
        {talks && consults && (
          <Button kind="primary" onClick={() => run(() => client.calls.complete(callId, { extension: number }))}>
            Complete transfer
          </Button>
        )}
        {talks && !consults && (
          <Button isPressed={isTransferring.value} onClick={() => void (isTransferring.value = !isTransferring.value)}>
            Transfer …
          </Button>
        )}
        {number !== '' && (
          <Button
            kind="danger"
            disabled={action.isRunning.value}
            onClick={() => run(() => client.calls.hangup(callId, { number }))}
          >
            Hang up
          </Button>
        )}
      </div>
      {talks && isTransferring.value && (
        <TransferForm callId={callId} from={number} onDone={() => void (isTransferring.value = false)} />
      )}
      <Failed of={action} />
    </div>
  )
}

function TransferForm({ callId, from, onDone }: { callId: string; from: string; onDone: () => void }): JSX.Element {
  const action = useAction()
  const to = useSignal('')
  const kind = useSignal<'blind' | 'attended'>('blind')
  return (
    <form
      class="call-form"
      onSubmit={async event => {
        event.preventDefault()
        const done = await action.run(() =>
          client.calls.transfer(callId, { from, to: to.value.trim(), kind: kind.value })
        )
        if (done) onDone()
      }}
    >
      <Field
        label="Transfer to"
        mono
        value={to.value}
        suggestions={numbersToDial()}
        onInput={text => void (to.value = text)}
      />
      <Choice
        label="Kind"
        value={kind.value}
        options={[
          { value: 'blind', label: 'blind: leaves at once' },
          { value: 'attended', label: 'attended: leaves on complete' }
        ]}
        onChange={value => void (kind.value = value)}
      />
      <Button type="submit" kind="primary" disabled={action.isRunning.value}>
        Transfer
      </Button>
      <Failed of={action} />
    </form>
  )
}

/** Rings further parties, and hangs up all. */
function CallVerbs({ call: { callId, legs } }: { call: Call }): JSX.Element {
  const action = useAction()
  const hangup = useAction()
  const number = useSignal('')
  const via = useSignal('')
  const ring = async () => {
    const numbers = number.value.split(/[\s,]+/).filter(Boolean)
    const rung = await action.run(() =>
      client.calls.ring(callId, {
        number: numbers.length > 1 ? numbers : (numbers[0] ?? ''),
        ...(via.value !== '' && { via: via.value })
      })
    )
    if (rung) number.value = ''
  }
  const leadsOn = (number: string) =>
    directory.value?.extensions.some(one => one.number === number && (one.kind === 'ivr' || one.kind === 'queue'))
  const called = legs.flatMap(({ extension, direction, state }) =>
    extension !== undefined && direction === 'in' && state !== 'ended' && leadsOn(extension)
      ? [{ value: extension, label: `through ${extension}` }]
      : []
  )
  return (
    <form
      class="call-form"
      onSubmit={event => {
        event.preventDefault()
        void ring()
      }}
    >
      <Field
        label="Ring further parties"
        mono
        value={number.value}
        suggestions={numbersToDial()}
        onInput={text => void (number.value = text)}
      />
      {called.length > 0 && (
        <Choice
          label="Through"
          value={via.value}
          options={[{ value: '', label: 'directly' }, ...called]}
          onChange={value => void (via.value = value)}
        />
      )}
      <Button type="submit" disabled={action.isRunning.value}>
        Ring
      </Button>
      <span class="spread" />
      <Button
        kind="danger"
        disabled={hangup.isRunning.value}
        onClick={() => void hangup.run(() => client.calls.hangup(callId))}
      >
        Hang up all
      </Button>
      <Failed of={action} />
      <Failed of={hangup} />
    </form>
  )
}
