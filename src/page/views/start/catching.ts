import { batch, computed, signal } from '@preact/signals'
import { ClientError } from '../../../client/errors.js'
import { CONTROL_PREFIX } from '../../../schema/control-api/operation.js'
import { EVENT_TYPES } from '../../../schema/event-type.js'
import { BASE_PATH, BASE_URL } from '../../emulator/address.js'
import { client } from '../../emulator/client.js'
import { caught, deliveries, events } from '../../emulator/contents.js'
import { readEvents } from '../../emulator/load.js'

/** The name of the catch address of the page. */
const NAME = 'page'

/** The catch address of the page. @source control-api.md "Calls and deliveries" */
export const CATCH_URL = `${BASE_URL}${CONTROL_PREFIX}/catch/${NAME}`

const KEY = `uapi-emulator.catching${BASE_PATH}`

/** The ids of the events that this tab registered. */
const registered = signal<readonly string[]>(read())

/** The phone call events that lead to the page, of this tab and of others. */
export const catching = computed(() => events.value.filter(({ url }) => url === CATCH_URL))

/** Those that this tab registered and that are still there. */
const own = computed(() => catching.value.filter(({ id }) => registered.value.includes(id)))

/** Whether only others lead webhooks to the page: another tab, or a visit whose memory is lost. */
export const isOfOthers = computed(() => catching.value.length > 0 && own.value.length === 0)

/** What has arrived, newest first. */
export const arrived = computed(() => caught.all.value.filter(({ name }) => name === NAME).reverse())

/** The newest webhook that should have arrived, and did not. */
export const missed = computed(() => {
  const ids = new Set(catching.value.map(({ id }) => id))
  return deliveries.all.value.findLast(
    ({ eventId, state }) => ids.has(eventId) && (state === 'failed' || state === 'blocked')
  )
})

/** Registers an event of each type on the catch address, unless there is one. @throws ClientError */
export async function startCatching(extension: string): Promise<void> {
  const isThere = (type: string) =>
    catching.value.some(event => event.extension === extension && event.type === type && event.status === '1')
  for (const { code } of EVENT_TYPES) {
    if (isThere(code)) continue
    const note = 'Registered by "Catch here" of the page'
    const { id } = await client.events.create({ extension, type: code, method: '1', url: CATCH_URL, status: '1', note })
    remember([...registered.value, id])
  }
  await showEvents()
}

/** Removes the events that this tab registered; when there are none, all that lead to the page. @throws ClientError */
export async function stopCatching(): Promise<void> {
  await showEvents()
  for (const { id } of isOfOthers.value ? catching.value : own.value) {
    try {
      await client.events.remove(id)
    } catch (error) {
      if (!(error instanceof ClientError && error.status === 404)) throw error
    }
  }
  remember([])
  await showEvents()
}

async function showEvents(): Promise<void> {
  const show = await readEvents()
  batch(show)
}

function remember(ids: readonly string[]): void {
  registered.value = ids
  try {
    sessionStorage.setItem(KEY, JSON.stringify(ids))
  } catch {
    // Storage is not allowed: they are remembered until the page is reloaded.
  }
}

function read(): string[] {
  try {
    const ids: unknown = JSON.parse(sessionStorage.getItem(KEY) ?? '[]')
    return Array.isArray(ids) ? ids.filter(id => typeof id === 'string') : []
  } catch {
    return [] // storage is not allowed, or holds something else
  }
}
