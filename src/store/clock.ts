import type { Database } from './database.js'

/** What the clock of the sandbox was set to: standing at a time, or so far ahead of the machine's. Milliseconds. */
export type ClockState = { frozen: number; offset: 0 } | { frozen: null; offset: number }

/** The clock that somebody set. */
export type ClockStore = ReturnType<typeof createClockStore>

/** Prepares what is asked of the clock. */
export function createClockStore({ sql }: Database) {
  const save = sql.prepare<[ClockState]>(`
    INSERT INTO clock (only, frozen, offset) VALUES (1, @frozen, @offset)
    ON CONFLICT (only) DO UPDATE SET frozen = @frozen, offset = @offset`)
  const find = sql.prepare<[], ClockState>('SELECT frozen, offset FROM clock')

  return {
    save: (state: ClockState) => void save.run(state),
    /** Undefined until somebody sets it. */
    find: (): ClockState | undefined => find.get()
  }
}
