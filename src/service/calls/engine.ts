import {
  answer,
  type CallScript,
  hangup,
  manualProblems,
  type Step,
  scriptOf,
  stepsOf
} from '../../domain/calls/call.js'
import { type DirectoryLookup, extensionOf, findParties, type Party } from '../../domain/calls/party.js'
import { ControlError } from '../../domain/errors/control.js'
import type { CallOutcome, CallRequest } from '../../schema/call.js'
import type { StoredCall } from '../../store/calls.js'
import type { PendingDelivery } from '../../store/deliveries.js'
import type { Store } from '../../store/store.js'
import type { NewId } from '../new-id.js'
import type { Clock } from '../time/clock.js'
import type { Occurring } from './fire.js'

/** Drives calls. Every verb is one transaction, and what it owes is handed on only after that. */
export interface CallEngine {
  /**
   * Places a call; what is due at once happens at once.
   * @throws ControlError `request_invalid` when its parties are not known, or are none
   */
  place(request: CallRequest): StoredCall
  /** @throws ControlError `call_unknown`, `call_state` */
  answer(callId: string): StoredCall
  /** @throws ControlError `call_unknown`, `call_state` */
  hangup(callId: string, outcome?: CallOutcome): StoredCall
  /** Lets the steps happen that are due at this time, up to so many. @returns whether more are due */
  performDue(limit: number): boolean
}

/** How long the ids are that calls have in the API. @source call-events.md §2 */
const CALL_API_ID_LENGTH = 20

/**
 * @param owed is given the deliveries that were committed
 * @param changed is told before that which call has changed
 */
export function createCallEngine({
  store,
  clock,
  newId,
  occurring,
  owed,
  changed,
  logSize
}: {
  store: Store
  clock: Clock
  newId: NewId
  occurring: Occurring
  owed: (waiting: PendingDelivery[]) => void
  changed: (callId: string) => void
  logSize: number
}): CallEngine {
  const { calls } = store
  const lookup = lookupIn(store)

  /**
   * One transaction: the call comes, its steps happen as far as they are due, and what they owe is handed on.
   * @param begin reads the call anew each time: a full disk lets the transaction run twice. It is given the time at
   * which all of it happens, in milliseconds since 1970
   */
  const drive = (begin: (now: number) => { call: StoredCall; step: Step }): StoredCall => {
    const { call, waiting } = store.write(() => {
      const now = clock().getTime()
      const { call, step } = begin(now)
      const occur = occurring(call, now)
      const waiting: PendingDelivery[] = []
      const happen = (step: Step) => {
        call.state = step.state
        call.dueAt = step.nextMs === null ? null : now + step.nextMs
        for (const legMoment of step.moments) waiting.push(...occur(legMoment))
      }
      happen(step)
      while (call.dueAt !== null && call.dueAt <= now) happen(nextStep(call))
      calls.update(call)
      calls.trim(logSize)
      return { call, waiting }
    })
    changed(call.callId)
    owed(waiting)
    return call
  }

  const manual = (callId: string): StoredCall => {
    const call = calls.find(callId)
    if (call === undefined) throw new ControlError('call_unknown')
    if (call.state === 'ended') throw new ControlError('call_state', { message: `Call ${callId} is over.` })
    if (!call.manual) {
      const message = `Call ${callId} goes by its script. Place it with "manual": true to drive it.`
      throw new ControlError('call_state', { message })
    }
    return call
  }

  return {
    place(request) {
      return drive(now => {
        const call = newCall(request, lookup, { seq: calls.nextSeq(), now, newId })
        calls.add(call)
        const [step] = stepsOf(call)
        if (step === undefined) throw new Error('A call without steps was placed.') // every script has a first one
        return { call, step }
      })
    },
    answer(callId) {
      return drive(() => {
        const call = manual(callId)
        if (call.state === 'answered')
          throw new ControlError('call_state', { message: `Call ${callId} is answered already.` })
        call.outcome = 'answered'
        return { call, step: answer() }
      })
    },
    hangup(callId, outcome) {
      return drive(() => {
        const call = manual(callId)
        const isAnswered = call.state === 'answered'
        const ending = outcome ?? (isAnswered ? 'answered' : 'cancelled')
        if ((ending === 'answered') !== isAnswered) {
          const now = isAnswered
            ? 'answered, and can only end as that'
            : 'ringing, and cannot end as answered before it is'
          throw new ControlError('call_state', { message: `Call ${callId} is ${now}.` })
        }
        call.outcome = ending
        return { call, step: hangup(ending) }
      })
    },
    performDue(limit) {
      for (let performed = 0; performed < limit; performed++) {
        const due = calls.firstDue()
        if (due?.dueAt == null || due.dueAt > clock().getTime()) return false
        drive(() => {
          const call = calls.find(due.callId) ?? due
          return { call, step: nextStep(call) }
        })
      }
      return true
    }
  }
}

function lookupIn({ directory }: Store): DirectoryLookup {
  return {
    extended: directory.findExtension,
    publicNumber: directory.findPublic,
    short(number, { owner }) {
      const organization = directory.findUser(owner)?.organization
      return organization ? directory.findShort(number, organization) : undefined
    }
  }
}

/** The step that follows on the state of a call whose next one is due. */
function nextStep(call: StoredCall): Step {
  const steps = stepsOf(call)
  const next = steps[steps.findIndex(({ state }) => state === call.state) + 1]
  if (next === undefined) throw new Error(`Call ${call.callId} has no step after ${call.state}.`) // then none is due
  return next
}

/** @throws ControlError `request_invalid` */
function newCall(
  request: CallRequest,
  lookup: DirectoryLookup,
  { seq, now, newId }: { seq: number; now: number; newId: NewId }
): StoredCall {
  const found = findParties(request, lookup)
  const problems = [...('problems' in found ? found.problems : []), ...manualProblems(request)]
  if ('problems' in found || problems.length > 0) throw new ControlError('request_invalid', { details: problems })
  const { caller, called } = found
  const script: CallScript = scriptOf(request)
  return {
    ...script,
    seq,
    callId: `${Math.floor(now / 1000)}.${seq}`,
    callApiId: newId(CALL_API_ID_LENGTH).toLowerCase(),
    from: request.from,
    to: request.to,
    callerExtension: extensionOf(caller),
    calledExtension: extensionOf(called),
    callerName: request.callerName ?? nameOf(caller),
    calledDid: called.kind === 'extension' ? (called.publicNumber ?? '') : '',
    dialled: request.dialled ?? request.to,
    state: 'ringing',
    placedAt: now,
    dueAt: null
  }
}

const nameOf = (party: Party): string => (party.kind === 'extension' ? (party.extension.name ?? '') : '')
