import { type ReadonlySignal, signal } from '@preact/signals'

/** The entries of a log of the emulator, as many as it keeps itself. */
export interface Log<Entry> {
  /** Oldest first. */
  readonly all: ReadonlySignal<readonly Entry[]>
  /** How many the emulator has forgotten. */
  readonly dropped: ReadonlySignal<number>
  /** The entry of an id, and again whenever the log changes. */
  find(id: string): Entry | undefined
  /** Adds entries, or replaces those of the same id. */
  put(entries: readonly Entry[]): void
  /** Call it before a list is read: what is put from then on is newer than the list, and stays. */
  startReading(): void
  /** Call it when that reading has ended, whether or not its list was shown. */
  endReading(): void
  /** Replaces all by a list that was read. @param isPart of the newest only */
  replace(list: { entries: readonly Entry[]; dropped: number; isPart: boolean }): void
  remove(id: string): void
  /** Forgets all. */
  clear(): void
}

/** @param idOf the id of an entry @param capacity how many the emulator keeps by default */
export function createLog<Entry>(idOf: (entry: Entry) => string, capacity: number): Log<Entry> {
  let entries = new Map<string, Entry>()
  let limit = capacity
  /** What arrived, or was removed, while lists are read; undefined while none is. */
  let meanwhile: Map<string, Entry | undefined> | undefined
  let readings = 0
  const all = signal<readonly Entry[]>([])
  const dropped = signal(0)

  const publish = () => {
    for (const id of entries.keys()) {
      if (entries.size <= limit) break
      entries.delete(id)
    }
    all.value = [...entries.values()]
  }

  return {
    all,
    dropped,
    find(id) {
      void all.value // subscribes
      return entries.get(id)
    },
    put(changed) {
      for (const entry of changed) {
        entries.set(idOf(entry), entry)
        meanwhile?.set(idOf(entry), entry)
      }
      if (changed.length > 0) publish()
    },
    startReading() {
      readings += 1
      meanwhile ??= new Map()
    },
    endReading() {
      readings -= 1
      if (readings === 0) meanwhile = undefined
    },
    replace({ entries: list, dropped: forgotten, isPart }) {
      entries = new Map(list.map(entry => [idOf(entry), entry]))
      // An event can be older than the list when it was on its way while the list was read. A newer event follows then.
      for (const [id, entry] of meanwhile ?? []) {
        if (entry === undefined) entries.delete(id)
        else entries.set(id, entry)
      }
      dropped.value = forgotten
      const isCut = !isPart && forgotten > 0
      limit = isCut ? Math.max(1, list.length) : Math.max(limit, capacity, list.length)
      publish()
    },
    remove(id) {
      meanwhile?.set(id, undefined)
      if (entries.delete(id)) publish()
    },
    clear() {
      entries.clear()
      meanwhile?.clear()
      publish()
    }
  }
}
