import type { EventType } from '../../schema/event-type.js'
import { eventsIn, isEventType } from './resources.js'
import { isSuccess, type SeenExchange } from './seen-exchange.js'
import { urlKeyOfEvent } from './seen-webhook.js'

/** How many urls are remembered. */
const MAX_URLS = 50_000

/** The event types that are registered for urls, as exchanges show them. */
export class RegisteredUrls {
  readonly #types = new Map<string, Set<EventType>>()

  /** Reads the events of an answer of Create, List or Update. */
  add(seen: SeenExchange): void {
    if (!isSuccess(seen)) return
    for (const { url, type = seen.address.eventType } of eventsIn(seen)) {
      const key = typeof url === 'string' ? urlKeyOfEvent(url) : undefined
      if (key === undefined || !isEventType(type)) continue
      const types = this.#types.get(key)
      if (types !== undefined) types.add(type)
      else if (this.#types.size < MAX_URLS) this.#types.set(key, new Set([type]))
    }
  }

  /** The type of the events with a url, if all of them have the same. */
  typeOf(urlKey: string): EventType | undefined {
    const types = this.#types.get(urlKey)
    return types?.size === 1 ? [...types][0] : undefined
  }
}
