import { RecentMap } from '../evidence.js'
import type { SeenWebhook } from '../seen-webhook.js'
import type { Counted, SettingRow } from './setting-reader.js'

/** How many calls are remembered, and how many webhooks of each. */
const MAX_CALLS = 5_000
const REMEMBERED = 16

/** Times of two clocks of one machine differ by less, in milliseconds. */
const TOLERANCE = 5

/** An answer that took so long leaves time for another webhook to come, in milliseconds. */
const LONG = 40

/** A webhook that waited comes within so many milliseconds after the answer. */
const SOON = 50

type Interval = Pick<SeenWebhook, 'at' | 'end'>

/**
 * Compares the webhooks of a call to one receiver. One that comes before the answer to another one shows that it does not
 * wait; a single one decides. One that comes right after an answer that took long has most likely waited.
 * @assumed 0028
 */
export const readWebhookOrder: SettingRow<Counted<'webhookOrder'>>['read'] = shows => {
  const calls = new RecentMap<string, Interval[]>(MAX_CALLS)
  return {
    webhook({ at, end, host, value, recorded, place }) {
      const callApiId = value('CallAPIID')
      if (!callApiId || recorded.response === undefined) return
      const key = `${callApiId} ${host}`
      const earlier = calls.get(key) ?? []
      const isOverlap = earlier.some(
        other => at < other.end - TOLERANCE && other.at < end - TOLERANCE && other.end > other.at
      )
      const before = earlier.filter(other => other.end <= at + TOLERANCE).sort((one, other) => other.end - one.end)[0]
      if (isOverlap) shows('concurrent', place)
      else if (before !== undefined && before.end - before.at >= LONG && at - before.end <= SOON) shows('serial', place)
      calls.set(key, [...earlier, { at, end }].slice(-REMEMBERED))
    },
    decide(values) {
      const [most = { value: 'serial', count: 0 }] = values
      const concurrent = values.find(({ value }) => value === 'concurrent')
      if (concurrent === undefined || values.length === 1) return { value: most.value }
      return {
        value: 'concurrent',
        note: 'One webhook that comes before the answer to another one of its call decides: it has not waited.'
      }
    }
  }
}
