import { rehearse } from '../../domain/calls/script.js'
import { matchesDelivery } from '../../domain/delivery-match.js'
import { explainSent } from '../../domain/sent-values.js'
import { type MomentName, NOT_FIRED } from '../../schema/calls/call.js'
import type { DeliveryMatch } from '../../schema/calls/delivery.js'
import { findEventType } from '../../schema/event-type.js'
import { STATUSES } from '../../schema/phone-call-event.js'
import type { StoredCall } from '../../store/calls.js'
import type { StoredMoment } from '../../store/moments.js'
import type { Store } from '../../store/store.js'
import { createCallDirectory } from '../calls/call-directory.js'
import { explainState } from '../calls/explain-open.js'
import type { FaultService } from '../faults.js'
import type { SettingsService } from '../state/settings.js'
import type { SandboxClock } from '../time/clock.js'
import { countMatching } from './matching-deliveries.js'
import { MAX_COMPARED } from './verify.js'

/** Explains why expected deliveries may be missing, in sentences. @param dropped how many the log has dropped */
export type ExplainMissing = (match: DeliveryMatch, dropped: number) => string[]

/** How many of the newest moments, and calls, are explained. */
const MAX_EXPLAINED = 3

/** Explains by the directory, the phone call events, the calls and their moments, and the faults. */
export function createExplainMissing({
  store,
  clock,
  faults,
  settings
}: {
  store: Store
  clock: SandboxClock
  faults: Pick<FaultService, 'held'>
  settings: Pick<SettingsService, 'current'>
}): ExplainMissing {
  const { directory, events, calls, moments, deliveries } = store
  const { resolverOf } = createCallDirectory(store)

  /** Members of the match that name nothing, or that contradict each other. */
  const ofNames = ({ extension, eventId, callId, type }: DeliveryMatch, name: MomentName | undefined): string[] => {
    const event = eventId === undefined ? undefined : events.findAnywhere(eventId)
    const label = (code: string) => findEventType(code)?.label
    const hintIf = (text: string, holds: boolean) => (holds ? [text] : [])
    return [
      ...hintIf(
        `No extension has the number ${extension}.`,
        extension !== undefined && !directory.findExtension(extension)
      ),
      ...hintIf(`No call with the id ${callId} is in the log.`, callId !== undefined && !calls.find(callId)),
      ...hintIf(`No phone call event has the id ${eventId} now.`, eventId !== undefined && !event),
      ...(event
        ? [
            ...hintIf(`Event ${event.id} is disabled (status 0).`, event.status === STATUSES.disabled),
            ...hintIf(
              `Event ${event.id} belongs to extension ${event.extension}, not ${extension}.`,
              extension !== undefined && event.extension !== extension
            ),
            ...hintIf(
              `Event ${event.id} is of type ${event.type} (${label(event.type)}), not ${type}.`,
              type !== undefined && event.type !== type
            )
          ]
        : []),
      ...hintIf(
        `Type ${type} fires at ${nameOf(type)}, never at ${name}.`,
        type !== undefined && name !== undefined && nameOf(type) !== name
      )
    ]
  }

  const ofMoment = (moment: StoredMoment & { callId: string }): string => {
    const { name, extension, at, callId, armed, disabled, otherType, overLimit } = moment
    const reasons = [
      ...(armed > 0 ? [`${armed} fired`] : ['nothing was armed']),
      ...(disabled > 0 ? [`${disabled} did not because ${NOT_FIRED.disabled}`] : []),
      ...(otherType > 0 ? [`${otherType} did not because ${NOT_FIRED.other_type}`] : []),
      ...(overLimit > 0 ? [`${overLimit} did not because ${NOT_FIRED.over_limit}`] : [])
    ]
    const none =
      armed + disabled + otherType + overLimit === 0 ? 'the extension had no phone call events' : reasons.join(', ')
    return `${name} of ${extension} happened in call ${callId} at ${new Date(at).toISOString()}: ${none}.`
  }

  /** Whether a moment can still happen in a call: its script has it, or the API drives the call. */
  const isPlanned = (call: StoredCall, name: MomentName): boolean => {
    if (call.state === 'ended') return false
    const steps = call.steps.slice(call.position)
    if (steps.length === 0 || call.callingLeg === null) return true // what follows a pick-up is not planned before it
    const rehearsed = rehearse(call, steps, resolverOf(call))
    return 'problems' in rehearsed || rehearsed.moments.some(({ moment }) => moment === name)
  }

  /** Explains why a moment has not happened in a call, and the time or the request of its next step. */
  const ofCall = (call: StoredCall, name: MomentName | undefined): string[] => {
    const { callId, outcome } = call
    if (name !== undefined && !isPlanned(call, name))
      return [`Call ${callId} ends${outcome === null ? '' : ` as ${outcome}`}, and has no ${name}.`]
    return explainState(call, clock).map(state => `Call ${callId}: ${state}.`)
  }

  const ofHeld = ({ state: _, ...match }: DeliveryMatch): string[] =>
    faults.held().flatMap(({ fault, deliveries: ids }) => {
      const held = ids.flatMap(id => deliveries.comparable(Number(id)) ?? [])
      const count = held.filter(delivery => matchesDelivery(delivery, match)).length
      return count === 0 ? [] : [`Fault ${fault} holds ${count} of them: POST /_emulator/faults/${fault}/release.`]
    })

  return (match, dropped) => {
    const name = match.moment ?? (match.type === undefined ? undefined : nameOf(match.type))
    const happened = moments.recent({ name, extension: match.extension, callId: match.callId }, MAX_EXPLAINED)
    const one = match.callId === undefined ? undefined : calls.find(match.callId)
    const considered = match.callId === undefined ? calls.list(0, MAX_EXPLAINED).page : one ? [one] : []
    const pending = countMatching(deliveries, { ...match, state: 'pending' })
    const unfinished = pending.count + countMatching(deliveries, { ...match, state: 'sending' }).count
    return [
      ...(dropped > 0
        ? [`${dropped} older deliveries were dropped, so that the count may be wrong: raise --delivery-log-size.`]
        : []),
      ...ofNames(match, name),
      ...explainSent(deliveries.newest(MAX_COMPARED), match, settings.current()),
      ...(considered.length === 0 && match.callId === undefined ? ['No call has been placed.'] : []),
      ...happened.map(ofMoment),
      ...considered.flatMap(call => ofCall(call, happened.length > 0 ? undefined : name)),
      ...(unfinished > 0
        ? [`${pending.isAll ? '' : 'At least '}${unfinished} of the deliveries are still pending or in flight.`]
        : []),
      ...ofHeld(match)
    ]
  }
}

const nameOf = (type = ''): MomentName | undefined => findEventType(type)?.name
