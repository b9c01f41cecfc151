import { LAST_TIME } from '../domain/timestamp.js'
import type { Fixture } from '../schema/fixture.js'
import { DEFAULT_SWITCHES, type Switches } from '../schema/switches.js'
import type { Store } from '../store/store.js'
import type { SwitchService } from './switches.js'

/** The state now, as a fixture that loads back to the same. It holds every secret: that is what makes it whole. */
export type ExportFixture = () => Required<Omit<Fixture, '$schema'>>

/**
 * What no fixture can hold is left out: calls, deliveries, the clock, and what OAuth remembers between its steps.
 * @source control-api.md "State"
 */
export function createExportFixture({ store, switches }: { store: Store; switches: SwitchService }): ExportFixture {
  const { directory, credentials, events } = store

  return () => ({
    organizations: directory.organizations(),
    users: directory.users(),
    extensions: directory.extensions(),
    apps: directory.apps(),
    tokens: credentials.tokens().map(token => ({ ...token, expiresAt: within(token.expiresAt) })),
    sessions: credentials.sessions(),
    phoneCallEvents: events.all().map(({ user, ...event }) => event),
    settings: chosen(switches.current())
  })
}

/** Fixtures know no time beyond the year 9999; a token that lives longer ends with it. */
const within = (time: string | null | undefined): string | null =>
  time?.startsWith('+') ? new Date(LAST_TIME).toISOString() : (time ?? null)

/** The switches that are not as they are when nobody chose. */
function chosen(switches: Switches): Partial<Switches> {
  const usual: Record<string, unknown> = DEFAULT_SWITCHES
  return Object.fromEntries(Object.entries(switches).filter(([name, value]) => value !== usual[name]))
}
