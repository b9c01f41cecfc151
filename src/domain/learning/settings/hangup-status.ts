import { ANSWERED_HANGUP_STATUSES } from '../../../schema/calls/call.js'
import { TYPE_OF_MOMENT } from '../../../schema/event-type.js'
import type { Settings } from '../../../schema/settings.js'
import { RecentMap } from '../evidence.js'
import type { Counted, SettingRow } from './setting-reader.js'

/** How many legs are remembered that have answered and not hung up. */
const MAX_LEGS = 20_000

/**
 * CallStatus of the Hangup of an answered leg. UNKNOWN and HANGUP have no other use. ANSWER is also that of an answer: it
 * is a Hangup when all events of its url are of that type, or when its leg has answered before.
 * @assumed 0028
 */
export const readHangupStatus: SettingRow<Counted<'hangupStatus'>>['read'] = shows => {
  const answered = new RecentMap<string, true>(MAX_LEGS)
  return {
    webhook({ value, leg, urlKey, place }, urls) {
      const status = value('CallStatus')
      const type = urls.typeOf(urlKey)
      const name = STATUS_NAMES.get(status)
      if (name === undefined || (type !== undefined && type !== TYPE_OF_MOMENT.hangup && name !== 'cause')) return
      const isHangup = name !== 'cause' || type === TYPE_OF_MOMENT.hangup || (type === undefined && answered.has(leg))
      if (!isHangup) {
        answered.set(leg, true)
        return
      }
      answered.delete(leg)
      shows(name, place)
    }
  }
}

const STATUS_NAMES = new Map<string | undefined, Settings['hangupStatus']>([
  [ANSWERED_HANGUP_STATUSES.cause, 'cause'],
  [ANSWERED_HANGUP_STATUSES.unknown, 'unknown'],
  [ANSWERED_HANGUP_STATUSES.hangup, 'hangup']
])
