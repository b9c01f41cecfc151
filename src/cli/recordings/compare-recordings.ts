import { createGrouping } from '../../domain/comparing/grouping.js'
import { createIdentities } from '../../domain/comparing/identities.js'
import type { FixtureSource } from '../../domain/fixtures/read.js'
import { isWebhook } from '../../domain/recordings/line.js'
import type { Comparison } from '../../schema/recordings/comparison.js'
import type { RunContext } from '../command.js'
import { compareCalls } from './compare-calls.js'
import { startComparedEmulator } from './compared-emulator.js'
import { readInOrder } from './in-order.js'
import type { RecordingProblem } from './read-recordings.js'
import { readRecordedCalls } from './recorded-calls.js'
import { replayExchange } from './replay.js'
import { createCallReplay } from './replay-calls.js'

/** What a comparison with recordings needs. */
export interface RecordingsToCompare {
  files: readonly string[]
  fixtures: FixtureSource[]
  /** Credentials of the fixtures, by their pseudonyms. */
  credentials: ReadonlyMap<string, string>
  report: (problem: RecordingProblem) => void
}

/** What a comparison has found, and which credentials it needed. */
export interface ComparedRecordings {
  comparison: Omit<Comparison, 'accepted'>
  /** The pseudonyms of given credentials that no recorded request has. */
  unused: string[]
  /** The pseudonyms of recorded requests that stand for no credential: neither one was given, nor do the fixtures have it. */
  missing: string[]
}

/**
 * Replays recordings against an emulator in this process, and compares each answer and webhook.
 * @throws FixtureInvalid, SqliteModuleRefused
 */
export async function compareRecordings(
  context: Pick<RunContext, 'runtime'>,
  { files, fixtures, credentials, report }: RecordingsToCompare
): Promise<ComparedRecordings> {
  const grouping = createGrouping()
  const identities = createIdentities(credentials)
  const recorded = await readRecordedCalls(files)
  const notCompared = [...recorded.notCompared]
  let exchanges = 0
  const lines = readInOrder(files, report)
  let next = await lines.next()
  let time = next.done ? 0 : Date.parse(next.value.entry.at)
  const emulator = await startComparedEmulator(context, { fixtures, time, autoConsent: recorded.consents })
  try {
    const hasCalls = recorded.calls.length + recorded.placedBy.size > 0
    let moved = time
    const replay = await createCallReplay(emulator, recorded, identities)
    for (; !next.done; next = await lines.next()) {
      const { entry, file, line } = next.value
      time = Math.max(time, Date.parse(entry.at))
      if (isWebhook(entry)) continue
      await replay.placeUntil(time)
      if (hasCalls || time - moved >= SECOND) {
        await emulator.advanceTo(time)
        moved = time
      }
      await replay.prepare(file, line)
      const problem = await replayExchange({ file, line, entry }, emulator, identities, grouping)
      if (problem === undefined) exchanges += 1
      else notCompared.push(problem)
    }
    await replay.placeUntil(Number.POSITIVE_INFINITY)
    await emulator.advanceTo(time)
    const calls = compareCalls({ recorded, sent: emulator.sent, replay, identities, grouping })
    const { webhooks } = calls
    return {
      comparison: {
        exchanges,
        webhooks,
        differences: grouping.all(),
        notCompared: [...notCompared, ...calls.notCompared]
      },
      unused: identities.unused(),
      missing: identities.missing().filter(name => !fixtures.some(({ document }) => has(document, name)))
    }
  } finally {
    await emulator.close()
  }
}

/** Whether a pseudonym is a text of a fixture: `learn` writes those of the credentials that were accepted. */
const has = (document: unknown, pseudonym: string): boolean => JSON.stringify(document).includes(`"${pseudonym}"`)

/** Without calls, nothing in an answer is finer than a second. */
const SECOND = 1_000
