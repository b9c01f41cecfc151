import type { Call, CallLeg } from '../schema/calls/call.js'

/** The commands that are possible in the state of a call, as words. `NUMBER` stands for the number of another party. */
export function commandsByHand({ callId, state, legs }: Pick<Call, 'callId' | 'state' | 'legs'>): string[][] {
  const ringing = legs.filter((leg, index) => leg.state === 'ringing' && index > 0 && !leadsOn(leg, legs))
  const called = ringing.filter(({ direction }) => direction === 'in')
  const [first] = called
  const answers = called.slice(0, LISTED).map(leg => ['answer', callId, ...(called.length > 1 ? numberOf(leg) : [])])
  // A leg that calls within a call transfers it; it is answered as long as the transfer is not completed.
  const completes = legs
    .filter(({ direction, state }, index) => index > 0 && direction === 'out' && state === 'answered')
    .map(leg => ['complete', callId, '--extension', leg.extension ?? leg.number])
  const isTransferred = legs.some(
    ({ direction, state }, index) => index > 0 && direction === 'out' && state !== 'ended'
  )
  const talking = isTransferred
    ? undefined
    : legs.findLast(({ extension, state }) => extension !== undefined && state === 'answered')
  return [
    ...answers,
    ...(first ? [['reject', callId, ...numberOf(first), '--outcome', 'busy']] : []),
    ...(state === 'ringing' ? [['ring', callId, '--number', 'NUMBER']] : []),
    ...(talking ? [['transfer', callId, '--from', talking.extension ?? '', '--to', 'NUMBER']] : []),
    ...completes,
    ['hangup', callId]
  ]
}

/** How many legs that can answer are listed. */
const LISTED = 3

const numberOf = ({ extension, number }: CallLeg): string[] => ['--number', extension ?? number]

/** Whether an extension is an IVR or a queue with a leg behind it: then that leg answers. */
const leadsOn = ({ extension }: CallLeg, legs: readonly CallLeg[]): boolean =>
  extension !== undefined && legs.some(({ via, state }) => via === extension && state !== 'ended')
