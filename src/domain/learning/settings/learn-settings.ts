import type { LearnedSetting } from '../../../schema/recordings/learned.js'
import { DEFAULT_SETTINGS, type Settings } from '../../../schema/settings.js'
import { Evidence } from '../evidence.js'
import type { RegisteredUrls } from '../registered-urls.js'
import type { SeenExchange } from '../seen-exchange.js'
import type { SeenWebhook } from '../seen-webhook.js'
import type { SettingReader, SettingRow } from './setting-reader.js'
import { SETTING_ROWS } from './setting-rows.js'

/** Collects the evidence for every setting. */
export interface SettingsLearner {
  exchange(seen: SeenExchange): void
  webhook(seen: SeenWebhook, urls: RegisteredUrls): void
  /** Every setting, in the order of the schema. */
  result(): LearnedSetting[]
}

/** Creates a learner of the settings. */
export function createSettingsLearner(): SettingsLearner {
  const names = Object.keys(SETTING_ROWS) as (keyof Settings)[] // a const table has no other keys
  const rows = names.map(name => {
    const row: SettingRow<string | number> = SETTING_ROWS[name]
    const evidence = new Evidence<string | number>()
    return { name, show: row.show, evidence, reader: row.read((value, place) => evidence.add(value, place)) }
  })
  return {
    exchange(seen) {
      for (const { reader } of rows) reader.exchange?.(seen)
    },
    webhook(seen, urls) {
      for (const { reader } of rows) reader.webhook?.(seen, urls)
    },
    result: () => rows.map(resultOf)
  }
}

function resultOf({
  name,
  show,
  evidence,
  reader
}: {
  name: keyof Settings
  show: string
  evidence: Evidence<string | number>
  reader: SettingReader
}): LearnedSetting {
  const values = evidence.values()
  const [most] = values
  if (most === undefined) return { name, value: DEFAULT_SETTINGS[name], isShown: false, evidence: [], show }
  const { value, shown = value, note } = reader.decide?.(values) ?? { value: most.value }
  const isChosen = (one: { value: string | number }) => one.value === shown
  const ordered = [...values.filter(isChosen), ...values.filter(one => !isChosen(one))]
  return { name, value, isShown: true, evidence: ordered, ...(note !== undefined && { note }) }
}
