import type { CallRequest } from '../../schema/calls/call-request.js'
import { OUTCOMES, type Step, VERB_NAMES, type VerbName } from '../../schema/calls/call-step.js'
import type { Problem } from '../schema-check.js'
import type { CallLegs, Leg, LegMoment } from './call.js'
import { CallDraft } from './call-draft.js'
import { extensionOf, type Party, type ResolveParty } from './party.js'
import type { Verb, VerbRefusal } from './verb.js'
import { performVerb } from './verbs.js'

/** The steps of a call after it is placed. @source call-events.md §1; control-api.md "Calls and deliveries" */
export function stepsOf({
  steps,
  manual,
  outcome = 'answered',
  ringMs = 0,
  talkMs = 0,
  to,
  answeredBy
}: CallRequest): Step[] {
  if (steps !== undefined) return steps
  if (manual) return []
  if (!OUTCOMES[outcome].reaches) return [{ hangup: 'all', outcome }]
  if (outcome !== 'answered') return [{ afterMs: ringMs, hangup: 'all', outcome }]
  const [first = ''] = [to].flat()
  return [
    { afterMs: ringMs, answer: answeredBy ?? first },
    { afterMs: talkMs, hangup: 'all' }
  ]
}

/** The members of a request that contradict each other. @assumed 0015 */
export function contradictionsOf(request: CallRequest): Problem[] {
  const { manual, steps, to, answeredBy, outcome = 'answered', ringMs = 0, talkMs = 0 } = request
  const problems: Problem[] = []
  const exclude = (path: string, holds: boolean, message: string) => {
    if (holds) problems.push({ path, message })
  }
  const driven =
    steps !== undefined
      ? 'a call with steps: its steps take the time'
      : manual
        ? 'a manual call: the verbs of this API drive it'
        : ''
  exclude('$.steps', manual === true && steps !== undefined, 'cannot be combined with "manual": leave one of them out')
  exclude('$.outcome', driven !== '' && outcome !== 'answered', `is not for ${driven}`)
  exclude('$.ringMs', driven !== '' && ringMs !== 0, `is not for ${driven}`)
  exclude('$.talkMs', driven !== '' && talkMs !== 0, `is not for ${driven}`)
  if (answeredBy === undefined) return problems
  const isCalled = typeof to === 'string' ? answeredBy === to : to.includes(answeredBy)
  exclude('$.answeredBy', driven !== '', `is not for ${driven}`)
  exclude('$.answeredBy', driven === '' && outcome !== 'answered', `is for the outcome answered; got ${outcome}`)
  exclude('$.answeredBy', driven === '' && !isCalled, `names ${answeredBy}, which is not in $.to`)
  return problems
}

/**
 * Places a call whose legs were not reached yet.
 * @param request decides whether they are reached, and whether a conference answers at once
 */
export function placeCall(
  call: CallLegs,
  { outcome = 'answered', steps }: Pick<CallRequest, 'outcome' | 'steps'>
): { call: CallLegs; moments: LegMoment[] } {
  const draft = new CallDraft(call, () => '') // no leg is added
  draft.place(OUTCOMES[outcome].reaches, steps !== undefined)
  return draft
}

/** A step as a verb, or the problems of its members. Paths begin at the step: `.ring[1]`. */
export function readStep(step: Step, resolve: ResolveParty): { verb: Verb } | { problems: Problem[] } {
  const given = VERB_NAMES.filter(name => step[name] !== undefined)
  const [name, second] = given
  if (name === undefined) return { problems: [{ path: '', message: `needs a verb: one of ${VERB_NAMES.join(', ')}` }] }
  if (second !== undefined)
    return { problems: [{ path: `.${second}`, message: `cannot be combined with ${name}: make it a step of its own` }] }
  const problems: Problem[] = []
  if (step.via !== undefined && name !== 'ring')
    problems.push({ path: '.via', message: `is for ring, not for ${name}` })
  if (step.outcome !== undefined && name !== 'reject' && name !== 'hangup')
    problems.push({ path: '.outcome', message: `is for reject and hangup, not for ${name}` })
  if (name === 'reject' && (step.outcome === undefined || step.outcome === 'answered'))
    problems.push({
      path: '.outcome',
      message: 'must be busy, noAnswer, cancelled, congestion or unavailable for reject'
    })
  const party = (path: string, number: string): Party => {
    const found = resolve(number)
    if (!('problem' in found)) return found
    problems.push({ path, message: found.problem })
    return { kind: 'outside', written: number }
  }
  const verb = verbOf(step, name, party)
  if (verb.verb === 'ring') problems.push(...doublesOf(verb.parties))
  return problems.length > 0 ? { problems } : { verb }
}

