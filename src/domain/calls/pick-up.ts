import type { CallDraft } from './call-draft.js'
import { legInState, legName, refuse } from './refusal.js'
import type { Verb, VerbRefusal } from './verb.js'

/**
 * Performs a verb while the sources of a call of the vendor's API ring. No moment happens before one of them picks up.
 * @source phone-calls.md "What then happens"
 * @assumed 0022
 */
export function performOnSource(draft: CallDraft, verb: Verb): VerbRefusal | undefined {
  switch (verb.verb) {
    case 'answer': {
      const index = verb.party === undefined ? onlySource(draft) : legInState(draft, verb.party, 'ringing')
      if (typeof index !== 'number') return index
      if (verb.pickUp === undefined) throw new Error('A source answers without the parties that it calls.') // see readVerb
      draft.pickUp(index, verb.pickUp)
      return undefined
    }
    case 'reject':
      return endSource(draft, legInState(draft, verb.party, 'ringing'), verb.outcome)
    case 'hangup': {
      const { party, outcome = 'cancelled' } = verb
      if (outcome === 'answered')
        return refuse('outcome', 'no source has picked up, and the call cannot end as answered')
      if (party !== undefined) return endSource(draft, legInState(draft, party, 'ringing'), outcome)
      draft.endAll(outcome)
      return undefined
    }
    case 'transfer':
      return refuse('from', NOT_PICKED_UP)
    case 'ring':
    case 'complete':
      return refuse('party', NOT_PICKED_UP)
  }
}

const NOT_PICKED_UP = 'no source of the call has picked up: until then only answer, reject and hangup are possible'

/** The source that rings, if it is the only one. */
function onlySource(draft: CallDraft): number | VerbRefusal {
  const [only, second, ...others] = draft.legsWhere(({ state }) => state === 'ringing')
  if (only !== undefined && second === undefined) return only
  const ringing = [only, second, ...others].flatMap(index => (index === undefined ? [] : legName(draft, index)))
  return refuse('party', `${ringing.join(' and ')} are ringing: name the one that answers`)
}

/** Ends a source. When it was the last one that rang, the call is over. */
function endSource(
  draft: CallDraft,
  index: number | VerbRefusal,
  outcome: Extract<Verb, { verb: 'reject' }>['outcome']
): VerbRefusal | undefined {
  if (typeof index !== 'number') return index
  draft.end(index, outcome)
  if (draft.legsWhere(({ state }) => state === 'ringing').length === 0) draft.endAll(outcome)
  return undefined
}
