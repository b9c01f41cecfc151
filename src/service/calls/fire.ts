import type { LegMoment } from '../../domain/calls/call.js'
import { statusOf, webhookForm, webhookOf } from '../../domain/calls/webhook.js'
import { LISTED_OTHERS } from '../../schema/calls/call.js'
import { TYPE_OF_MOMENT } from '../../schema/event-type.js'
import type { StoredCall } from '../../store/calls.js'
import type { MomentDelivery } from '../../store/deliveries.js'
import type { NumberedMoment } from '../../store/moments.js'
import type { Store } from '../../store/store.js'
import type { SettingsService } from '../state/settings.js'

/** Prepares to fire the moments of a call at one time, in milliseconds since 1970. */
export type Fire = (call: StoredCall, at: number) => FireMoment

/** Fires a moment, within the transaction of the caller. */
export type FireMoment = (legMoment: LegMoment) => Fired

/** A moment as it was written, and the pending deliveries that were created. */
export interface Fired {
  moment: NumberedMoment
  deliveries: MomentDelivery[]
}

/**
 * Writes a moment, and a pending delivery for each phone call event that is armed then.
 * @source call-events.md §1 "What fires when"
 */
export function createFire({ store, settings }: { store: Store; settings: SettingsService }): Fire {
  const { directory, candidateEvents, moments, deliveries } = store

  return (call, at) => {
    const { seq, callId, callApiId } = call
    const findCandidates = candidateEvents.finder(LISTED_OTHERS)

    return ({ moment: name, leg: index, ...status }) => {
      const leg = call.legs[index]
      if (leg === undefined || leg.extension === null) throw new Error(`Leg ${index} has no extension.`) // it has no moments
      const { extension, direction } = leg
      const current = settings.current()
      const type = TYPE_OF_MOMENT[name]
      const { armed, others, ...numbers } = findCandidates(
        extension,
        directory.findExtension(extension)?.owner ?? '',
        type
      )
      const sent = statusOf(status, direction, current)
      const listed = others.map(other => ({
        eventId: other.id,
        type: other.type,
        url: other.url,
        reason: other.type === type ? ('disabled' as const) : ('other_type' as const)
      }))
      const moment: NumberedMoment = {
        seq: 0, // until it is stored
        call: seq,
        leg: index,
        name,
        extension,
        at,
        ...sent,
        others: listed,
        armed: armed.length,
        ...numbers
      }
      moment.seq = moments.add(moment)
      if (armed.length === 0) return { moment, deliveries: [] }
      const form = webhookForm({ moment: name, leg, callApiId, ...sent }, current.absentParameters)
      const created = armed.map(({ id: eventId, method, url: eventUrl }): MomentDelivery => {
        const request = webhookOf({ method, url: eventUrl }, form)
        const id = deliveries.add({ callId, moment: moment.seq, eventId, eventUrl, extension, type, name, request })
        return { id, moment: moment.seq, eventId, eventUrl, extension, name, state: 'pending' }
      })
      return { moment, deliveries: created }
    }
  }
}
