import type { LegMoment } from '../../domain/calls/call.js'
import { webhookOf } from '../../domain/calls/webhook.js'
import { LISTED_OTHERS } from '../../schema/call.js'
import { TYPE_OF_MOMENT } from '../../schema/event-type.js'
import type { StoredCall } from '../../store/calls.js'
import type { PendingDelivery } from '../../store/deliveries.js'
import type { Store } from '../../store/store.js'
import type { SettingsService } from '../state/settings.js'

/** Prepares to fire the moments of a call at one time, in milliseconds since 1970. */
export type Fire = (call: StoredCall, at: number) => FireMoment

/** Fires a moment, within the transaction of the caller. @returns the deliveries that were created */
export type FireMoment = (legMoment: LegMoment) => PendingDelivery[]

/**
 * Writes a moment, and a pending delivery for each phone call event that is armed then. A leg outside of the directory
 * fires nothing.
 * @source call-events.md §1 "What fires when"
 */
export function createFire({ store, settings }: { store: Store; settings: SettingsService }): Fire {
  const { directory, candidateEvents, moments, deliveries } = store

  return (call, at) => {
    const { seq, callId } = call
    const facts = factsOf(call)
    const findCandidates = candidateEvents.finder(LISTED_OTHERS)

    return ({ moment: name, leg, callStatus }) => {
      const extension = leg === 'caller' ? call.callerExtension : call.calledExtension
      if (extension === null) return []
      const type = TYPE_OF_MOMENT[name]
      const { armed, others, ...numbers } = findCandidates(
        extension,
        directory.findExtension(extension)?.owner ?? '',
        type
      )
      const flow = { callStatus, callFlow: leg === 'caller' ? ('OUT' as const) : ('IN' as const) }
      const listed = others.map(other => ({
        eventId: other.id,
        type: other.type,
        url: other.url,
        reason: other.type === type ? ('disabled' as const) : ('other_type' as const)
      }))
      const moment = moments.add({
        call: seq,
        name,
        extension,
        at,
        ...flow,
        others: listed,
        armed: armed.length,
        ...numbers
      })
      return armed.map(({ id: eventId, method, url }) => {
        const request = webhookOf({ method, url }, facts, flow, settings.current())
        const id = deliveries.add({ callId, moment, eventId, eventUrl: url, extension, type, name, request })
        return { id, callId, url }
      })
    }
  }
}

/** The facts of a call that webhooks carry. @source call-events.md §2 */
const factsOf = (call: StoredCall) => ({
  callId: call.callId,
  callApiId: call.callApiId,
  callerIdNum: call.callerExtension ?? call.from,
  callerIdName: call.callerName,
  callerExtension: call.callerExtension ?? '',
  calledExtension: call.calledExtension ?? '',
  calledDid: call.calledDid,
  calledNumber: call.dialled
})
