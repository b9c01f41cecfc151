import type { Settings } from '../schema/settings.js'
import type { Database } from './database.js'

/** The settings that fixtures chose. */
export type SettingsStore = ReturnType<typeof createSettingsStore>

/** Prepares the queries for settings. */
export function createSettingsStore({ sql }: Database) {
  const save = sql.prepare<[string, string]>(`
    INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value`)
  const all = sql.prepare<[], { name: string; value: string }>('SELECT name, value FROM settings')

  return {
    save(settings: Partial<Settings>): void {
      for (const [name, value] of Object.entries(settings)) save.run(name, JSON.stringify(value))
    },
    /** The saved settings; they were validated before they were saved. */
    all: (): Partial<Settings> => Object.fromEntries(all.all().map(({ name, value }) => [name, JSON.parse(value)]))
  }
}
