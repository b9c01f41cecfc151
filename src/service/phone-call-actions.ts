import { type Leg, nameOfLeg } from '../domain/calls/call.js'
import { calledNumber, type Party } from '../domain/calls/party.js'
import { UapiError } from '../domain/errors/uapi.js'
import type { Action } from '../domain/phone-calls/action.js'
import { viewedLegs, viewId } from '../domain/phone-calls/phone-call.js'
import type { ExtensionNumber } from '../schema/directory.js'
import type { CallDirectory } from './calls/call-directory.js'
import type { OpenCall } from './calls/open-call.js'

/**
 * Performs an action of Update on a call.
 * @param extension the one that the request addresses
 * @throws UapiError `phone_call_view_invalid` for an unknown view; `action_invalid` when the call is not in the state for it
 * @source phone-calls.md "The resource" (v3)
 * @assumed 0022
 */
export type Act = (open: OpenCall, action: Action, extension: ExtensionNumber) => void

/** Prepares actions, which resolve numbers in the directory. */
export function createAct(directory: CallDirectory): Act {
  return (open, action, extension) => {
    const viewed = viewedLegs(open.call)
    const view = action.viewId === undefined ? undefined : viewed.find((_, index) => viewId(index) === action.viewId)
    if (action.viewId !== undefined && view === undefined) {
      const ids = viewed.map((_, index) => viewId(index)).join(', ')
      throw new UapiError(
        'phone_call_view_invalid',
        'view_unknown',
        undefined,
        `phoneCallViewId must be one of ${ids}.`
      )
    }
    if (action.kind === 'mark') {
      const own = viewed.filter(leg => leg.extension === extension && leg.state !== 'ended')
      mark(view ? [view] : own.length > 0 ? own : viewed.filter(({ state }) => state !== 'ended'), action, open.now)
      return
    }
    const party = (name: string, number: string): Party => {
      const found = directory.resolverOf(open.call)(number)
      if ('problem' in found) throw impossible(`${name} ${found.problem}`)
      return found
    }
    const from = party('transferFromNumber', action.from ?? view?.extension ?? extension)
    if (action.transferred !== undefined) {
      const number = calledNumber(party('transferNumber', action.transferred))
      const isThere = open.call.legs.some(leg => leg.state !== 'ended' && nameOfLeg(leg) === number)
      if (!isThere || number === calledNumber(from)) throw impossible(`${number} is no other party of the call`)
    }
    const to = party('sendCallTo', action.to)
    const phone = directory.phoneOf(to)
    const refused = open.tryVerb({ verb: 'transfer', from, to, kind: 'blind', phone })
    if (refused) throw impossible(refused.message.replace(/^is /, 'sendCallTo is '))
    open.addPhone(calledNumber(to), phone)
  }
}

const impossible = (message: string): UapiError =>
  new UapiError('action_invalid', 'action_impossible', undefined, `The call cannot be transferred: ${message}.`)

/** Sets or clears a mark of legs. They are those of an open call, which nothing else holds. */
function mark(legs: Leg[], { mark: name, isSet }: Extract<Action, { kind: 'mark' }>, now: number): void {
  for (const leg of legs) {
    const { [name]: _, ...others } = leg.marks ?? {}
    leg.marks = isSet ? { ...others, [name]: now } : others
  }
}
