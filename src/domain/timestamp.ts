/**
 * Prints a time as the vendor does, `YYYY-MM-DDThh:mm:ss±hh:mm`, in a time zone: a valid IANA name.
 * @source page "Create › Example Response" (2012-07-10T18:16:12+03:00)
 */
export type PrintTimestamp = (time: Date, timeZone: string) => string

/** Creates a printer. It keeps the formatter of each time zone, which is slow to create: keep the printer, too. */
export function createTimestampPrinter(): PrintTimestamp {
  const formatters = new Map<string, Intl.DateTimeFormat>()
  const formatterOf = (timeZone: string): Intl.DateTimeFormat => {
    const formatter = formatters.get(timeZone) ?? createFormatter(timeZone)
    formatters.set(timeZone, formatter)
    return formatter
  }

  return (time, timeZone) => {
    const offset = timeZone === 'UTC' ? 0 : offsetMinutes(time, formatterOf(timeZone))
    const local = new Date(time.getTime() + offset * 60_000)
    const hours = String(Math.floor(Math.abs(offset) / 60)).padStart(2, '0')
    const minutes = String(Math.abs(offset) % 60).padStart(2, '0')
    return `${local.toISOString().slice(0, 19)}${offset < 0 ? '-' : '+'}${hours}:${minutes}`
  }
}

/** The last time that has a year of four digits, in milliseconds since 1970. */
export const LAST_TIME = Date.parse('9999-12-31T23:59:59.999Z')

/** Whether a text is the IANA name of a time zone. */
export function isTimeZone(text: string): boolean {
  try {
    createFormatter(text)
    return true
  } catch {
    return false // Intl throws a RangeError for an unknown time zone
  }
}

/** Whether a text in the form of a timestamp is a time that exists: the 31st of April does not. */
export function isRealTime(text: string): boolean {
  const time = Date.parse(text)
  if (Number.isNaN(time)) return false
  const [, sign, hours, minutes] = /([+-])(\d\d):(\d\d)$/.exec(text) ?? ['', '+', '0', '0']
  const offset = (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes))
  return new Date(time + offset * 60_000).toISOString().slice(0, 19) === text.slice(0, 19)
}

const createFormatter = (timeZone: string): Intl.DateTimeFormat =>
  new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' })

function offsetMinutes(time: Date, formatter: Intl.DateTimeFormat): number {
  const name = formatter.formatToParts(time).find(part => part.type === 'timeZoneName')?.value ?? ''
  const [, sign, hours, minutes] = /GMT([+-])(\d\d):(\d\d)/.exec(name) ?? ['', '+', '0', '0']
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes))
}
