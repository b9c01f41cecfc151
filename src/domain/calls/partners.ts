import type { CallDraft } from './call-draft.js'

/**
 * The leg that a leg talks with, apart from consultations before a transfer: the anchor of the call, or for the anchor
 * the party that answered last. A leg that transfers talks with the party that it called.
 * @returns undefined when there is none; also for a party that is consulted, or has left
 * @assumed 0015
 */
export function partnerOf(draft: CallDraft, index: number): number | undefined {
  const { anchor } = draft.call
  if (draft.leg(index).transfer !== null)
    return draft.legsWhere(leg => leg.calledBy === index && leg.state === 'answered').at(-1)
  if (draft.leg(index).state === 'ended' || isConsulted(draft, index)) return undefined
  if (index !== anchor) return draft.leg(anchor).state === 'ended' ? undefined : anchor
  return draft
    .legsWhere((leg, at) => leg.state === 'answered' && draft.keepsCaller(at) && !isConsulted(draft, at))
    .filter(at => at !== anchor)
    .at(-1)
}

/**
 * The leg that further parties are called by: that of a pending transfer, or else the caller's.
 * @param via the leg of the IVR or queue that the call goes on behind
 * @returns undefined when that leg has ended, or its call is being transferred
 */
export function callerOf(draft: CallDraft, via: number | undefined): number | undefined {
  const pending = draft.legsWhere(leg => leg.transfer !== null && leg.state === 'ringing').at(-1)
  const callingLeg = draft.call.callingLeg ?? 0 // a call whose source has not picked up rings nobody
  const caller = via === undefined ? (pending ?? callingLeg) : (draft.leg(via).calledBy ?? callingLeg)
  if (draft.leg(caller).state === 'ended') return undefined
  const isTransferred = pending !== undefined && pending !== caller && draft.leg(pending).transfer?.kind === 'blind'
  return isTransferred ? undefined : caller
}

/** The live legs that were reached through a leg, or called by one that transfers. */
export const legsBehind = (draft: CallDraft, index: number): number[] =>
  draft
    .legsWhere(leg => leg.state !== 'ended' && (leg.via === index || leg.calledBy === index))
    .flatMap(behind => [...legsBehind(draft, behind), behind])

/** Whether a party was called by a leg that still transfers: it is not connected with the others yet. */
function isConsulted(draft: CallDraft, index: number): boolean {
  const { calledBy } = draft.leg(index)
  return calledBy !== null && draft.leg(calledBy).transfer !== null && draft.leg(calledBy).state !== 'ended'
}
