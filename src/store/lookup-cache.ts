/** A lookup whose results are cached. */
export interface LookupCache<Key extends string, Found> {
  (key: Key): Found
  /** Empties the cache, after the rows behind it have changed. */
  clear(): void
}

/**
 * Caches the results of a lookup by key. A miss is not cached.
 * @param find its results are shared by all callers, and frozen so that none can change them for the others
 * @param size the number of results that are cached; the cache is emptied when it is full
 */
export function createLookupCache<Key extends string, Found extends object | undefined>(
  find: (key: Key) => Found,
  size = 1_000
): LookupCache<Key, Found> {
  const cached = new Map<Key, Found>()
  const load = (key: Key): Found => {
    const found = find(key)
    if (found === undefined) return found
    if (cached.size >= size) cached.clear()
    cached.set(key, Object.freeze(found))
    return found
  }
  return Object.assign((key: Key) => cached.get(key) ?? load(key), { clear: () => cached.clear() })
}
