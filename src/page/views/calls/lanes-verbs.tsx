import type { ReadonlySignal } from '@preact/signals'
import type { JSX } from 'preact'
import { client } from '../../emulator/client.js'
import { Failed, useAction } from '../../parts/action.js'
import { Button } from '../../parts/button.js'
import { setParameters } from '../../route.js'
import { canAnswer, canTransfer, isByHand, numberOf } from './by-hand.js'
import type { Bar, Lane } from './lanes-scene.js'

interface VerbsProps {
  lanes: readonly Lane[]
  /** The pixel of now, and that of the left end, on the axis. */
  xNow: ReadonlySignal<number>
  left: ReadonlySignal<number>
}

/** The verbs of the legs that go on by hand, at the heads of their bars. */
export const Verbs = ({ lanes, ...view }: VerbsProps): JSX.Element => (
  <>
    {lanes
      .flatMap(({ bars }) => bars)
      .filter(({ call, span, end }) => end === undefined && !span.isOutside && isByHand(call.call))
      .map(bar => (
        <VerbsOf key={`${bar.call.call.callId} ${bar.span.leg}`} bar={bar} {...view} />
      ))}
  </>
)

function VerbsOf({ bar, xNow, left }: { bar: Bar } & Omit<VerbsProps, 'lanes'>): JSX.Element | null {
  const action = useAction()
  const { call } = bar.call
  const { callId } = call
  const leg = call.legs[bar.span.leg]
  if (leg === undefined) return null
  const number = numberOf(leg)
  const run = (act: () => Promise<unknown>) => void action.run(act)
  const head = Math.round(Math.max(bar.least, xNow.value) - left.value)
  return (
    <div
      class="lanes-verbs"
      role="group"
      aria-label={`By hand: ${number}`}
      style={{ top: `${bar.y - 4}px`, left: `min(${head + 8}px, calc(100% - 11rem))` }}
      onPointerDown={event => event.stopPropagation()} // no drag begins here
    >
      {canAnswer(call, leg, bar.span.leg) && (
        <Button kind="primary" onClick={() => run(() => client.calls.answer(callId, { number }))}>
          Answer
        </Button>
      )}
      {canTransfer(leg) && (
        <Button onClick={() => setParameters({ call: callId, catch: undefined })}>Transfer …</Button>
      )}
      <Button kind="danger" onClick={() => run(() => client.calls.hangup(callId, { number }))}>
        Hang up
      </Button>
      <Failed of={action} />
    </div>
  )
}
