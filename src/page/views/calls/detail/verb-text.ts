import type { NextStep, Step } from '../../../../schema/calls/call-step.js'
import { OUTCOME_LABELS } from '../../../parts/marks.js'

/** A step in words: `answer 0003*210`, `ring 0003*211, 0003*212 through 0003*300`. */
export function stepText({ ring, via, answer, reject, transfer, complete, hangup, outcome }: Step | NextStep): string {
  const how = outcome === undefined ? '' : `: ${OUTCOME_LABELS[outcome]}`
  if (ring !== undefined) return `ring ${[ring].flat().join(', ')}${via === undefined ? '' : ` through ${via}`}`
  if (answer !== undefined) return `answer ${answer}`
  if (reject !== undefined) return `reject ${reject}${how}`
  if (transfer !== undefined) return `transfer ${transfer.from} to ${transfer.to}, ${transfer.kind}`
  if (complete !== undefined) return `complete the transfer of ${complete}`
  return `hang up ${hangup === 'all' ? 'all legs' : (hangup ?? '')}${how}`
}

/** Outcomes that a person can choose for a leg that does not take the call. */
export const UNANSWERED = (['busy', 'noAnswer', 'cancelled', 'congestion', 'unavailable'] as const).map(value => ({
  value,
  label: OUTCOME_LABELS[value]
}))
/** One of them. */
export type Unanswered = (typeof UNANSWERED)[number]['value']
