import { ControlError } from '../../domain/errors/control.js'
import {
  type DroppedReason,
  type SandboxChange,
  STREAM_TYPES,
  type StateChange,
  type StreamEvent,
  type StreamType
} from '../../schema/stream.js'
import type { Clock } from '../time/clock.js'
import { createBursts } from './bursts.js'
import type { EventSource } from './event-source.js'

/**
 * The newest events of a sandbox, numbered, for subscribers that read them at their own pace. Only references are kept:
 * the data of an event is read when a subscriber reads the event.
 * @source control-api.md "Watching and verifying"
 */
export interface Feed {
  subscribe(subscription: FeedSubscription): FeedReader
  hasSubscribers(): boolean
  /** Ends all subscriptions, and all later ones. */
  stop(): void
}

/** Options of a subscription, and its callbacks. */
export interface FeedSubscription {
  /** Only events of these types; all by default. */
  types?: readonly StreamType[] | undefined
  /** Starts after the event of this id: 0 is the oldest event that is kept. By default only new events are read. */
  after?: number | undefined
  /** Called when there may be new events to read. Subscribers that read the same event in it get the same object. */
  onReadable: () => void
  /** Called when there will be no more events. */
  onEnd: () => void
}

/** Reads the events of a subscription, one by one. */
export interface FeedReader {
  /** The id of the last event that was read or passed over. */
  lastEventId(): number
  /** The next event; undefined when all were read. */
  next(): StreamEvent | undefined
  /** The reference of the next event, whose data is not read; undefined when all were read. */
  nextEntry(): FeedEntry | undefined
  /** The event of a reference; undefined when its subject no longer exists. */
  read(entry: FeedEntry): StreamEvent | undefined
  /** Whether events were dropped before they could be read. */
  isBehind(): boolean
  unsubscribe(): void
}

/** The reference of an event. Two of the same type and key have the same subject. */
export interface FeedEntry {
  id: number
  type: EntryType
  /** The key of the data; for a gap it is the reason. */
  key: string
}

/** A gap in the events is an entry of its own. */
export type EntryType = StreamType | 'dropped'

/** How many events are kept by default. */
const SIZE = 1_000

/** The type of an event that is appended, and its key. */
type Appended = [EntryType, string]

/** What reading an event costs, in the unit of giving it to one subscriber. */
const READ_COST = 10

/** Reads the data of an event by its key, for the types whose key is not all there is. @throws ControlError when it no longer exists */
export type FindData = Record<Exclude<StreamType, 'state' | 'sandbox'>, (key: string) => object>

/**
 * Ids count from the time at which the feed was created, in microseconds, so that an id from before a restart is never
 * taken for one from after it.
 * @param size how many events are kept
 */
