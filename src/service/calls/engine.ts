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
import type { EventSource } from '../watch/event-source.js'
import type { Fire } from './fire.js'

/** Drives calls. Every verb is one transaction; `call` and `pending` are published after it. */
export interface CallEngine {
  /**
   * Places a call, and performs the steps that are due at once.
   * @throws ControlError `request_invalid` when a party is unknown or cannot take part in a call
   */
  place(request: CallRequest): StoredCall
  /** @throws ControlError `call_unknown`, `call_state` */
  answer(callId: string): StoredCall
  /** @throws ControlError `call_unknown`, `call_state` */
  hangup(callId: string, outcome?: CallOutcome): StoredCall
  /** Performs due steps, up to a limit. @returns whether the limit was reached and more may be due */
  performDue(limit: number): boolean
}

/** Length of a `callApiId`, in characters. @source call-events.md §2 */
const CALL_API_ID_LENGTH = 20

/** @param fire writes the moments of a step and their deliveries */
export function createCallEngine({
  store,
  clock,
  newId,
  fire,
  eventSource,
  deliveryLogSize
}: {
  store: Store
  clock: Clock
  newId: NewId
  fire: Fire
  eventSource: EventSource
  /** How many ended calls are kept: as many as deliveries. */
  deliveryLogSize: number
}): CallEngine {
  const { calls } = store
  const lookup = lookupIn(store)

  /**
   * Performs a step of a call, and those that are due right after it, in one transaction.
   * @param begin reads the call anew each time, because the transaction may run twice when the disk is full. Its
   * parameter is the time of all these steps, in milliseconds since 1970
   */
  const drive = (begin: (now: number) => { call: StoredCall; step: Step }): StoredCall => {
    const { call, pending } = store.write(() => {
      const now = clock().getTime()
      const { call, step } = begin(now)
      const fireMoment = fire(call, now)
      const pending: PendingDelivery[] = []
      const perform = (step: Step) => {
        call.state = step.state
        call.dueAt = step.nextMs === null ? null : now + step.nextMs
        for (const legMoment of step.moments) pending.push(...fireMoment(legMoment))
      }
      perform(step)
      while (call.dueAt !== null && call.dueAt <= now) perform(nextStep(call))
      calls.update(call)
      calls.trim(deliveryLogSize)
      return { call, pending }
    })
    eventSource.publish('call', call.callId)
    if (pending.length > 0) eventSource.publish('pending', pending)
    return call
  }

  const manual = (callId: string): StoredCall => {
    const call = calls.find(callId)
    if (call === undefined) throw new ControlError('call_unknown')
    if (call.state === 'ended') throw new ControlError('call_state', { message: `Call ${callId} is over.` })
    if (!call.manual) {
      const message = `Call ${callId} follows its script. Place it with "manual": true to drive it.`
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
        if (step === undefined) throw new Error('A call without steps was placed.') // every script has one
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
            ? 'answered, and can only end as answered'
            : 'ringing, and cannot end as answered before it is answered'
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

/** The step after the current state of a call. */
function nextStep(call: StoredCall): Step {
  const steps = stepsOf(call)
  const next = steps[steps.findIndex(({ state }) => state === call.state) + 1]
  if (next === undefined) throw new Error(`Call ${call.callId} has no step after ${call.state}.`) // a call after its last step has no due time
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
