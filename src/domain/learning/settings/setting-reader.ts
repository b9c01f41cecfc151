import type { LinePlace, ShownValue } from '../../../schema/recordings/learned.js'
import type { Settings } from '../../../schema/settings.js'
import type { RegisteredUrls } from '../registered-urls.js'
import type { SeenExchange } from '../seen-exchange.js'
import type { SeenWebhook } from '../seen-webhook.js'

/** Adds a line as evidence for a value. */
export type Shows<Value extends string | number> = (value: Value, place: LinePlace) => void

/** Reads lines for one setting. Each line is read once, in its order. */
export interface SettingReader {
  exchange?: (seen: SeenExchange) => void
  webhook?: (seen: SeenWebhook, urls: RegisteredUrls) => void
  /**
   * Chooses the value where it is not simply the one that most lines show.
   * @param values those that lines show, at least one; the one that most lines show first
   */
  decide?: (values: ShownValue[]) => Decision
}

/** The value that evidence leads to. `shown` is how the evidence names it, where that differs. */
export interface Decision {
  value: string | number
  shown?: string | number
  note?: string
}

/** What is counted for a setting: its values; for the time zone, offsets. */
export type Counted<Name extends keyof Settings> = Name extends 'timeZone' ? string : Settings[Name]

/** A row of the table of settings. */
export interface SettingRow<Value extends string | number> {
  /** A sentence: the request, or the call, that shows the value. */
  show: string
  read(shows: Shows<Value>): SettingReader
}
