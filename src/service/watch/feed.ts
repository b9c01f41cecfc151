import { ControlError } from '../../domain/errors/control.js'
import { type DroppedReason, STREAM_TYPES, type StreamEvent, type StreamType } from '../../schema/stream.js'
import type { Clock } from '../time/clock.js'

/**
 * What happens in a sandbox, for those who follow it. Only references are kept, of the newest: what is told is read when
 * somebody is told of it.
 * @source control-api.md "Watching and verifying"
 */
export interface Feed {
  /** Notes that something is new or has changed. Not within a transaction: what it did may be undone. */
  note(type: StreamType, key: string): void
  /** Forgets what was noted: another state has taken the place of the one it happened in. */
  restart(): void
  /** @param after the id of the last event that was told already: nothing is told of before now when it is left out */
  subscribe(subscription: FeedSubscription): Follower
  hasSubscribers(): boolean
  /** Ends everybody's subscription. */
  stop(): void
}

/** How somebody follows. */
export interface FeedSubscription {
  types?: readonly StreamType[] | undefined
  after?: number | undefined
  /** Is called when there may be something more to be told. */
  onReadable: () => void
  /** Is called when there will be nothing more. */
  onEnd: () => void
}

/** Somebody who follows, at a pace of his own. */
export interface Follower {
  /** The id of the last event that he was told of, or could have been. */
  lastEventId(): number
  /** What happened next; undefined when he knows all. */
  next(): StreamEvent | undefined
  /** Whether something was forgotten before he was told of it. */
  isBehind(): boolean
  unsubscribe(): void
}

/** How many of the newest are remembered. */
const REMEMBERED = 1_000

/** What can be told: of something, or that something was forgotten. */
type NotedType = StreamType | 'dropped'

/**
 * Ids go on from the time at which the feed began, in microseconds: an id of before a restart is never taken for one of
 * after it.
 * @param show finds a thing by its key; @throws ControlError when it was forgotten
 */
export function createFeed({
  show,
  machineClock,
  report,
  size = REMEMBERED
}: {
  show: Record<StreamType, (key: string) => object>
  machineClock: Clock
  report: (error: unknown) => void
  size?: number
}): Feed {
  const first = Math.max(0, machineClock().getTime()) * 1_000 + 1
  // Every request is noted, and few are ever told of: two references each, and positions instead of ids. A key is where
  // the thing is found; of what was dropped, the reason.
  const types: NotedType[] = []
  const keys: string[] = []
  const followers = new Set<FeedSubscription>()
  let oldest = 0
  let last = -1
  let isStopped = false

  const end = (subscription: FeedSubscription) => {
    if (followers.delete(subscription)) subscription.onEnd()
  }

  const add = (type: NotedType, key: string) => {
    if (isStopped) return
    last += 1
    types[last % size] = type
    keys[last % size] = key
    if (last - oldest >= size) oldest = last - size + 1
    for (const subscription of followers) {
      try {
        subscription.onReadable()
      } catch (error) {
        report(error) // whoever notes has nothing to do with it
        end(subscription)
      }
    }
  }

  const eventOf = (position: number, type: NotedType, key: string): StreamEvent | undefined => {
    try {
      const data = type === 'dropped' ? { reason: key } : show[type](key)
      return { id: String(first + position), type, data } as StreamEvent // `show` has what belongs to each type
    } catch (error) {
      if (error instanceof ControlError) return undefined
      throw error
    }
  }

  return {
    note: add,
    restart() {
      if (last < 0 && followers.size === 0) return // as at its seeding: there is nothing to forget
      oldest = last + 1
      add('dropped', 'reset' satisfies DroppedReason)
    },
    subscribe(subscription) {
      const { types: asked = STREAM_TYPES, after } = subscription
      const wanted = new Set<NotedType>([...asked, 'dropped'])
      const known = after === undefined ? last : after === 0 ? -1 : after - first
      const isKnown = known >= oldest - 1 && known <= last
      let at = isKnown ? known : oldest - 1
      let isLost = !isKnown
      const isBehind = () => isLost || at < oldest - 1
      if (isStopped) subscription.onEnd()
      else followers.add(subscription)
      return {
        lastEventId: () => first + at,
        next() {
          if (isBehind()) {
            isLost = false
            at = oldest - 1
            return eventOf(at, 'dropped', 'forgotten' satisfies DroppedReason)
          }
          while (at < last) {
            at += 1
            const [type, key] = [types[at % size], keys[at % size]]
            const isWanted = type !== undefined && key !== undefined && wanted.has(type)
            const event = isWanted ? eventOf(at, type, key) : undefined
            if (event !== undefined) return event
          }
          return undefined
        },
        isBehind,
        unsubscribe: () => void followers.delete(subscription)
      }
    },
    hasSubscribers: () => followers.size > 0,
    stop() {
      isStopped = true
      for (const subscription of [...followers]) end(subscription)
    }
  }
}
