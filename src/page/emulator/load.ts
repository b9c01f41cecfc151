import { batch } from '@preact/signals'
import { ClientError } from '../../client/errors.js'
import { client, rootClient } from './client.js'
import { setClock } from './clock.js'
import {
  calls,
  caught,
  deliveries,
  directory,
  events,
  faults,
  health,
  isLoaded,
  phones,
  requests,
  sandboxes,
  settings,
  snapshots
} from './contents.js'
import type { Log } from './log.js'

/** How many entries of each log are read before anything is shown, and while a storm lasts. */
const NEWEST = 200

/** The most entries that any log keeps. */
const ALL = 10_000

/**
 * Reads the newest entries of all logs, and everything that is small.
 * @param mayShow whether it may still be shown when it was read
 * @returns whether it was shown
 * @throws ClientError
 */
export function loadFirst(mayShow: () => boolean): Promise<boolean> {
  const state = readState()
  state.catch(() => {}) // it is awaited below, after the lists
  return withLogs(NEWEST, async lists => {
    const shows = await state
    const showFaults = await readFaults()
    showFaults() // at once: what arrives from here on is newer
    if (!mayShow()) return false
    batch(() => {
      showLogs(lists, true)
      for (const show of shows) show()
      isLoaded.value = true
    })
    return true
  })
}

/**
 * Reads the newest entries of all logs; the older ones that are known stay.
 * @param mayShow whether they may still be shown when they were read
 * @returns whether they were shown
 * @throws ClientError
 */
export const loadNewest = (mayShow: () => boolean): Promise<boolean> =>
  withLogs(NEWEST, ({ callList, deliveryList, requestList, caughtList }) => {
    if (!mayShow()) return false
    batch(() => {
      calls.put(callList.calls)
      deliveries.put(deliveryList.deliveries)
      requests.put(requestList.requests)
      caught.put(caughtList.caught)
    })
    return true
  })

/**
 * Reads all entries of all logs.
 * @param mayShow whether they may still be shown when they were read
 * @returns whether they were shown
 * @throws ClientError
 */
export const loadAll = (mayShow: () => boolean): Promise<boolean> =>
  withLogs(ALL, lists => {
    if (!mayShow()) return false
    batch(() => showLogs(lists, false))
    return true
  })

/** The logs of the emulator whose entries are read as lists. */
const LOGS = [calls, deliveries, requests, caught]

/** Reads lists, and gives them to a function while what arrived meanwhile is still known. */
async function withLogs(limit: number, show: (lists: Lists) => boolean | Promise<boolean>): Promise<boolean> {
  for (const log of LOGS) log.startReading()
  try {
    return await show(await readLists(limit))
  } finally {
    for (const log of LOGS) log.endReading()
  }
}

type Lists = Awaited<ReturnType<typeof readLists>>

async function readLists(limit: number) {
  const [callList, deliveryList, requestList, caughtList] = await Promise.all([
    client.calls.list({ limit }),
    client.deliveries.list({ limit }),
    client.requests.list({ limit }),
    client.caught.list({ limit })
  ])
  return { callList, deliveryList, requestList, caughtList }
}

function showLogs({ callList, deliveryList, requestList, caughtList }: Lists, isPart: boolean): void {
  calls.replace({ entries: callList.calls, dropped: callList.dropped, isPart })
  deliveries.replace({ entries: deliveryList.deliveries, dropped: deliveryList.dropped, isPart })
  requests.replace({ entries: requestList.requests, dropped: requestList.dropped, isPart })
  caught.replace({ entries: caughtList.caught, dropped: caughtList.dropped, isPart })
}

/** Reads everything but the logs. @returns functions that show what was read */
const readState = (): Promise<(() => void)[]> =>
  Promise.all([
    readClock(),
    client.health().then(next => () => void (health.value = next)),
    readSettings(),
    readDirectory(),
    readEvents(),
    readPhones(),
    readSnapshots(),
    readSandboxes()
  ])

/** Reads the settings. @returns a function that shows them; so do the others */
export const readSettings = () => client.settings.get().then(next => () => void (settings.value = next))

/** Reads the clock. */
export const readClock = () => client.clock.get().then(clock => () => setClock(clock))

/** Reads the faults. */
export const readFaults = () =>
  readInto(faults, async () => {
    const { faults: entries } = await client.faults.list()
    return { entries, dropped: 0 }
  })

/** Reads the journal. */
export const readRequests = () =>
  readInto(requests, async () => {
    const { requests: entries, dropped } = await client.requests.list({ limit: ALL })
    return { entries, dropped }
  })

/** Reads organizations, users, extensions and apps. */
export const readDirectory = () => client.directory().then(next => () => void (directory.value = next))

/** Reads the phone call events. */
export const readEvents = () => client.events.list().then(list => () => void (events.value = list.events))

/** Reads the phones that were set. */
export const readPhones = () => client.phones.list().then(list => () => void (phones.value = list.phones))

/** Reads the snapshots. */
export const readSnapshots = () => client.snapshots.list().then(list => () => void (snapshots.value = list.snapshots))

/** Reads the sandboxes. A load balancer before several emulators has no list of all: none is shown then. */
export const readSandboxes = () =>
  rootClient.sandboxes
    .list()
    .then(list => list.sandboxes, noneOfMany)
    .then(found => () => void (sandboxes.value = found))

/** The code of examples/many-machines/haproxy.cfg for what only one of its emulators could answer. */
const OF_ONE_INSTANCE = 'one_instance_only'

function noneOfMany(error: unknown): [] {
  if (error instanceof ClientError && error.code === OF_ONE_INSTANCE) return []
  throw error
}

/** Reads what catch addresses received. */
export const readCaught = () =>
  readInto(caught, async () => {
    const { caught: entries, dropped } = await client.caught.list({ limit: ALL })
    return { entries, dropped }
  })

/** Reads the list of one log. @returns a function that shows it, which has to be called in the same turn */
async function readInto<Entry>(log: Log<Entry>, read: () => Promise<{ entries: Entry[]; dropped: number }>) {
  log.startReading()
  try {
    const list = await read()
    return () => {
      log.replace({ ...list, isPart: false })
      log.endReading()
    }
  } catch (error) {
    log.endReading()
    throw error
  }
}
