import { signal } from '@preact/signals'
import type { StateCounts } from '../../../schema/state.js'
import { client } from '../../emulator/client.js'
import { snapshots } from '../../emulator/contents.js'

/** What was replaced last, and the snapshot that was taken before; undefined when there is nothing to undo. */
export const replaced = signal<{ what: string; snapshot: string } | undefined>(undefined)

/** How many snapshots of this kind are kept before the first is replaced. */
const KEPT = 9

/**
 * Takes a snapshot, then replaces the state, so that it can be undone. When it fails, the snapshot is removed again.
 * @returns the counts afterwards
 * @param what was done, for the user @param snapshot its name, to which a number is added when it is taken
 * @throws ClientError as the replacement does, or `snapshot_limit`
 */
export async function replaceState(
  what: string,
  snapshot: string,
  replace: () => Promise<StateCounts>
): Promise<StateCounts> {
  const taken = new Set(snapshots.peek().map(({ name }) => name))
  const names = [snapshot, ...Array.from({ length: KEPT - 1 }, (_none, index) => `${snapshot}-${index + 2}`)]
  const name = names.find(name => !taken.has(name)) ?? snapshot
  await client.snapshots.take(name)
  try {
    const counts = await replace()
    replaced.value = { what, snapshot: name }
    return counts
  } catch (error) {
    if (!taken.has(name)) await client.snapshots.remove(name).catch(() => {}) // the first failure is the one to show
    throw error
  }
}

/** Restores the state before the last replacement, and removes its snapshot. @throws ClientError */
export async function undoReplacement(): Promise<void> {
  const last = replaced.peek()
  if (last === undefined) return
  await client.snapshots.restore(last.snapshot)
  replaced.value = undefined
  await client.snapshots.remove(last.snapshot)
}