/** The parties that ring twice in one step. Paths begin at the step. @source control-api.md "Calls and deliveries" */
function doublesOf(parties: readonly Party[]): Problem[] {
  const names = parties.map(party => extensionOf(party) ?? party.written)
  return names.flatMap((name, index) =>
    names.indexOf(name) === index ? [] : [{ path: `.ring[${index}]`, message: `names ${name} a second time` }]
  )
}

/** Whether a step rings further parties: until then the call goes on, even if only its caller is left. */
export const rings = (step: Step | undefined): boolean => step?.ring !== undefined

/**
 * Performs steps on a call without their times.
 * @returns the moments and the legs after them, or the problems of the first step that cannot happen, with paths such as `[2].answer`
 */
export function rehearse(
  call: CallLegs,
  steps: readonly Step[],
  resolve: ResolveParty
): { moments: LegMoment[]; legs: Leg[] } | { problems: Problem[] } {
  const moments: LegMoment[] = []
  let current = call
  for (const [index, step] of steps.entries()) {
    const read = readStep(step, resolve)
    if ('problems' in read)
      return { problems: read.problems.map(({ path, message }) => ({ path: `[${index}]${path}`, message })) }
    const performed = performVerb(current, read.verb, () => '', rings(steps[index + 1]))
    if ('refused' in performed) {
      const { path, message } = problemOf(step, performed.refused)
      return { problems: [{ path: `[${index}]${path}`, message }] }
    }
    current = performed.call
    moments.push(...performed.moments)
  }
  return { moments, legs: current.legs }
}

/** A refusal as a problem of a step. Its path begins at the step: `.ring[1]`. */
function problemOf(step: Step, { member, index, message }: VerbRefusal): Problem {
  const name = VERB_NAMES.find(verb => step[verb] !== undefined) ?? ''
  const at = index !== undefined && typeof step.ring === 'object' ? `[${index}]` : ''
  if (member === 'party') return { path: `.${name}${at}`, message }
  return { path: name === 'transfer' ? `.transfer.${member}` : `.${member}`, message }
}

/** @param party resolves a number that stands at a path of the step */
function verbOf(step: Step, name: VerbName, party: (path: string, number: string) => Party): Verb {
  const {
    ring,
    via,
    answer = '',
    reject = '',
    transfer = { from: '', to: '', kind: 'blind' },
    complete = '',
    hangup = '',
    outcome
  } = step
  switch (name) {
    case 'ring':
      return {
        verb: 'ring',
        parties:
          typeof ring === 'object'
            ? ring.map((number, at) => party(`.ring[${at}]`, number))
            : [party('.ring', ring ?? '')],
        via: via === undefined ? undefined : party('.via', via)
      }
    case 'answer':
      return { verb: 'answer', party: party('.answer', answer) }
    case 'reject':
      return { verb: 'reject', party: party('.reject', reject), outcome: outcome ?? 'noAnswer' }
    case 'transfer': {
      const { from, to, kind } = transfer
      return { verb: 'transfer', from: party('.transfer.from', from), to: party('.transfer.to', to), kind }
    }
    case 'complete':
      return { verb: 'complete', party: party('.complete', complete) }
    case 'hangup':
      return { verb: 'hangup', party: hangup === 'all' ? undefined : party('.hangup', hangup), outcome }
  }
}
