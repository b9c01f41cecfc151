import type { Database } from './database.js'

/** How the clock of a sandbox was set: frozen at a time, or ahead of the machine's by an offset. Milliseconds. */
export type ClockState = { frozen: number; offset: 0 } | { frozen: null; offset: number }

/** The setting of the clock. */
export type ClockStore = ReturnType<typeof createClockStore>

/** Prepares the queries for the clock. */
export function createClockStore({ sql }: Database) {
  const save = sql.prepare<[ClockState]>(`
    INSERT INTO clock (only, frozen, offset) VALUES (1, @frozen, @offset)
    ON CONFLICT (only) DO UPDATE SET frozen = @frozen, offset = @offset`)
  const find = sql.prepare<[], ClockState>('SELECT frozen, offset FROM clock')

  return {
    save: (state: ClockState) => void save.run(state),
    /** Undefined until the clock is set. */
    find: (): ClockState | undefined => find.get()
  }
}

/** The seed that the ids of a state come from, and how many were generated from it. */
export interface SeededIdState {
  seed: number
  count: number
}

/** The count of seeded ids. */
export type SeededIdStore = ReturnType<typeof createSeededIdStore>

/** Prepares the queries for seeded ids. Nothing is cached, so that a rollback takes back what it has counted. */
export function createSeededIdStore({ sql }: Database) {
  const next = sql.prepare<[number], SeededIdState>(`
    INSERT INTO seeded_ids (only, seed, count) VALUES (1, ?, 1)
    ON CONFLICT (only) DO UPDATE SET count = count + 1 RETURNING seed, count`)
  const find = sql.prepare<[], SeededIdState>('SELECT seed, count FROM seeded_ids')

  return {
    /** Counts another id. @param seed the seed of the first id; later ones keep it until the table is emptied */
    next: (seed: number): SeededIdState => next.get(seed) as SeededIdState, // RETURNING gives one row
    /** Undefined until an id was generated from a seed. */
    find: (): SeededIdState | undefined => find.get()
  }
}
