import type { Call } from '../../../schema/calls/call.js'
import { isWrong, stateOf, webhooksOf } from './call-list.js'

/** The states by which calls are chosen. */
export const CALL_FILTERS = [
  { value: '', label: 'All calls' },
  { value: 'going', label: 'Going on' },
  { value: 'ended', label: 'Ended' },
  { value: 'failed', label: 'With failed webhooks' }
] as const

const texts = new WeakMap<Call, string>()

/** What of a call can be searched for. It is computed once. */
function textOf(call: Call): string {
  const found =
    texts.get(call) ??
    [
      call.callId,
      call.callApiId,
      call.from,
      call.to,
      call.dialled,
      call.callerName,
      call.state,
      stateOf(call),
      ...call.legs.flatMap(({ number, extension, callId }) => [number, extension, callId])
    ]
      .join(' ')
      .toLowerCase()
  texts.set(call, found)
  return found
}

/** Whether a call is one of a state that holds every word of a search. */
export function matches(call: Call, state: string, words: readonly string[]): boolean {
  if (state === 'going' && call.state === 'ended') return false
  if (state === 'ended' && call.state !== 'ended') return false
  const text = textOf(call)
  if (!words.every(word => text.includes(word))) return false
  return state !== 'failed' || webhooksOf(call).some(isWrong)
}
