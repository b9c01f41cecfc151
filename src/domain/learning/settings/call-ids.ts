import { RecentMap } from '../evidence.js'
import { extensionOfLeg } from '../seen-webhook.js'
import type { Counted, SettingRow } from './setting-reader.js'

/** How many calls are remembered, and how many legs of each. */
const MAX_CALLS = 20_000
const MAX_LEGS = 100

interface SeenCall {
  /** The CallID of its first leg. */
  callId: string
  legs: Set<string>
}

/**
 * Whether two legs of a call have one CallID: legs of the same CallAPIID that differ in CallFlow or extension.
 * @assumed 0028
 */
export const readCallIds: SettingRow<Counted<'callIds'>>['read'] = shows => {
  const calls = new RecentMap<string, SeenCall>(MAX_CALLS)
  return {
    webhook({ value, place }) {
      const callId = value('CallID')
      const callApiId = value('CallAPIID')
      if (!callId || !callApiId) return
      const leg = `${value('CallFlow')?.toLowerCase()} ${extensionOfLeg(value)}`
      const call = calls.get(callApiId)
      if (call === undefined) {
        calls.set(callApiId, { callId, legs: new Set([leg]) })
        return
      }
      if (call.legs.has(leg) || call.legs.size >= MAX_LEGS) return
      call.legs.add(leg)
      shows(call.callId === callId ? 'perCall' : 'perLeg', place)
    }
  }
}
