import { type LegMoment, stampTimes } from '../../domain/calls/call.js'
import { type PlannedStep, possibleSteps, stepsOfPhones, stepsWithPhone } from '../../domain/calls/phone-steps.js'
import { readStep, rings } from '../../domain/calls/script.js'
import type { Verb, VerbRefusal } from '../../domain/calls/verb.js'
import { performVerb } from '../../domain/calls/verbs.js'
import type { PhoneBehaviour } from '../../schema/phone.js'
import type { Settings } from '../../schema/settings.js'
import type { StoredCall } from '../../store/calls.js'
import type { CallDirectory } from './call-directory.js'
import type { CallIds } from './call-ids.js'
import { limitsOf, pickUpOf } from './new-phone-call.js'

/** A call that verbs change, within one transaction and at one time. */
export interface OpenCall {
  call: StoredCall
  /** The time, in milliseconds since 1970. */
  now: number
  /** Whether its steps or its caller are others than before, besides the steps that were performed. */
  readonly isReplanned: boolean
  /** The moments that happened since it was opened. */
  happened: LegMoment[]
  /** Performs a verb. @param mayGoOn see performVerb @returns why it cannot be performed */
  tryVerb(verb: Verb, mayGoOn?: boolean): VerbRefusal | undefined
  /** Lets the phone of a party drive it that the vendor's API has rung. */
  addPhone(number: string, phone: PhoneBehaviour): void
  /** Performs the next step. If it is no longer possible because the directory has changed, the call ends. */
  performStep(): void
  /** Performs the steps that are due at once, and sets the time of the next one. */
  goOn(): void
  /** Ends a change that was no step: phones react to it, and a script goes on as before. */
  settle(): void
}

/** Opens a call at a time, in milliseconds since 1970. */
export type Open = (call: StoredCall, now: number) => OpenCall

/** Prepares to open calls. */
export function createOpenCall({
  directory,
  callIds,
  settings
}: {
  directory: CallDirectory
  callIds: CallIds
  settings: { current(): Pick<Settings, 'callIds'> }
}): Open {
  return (call, now) => {
    const happened: LegMoment[] = []
    let isReplanned = call.phoneCall !== null

    const tryVerb: OpenCall['tryVerb'] = (verb, mayGoOn = false) => {
      const isPickUp = verb.verb === 'answer' && call.callingLeg === null
      const performed = performVerb(
        call,
        isPickUp ? { ...verb, pickUp: pickUpOf(call, directory) } : verb,
        callIds.ofLegs(call, settings.current()),
        mayGoOn
      )
      if ('refused' in performed) return performed.refused
      stampTimes(call.legs, performed.call.legs, now)
      Object.assign(call, performed.call)
      if (isPickUp) nameCaller(call)
      happened.push(...performed.moments)
      return undefined
    }

    /** Sets the steps of a call of the vendor's API anew: who does what next depends on its legs. */
    const planPhones = () => {
      const limits = limitsOf(call)
      if (limits !== undefined) Object.assign(call, { steps: stepsOfPhones(call, limits, now), position: 0 })
    }

    /** Leaves out the steps that phones have made impossible, and those of phones that are no longer possible. @param dueAt when the next step is due */
    const prunePhones = (dueAt: number | null) => {
      const left = call.steps.slice(call.position)
      if (call.phoneCall !== null || dueAt === null || !left.some(({ isOfPhone }) => isOfPhone)) return
      const steps = possibleSteps(call, { left, dueAt }, directory.resolverOf(call), now)
      if (steps.length === left.length) return
      Object.assign(call, { steps, position: 0 })
      call.dueAt = steps[0] === undefined ? null : now + (steps[0].afterMs ?? 0)
      isReplanned = true
    }

    const performStep = () => {
      const step: PlannedStep = call.steps[call.position] ?? { hangup: 'all' }
      const read = readStep(step, directory.resolverOf(call))
      call.position += 1
      const isRefused = 'problems' in read || tryVerb(read.verb, rings(call.steps[call.position]))
      if (isRefused && !step.isOfPhone) tryVerb({ verb: 'hangup' })
    }

    const goOn = () => {
      for (;;) {
        planPhones()
        prunePhones(now + (call.steps[call.position]?.afterMs ?? 0))
        const next = call.state === 'ended' ? undefined : call.steps[call.position]
        call.dueAt = next === undefined ? null : now + (next.afterMs ?? 0)
        if (call.dueAt === null || call.dueAt > now) return
        performStep()
      }
    }

    return {
      call,
      now,
      happened,
      tryVerb,
      get isReplanned() {
        return isReplanned
      },
      addPhone(number, phone) {
        if (call.phoneCall !== null) return // goOn plans all its phones
        const left = call.steps.slice(call.position)
        Object.assign(call, { steps: stepsWithPhone({ left, dueAt: call.dueAt }, { number, phone }, now), position: 0 })
        call.dueAt = now + (call.steps[0]?.afterMs ?? 0)
        isReplanned = true
        prunePhones(call.dueAt)
      },
      performStep,
      goOn,
      settle() {
        if (call.phoneCall !== null) goOn()
        else if (call.state === 'ended') call.dueAt = null
        else prunePhones(call.dueAt)
      }
    }
  }
}

/** Names the source that has picked up as the caller. */
function nameCaller(call: StoredCall): void {
  const caller = call.legs[call.callingLeg ?? 0]
  if (caller === undefined) return
  call.from = caller.number
  call.callerName = caller.parameters.callerIdName
}