export function createFeed({
  eventSource,
  find,
  machineClock,
  report,
  size = SIZE
}: {
  eventSource: EventSource
  find: FindData
  machineClock: Clock
  report: (error: unknown) => void
  size?: number
}): Feed {
  const firstId = Math.max(0, machineClock().getTime()) * 1_000 + 1
  // Every request adds an entry and few are read: so two arrays of references, and positions instead of ids. The key is
  // that of the data; for a gap it is the reason.
  const types: EntryType[] = []
  const keys: string[] = []
  const subscriptions = new Set<FeedSubscription>()
  let oldest = 0
  let last = -1
  let isStopped = false
  /** The positions of the events that a reset discarded before anyone could read them. */
  let discarded = { after: 0, to: 0 }
  /** While the subscribers are called: the events that one of them has read, by their ids. */
  let shared: Map<number, StreamEvent | undefined> | undefined

  const end = (subscription: FeedSubscription) => {
    if (subscriptions.delete(subscription)) subscription.onEnd()
  }

  /** Nothing is lost, and nothing is new, when an emulator is seeded. */
  const isSeeding = () => last < 0 && subscriptions.size === 0

  const appendNow = ([type, key]: Appended) => {
    last += 1
    types[last % size] = type
    keys[last % size] = key
    if (last - oldest >= size) oldest = last - size + 1
    if (subscriptions.size === 0) return
    shared = new Map()
    for (const subscription of subscriptions) {
      try {
        subscription.onReadable()
      } catch (error) {
        report(error)
        end(subscription)
      }
    }
    shared = undefined
  }

  // Each event is read once, and costs every subscriber something; without one it costs next to nothing.
  const bursts = createBursts(appendNow, () => (subscriptions.size === 0 ? 0 : READ_COST + subscriptions.size))
  const appendAll = (all: Appended[]) => {
    if (!isStopped) bursts.add(all)
  }
  const append = (type: EntryType, key: string) => {
    if (bursts.waiting() > 0) appendAll([[type, key]])
    else if (!isStopped) appendNow([type, key])
  }

  eventSource.subscribe('request', id => append('request', id))
  eventSource.subscribe('call', callId => append('call', callId))
  eventSource.subscribe('delivery', id => append('delivery', String(id)))
  eventSource.subscribe('delayed', id => append('delivery', String(id)))
  eventSource.subscribe('pending', pending => appendAll(pending.map(({ id }) => ['delivery', String(id)])))
  eventSource.subscribe('clock', () => append('clock', ''))
  eventSource.subscribe('fault', id => append('fault', id))
  eventSource.subscribe('settings', () => append('settings', ''))
  eventSource.subscribe('state', changed => {
    if (changed.change !== 'reset' || !isSeeding()) append('state', printChange(changed))
  })
  eventSource.subscribe('sandbox', changed => append('sandbox', printChange(changed)))
  eventSource.subscribe('stateReplaced', () => {
    if (isSeeding()) return
    discarded = { after: last, to: last + bursts.waiting() }
    last = discarded.to // readers that came meanwhile begin there
    bursts.discard()
    oldest = last + 1
    append('dropped', 'reset' satisfies DroppedReason)
  })

  const dataOf = (type: EntryType, key: string): object => {
    if (type === 'dropped') return { reason: key }
    return type === 'state' || type === 'sandbox' ? parseChange(key) : find[type](key)
  }

  const read = (entry: FeedEntry): StreamEvent | undefined => {
    if (shared === undefined) return readNow(entry)
    const known = shared.get(entry.id)
    if (known !== undefined || shared.has(entry.id)) return known
    const event = readNow(entry)
    shared.set(entry.id, event)
    return event
  }

  const readNow = ({ id, type, key }: FeedEntry): StreamEvent | undefined => {
    try {
      return { id: String(id), type, data: dataOf(type, key) } as StreamEvent // `dataOf` returns the data of each type
    } catch (error) {
      if (error instanceof ControlError) return undefined
      throw error
    }
  }

  return {
    subscribe(subscription) {
      const { types: requested = STREAM_TYPES, after } = subscription
      const included = new Set<EntryType>([...requested, 'dropped'])
      const newest = last + bursts.waiting()
      const start = after === undefined ? newest : after === 0 ? -1 : after - firstId
      const isKept = start >= oldest - 1 && start <= newest
      let position = isKept ? start : oldest - 1
      let isLost = !isKept
      const isBehind = () => {
        if (position >= discarded.after && position < discarded.to) position = discarded.to
        return isLost || position < oldest - 1
      }
      if (isStopped) subscription.onEnd()
      else subscriptions.add(subscription)
      const nextEntry = (): FeedEntry | undefined => {
        if (isBehind()) {
          isLost = false
          position = oldest - 1
          return { id: firstId + position, type: 'dropped', key: 'forgotten' satisfies DroppedReason }
        }
        while (position < last) {
          position += 1
          const [type, key] = [types[position % size], keys[position % size]]
          if (type !== undefined && key !== undefined && included.has(type))
            return { id: firstId + position, type, key }
        }
        return undefined
      }
      return {
        lastEventId: () => firstId + position,
        next() {
          for (let entry = nextEntry(); entry !== undefined; entry = nextEntry()) {
            const event = read(entry)
            if (event !== undefined) return event
          }
          return undefined
        },
        nextEntry,
        read,
        isBehind,
        unsubscribe: () => void subscriptions.delete(subscription)
      }
    },
    hasSubscribers: () => subscriptions.size > 0,
    stop() {
      bursts.flush()
      isStopped = true
      for (const subscription of [...subscriptions]) end(subscription)
    }
  }
}

// What has changed is kept as its key: `events`, `restore mine`. No name has a space.
const printChange = ({ change, name }: StateChange | SandboxChange): string =>
  name === undefined ? change : `${change} ${name}`

function parseChange(key: string): object {
  const [change, name] = key.split(' ')
  return { change, ...(name !== undefined && { name }) }
}
