import type { LegMoment } from '../../domain/calls/call.js'
import { statusOf, webhookForm, webhookOf } from '../../domain/calls/webhook.js'
import { LISTED_OTHERS, MAX_FIRED } from '../../schema/calls/call.js'
import { type EventType, TYPE_OF_MOMENT } from '../../schema/event-type.js'
import { STATUSES } from '../../schema/phone-call-event.js'
import type { StoredCall } from '../../store/calls.js'
import type { CandidateEvent } from '../../store/candidate-events.js'
import type { MomentDelivery } from '../../store/deliveries.js'
import type { NumberedMoment } from '../../store/moments.js'
import type { Store } from '../../store/store.js'
import type { SettingsService } from '../state/settings.js'

/**
 * Prepares to fire the moments of a call at one time, in milliseconds since 1970. Together they fire at most MAX_FIRED
 * events; of more the first ones fire, and the moments state how many did not.
 */
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
    let left = MAX_FIRED

    return ({ moment: name, leg: index, ...status }) => {
      const leg = call.legs[index]
      if (leg === undefined || leg.extension === null) throw new Error(`Leg ${index} has no extension.`) // it has no moments
      const { extension, direction } = leg
      const current = settings.current()
      const type = TYPE_OF_MOMENT[name]
      const { armed, others, ...numbers } = findCandidates(
        extension,
        directory.findExtension(extension)?.owner ?? '',
        type,
        left
      )
      left -= armed.length
      const sent = statusOf(status, direction, current)
      const listed = others.map(other => ({
        eventId: other.id,
        type: other.type,
        url: other.url,
        reason: reasonOf(other, type)
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
      const webhooks = armed.map(({ id: eventId, method, url: eventUrl }) => ({
        eventId,
        eventUrl,
        request: webhookOf({ method, url: eventUrl }, form)
      }))
      const common = { callId, moment: moment.seq, extension, type, name }
      const first = webhooks.length > FEW ? moments.addDeliveries(common, webhooks, form) : undefined
      const created = webhooks.map((webhook, index): MomentDelivery => {
        const id = first === undefined ? deliveries.add({ ...common, ...webhook }) : first + index
        const { eventId, eventUrl } = webhook
        return { id, moment: moment.seq, eventId, eventUrl, extension, name, state: 'pending' }
      })
      return { moment, deliveries: created }
    }
  }
}

/** Up to so many deliveries are inserted one by one, which is faster than all with one statement. */
const FEW = 8

const reasonOf = (other: CandidateEvent, type: EventType): 'disabled' | 'other_type' | 'over_limit' => {
  if (other.type !== type) return 'other_type'
  return other.status === STATUSES.disabled ? 'disabled' : 'over_limit'
}
