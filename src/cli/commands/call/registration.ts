import { once } from 'node:events'
import { connect } from 'node:net'
import { networkInterfaces } from 'node:os'
import type { Client } from '../../../client/client.js'
import { ClientError } from '../../../client/errors.js'
import { urlAt } from '../../../domain/callbacks/host.js'
import { EVENT_TYPES } from '../../../schema/event-type.js'
import type { ListedEvent } from '../../../schema/fixture.js'
import { MAX_LIMIT } from '../../../schema/list-limit.js'
import { METHODS } from '../../../schema/phone-call-event.js'

/** How long the emulator may take to accept a connection, and to remove the events at the end, in milliseconds. */
const PATIENCE_MS = 3_000

/** Note of the events that `catch` registers. */
const NOTE = 'uapi-emulator catch'

/**
 * Registers a url for every event type of extensions, in place of the events that a killed process left behind for it.
 * @throws ClientError when the emulator refuses one; those before it are removed again
 */
export async function registerEvents(
  client: Client,
  extensions: readonly string[],
  url: string
): Promise<ListedEvent[]> {
  const events: ListedEvent[] = []
  try {
    for (const extension of extensions) {
      await removeLeftovers(client, extension, url)
      for (const { code } of EVENT_TYPES) {
        events.push(await client.events.create({ extension, type: code, method: METHODS.POST, url, note: NOTE }))
      }
    }
    return events
  } catch (error) {
    await removeEvents(client, events)
    throw error
  }
}

async function removeLeftovers(client: Client, extension: string, url: string): Promise<void> {
  const { events } = await client.events.list({ extension, limit: MAX_LIMIT })
  for (const event of events) if (event.note === NOTE && event.url === url) await client.events.remove(event.id)
}

/**
 * Removes events; those that are gone already, for example after a reset, count as removed.
 * @returns why they could not be removed; undefined when they were
 */
export async function removeEvents(client: Client, events: readonly ListedEvent[]): Promise<string | undefined> {
  const removing = async () => {
    for (const { id } of events) {
      await client.events.remove(id).catch(error => {
        if (!(error instanceof ClientError && error.code === 'event_unknown')) throw error
      })
    }
    return undefined
  }
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<string>(done => {
    timer = setTimeout(() => done('The emulator does not answer.'), PATIENCE_MS)
  })
  try {
    return await Promise.race([removing(), late])
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  } finally {
    clearTimeout(timer)
  }
}

/**
 * The url of a receiver as an emulator can reach it. Bound to every address, it is the one from which this machine
 * connects to the emulator.
 */
export async function reachableUrl(host: string, port: number, emulator: string): Promise<string> {
  if (host !== '0.0.0.0' && host !== '::') return urlAt({ host }, port, false)
  const address = (await localAddressTowards(emulator))?.replace(/^::ffff:/, '')
  const isUsable = address !== undefined && (host === '::' || !address.includes(':'))
  return urlAt({ host: isUsable ? address : (firstIPv4(address) ?? host) }, port, false)
}

async function localAddressTowards(url: string): Promise<string | undefined> {
  const { hostname, port, protocol } = new URL(url)
  const host = hostname.replace(/^\[(.*)\]$/, '$1')
  const socket = connect({ host, port: Number(port) || (protocol === 'https:' ? 443 : 80) })
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(PATIENCE_MS) })
    return socket.localAddress
  } catch {
    return undefined // the registration itself reports that no emulator answers
  } finally {
    socket.destroy()
  }
}

/** An IPv4 address of this machine, for an emulator that was reached over IPv6. Undefined on loopback. */
const firstIPv4 = (address: string | undefined): string | undefined =>
  address === undefined || address === '::1'
    ? undefined
    : Object.values(networkInterfaces())
        .flatMap(all => all ?? [])
        .find(({ family, internal }) => family === 'IPv4' && !internal)?.address
