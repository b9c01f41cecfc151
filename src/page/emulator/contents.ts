import { signal } from '@preact/signals'
import type { Call } from '../../schema/calls/call.js'
import type { CaughtRequest } from '../../schema/calls/caught.js'
import type { Delivery } from '../../schema/calls/delivery.js'
import type { Fault } from '../../schema/fault.js'
import type { ListedEvent } from '../../schema/fixture.js'
import type { JournalEntry } from '../../schema/journal.js'
import type { Phone } from '../../schema/phone.js'
import type { SandboxList } from '../../schema/sandbox.js'
import type { SettingsInForce } from '../../schema/settings.js'
import type { Directory, Health, Snapshot } from '../../schema/state.js'
import { createLog } from './log.js'

/** The calls of the sandbox. */
export const calls = createLog<Call>(({ callId }) => callId, 10_000)

/** Its webhooks. */
export const deliveries = createLog<Delivery>(({ id }) => id, 10_000)

/** The requests that it received. */
export const requests = createLog<JournalEntry>(({ id }) => id, 1_000)

/** What catch addresses received. */
export const caught = createLog<CaughtRequest>(({ id }) => id, 10_000)

/** The faults, exhausted ones included. */
export const faults = createLog<Fault>(({ id }) => id, 1_000)

/** Version, uptime and database; this and what follows is undefined until it was read. */
export const health = signal<Health | undefined>(undefined)

/** Organizations, users, extensions and apps. */
export const directory = signal<Directory | undefined>(undefined)

/** The settings in force, and where each comes from. */
export const settings = signal<SettingsInForce | undefined>(undefined)

/** The phone call events of all extensions. */
export const events = signal<readonly ListedEvent[]>([])

/** The phones that were set. */
export const phones = signal<readonly Phone[]>([])

/** The snapshots, oldest first. */
export const snapshots = signal<readonly Snapshot[]>([])

/** The sandboxes beside the default one. */
export const sandboxes = signal<SandboxList['sandboxes']>([])

/** Whether the contents were read at least once: before, a view shows that it loads, not that there is nothing. */
export const isLoaded = signal(false)
