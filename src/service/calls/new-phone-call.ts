import { legOf, type PickUp } from '../../domain/calls/call.js'
import { parametersOfCaller, publicNumberOf } from '../../domain/calls/leg-parameters.js'
import { extensionOf, type Party } from '../../domain/calls/party.js'
import type { CallLimits } from '../../domain/calls/phone-steps.js'
import { parseCallerId } from '../../domain/phone-calls/caller-id.js'
import type { PhoneCallParties } from '../../domain/phone-calls/new-phone-call.js'
import type { PlacedPhoneCall } from '../../schema/phone-call.js'
import type { Settings } from '../../schema/settings.js'
import type { CallStore, StoredCall } from '../../store/calls.js'
import type { CallDirectory } from './call-directory.js'
import type { CallIds } from './call-ids.js'

/** Creates a call of the vendor's API: its sources ring. @param now milliseconds since 1970 */
export type CreatePhoneCall = (
  request: PlacedPhoneCall,
  parties: PhoneCallParties,
  now: number,
  settings: Pick<Settings, 'callIds'>
) => StoredCall

/** Prepares to create calls, with the ids of the store. */
export function createNewPhoneCall({
  calls,
  callIds,
  directory
}: {
  calls: CallStore
  callIds: CallIds
  directory: CallDirectory
}): CreatePhoneCall {
  return (request, { sources, destinations }, now, settings) => {
    const seq = calls.nextSeq()
    const callId = callIds.ofCall(seq, now)
    const [first] = destinations
    const written = destinations.map(party => party.written)
    const [dialled = ''] = written
    if (first === undefined) throw new Error('A call without a destination.') // the request was checked
    const newCallId = callIds.ofLegs({ callId, legs: [] }, settings)
    const did = publicNumberOf(first)
    const legs = sources.map(party => ({
      ...legOf(party, newCallId, {
        parameters: parametersOfCaller(party, first, { dialled, did }),
        phone: directory.phoneOf(party)
      }),
      ringingAt: now
    }))
    return {
      seq,
      callId,
      callApiId: callIds.apiId(),
      from: sources[0]?.written ?? '',
      to: written.length === 1 ? dialled : written,
      callerName: legs[0]?.parameters.callerIdName ?? '',
      dialled,
      manual: false,
      phoneCall: request,
      callingLeg: null,
      anchor: 0,
      state: 'ringing',
      outcome: null,
      legs,
      steps: [],
      position: 0,
      placedAt: now,
      dueAt: null
    }
  }
}

/** The limits of a call of the vendor's API; undefined for another call. */
export const limitsOf = ({ phoneCall, placedAt }: StoredCall): CallLimits | undefined =>
  phoneCall === null
    ? undefined
    : {
        pickUpBy: placedAt + phoneCall.waitForPickup * 1000,
        durationMs: phoneCall.callDuration === undefined ? undefined : phoneCall.callDuration * 1000
      }

/**
 * What a source calls when it picks up. A destination that has left the directory meanwhile is called as an outside
 * number, and so is one that leads to a source or to another destination meanwhile.
 * @source phone-calls.md "What then happens" (decided)
 * @assumed 0022
 */
export function pickUpOf({ phoneCall, legs, to }: StoredCall, directory: CallDirectory): PickUp {
  if (phoneCall === null) throw new Error('A call of the control API has no source.') // its calling leg is never null
  const resolve = directory.resolverOf({ legs, phoneCall })
  const taken = new Set(legs.map(({ extension }) => extension))
  const called = [to].flat().map(written => {
    const found = resolve(written)
    const extension = 'problem' in found ? null : extensionOf(found)
    const party: Party = 'problem' in found || taken.has(extension) ? { kind: 'outside', written } : found
    if (extension !== null) taken.add(extension)
    return { party, phone: directory.phoneOf(party) }
  })
  const first = called[0]?.party
  return {
    called,
    cameBy: first?.kind === 'extension' && first.publicNumber !== undefined ? publicNumberOf(first) : undefined,
    callerId: phoneCall.callerId === undefined ? {} : parseCallerId(phoneCall.callerId)
  }
}
