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

interface Interval extends Pick<SeenWebhook, 'at' | 'end'> {
  /** Its number in the recording, in the order in which webhooks came. */
  number: number
  status: string | undefined
  flow: string | undefined
}

/**
 * Compares the webhooks of a call to one receiver. One that comes before the answer to another one shows that it does not
 * wait; a single one decides. The two ends of a connection have the same CallStatus at the same moment: where the second
 * of them comes right after an answer that took long, it has waited.
 * @assumed 0028
 */
export const readWebhookOrder: SettingRow<Counted<'webhookOrder'>>['read'] = shows => {
  const calls = new RecentMap<string, Interval[]>(MAX_CALLS)
  return {
    webhook({ at, end, host, value, recorded, place }) {
      const callApiId = value('CallAPIID')
      if (!callApiId || recorded.response === undefined) return
      const key = `${callApiId} ${host}`
      const one = { at, end, number: recorded.webhook, status: value('CallStatus'), flow: value('CallFlow') }
      const earlier = calls.get(key) ?? []
      if (earlier.some(other => overlap(one, other))) shows('concurrent', place)
      else if (earlier.some(other => hasWaited(one, other))) shows('serial', place)
      calls.set(key, [...earlier, one].slice(-REMEMBERED))
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

/** Whether the later one came before the answer to the other one. Lines are in the order of the answers. */
function overlap(one: Interval, other: Interval): boolean {
  const isFirst = one.at < other.at || (one.at === other.at && one.number < other.number)
  const [first, second] = isFirst ? [one, other] : [other, one]
  return second.at < first.end - TOLERANCE
}

const hasWaited = (one: Interval, before: Interval): boolean =>
  one.status === before.status &&
  one.flow !== before.flow &&
  before.end - before.at >= LONG &&
  one.at >= before.end - TOLERANCE &&
  one.at - before.end <= SOON
