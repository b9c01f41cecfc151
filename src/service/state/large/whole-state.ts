import type { Settings } from '../../../schema/settings.js'
import { type DatabaseImage, NotReplaced } from '../../../store/replacing/connection.js'
import type { Store } from '../../../store/store.js'
import type { StateChanges } from '../replace-state.js'
import type { ChangeQueue } from './change-queue.js'
import { shareBytes } from './shared-bytes.js'

/** Copies a database for another thread, in slices between which other requests are answered. @throws NotReplaced */
export async function copyInSlices(database: Pick<Store['database'], 'copy'>): Promise<DatabaseImage> {
  const copy = await database.copy()
  return 'bytes' in copy ? { bytes: await shareBytes(copy.bytes) } : copy
}

/** Handles a copy that could not be made. @throws any other error */
export function undefinedIfNotReplaced(error: unknown): undefined {
  if (!(error instanceof NotReplaced)) throw error
}

/**
 * Replaces the whole state with another database in one step.
 * @param otherwise does the same as one transaction, where the file of the database cannot be replaced
 * @throws Stopped; nothing changes then
 */
export async function replaceWhole(
  bytes: Uint8Array,
  {
    database,
    changeQueue,
    state,
    changed = {},
    otherwise
  }: {
    database: Pick<Store['database'], 'place' | 'discard'>
    changeQueue: Pick<ChangeQueue, 'check'>
    state: Pick<StateChanges, 'replaceWith'>
    changed?: Partial<Settings>
    otherwise: () => unknown
  }
): Promise<void> {
  let image: DatabaseImage | undefined
  try {
    image = await database.place(bytes)
    changeQueue.check()
    state.replaceWith(image, changed)
    image = undefined
  } catch (error) {
    if (!(error instanceof NotReplaced)) throw error
    otherwise()
  } finally {
    if (image !== undefined) database.discard(image)
  }
}
