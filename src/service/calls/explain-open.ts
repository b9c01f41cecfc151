import type { StoredCall } from '../../store/calls.js'
import type { MomentDelivery } from '../../store/deliveries.js'
import type { Dispatcher } from '../deliveries/dispatcher.js'
import type { FaultService } from '../faults.js'
import type { SandboxClock } from '../time/clock.js'

/** Explains, as a sentence, what an open call waits for: a step, a request, or deliveries. @param deliveries those of the call */
export type ExplainOpen = (call: StoredCall, deliveries: readonly MomentDelivery[]) => string

/** Reads the clock and the faults. */
export function createExplainOpen({
  clock,
  faults,
  dispatcher
}: {
  clock: SandboxClock
  faults: Pick<FaultService, 'held'>
  dispatcher: Pick<Dispatcher, 'faultOf' | 'dueOf'>
}): ExplainOpen {
  return (call, deliveries) => {
    const open = deliveries
      .filter(({ state }) => state === 'pending' || state === 'sending')
      .map(({ id }) => String(id))
    const held = faults.held().flatMap(({ fault, deliveries: ids }) => {
      const own = open.filter(id => ids.includes(id))
      return own.length === 0
        ? []
        : [`fault ${fault} holds delivery ${own.join(', ')}: POST /_emulator/faults/${fault}/release`]
    })
    const isHeld = new Set(faults.held().flatMap(({ deliveries: ids }) => ids))
    const delayed = open.flatMap(id => {
      const due = dispatcher.dueOf(Number(id))
      if (due === undefined) return []
      return [`fault ${dispatcher.faultOf(Number(id))} delays delivery ${id} until ${untilOf(due, clock)}`]
    })
    const unanswered = open.filter(id => !isHeld.has(id) && dispatcher.dueOf(Number(id)) === undefined)
    return `${[
      ...explainState(call, clock),
      ...held,
      ...delayed,
      ...(unanswered.length > 0 ? [`delivery ${unanswered.join(', ')} is not answered yet`] : [])
    ].join('; ')}.`
  }
}

/** The state of a call, and the time or the request of its next step. Empty when it is over. */
export function explainState({ callId, state, dueAt, callingLeg }: StoredCall, clock: SandboxClock): string[] {
  if (state === 'ended') return []
  if (callingLeg === null && dueAt !== null)
    return [`no source has picked up, and no moment happens before one does: it waits until ${untilOf(dueAt, clock)}`]
  if (dueAt === null) {
    const verb = state === 'ringing' ? 'answer or …/hangup' : 'hangup'
    return [`it is ${state} until POST /_emulator/calls/${callId}/${verb} drives it`]
  }
  return [`it is ${state} until ${untilOf(dueAt, clock)}`]
}

/** A time of the sandbox's clock, and what brings it about while the clock is frozen. */
function untilOf(time: number, clock: SandboxClock): string {
  const frozen = clock.isFrozen()
    ? ` and the clock is frozen at ${clock.now().toISOString()}: POST /_emulator/clock/advance`
    : ''
  return `${new Date(time).toISOString()}${frozen}`
}
