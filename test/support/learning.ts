import { createLearner, type Lesson } from '../../src/domain/learning/learner.js'
import { readEntry, readStart } from '../../src/domain/recordings/line.js'
import type { Settings } from '../../src/schema/settings.js'
import type { Recorder } from './recorder.js'

/** Learns from the text of recordings, by the names of their files. */
export function learnFrom(texts: Record<string, string>): Lesson {
  const learner = createLearner()
  for (const [file, text] of Object.entries(texts)) {
    for (const [index, line] of text.trimEnd().split('\n').entries()) {
      const read = index === 0 ? readStart(line) : readEntry(line)
      if ('problem' in read) throw new Error(`${file}:${index + 1} ${read.problem}`)
      if (!('recording' in read)) learner.add({ file, line: index + 1, entry: read })
    }
  }
  return learner.result()
}

/** Learns from what a recorder recorded. */
export const learnFromRecorder = (recorder: Recorder): Lesson =>
  learnFrom({ 'exchanges.jsonl': recorder.exchanges(), 'webhooks.jsonl': recorder.webhooks() })

/** The settings that were learned, by name. */
export const valuesOf = ({ settings }: Lesson): Partial<Settings> =>
  Object.fromEntries(settings.map(({ name, value }) => [name, value]))

/** Each value that a switch can have. */
export const SWITCHES = {
  listEnvelope: ['array', 'object'],
  emptyCollection: [204, 200],
  invalidTokenStatus: [401, 403],
  callFlowCase: ['lower', 'upper'],
  absentParameters: ['omit', 'empty'],
  hangupStatus: ['cause', 'unknown', 'hangup'],
  callIds: ['perLeg', 'perCall'],
  phoneCallNumbers: ['string', 'number'],
  webhookOrder: ['serial', 'concurrent']
} as const satisfies { [Name in keyof Settings]?: readonly Settings[Name][] }

/** A lifetime and zones of the other settings. Their offset in winter and in summer is the same. */
export const LIFETIMES = [3600, 7200, 60] as const
export const ZONES = ['UTC', 'Etc/GMT-2', 'Asia/Kolkata'] as const
