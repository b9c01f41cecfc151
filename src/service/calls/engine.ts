import { readByHand, type VerbByHand } from '../../domain/calls/by-hand.js'
import { extensionOf } from '../../domain/calls/party.js'
import { ControlError } from '../../domain/errors/control.js'
import type { PhoneCallParties } from '../../domain/phone-calls/new-phone-call.js'
import type { CallRequest } from '../../schema/calls/call-request.js'
import type { PlacedPhoneCall } from '../../schema/phone-call.js'
import type { StoredCall } from '../../store/calls.js'
import type { Store } from '../../store/store.js'
import type { IdSource } from '../new-id.js'
import type { SettingsService } from '../state/settings.js'
import type { Clock } from '../time/clock.js'
import type { EventSource } from '../watch/event-source.js'
import { createBoundFired } from './bound-fired.js'
import { createCallDirectory } from './call-directory.js'
import { createCallIds } from './call-ids.js'
import type { Fire, Fired } from './fire.js'
import { createNewCall, type NewCall } from './new-call.js'
import { createNewPhoneCall } from './new-phone-call.js'
import { createOpenCall, type OpenCall } from './open-call.js'

/** Drives calls. Every change is a transaction; `call` and `pending` are published after it. */
export interface CallEngine {
  /**
   * Places a call, and performs the steps that are due at once.
   * @throws ControlError `request_invalid` when a party is unknown or a step can never happen; `call_exists`;
   * `too_many_armed`
   */
  place(request: CallRequest): Pick<NewCall, 'call' | 'warnings'> & { fired: Fired[] }
  /** Places a call of the vendor's API: its sources ring, and its phones drive it. @throws UapiError `service_unavailable` */
  placePhoneCall(request: PlacedPhoneCall, parties: PhoneCallParties): StoredCall
  /** Performs a verb by hand. @throws ControlError `call_unknown`, `call_state`, `request_invalid` */
  perform(callId: string, request: VerbByHand): StoredCall
  /**
   * Changes calls that are going on, all or none of them.
   * @param find reads them from the store, within the transaction
   * @param change performs verbs; what it throws leaves every call as it was
   * @returns the calls that were found
   */
  change(find: () => StoredCall[], change: (open: OpenCall) => void): StoredCall[]
  /**
   * Performs due steps in one transaction: up to a limit, and fewer when they fire many webhooks.
   * @returns whether more steps are due
   */
  performDue(limit: number): boolean
}

/** Of the steps that are due, no more are performed in one turn of the event loop once they have fired so many webhooks. */
const WEBHOOKS_PER_TURN = 100

