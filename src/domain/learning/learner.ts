import type { Learned } from '../../schema/recordings/learned.js'
import type { RecordingEntry } from '../../schema/recordings/recording.js'
import { isWebhook } from '../recordings/line.js'
import { createFixtureLearner } from './directory/learn-fixture.js'
import { RegisteredUrls } from './registered-urls.js'
import { seeExchange } from './seen-exchange.js'
import { seeWebhook } from './seen-webhook.js'
import { createSettingsLearner } from './settings/learn-settings.js'
import { readUncoveredExchange } from './uncovered/exchanges.js'
import { Findings } from './uncovered/findings.js'
import { createWebhookCheck } from './uncovered/webhooks.js'

/** What recordings show, but for where they cannot be read. */
export type Lesson = Omit<Learned, 'problems'>

/** Learns from the lines of recordings, in one pass and bounded memory. */
export interface Learner {
  /** Reads a line. Those of exchanges come before the webhooks of the phone call events that they register. */
  add(line: { file: string; line: number; entry: RecordingEntry }): void
  result(): Lesson
}

/**
 * Creates a learner: of the settings, the fixture, and what no setting covers.
 * @assumed 0028
 */
export function createLearner(): Learner {
  const settings = createSettingsLearner()
  const fixture = createFixtureLearner()
  const findings = new Findings()
  const urls = new RegisteredUrls()
  const checkWebhook = createWebhookCheck(findings.report)
  let exchanges = 0
  let webhooks = 0
  return {
    add({ file, line, entry }) {
      if (isWebhook(entry)) {
        const seen = seeWebhook(entry, file, line)
        webhooks += 1
        settings.webhook(seen, urls)
        fixture.webhook(seen, urls)
        checkWebhook(seen, urls)
        return
      }
      const seen = seeExchange(entry, file, line)
      exchanges += 1
      urls.add(seen)
      settings.exchange(seen)
      fixture.exchange(seen)
      readUncoveredExchange(seen, findings.report)
    },
    result() {
      const learned = settings.result()
      return { exchanges, webhooks, settings: learned, uncovered: findings.list(), ...fixture.result(learned) }
    }
  }
}
