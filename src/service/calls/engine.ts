import { readByHand, type VerbByHand } from '../../domain/calls/by-hand.js'
import type { LegMoment } from '../../domain/calls/call.js'
import { readStep, rings } from '../../domain/calls/script.js'
import { performVerb, type Verb } from '../../domain/calls/verbs.js'
import { ControlError } from '../../domain/errors/control.js'
import type { CallRequest } from '../../schema/calls/call-request.js'
import type { StoredCall } from '../../store/calls.js'
import type { Store } from '../../store/store.js'
import type { NewId } from '../new-id.js'
import type { SettingsService } from '../state/settings.js'
import type { Clock } from '../time/clock.js'
import type { EventSource } from '../watch/event-source.js'
import { lookupIn, resolverOf } from './call-directory.js'
import { createCallIds } from './call-ids.js'
import type { Fire, Fired } from './fire.js'
import { createNewCall, type NewCall } from './new-call.js'

/** Drives calls. Every verb is one transaction; `call` and `pending` are published after it. */
export interface CallEngine {
  /**
   * Places a call, and performs the steps that are due at once.
   * @throws ControlError `request_invalid` when a party is unknown or a step can never happen; `call_exists`
   */
  place(request: CallRequest): Pick<NewCall, 'call' | 'warnings'> & { fired: Fired[] }
  /** Performs a verb by hand. @throws ControlError `call_unknown`, `call_state`, `request_invalid` */
  perform(callId: string, request: VerbByHand): StoredCall
  /** Performs due steps, up to a limit. @returns whether the limit was reached and more may be due */
  performDue(limit: number): boolean
}

/** @param fire writes the moments of a verb and their deliveries */
export function createCallEngine({
  store,
  settings,
  clock,
  newId,
  fire,
  eventSource,
  deliveryLogSize
}: {
  store: Store
  settings: SettingsService
  clock: Clock
  newId: NewId
  fire: Fire
  eventSource: EventSource
  /** How many ended calls are kept: as many as deliveries. */
  deliveryLogSize: number
}): CallEngine {
  const { calls } = store
  const lookup = lookupIn(store)
  const callIds = createCallIds(calls)
  const createCall = createNewCall({ calls, callIds, newId, lookup })

  /** Prepares a call for verbs that are performed within one transaction, at one time. */
  const open = (call: StoredCall, now: number) => {
    const oldLegs = call.legs.length
    const happened: LegMoment[] = []
    const tryVerb = (verb: Verb, mayGoOn = false) => {
      const performed = performVerb(call, verb, callIds.ofLegs(call, settings.current()), mayGoOn)
      if ('refused' in performed) return performed.refused
      Object.assign(call, performed.call)
      happened.push(...performed.moments)
      return undefined
    }
    return {
      happened,
      tryVerb,
      /** Performs the next step. If it is no longer possible because the directory has changed, the call ends. */
      performStep(): void {
        const step = call.steps[call.position] ?? { hangup: 'all' }
        const read = readStep(step, resolverOf(call, lookup))
        call.position += 1
        const isRefused = 'problems' in read || tryVerb(read.verb, rings(call.steps[call.position]))
        if (isRefused) tryVerb({ verb: 'hangup' })
      },
      /** Performs the steps that are due at once, and sets the time of the next one. */
      goOn(): void {
        for (;;) {
          const next = call.state === 'ended' ? undefined : call.steps[call.position]
          call.dueAt = next === undefined ? null : now + (next.afterMs ?? 0)
          if (call.dueAt === null || call.dueAt > now) return
          this.performStep()
        }
      },
      /** Stores the call, its moments and their deliveries. */
      store(isNew = false): Fired[] {
        if (isNew) calls.add(call)
        else calls.update(call, oldLegs)
        const fired = happened.map(fire(call, now))
        calls.trim(deliveryLogSize)
        return fired
      }
    }
  }

  const publish = ({ callId }: StoredCall, fired: Fired[]) => {
    const pending = fired.flatMap(({ deliveries }) => deliveries.map(({ id, eventUrl: url }) => ({ id, callId, url })))
    eventSource.publish('call', callId)
    if (pending.length > 0) eventSource.publish('pending', pending)
  }

  return {
    place(request) {
      const { placed, fired } = store.write(() => {
        const now = clock().getTime()
        const placed = createCall(request, now, settings.current())
        const opened = open(placed.call, now)
        opened.happened.push(...placed.moments)
        opened.goOn()
        return { placed, fired: opened.store(true) }
      })
      publish(placed.call, fired)
      return { ...placed, fired }
    },
    perform(callId, request) {
      const { call, fired } = store.write(() => {
        const call = calls.find(callId) // anew each time: the transaction may run twice when the disk is full
        if (call === undefined) throw new ControlError('call_unknown')
        checkByHand(call, callId)
        const read = readByHand(request, resolverOf(call, lookup))
        if ('problems' in read) throw new ControlError('request_invalid', { details: read.problems })
        const opened = open(call, clock().getTime())
        const refused = opened.tryVerb(read.verb)
        if (refused?.isLimit)
          throw new ControlError('request_invalid', {
            details: [{ path: request.verb === 'ring' ? '$.number' : '$.to', message: refused.message }]
          })
        if (refused) throw new ControlError('call_state', { message: `Call ${callId}: ${refused.message}.` })
        return { call, fired: opened.store() }
      })
      publish(call, fired)
      return call
    },
    performDue(limit) {
      for (let performed = 0; performed < limit; performed++) {
        const first = calls.firstDueAt()
        if (first === undefined || first > clock().getTime()) return false
        const { call, fired } = store.write(() => {
          const call = calls.firstDue()
          if (call === undefined) throw new Error('The call whose step is due is gone.') // nothing else writes meanwhile
          const opened = open(call, clock().getTime())
          opened.performStep()
          opened.goOn()
          return { call, fired: opened.store() }
        })
        publish(call, fired)
      }
      return true
    }
  }
}

/** @throws ControlError `call_state` when the call is over, or its script still drives it */
function checkByHand({ state, steps, position }: StoredCall, callId: string): void {
  if (state === 'ended')
    throw new ControlError('call_state', { message: `Call ${callId} is over: its state is ended.` })
  if (position >= steps.length) return
  const left = steps.length - position
  const message = `Call ${callId} follows its script, and ${left} ${left === 1 ? 'step is' : 'steps are'} left. Place a call with "manual": true to drive it by hand.`
  throw new ControlError('call_state', { message })
}
