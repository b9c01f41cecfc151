import type { Settings } from '../../../schema/settings.js'
import type { DatabaseImage } from '../../../store/replacing/connection.js'
import type { LargeWork } from './large-work.js'
import { shareBytes } from './shared-bytes.js'

/**
 * Prints a copy of a state as a fixture, in another thread. Resolves when the thread has read the copy.
 * @returns the pieces of its JSON
 * @throws Stopped
 */
export async function printState(
  work: LargeWork,
  base: DatabaseImage,
  settings: Settings
): Promise<AsyncIterable<Uint8Array>> {
  const pieces = work.stream('print', { base, settings })
  const first = await pieces.next()
  return (async function* () {
    if (!first.done) yield first.value
    yield* pieces
  })()
}

/** Prints the bytes of a state as a fixture, as `printState` does. @throws Stopped */
export const printImage = async (work: LargeWork, bytes: Uint8Array, settings: Settings) =>
  printState(work, { bytes: await shareBytes(bytes) }, settings)
