import type { Call, CallLeg } from '../schema/calls/call.js'

/** The commands that are possible in the state of a call, as words. `NUMBER` stands for the number of another party. */
export function commandsByHand({ callId, state, legs, phoneCall }: CallByHand): string[][] {
  /** How many legs come before those that are called: the caller, or the sources of a call of the vendor's API. */
  const callers = phoneCall?.source.length ?? 1
  if (legs.length === callers && phoneCall !== undefined) return commandsOfSources({ callId, legs })
  const ringing = legs.filter((leg, index) => leg.state === 'ringing' && index >= callers && !leadsOn(leg, legs))
  const called = ringing.filter(({ direction }) => direction === 'in')
  // A leg that calls within a call transfers it; it is answered as long as the transfer is not completed.
  const transferring = legs.filter(({ direction, state }, index) => {
    return index >= callers && direction === 'out' && state !== 'ended'
  })
  const completes = transferring
    .filter(({ state }) => state === 'answered')
    .map(leg => ['complete', callId, '--extension', leg.extension ?? leg.number])
  const talking =
    transferring.length > 0
      ? undefined
      : legs.findLast(({ extension, state }) => extension !== undefined && state === 'answered')
  return [
    ...answersOf(callId, called),
    ...(state === 'ringing' ? [['ring', callId, '--number', 'NUMBER']] : []),
    ...(talking ? [['transfer', callId, '--from', talking.extension ?? '', '--to', 'NUMBER']] : []),
    ...completes,
    ['hangup', callId]
  ]
}

/** A call that commands can drive. */
export type CallByHand = Pick<Call, 'callId' | 'state' | 'legs' | 'phoneCall'>

/** The commands while the sources of a call of the vendor's API ring. */
const commandsOfSources = ({ callId, legs }: Pick<Call, 'callId' | 'legs'>): string[][] => [
  ...answersOf(
    callId,
    legs.filter(({ state }) => state === 'ringing')
  ),
  ['hangup', callId]
]

/** The commands that end the ringing of legs. */
const answersOf = (callId: string, ringing: CallLeg[]): string[][] => [
  ...ringing.slice(0, LISTED).map(leg => ['answer', callId, ...(ringing.length > 1 ? numberOf(leg) : [])]),
  ...ringing.slice(0, 1).map(leg => ['reject', callId, ...numberOf(leg), '--outcome', 'busy'])
]

/** How many legs that can answer are listed. */
const LISTED = 3

const numberOf = ({ extension, number }: CallLeg): string[] => ['--number', extension ?? number]

/** Whether an extension is an IVR or a queue with a leg behind it: then that leg answers. */
const leadsOn = ({ extension }: CallLeg, legs: readonly CallLeg[]): boolean =>
  extension !== undefined && legs.some(({ via, state }) => via === extension && state !== 'ended')