/** @param fire writes the moments of a verb and their deliveries */
export function createCallEngine({
  store,
  settings,
  clock,
  newId,
  newCallNumber,
  fire,
  eventSource,
  deliveryLogSize
}: {
  store: Store
  settings: SettingsService
  clock: Clock
  fire: Fire
  eventSource: EventSource
  /** How many ended calls are kept: as many as deliveries. */
  deliveryLogSize: number
} & IdSource): CallEngine {
  const { calls } = store
  const directory = createCallDirectory(store)
  const callIds = createCallIds(calls, { newId, newCallNumber })
  const createCall = createNewCall({ calls, callIds, directory })
  const createPhoneCall = createNewPhoneCall({ calls, callIds, directory })
  const boundFired = createBoundFired({ store, callDirectory: directory })
  const open = createOpenCall({ directory, callIds, settings })

  /** Stores a call, its moments and their deliveries. @param oldLegs how many legs it had before; undefined when it is new */
  const save = ({ call, happened, isReplanned }: OpenCall, now: number, oldLegs?: number): Fired[] => {
    if (oldLegs === undefined) calls.add(call)
    else calls.update(call, oldLegs, isReplanned)
    const fired = happened.map(fire(call, now))
    calls.trim(deliveryLogSize)
    return fired
  }

  /** Changes a stored call. @param change performs verbs, or throws */
  const changeStored = (call: StoredCall, change: (opened: OpenCall) => void): { call: StoredCall; fired: Fired[] } => {
    const now = clock().getTime()
    const oldLegs = call.legs.length
    const opened = open(call, now)
    change(opened)
    return { call, fired: save(opened, now, oldLegs) }
  }

  const isStepDue = () => (calls.firstDueAt() ?? Number.POSITIVE_INFINITY) <= clock().getTime()

  const performFirst = () => {
    const call = calls.firstDue()
    if (call === undefined) throw new Error('The call whose step is due is gone.') // nothing else writes meanwhile
    return changeStored(call, opened => {
      opened.performStep()
      opened.goOn()
    })
  }

  const performSteps = (limit: number) =>
    store.write(() => {
      const steps: { call: StoredCall; fired: Fired[] }[] = []
      for (let webhooks = 0; steps.length < limit && webhooks < WEBHOOKS_PER_TURN && isStepDue(); ) {
        const step = performFirst()
        steps.push(step)
        webhooks += step.fired.reduce((sum, { deliveries }) => sum + deliveries.length, 0)
      }
      return steps
    })

  /** A step that fails, or that finds no space on the disk, does not undo those before it. */
  const performOrOne = (limit: number) => {
    try {
      return performSteps(limit)
    } catch {
      return performSteps(1) // throws when it is the first one that fails
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
        boundFired.check(placed.call, placed.moments)
        const opened = open(placed.call, now)
        opened.happened.push(...placed.moments)
        opened.goOn()
        const fired = save(opened, now)
        boundFired.checkFired(fired)
        return { placed, fired }
      })
      publish(placed.call, fired)
      return { ...placed, fired }
    },
    placePhoneCall(request, parties) {
      const extensions = [...parties.sources, ...parties.destinations].map(extensionOf)
      boundFired.checkPhoneCall(extensions.filter(extension => extension !== null))
      const { call, fired } = store.write(() => {
        const now = clock().getTime()
        const opened = open(createPhoneCall(request, parties, now, settings.current()), now)
        opened.goOn()
        return { call: opened.call, fired: save(opened, now) }
      })
      publish(call, fired)
      return call
    },
    perform(callId, request) {
      const { call, fired } = store.write(() => {
        const call = calls.find(callId) // anew each time: the transaction may run twice when the disk is full
        if (call === undefined) throw new ControlError('call_unknown')
        checkByHand(call, callId)
        const read = readByHand(request, directory.resolverOf(call))
        if ('problems' in read) throw new ControlError('request_invalid', { details: read.problems })
        return changeStored(call, opened => {
          const refused = opened.tryVerb(read.verb)
          if (refused?.isLimit)
            throw new ControlError('request_invalid', {
              details: [{ path: request.verb === 'ring' ? '$.number' : '$.to', message: refused.message }]
            })
          if (refused) throw new ControlError('call_state', { message: `Call ${callId}: ${refused.message}.` })
          opened.settle()
        })
      })
      publish(call, fired)
      return call
    },
    change(find, change) {
      const changed = store.write(() =>
        find().map(call =>
          changeStored(call, opened => {
            change(opened)
            opened.settle()
          })
        )
      )
      for (const { call, fired } of changed) publish(call, fired)
      return changed.map(({ call }) => call)
    },
    performDue(limit) {
      if (!isStepDue()) return false
      for (const { call, fired } of performOrOne(limit)) publish(call, fired)
      return isStepDue()
    }
  }
}

/** @throws ControlError `call_state` when the call is over, or its script still drives it; steps of phones do not prevent it */
function checkByHand({ state, phoneCall, steps, position }: StoredCall, callId: string): void {
  if (state === 'ended')
    throw new ControlError('call_state', { message: `Call ${callId} is over: its state is ended.` })
  const left = steps.slice(position).filter(({ isOfPhone }) => !isOfPhone).length
  if (phoneCall !== null || left === 0) return
  const message = `Call ${callId} follows its script, and ${left} ${left === 1 ? 'step is' : 'steps are'} left. Place a call with "manual": true to drive it by hand.`
  throw new ControlError('call_state', { message })
}
