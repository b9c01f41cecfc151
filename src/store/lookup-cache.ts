/** A function that remembers what it found. */
export interface Remembering<Key extends string, Found> {
  (key: Key): Found
  /** Forgets all of it: the next call finds it anew. */
  forget(): void
}

/**
 * Lets a function remember what it found last, by a key. What it did not find it looks for again.
 * @param find its results are shared by all who ask, and are frozen so that none of them can change another's
 * @param size how many are remembered; when there are more, it begins anew
 */
export function remember<Key extends string, Found extends object | undefined>(
  find: (key: Key) => Found,
  size = 1_000
): Remembering<Key, Found> {
  const known = new Map<Key, Found>()
  const look = (key: Key): Found => {
    const found = find(key)
    if (found === undefined) return found
    if (known.size >= size) known.clear()
    known.set(key, Object.freeze(found))
    return found
  }
  return Object.assign((key: Key) => known.get(key) ?? look(key), { forget: () => known.clear() })
}
