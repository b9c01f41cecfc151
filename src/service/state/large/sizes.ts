import { LISTS } from '../../../domain/fixtures/check.js'
import { JsonDocument } from '../../../domain/fixtures/json-document.js'
import type { FixtureSource } from '../../../domain/fixtures/read.js'
import type { Store } from '../../../store/store.js'

/** How many entries of fixtures are checked and saved in one transaction; more are large. An entry takes about 20 µs. */
export const LARGE_ENTRIES = 1_000

/** How many rows are copied, read or removed in one step; more are large. */
export const LARGE_STATE = 2_000

/** Size in bytes from which a copied state is large: about that of a thousand small events. */
export const LARGE_BYTES = 1024 * 1024

/** From how many bytes on a body is parsed beside the event loop. @source control-api.md "State" */
export const LARGE_BODY = 256 * 1024

/** How many entries fixtures have; those that are still JSON are large, however many they have. */
export function entriesIn(sources: FixtureSource[]): number {
  let entries = 0
  for (const { document } of sources) {
    if (document instanceof JsonDocument) return Number.POSITIVE_INFINITY
    for (const list of LISTS) entries += lengthOf(Reflect.get(Object(document), list))
  }
  return entries
}

/** Whether a merge reads or removes many rows, however few entries the fixture has. */
export function reachesMany(store: Store, document: unknown): boolean {
  if (!store.holdsMoreThan(LARGE_STATE)) return false
  if (store.holdsMoreThan(LARGE_STATE, 'directory')) return true // all references are checked against it
  const extensions: unknown = Reflect.get(Object(document), 'extensions')
  if (!Array.isArray(extensions)) return false
  // An extension that changes its owner takes its events along, and one that changes its kind may lose them.
  let reached = 0
  for (const number of new Set<unknown>(extensions.map(extension => Object(extension).number))) {
    if (typeof number === 'string') reached += store.events.listAnywhere({ extension: number }, 1).total
    if (reached > LARGE_STATE) return true
  }
  return false
}

const lengthOf = (value: unknown): number => (Array.isArray(value) ? value.length : 0)
