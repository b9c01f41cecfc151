import type { Switches } from '../schema/switches.js'
import type { Database } from './database.js'

/** The switches that fixtures chose. */
export type SwitchStore = ReturnType<typeof createSwitchStore>

/** Prepares what is asked of switches. */
export function createSwitchStore({ sql }: Database) {
  const save = sql.prepare<[string, string]>(`
    INSERT INTO switches (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value`)
  const all = sql.prepare<[], { name: string; value: string }>('SELECT name, value FROM switches')

  return {
    save(switches: Partial<Switches>): void {
      for (const [name, value] of Object.entries(switches)) save.run(name, JSON.stringify(value))
    },
    /** Those that were chosen; they were validated when they were saved. */
    all: (): Partial<Switches> => Object.fromEntries(all.all().map(({ name, value }) => [name, JSON.parse(value)]))
  }
}
