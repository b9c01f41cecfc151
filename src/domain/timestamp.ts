/**
 * A time as the vendor prints it, `YYYY-MM-DDThh:mm:ss±hh:mm`, in a time zone.
 * @param timeZone an IANA name, already known to be one
 * @source page "Create › Example Response" (2012-07-10T18:16:12+03:00)
 */
export function printTimestamp(time: Date, timeZone: string): string {
  const offset = offsetMinutes(time, timeZone)
  const local = new Date(time.getTime() + offset * 60_000)
  const hours = String(Math.floor(Math.abs(offset) / 60)).padStart(2, '0')
  const minutes = String(Math.abs(offset) % 60).padStart(2, '0')
  return `${local.toISOString().slice(0, 19)}${offset < 0 ? '-' : '+'}${hours}:${minutes}`
}

/** The last time that has a year of four digits, in milliseconds since 1970. */
export const LAST_TIME = Date.parse('9999-12-31T23:59:59.999Z')

/** Whether a text names a time zone. */
export function isTimeZone(text: string): boolean {
  try {
    formatter(text)
    return true
  } catch {
    return false // RangeError is how Intl says that it does not know the zone
  }
}

/** Whether a text of the form of a timestamp is a moment that exists: the 31st of April does not. */
export function isRealTime(text: string): boolean {
  const time = Date.parse(text)
  if (Number.isNaN(time)) return false
  const [, sign, hours, minutes] = /([+-])(\d\d):(\d\d)$/.exec(text) ?? ['', '+', '0', '0']
  const offset = (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes))
  return new Date(time + offset * 60_000).toISOString().slice(0, 19) === text.slice(0, 19)
}

const formatters = new Map<string, Intl.DateTimeFormat>()

function formatter(timeZone: string): Intl.DateTimeFormat {
  let found = formatters.get(timeZone)
  if (found === undefined) {
    found = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' })
    formatters.set(timeZone, found)
  }
  return found
}

function offsetMinutes(time: Date, timeZone: string): number {
  if (timeZone === 'UTC') return 0
  const name =
    formatter(timeZone)
      .formatToParts(time)
      .find(part => part.type === 'timeZoneName')?.value ?? ''
  const [, sign, hours, minutes] = /GMT([+-])(\d\d):(\d\d)/.exec(name) ?? ['', '+', '0', '0']
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes))
}
