import type { Call } from '../../../../schema/calls/call.js'

/** Who called whom, and which legs of the call these are. */
export interface Parties {
  /** Empty for a caller without a number. */
  from: string
  to: string | string[]
  /** The index of the caller's leg. */
  caller: number
  /** The indexes of the first called leg, and of the first that was added later. */
  firstCalled: number
  firstAdded: number
}

/**
 * The parties of a call. In a call of the vendor's API, the source that picked up is the caller.
 * @returns undefined while no source has picked up
 * @source phone-calls.md "What then happens"
 */
export function partiesOf({ from, to, legs, moments, phoneCall }: Call): Parties | undefined {
  if (phoneCall === undefined) return { from, to, caller: 0, firstCalled: 1, firstAdded: 1 + [to].flat().length }
  const { source, destination } = phoneCall
  const firstCalled = source.length
  if (legs.length === firstCalled) return undefined
  const sources = legs.slice(0, firstCalled)
  const dialled = moments.find(({ moment, leg }) => moment === 'dialOut' && leg < firstCalled)?.leg
  const outside = sources.findIndex(({ extension, state }) => extension === undefined && state !== 'ended')
  const caller =
    dialled ??
    Math.max(
      outside,
      sources.findIndex(({ extension }) => extension === undefined),
      0
    )
  const leg = legs[caller]
  const called = legs.slice(firstCalled, firstCalled + destination.length)
  const isList = called.length > 1 && called.every(({ extension }) => extension !== undefined)
  const rung = isList ? destination : destination.slice(0, 1)
  return {
    from: leg?.extension ?? leg?.number ?? '',
    to: isList ? rung : (rung[0] ?? ''),
    caller,
    firstCalled,
    firstAdded: firstCalled + rung.length
  }
}
