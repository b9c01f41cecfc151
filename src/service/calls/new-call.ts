import { type LegMoment, placeLegs, stampTimes } from '../../domain/calls/call.js'
import { publicNumberOf, withoutPlus } from '../../domain/calls/leg-parameters.js'
import { findParties, type Parties, warningsOf } from '../../domain/calls/party.js'
import { contradictionsOf, placeCall, rehearse, stepsOf } from '../../domain/calls/script.js'
import { ControlError } from '../../domain/errors/control.js'
import type { Problem } from '../../domain/schema-check.js'
import type { CallRequest } from '../../schema/calls/call-request.js'
import { OUTCOMES } from '../../schema/calls/call-step.js'
import type { Settings } from '../../schema/settings.js'
import type { CallStore, StoredCall } from '../../store/calls.js'
import type { CallDirectory } from './call-directory.js'
import type { CallIds } from './call-ids.js'

/** A call that is placed but not stored. */
export interface NewCall {
  call: StoredCall
  /** The moments of placing it. */
  moments: LegMoment[]
  /** Possible mistakes in the request. */
  warnings: string[]
}

/**
 * Creates a call from a request.
 * @param now milliseconds since 1970
 * @throws ControlError `request_invalid` with the path of each problem; `call_exists` when a pinned id is taken
 */
export type CreateCall = (request: CallRequest, now: number, settings: Pick<Settings, 'callIds'>) => NewCall

/** Resolves parties and checks the whole script before anything is stored. */
export function createNewCall({
  calls,
  callIds,
  directory
}: {
  calls: CallStore
  callIds: CallIds
  directory: CallDirectory
}): CreateCall {
  return (request, now, settings) => {
    const found = findParties(request, directory)
    const problems = [...('problems' in found ? found.problems : []), ...contradictionsOf(request)]
    if ('problems' in found || problems.length > 0) throw new ControlError('request_invalid', { details: problems })
    const taken = takenIds(request, calls)
    if (taken.length > 0) throw new ControlError('call_exists', { details: taken })

    const seq = calls.nextSeq()
    const callId = request.callId ?? callIds.ofCall(seq, now)
    const { from = '', to, callerNumber, callerName, manual = false, outcome = 'answered' } = request
    const { dialled = [to].flat()[0] ?? '' } = request
    const identity = { callerNumber, callerName, dialled, cameBy: cameByOf(request, found, directory) }
    const legs = placeLegs(found, identity, callIds.ofLegs({ callId, legs: [] }, settings))
    const placed = placeCall({ legs, callingLeg: 0, anchor: 0, state: 'ringing', outcome: null }, request)
    stampTimes([], placed.call.legs, now)
    const call: StoredCall = {
      ...placed.call,
      seq,
      callId,
      callApiId: request.callApiId ?? callIds.apiId(),
      from,
      to,
      callerName: legs[0]?.parameters.callerIdName ?? '',
      dialled,
      manual,
      phoneCall: null,
      outcome: manual || request.steps ? null : outcome,
      steps: stepsOf(request),
      position: 0,
      placedAt: now,
      dueAt: null
    }
    if (request.steps) checkSteps(call, directory)
    return { call, moments: placed.moments, warnings: warningsOf(found, !OUTCOMES[outcome].reaches) }
  }
}

function takenIds({ callId, callApiId }: CallRequest, calls: CallStore): Problem[] {
  const problems: Problem[] = []
  if (callId !== undefined && calls.isLegIdTaken(callId))
    problems.push({ path: '$.callId', message: `is ${callId}, the CallID of another leg: choose a free one` })
  if (callApiId !== undefined && calls.isApiIdTaken(callApiId))
    problems.push({ path: '$.callApiId', message: `is ${callApiId}, the CallAPIID of another call: choose a free one` })
  return problems
}

/** The public number that a call came by, without its +; undefined when it came by none. @source call-events.md §2 */
function cameByOf(
  { calledDid, dialled }: CallRequest,
  { called: [first] }: Parties,
  { publicNumber }: CallDirectory
): string | undefined {
  if (calledDid !== undefined) return withoutPlus(calledDid)
  if (first?.kind === 'extension' && first.publicNumber !== undefined) return publicNumberOf(first)
  return dialled !== undefined && publicNumber(dialled) ? withoutPlus(dialled) : undefined
}

/** @throws ControlError `request_invalid` with the path of the first step that can never happen */
function checkSteps(call: StoredCall, directory: CallDirectory): void {
  const rehearsed = rehearse(call, call.steps, directory.resolverOf(call))
  if (!('problems' in rehearsed)) return
  const details = rehearsed.problems.map(({ path, message }) => ({ path: `$.steps${path}`, message }))
  throw new ControlError('request_invalid', { details })
}
