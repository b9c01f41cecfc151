import { createHash } from 'node:crypto'
import type { SeededIdStore } from '../store/clock-and-ids.js'
import { type IdSource, spellId } from './new-id.js'

/**
 * Ids that are the same in every run with the same seed. The nth id of a sandbox is spelt with the bytes of
 * SHA-256("<seed>/<sandbox>/<n>/0"), "…/1", and so on. What is stored is n, in the transaction of the write that uses
 * the id: no id is generated twice, also after a kill -9, and a rollback gives its ids back.
 * @param seed counts when the state has no seed yet: a database keeps its own until it is emptied
 * @param sandbox the name; empty for the default sandbox
 * @source control-api.md "Settings"
 */
export function createSeededIds(store: SeededIdStore, { seed, sandbox }: { seed: number; sandbox: string }): IdSource {
  return {
    newId(length, isTaken = () => false) {
      for (;;) {
        const { seed: used, count } = store.next(seed)
        let block = 0
        const id = spellId(length, () => hash(`${used}/${sandbox}/${count}/${block++}`))
        if (!isTaken(id)) return id // an export of the same seed, which was loaded, can hold it
      }
    },
    // Consecutive numbers, which CallIDs spread over their digits without a collision; the first depends on the seed.
    newCallNumber() {
      const { seed: used, count } = store.next(seed)
      return hash(`${used}/${sandbox}`).readUInt32BE(0) + count
    }
  }
}

const hash = (text: string): Buffer => createHash('sha256').update(text).digest()
