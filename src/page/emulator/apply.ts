import { batch } from '@preact/signals'
import type { StreamEvent } from '../../schema/stream.js'
import { setClock } from './clock.js'
import { calls, deliveries, faults, requests, settings } from './contents.js'
import {
  readCaught,
  readClock,
  readDirectory,
  readEvents,
  readFaults,
  readPhones,
  readRequests,
  readSandboxes,
  readSettings,
  readSnapshots
} from './load.js'

type Data<Type extends StreamEvent['type']> = Extract<StreamEvent, { type: Type }>['data']

/** Operations of the vendor's surface that change phone call events. */
const CHANGES_EVENTS = new Set<string | undefined>(['create', 'update', 'delete'])

/** Shows what the stream brings: each entry comes whole, in its present state. */
export function applyEvents(events: readonly StreamEvent[]): void {
  const of = <Type extends StreamEvent['type']>(type: Type) =>
    events.flatMap(event => (event.type === type ? [event.data as Data<Type>] : [])) // the data of that type

  const answered = of('request')
  const changes = new Set(of('state').map(({ change }) => change))
  const isReplaced = changes.has('reset') || changes.has('restore') || changes.has('merge')
  const isOf = (...kinds: Data<'state'>['change'][]) => isReplaced || kinds.some(kind => changes.has(kind))
  batch(() => {
    if (changes.has('requests')) requests.clear()
    calls.put(of('call'))
    deliveries.put(of('delivery'))
    requests.put(answered)
    for (const fault of of('fault')) {
      if ('removed' in fault) faults.remove(fault.id)
      else faults.put([fault])
    }
    for (const clock of of('clock')) setClock(clock)
    for (const next of of('settings')) settings.value = next
  })
  const readings = [
    ...(isOf('events') || answered.some(({ operation }) => CHANGES_EVENTS.has(operation)) ? [readEvents] : []),
    ...(isOf('phones') ? [readPhones] : []),
    ...(isOf('apps') ? [readDirectory] : []),
    ...(isOf('snapshot') ? [readSnapshots] : []),
    ...(isOf('caught') ? [readCaught] : []),
    ...(isOf('requests') ? [readRequests] : []),
    ...(isReplaced ? [readClock, readSettings, readFaults] : []),
    ...(of('sandbox').length > 0 ? [readSandboxes] : [])
  ]
  for (const read of readings) void later(read)
}

/** The shortest time between two readings of the same, in milliseconds. */
const PAUSE_MS = 500

const running = new Map<() => Promise<() => void>, boolean>()

/** Reads once, and once more when it was needed again meanwhile or soon after. A failed reading changes nothing. */
async function later(read: () => Promise<() => void>): Promise<void> {
  if (running.has(read)) return void running.set(read, true)
  running.set(read, false)
  try {
    const show = await read()
    show()
  } catch {
    // The emulator is gone, and everything is read when it is back.
  }
  await new Promise(resolve => setTimeout(resolve, PAUSE_MS))
  const isNeededAgain = running.get(read)
  running.delete(read)
  if (isNeededAgain) await later(read)
}
