import { useComputed, useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect } from 'preact/hooks'
import { ClientError } from '../../../../client/errors.js'
import type { Call } from '../../../../schema/calls/call.js'
import { client } from '../../../emulator/client.js'
import { calls, deliveries } from '../../../emulator/contents.js'
import { FailureBox, failureOf } from '../../../parts/action.js'
import { Button } from '../../../parts/button.js'
import { Detail, Part } from '../../../parts/detail.js'
import { OUTCOME_LABELS, Tag, TONE_OF_CALL } from '../../../parts/marks.js'
import { Text } from '../../../parts/text.js'
import { Copies } from './copies-part.js'
import { Diagram } from './diagram.js'
import { CallFacts } from './facts.js'
import { Legs } from './legs.js'
import { Moments } from './moments.js'
import { Next } from './next.js'
import { sequenceOf } from './sequence.js'

/** What a call opens to. @param callId of any of its legs */
export function CallDetail({ callId, onClose }: { callId: string; onClose: () => void }): JSX.Element {
  const found = useSignal<{ of: string; call?: Call; error?: unknown } | undefined>(undefined)
  const answer = found.value?.of === callId ? found.value : undefined
  const listed = calls.find(callId) ?? (answer?.call && calls.find(answer.call.callId))
  const isMissing = listed === undefined
  // It may not be read yet, or be named by another of its legs. After a reset it is gone.
  useEffect(() => {
    if (!isMissing) return
    client.calls.get(callId).then(
      call => void (found.value = { of: callId, call }),
      error => void (found.value = { of: callId, error })
    )
  }, [callId, isMissing])
  const call = listed ?? answer?.call
  if (call !== undefined) return <OpenCall call={call} onClose={onClose} />
  return (
    <Detail title="Call" onClose={onClose}>
      {answer === undefined ? (
        <p class="muted">Reading the call …</p>
      ) : (
        <NotThere callId={callId} error={answer.error} />
      )}
      <div class="row">
        <Button onClick={onClose}>Close</Button>
      </div>
    </Detail>
  )
}

const NotThere = ({ callId, error }: { callId: string; error: unknown }): JSX.Element =>
  error instanceof ClientError && error.code === 'call_unknown' ? (
    <p role="status">
      There is no call{' '}
      <code>
        <Text value={callId} />
      </code>
      : it was never placed, a reset deleted it, or the log has dropped it.
    </p>
  ) : (
    <FailureBox {...failureOf(error)} />
  )

function OpenCall({ call, onClose }: { call: Call; onClose: () => void }): JSX.Element {
  const current = useSignal(call)
  current.value = call
  const sequence = useComputed(() => sequenceOf(current.value, id => deliveries.find(id)))
  return (
    <Detail
      title={`Call ${call.callId}`}
      heading={
        <>
          <Tag tone={TONE_OF_CALL[call.state]}>{call.state}</Tag>
          {call.outcome !== null && call.outcome !== 'answered' && <Tag>{OUTCOME_LABELS[call.outcome]}</Tag>}
          {call.manual && <Tag tone="accent">by hand</Tag>}
        </>
      }
      onClose={onClose}
    >
      <Legs call={call} />
      {call.next.length > 0 && <Next steps={call.next} />}
      <Moments call={call} />
      <Diagram sequence={sequence.value} />
      <Copies call={call} />
      <Part title="Facts">
        <CallFacts call={call} />
      </Part>
    </Detail>
  )
}
