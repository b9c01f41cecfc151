import type { StoredCall } from '../../store/calls.js'
import type { MomentDelivery } from '../../store/deliveries.js'
import type { FaultService } from '../faults.js'
import type { SandboxClock } from '../time/clock.js'

/** Explains, as a sentence, what an open call waits for: a step, a request, or deliveries. @param deliveries those of the call */
export type ExplainOpen = (call: StoredCall, deliveries: readonly MomentDelivery[]) => string

/** Reads the clock and the faults. */
export function createExplainOpen({
  clock,
  faults
}: {
  clock: SandboxClock
  faults: Pick<FaultService, 'held'>
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
    const unanswered = open.filter(id => !isHeld.has(id))
    return `${[
      ...explainState(call, clock),
      ...held,
      ...(unanswered.length > 0 ? [`delivery ${unanswered.join(', ')} is not answered yet`] : [])
    ].join('; ')}.`
  }
}

/** The state of a call, and the time or the request of its next step. Empty when it is over. */
export function explainState({ callId, state, dueAt }: StoredCall, clock: SandboxClock): string[] {
  if (state === 'ended') return []
  if (dueAt === null) {
    const verb = state === 'ringing' ? 'answer or …/hangup' : 'hangup'
    return [`it is ${state} until POST /_emulator/calls/${callId}/${verb} drives it`]
  }
  const frozen = clock.isFrozen()
    ? ` and the clock is frozen at ${clock.now().toISOString()}: POST /_emulator/clock/advance`
    : ''
  return [`it is ${state} until ${new Date(dueAt).toISOString()}${frozen}`]
}
