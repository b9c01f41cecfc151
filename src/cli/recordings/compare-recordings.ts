import { createGrouping } from '../../domain/comparing/grouping.js'
import { createIdentities } from '../../domain/comparing/identities.js'
import type { FixtureSource } from '../../domain/fixtures/read.js'
import { isWebhook } from '../../domain/recordings/line.js'
import type { Comparison, NotCompared } from '../../schema/recordings/comparison.js'
import type { RunContext } from '../command.js'
import { startComparedEmulator } from './compared-emulator.js'
import { readInOrder } from './in-order.js'
import type { RecordingProblem } from './read-recordings.js'
import { replayExchange } from './replay.js'

/** What a comparison with recordings needs. */
export interface RecordingsToCompare {
  files: readonly string[]
  fixtures: FixtureSource[]
  /** Credentials of the fixtures, by their pseudonyms. */
  credentials: ReadonlyMap<string, string>
  report: (problem: RecordingProblem) => void
}

/**
 * Replays recordings against an emulator in this process, and compares each answer and webhook.
 * @throws FixtureInvalid, SqliteModuleRefused
 */
export async function compareRecordings(
  context: Pick<RunContext, 'runtime'>,
  { files, fixtures, credentials, report }: RecordingsToCompare
): Promise<Omit<Comparison, 'accepted'>> {
  const grouping = createGrouping()
  const identities = createIdentities(credentials)
  const notCompared: NotCompared[] = []
  let exchanges = 0
  const lines = readInOrder(files, report)
  let next = await lines.next()
  const time = next.done ? 0 : Date.parse(next.value.entry.at)
  const emulator = await startComparedEmulator(context, { fixtures, time })
  try {
    for (; !next.done; next = await lines.next()) {
      const { entry, ...place } = next.value
      if (isWebhook(entry)) continue
      await emulator.advanceTo(Date.parse(entry.at))
      const problem = await replayExchange({ ...place, entry }, emulator, identities, grouping)
      if (problem === undefined) exchanges += 1
      else notCompared.push(problem)
    }
    return { exchanges, webhooks: 0, differences: grouping.all(), notCompared }
  } finally {
    await emulator.close()
  }
}
