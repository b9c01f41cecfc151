import { ControlError } from '../domain/control-errors.js'
import { type DroppedReason, STREAM_TYPES, type StreamEvent, type StreamType } from '../schema/stream.js'
import type { Clock } from './clock.js'

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
  follow(following: Following): Follower
  isFollowed(): boolean
  /** Ends everybody's following. */
  stop(): void
}

/** How somebody follows. */
export interface Following {
  types?: readonly StreamType[] | undefined
  after?: number | undefined
  /** Is called when there may be something more to be told. */
  onNews: () => void
  /** Is called when there will be nothing more. */
  onEnd: () => void
}

/** Somebody who follows, at a pace of his own. */
export interface Follower {
  /** The id of the last event that he was told of, or could have been. */
  at(): number
  /** What happened next; undefined when he knows all. */
  next(): StreamEvent | undefined
  /** Whether something was forgotten before he was told of it. */
  isBehind(): boolean
  leave(): void
}

/** How many of the newest are remembered. */
const REMEMBERED = 1_000

interface Noted {
  id: number
  type: StreamType | 'dropped'
  /** Where the thing is found; of what was dropped, the reason. */
  key: string
}

/**
 * Ids go on from the time at which the feed began, in microseconds: an id of before a restart is never taken for one of
 * after it.
 * @param show finds a thing by its key; @throws ControlError when it was forgotten
 */
export function createFeed({
  show,
  wall,
  report,
  size = REMEMBERED
}: {
  show: Record<StreamType, (key: string) => object>
  wall: Clock
  report: (error: unknown) => void
  size?: number
}): Feed {
  const first = Math.max(0, wall().getTime()) * 1_000 + 1
  const ring: Noted[] = []
  const followers = new Set<Following>()
  let oldest = first
  let last = first - 1
  let isStopped = false

  const end = (following: Following) => {
    if (followers.delete(following)) following.onEnd()
  }

  const add = (type: Noted['type'], key: string) => {
    if (isStopped) return
    last += 1
    ring[last % size] = { id: last, type, key }
    if (last - oldest >= size) oldest = last - size + 1
    for (const following of followers) {
      try {
        following.onNews()
      } catch (error) {
        report(error) // whoever notes has nothing to do with it
        end(following)
      }
    }
  }

  const eventOf = ({ id, type, key }: Noted): StreamEvent | undefined => {
    try {
      const data = type === 'dropped' ? { reason: key } : show[type](key)
      return { id: String(id), type, data } as StreamEvent // `show` has what belongs to each type
    } catch (error) {
      if (error instanceof ControlError) return undefined
      throw error
    }
  }

  return {
    note: add,
    restart() {
      if (last < first && followers.size === 0) return // as at its seeding: there is nothing to forget
      oldest = last + 1
      add('dropped', 'reset' satisfies DroppedReason)
    },
    follow(following) {
      const { types = STREAM_TYPES, after } = following
      const wanted = new Set<Noted['type']>([...types, 'dropped'])
      const isKnown = after === undefined || (after === 0 ? oldest === first : after >= oldest - 1 && after <= last)
      let at = isKnown && after !== 0 ? (after ?? last) : oldest - 1
      let isLost = !isKnown
      const isBehind = () => isLost || at < oldest - 1
      if (isStopped) following.onEnd()
      else followers.add(following)
      return {
        at: () => at,
        next() {
          if (isBehind()) {
            isLost = false
            at = oldest - 1
            return eventOf({ id: at, type: 'dropped', key: 'forgotten' satisfies DroppedReason })
          }
          while (at < last) {
            at += 1
            const noted = ring[at % size]
            const event = noted !== undefined && wanted.has(noted.type) ? eventOf(noted) : undefined
            if (event !== undefined) return event
          }
          return undefined
        },
        isBehind,
        leave: () => void followers.delete(following)
      }
    },
    isFollowed: () => followers.size > 0,
    stop() {
      isStopped = true
      for (const following of [...followers]) end(following)
    }
  }
}
