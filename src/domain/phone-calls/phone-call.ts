import type { CallOutcome } from '../../schema/calls/call-step.js'
import type { ExtensionNumber } from '../../schema/directory.js'
import {
  DISPOSITIONS,
  type PhoneCall,
  type PhoneCallView,
  type PlacedPhoneCall,
  VIEW_FLOWS,
  VIEW_STATUSES
} from '../../schema/phone-call.js'
import { isExtended } from '../addressing.js'
import { type CallLegs, type Leg, nameOfLeg } from '../calls/call.js'
import { printCallerId } from './caller-id.js'

/** A call that a PhoneCall shows. */
export interface ShownCall extends CallLegs {
  callApiId: string
  placedAt: number
  phoneCall: PlacedPhoneCall | null
}

/** The values of a PhoneCall that are not in the call. */
export interface PhoneCallContext {
  /** The owner of the charged extension, and the name of the owner's organization. */
  owner: { id: string; organization: string | undefined } | undefined
  /** The absolute address of the PhoneCall. */
  self: string
  printTime: (milliseconds: number) => string
  /** The setting `phoneCallNumbers`. */
  numbers: 'string' | 'number'
}

/**
 * A call as the vendor's resource, with a view for each leg of an extension. Members that are null are left out.
 * @source phone-calls.md "The resource" (v3)
 * @assumed 0022
 */
export function printPhoneCall(call: ShownCall, { owner, self, printTime, numbers }: PhoneCallContext): PhoneCall {
  const { callApiId: id, phoneCall, placedAt, legs } = call
  const answered = legs.flatMap(({ answeredAt }) => answeredAt ?? [])
  const print = (code: number) => (numbers === 'number' ? code : String(code))
  return {
    id,
    ...(phoneCall?.nonce !== undefined && { nonce: phoneCall.nonce }),
    extension: chargedOf(call),
    ...(owner && { ownerId: owner.id }),
    ...(owner?.organization !== undefined && { ownerName: owner.organization }),
    published: printTime(placedAt),
    ...(answered.length > 0 && { answered: printTime(Math.min(...answered)) }),
    phoneCallView: viewedLegs(call).map((leg, index) => printView(call, leg, viewId(index), { print, printTime })),
    links: { self }
  }
}

/** The extension that is charged for a call: as the request said, else the first extension in it. */
export const chargedOf = ({ phoneCall, legs }: Pick<ShownCall, 'phoneCall' | 'legs'>): string =>
  phoneCall?.extension ?? legs.find(({ extension }) => extension !== null)?.extension ?? ''

/**
 * Whether a call is one of some extensions: one of them is charged for it, or has a leg in it that has not ended.
 * @assumed 0022
 */
export const isCallOf = (
  { phoneCall, legs }: Pick<ShownCall, 'phoneCall' | 'legs'>,
  isOneOfThem: (extension: ExtensionNumber) => boolean
): boolean =>
  (phoneCall !== null && isOneOfThem(phoneCall.extension)) ||
  legs.some(({ extension, state }) => extension !== null && state !== 'ended' && isOneOfThem(extension))

/** The legs that a call has views of: those of extensions; between outside parties the calling one. */
export function viewedLegs({ legs, callingLeg }: CallLegs): Leg[] {
  const ofExtensions = legs.filter(({ extension }) => extension !== null)
  return ofExtensions.length > 0 ? ofExtensions : legs.slice(callingLeg ?? 0, (callingLeg ?? 0) + 1)
}

/** The id of a view by its place: 00, 01, … */
export const viewId = (index: number): string => String(index).padStart(2, '0')

function printView(
  call: ShownCall,
  leg: Leg,
  id: string,
  { print, printTime }: { print: (code: number) => string | number; printTime: PhoneCallContext['printTime'] }
): PhoneCallView {
  const { phoneCall } = call
  const { source, destination } = numbersOf(call, leg)
  const isSource = phoneCall !== null && leg.calledBy === null && leg.transfer === null
  const callerId = (isSource && phoneCall.callerId) || printCallerId(leg.parameters)
  const { answeredAt, ringingAt, marks, state } = leg
  const view: PhoneCallView = {
    id,
    extension: leg.extension ?? chargedOf(call),
    source,
    destination,
    flow: print(VIEW_FLOWS[flowOf(leg, source, destination)]),
    status: print(VIEW_STATUSES[statusOf(call, leg)]),
    disposition: print(DISPOSITIONS[dispositionOf(leg)])
  }
  // Assigned and not spread: a list prints thousands of them.
  if (callerId !== '') view.callerId = callerId
  if (ringingAt !== undefined && (leg.direction === 'in' || isSource)) view.ringing = printTime(ringingAt)
  if (answeredAt !== undefined) view.answered = printTime(answeredAt)
  if (marks === undefined || state === 'ended') return view
  if (marks.onHold !== undefined) view.onHold = printTime(marks.onHold)
  if (marks.parked !== undefined) view.parked = printTime(marks.parked)
  if (marks.recording !== undefined) view.recording = printTime(marks.recording)
  return view
}

/** The numbers that a leg calls from and to; before a source picks up, those of the request. */
function numbersOf(call: ShownCall, leg: Leg): Pick<PhoneCallView, 'source' | 'destination'> {
  const { legs, callingLeg, phoneCall } = call
  if (callingLeg === null && phoneCall !== null) return { source: phoneCall.source, destination: phoneCall.destination }
  if (leg.calledBy !== null)
    return { source: legs.slice(leg.calledBy, leg.calledBy + 1).map(nameOfLeg), destination: [nameOfLeg(leg)] }
  const at = legs.indexOf(leg)
  const called = legs.flatMap(one => (one.calledBy === at ? nameOfLeg(one) : []))
  const isLeftOut = called.length === 0 && phoneCall !== null // another source picked up
  return { source: [nameOfLeg(leg)], destination: isLeftOut ? phoneCall.destination : called }
}

function flowOf(leg: Leg, source: readonly string[], destination: readonly string[]): keyof typeof VIEW_FLOWS {
  if (leg.direction === 'in') return source.every(isExtended) ? 'local' : 'incoming'
  return leg.extension !== null && destination.every(isExtended) ? 'local' : 'outgoing'
}

function statusOf({ callingLeg }: CallLegs, { state, direction }: Leg): keyof typeof VIEW_STATUSES {
  if (state === 'ended') return 'unknown'
  if (state === 'answered') return 'onCall'
  return direction === 'in' || callingLeg === null ? 'ringing' : 'otherSideRings'
}

const DISPOSITION_OF: Record<CallOutcome, keyof typeof DISPOSITIONS> = {
  answered: 'answered',
  busy: 'busy',
  noAnswer: 'noAnswer',
  cancelled: 'noAnswer',
  congestion: 'failed',
  unavailable: 'failed'
}

const dispositionOf = ({ wasAnswered, outcome }: Leg): keyof typeof DISPOSITIONS =>
  wasAnswered ? 'answered' : outcome === undefined ? 'unknown' : DISPOSITION_OF[outcome]
