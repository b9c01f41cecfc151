import { createTimestampPrinter, isTimeZone } from '../../timestamp.js'
import { eventsIn, phoneCallsIn, viewsOf } from '../resources.js'
import { isSuccess, type SeenExchange } from '../seen-exchange.js'
import type { Counted, Decision, SettingRow } from './setting-reader.js'

/** How many days are remembered on which an offset was seen. */
const MAX_SAMPLES = 400

const STAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d([+-]\d\d:\d\d)$/

/** Zones that are tried first, before all others in alphabetic order. */
const COMMON = [
  'Europe/London',
  'Europe/Berlin',
  'Europe/Bucharest',
  'America/New_York',
  'America/Chicago',
  'Asia/Kolkata'
]

/**
 * The zone of the times that the PBX prints: their offsets, and the days on which each was seen. Only stamps of the
 * present are read, of Create and Update and of calls: a list can hold what was printed in another zone.
 * @assumed 0028
 */
export const readTimeZone: SettingRow<Counted<'timeZone'>>['read'] = shows => {
  const samples = new Map<string, { at: number; offset: string }>()
  return {
    exchange(seen) {
      if (!isSuccess(seen)) return
      for (const stamp of stampsOf(seen)) {
        const [, offset] = STAMP.exec(stamp) ?? []
        const at = Date.parse(stamp)
        if (offset === undefined || Number.isNaN(at)) continue
        shows(offset, seen.place)
        const key = `${offset} ${stamp.slice(0, 10)}`
        if (!samples.has(key) && samples.size < MAX_SAMPLES) samples.set(key, { at, offset })
        return
      }
    },
    decide: values => decide(String(values[0]?.value), [...samples.values()])
  }
}

function stampsOf(seen: SeenExchange): string[] {
  const events = seen.operation === 'list' ? [] : eventsIn(seen).map(({ modified }) => modified)
  const calls = phoneCallsIn(seen).flatMap(call => [
    call.published,
    call.answered,
    ...viewsOf(call).flatMap(({ ringing, answered, onHold }) => [ringing, answered, onHold])
  ])
  return [...events, ...calls].filter(stamp => typeof stamp === 'string')
}

/** The zone that has every offset on its day; where none has, or one offset was seen only, a zone of that offset. */
function decide(most: string, samples: { at: number; offset: string }[]): Decision {
  const offsets = new Set(samples.map(({ offset }) => offset))
  if (offsets.size > 1) {
    const zone = zones().find(name => fits(name, samples))
    if (zone !== undefined)
      return { value: zone, shown: most, note: `${zone} is the first zone that has these offsets at their times.` }
  }
  const contradiction = offsets.size > 1 ? ' No zone has all offsets at their times.' : ''
  if (most === '+00:00') return { value: 'UTC', shown: most, note: `Only the offset ${most} is known.${contradiction}` }
  const [, sign, hours, minutes] = /^([+-])(\d\d):(\d\d)$/.exec(most) ?? []
  const whole = `Etc/GMT${sign === '-' ? '+' : '-'}${Number(hours)}`
  const zone =
    minutes === '00' && isTimeZone(whole)
      ? whole
      : zones().find(name =>
          fits(
            name,
            samples.filter(({ offset }) => offset === most)
          )
        )
  const note = `Only the offset ${most} is known: set timeZone to the zone of the PBX if its clock changes in summer.`
  return zone === undefined
    ? { value: 'UTC', shown: most, note: `No time zone has the offset ${most}.` }
    : { value: zone, shown: most, note: note + contradiction }
}

const zones = (): string[] => [...COMMON, ...Intl.supportedValuesOf('timeZone')]

function fits(zone: string, samples: { at: number; offset: string }[]): boolean {
  const print = createTimestampPrinter()
  return samples.every(({ at, offset }) => print(new Date(at), zone).endsWith(offset))
}
