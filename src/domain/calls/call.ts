import type { CallState, CallStatus, MomentName } from '../../schema/calls/call.js'
import type { CallOutcome } from '../../schema/calls/call-step.js'
import type { ExtensionKind } from '../../schema/directory.js'
import type { PhoneBehaviour } from '../../schema/phone.js'
import {
  type CallIdentity,
  type LegParameters,
  parametersOfCalled,
  parametersOfCaller,
  publicNumberOf
} from './leg-parameters.js'
import { extensionOf, type Parties, type Party } from './party.js'

/** A leg of a call: one extension or outside party in it. Other legs are named by their index. */
export interface Leg {
  /** The number as it was written; empty for a caller without one. */
  number: string
  /** The extended number; null for an outside party. */
  extension: string | null
  kind: ExtensionKind | null
  /** `out`: it placed the call, or transfers it. */
  direction: 'in' | 'out'
  /** CallID; null for an outside party, which has none. */
  callId: string | null
  state: CallState
  wasAnswered: boolean
  /** The leg that called it; null for a leg that calls. */
  calledBy: number | null
  /** The leg of the IVR or queue that it was reached through. */
  via: number | null
  /** Of a leg that transfers: the first leg of the same extension. */
  transfer: { kind: 'blind' | 'attended'; of: number } | null
  parameters: LegParameters
  /** When it began to ring, in milliseconds since 1970. */
  ringingAt?: number
  /** When it was answered, in milliseconds since 1970; of the caller's leg: when the other side was. */
  answeredAt?: number
  /** How it ended. */
  outcome?: CallOutcome
  /** The phone that drives it, if a request of the vendor's API rang it. */
  phone?: PhoneBehaviour
  /** When the vendor's API put it on hold, parked it, or began to record it, in milliseconds since 1970. @source phone-calls.md "The resource" (v3) */
  marks?: Partial<Record<LegMark, number>>
}

/** The number that names a leg: the extended one of an extension, else that of the outside party. */
export const nameOfLeg = ({ extension, number }: Pick<Leg, 'extension' | 'number'>): string => extension ?? number

/** What the vendor's API can mark a leg with. */
export type LegMark = 'onHold' | 'parked' | 'recording'

/** The legs of a call, and where it stands. */
export interface CallLegs {
  legs: Leg[]
  /** The leg that calls the others; null while the sources of a call of the vendor's API ring. */
  callingLeg: number | null
  /** The leg that the others are connected to: that of the caller, until the caller transfers the call. */
  anchor: number
  state: CallState
  outcome: CallOutcome | null
}

/** What a source of a call of the vendor's API calls when it picks up. */
export interface PickUp {
  called: { party: Party; phone: PhoneBehaviour }[]
  /** The public number that was dialled; undefined when there was none. */
  cameBy: string | undefined
  /** The CallerIDName and CallerIDNum of the called legs, where the request sets them. */
  callerId: Partial<Pick<LegParameters, 'callerIdName' | 'callerIdNum'>>
}

/** A moment of a leg of an extension. */
export interface LegMoment {
  moment: MomentName
  leg: number
  callStatus: CallStatus
  /** Whether it ends a leg that was answered: the setting `hangupStatus` applies. */
  endsAnswered: boolean
}

/** Creates the CallID of a leg of an extension. */
export type NewCallId = () => string

/**
 * The legs of a call that is placed, before any of them is reached.
 * @param cameBy the public number that was dialled; undefined when there was none
 */
export function placeLegs(
  { caller, called }: Parties,
  { cameBy, ...identity }: Omit<CallIdentity, 'did'> & { cameBy?: string | undefined },
  newCallId: NewCallId
): Leg[] {
  const [first] = called
  if (first === undefined) throw new Error('A call without a called party.') // the schema refuses it
  const did = cameBy ?? publicNumberOf(first)
  const placing = legOf(caller, newCallId, { parameters: parametersOfCaller(caller, first, { ...identity, did }) })
  const calledLegs = called.map(party =>
    legOf(party, newCallId, {
      calledBy: 0,
      parameters: parametersOfCalled(party, { caller: placing.parameters, did: cameBy, dialled: identity.dialled })
    })
  )
  return [placing, ...calledLegs]
}

/** Creates a ringing leg. Without `calledBy` it is an outgoing one: of the caller, or of an extension that transfers. */
export function legOf(
  party: Party,
  newCallId: NewCallId,
  {
    calledBy = null,
    via = null,
    transfer = null,
    phone,
    parameters
  }: Partial<Omit<Leg, 'phone'>> & Pick<Leg, 'parameters'> & { phone?: PhoneBehaviour | undefined }
): Leg {
  const extension = extensionOf(party)
  return {
    number: party.written,
    extension,
    kind: party.kind === 'extension' ? party.extension.kind : null,
    direction: calledBy === null ? 'out' : 'in',
    callId: extension === null ? null : newCallId(),
    state: 'ringing',
    wasAnswered: false,
    calledBy,
    via,
    transfer,
    parameters,
    ...(phone && { phone })
  }
}

/**
 * Sets when legs began to ring and were answered.
 * @param before the legs before a verb @param legs those after it, which are changed @param now milliseconds since 1970
 */
export function stampTimes(before: readonly Leg[], legs: readonly Leg[], now: number): void {
  for (const [index, leg] of legs.entries()) {
    const old = before[index]
    if (old === undefined) leg.ringingAt = now
    if (leg.wasAnswered && !old?.wasAnswered) leg.answeredAt = now
  }
}

/** Whether calls go on behind a kind of extension: an IVR or a queue. */
export const leadsToOthers = (kind: ExtensionKind | null): boolean => kind === 'ivr' || kind === 'queue'
