import type { Leg, LegMoment } from '../../domain/calls/call.js'
import { rehearse } from '../../domain/calls/script.js'
import { ControlError } from '../../domain/errors/control.js'
import { UapiError } from '../../domain/errors/uapi.js'
import { MAX_FIRED } from '../../schema/calls/call.js'
import { EVENT_TYPES, type EventType, TYPE_OF_MOMENT } from '../../schema/event-type.js'
import type { StoredCall } from '../../store/calls.js'
import type { Store } from '../../store/store.js'
import type { CallDirectory } from './call-directory.js'
import type { Fired } from './fire.js'

/** Refuses calls whose moments would fire too many events. @assumed 0026 */
export interface BoundFired {
  /**
   * Checks a new call before anything of it fires, by the events that are armed now and the moments of its script.
   * @param moments those of placing it
   * @throws ControlError `too_many_armed`
   */
  check(call: StoredCall, moments: readonly LegMoment[]): void
  /** Checks what placing a call has fired, within its transaction. @throws ControlError `too_many_armed` */
  checkFired(fired: readonly Fired[]): void
  /**
   * Checks a new call of the vendor's API, by all event types: who does what in it is settled later.
   * @param extensions those of its parties
   * @throws UapiError `service_unavailable`
   */
  checkPhoneCall(extensions: readonly string[]): void
}

/** Most calls are checked by the number of events of their extensions alone, which is cached. */
export function createBoundFired({
  store: { directory, events, candidateEvents },
  callDirectory
}: {
  store: Pick<Store, 'directory' | 'events' | 'candidateEvents'>
  callDirectory: CallDirectory
}): BoundFired {
  const ownerOf = (extension: string) => directory.findExtension(extension)?.owner ?? ''
  const hasMany = (extension: string) => events.count({ extension, user: ownerOf(extension) }) > MAX_FIRED
  const withMany = (legs: readonly Pick<Leg, 'extension'>[]) =>
    legs.flatMap(({ extension }) => (extension !== null && hasMany(extension) ? [extension] : []))

  /** Explains that an extension has too many armed events of a type; undefined when it has not. */
  const explain = (extension: string, type: EventType): string | undefined => {
    const scope = { extension, user: ownerOf(extension), type }
    if (!candidateEvents.hasMoreArmed(scope, MAX_FIRED)) return undefined
    return `Extension ${extension} has ${events.count(scope)} phone call events of type ${type}, more than ${MAX_FIRED} of them armed.`
  }

  return {
    check(call, moments) {
      const { steps, position } = call
      if (withMany(call.legs).length === 0 && !steps.some(({ ring, transfer }) => ring ?? transfer)) return
      const rehearsed = rehearse(call, steps.slice(position), callDirectory.resolverOf(call))
      const planned = 'problems' in rehearsed ? { moments: [], legs: call.legs } : rehearsed
      const many = new Set(withMany(planned.legs))
      if (many.size === 0) return
      for (const { leg, moment } of [...moments, ...planned.moments]) {
        const extension = planned.legs[leg]?.extension ?? ''
        const explained = many.has(extension) ? explain(extension, TYPE_OF_MOMENT[moment]) : undefined
        if (explained !== undefined) throw tooManyArmed(explained)
      }
    },
    checkFired(fired) {
      const over = fired.reduce((sum, { moment }) => sum + moment.overLimit, 0)
      if (over === 0) return
      throw tooManyArmed(`${fired.length} moments would fire more than ${MAX_FIRED} phone call events at one time.`)
    },
    checkPhoneCall(extensions) {
      for (const extension of extensions.filter(hasMany)) {
        for (const { code } of EVENT_TYPES) {
          const explained = explain(extension, code)
          if (explained !== undefined)
            throw new UapiError('service_unavailable', 'too_many_armed', undefined, explained)
        }
      }
    }
  }
}

const tooManyArmed = (explained: string): ControlError =>
  new ControlError('too_many_armed', {
    message: `${explained} A call fires at most ${MAX_FIRED} at one time: disable or delete some, or give them to other extensions.`
  })
