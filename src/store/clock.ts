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
