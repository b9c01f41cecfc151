import type { DroppedReason } from '../../schema/stream.js'
import type { EntryType, Feed, FeedEntry, FeedReader, FeedSubscription } from './feed.js'

/** A reader of the events of a feed that gives them at intervals. It is never behind: it keeps one reference a subject. */
export type PacedReader = Pick<FeedReader, 'lastEventId' | 'next' | 'isBehind' | 'unsubscribe'>

/** How many requests, calls and deliveries of one interval are read at most. */
const MAX_SUBJECTS = 200

/** How many references are kept of the other types. Names of sandboxes are many where each is used once. */
const MAX_OTHERS = 2_000

/** The types of logs, of which a storm has many. */
const LOGS: ReadonlySet<EntryType> = new Set(['request', 'call', 'delivery'])

/**
 * Subscribes to a feed. The first event after a quiet interval can be read at once, later ones when the interval is over:
 * of each subject the last. When too many subjects have changed, the data of none is read: there is one `dropped` event.
 * @param everyMs the interval, in milliseconds of wall time
 * @source control-api.md "Watching and verifying"
 */
export function createPacedReader(feed: Feed, { everyMs, ...subscription }: FeedSubscription & { everyMs: number }) {
  const { onReadable } = subscription
  const waiting = createWaiting()
  let batch: FeedEntry[] = [] // what can be read now, the last one first
  let timer: NodeJS.Timeout | undefined

  const collect = () => {
    for (let entry = reader.nextEntry(); entry !== undefined; entry = reader.nextEntry()) {
      if (entry.type === 'dropped') batch = [] // of what was before, nothing is left to be read
      waiting.add(entry)
    }
  }
  const reader = feed.subscribe({
    ...subscription,
    onReadable() {
      collect()
      if (timer === undefined) onReadable()
    }
  })
  let lastEventId = reader.lastEventId()
  collect()

  const release = (): void => {
    if (timer !== undefined) return
    batch = waiting.take().reverse()
    if (batch.length === 0) return
    timer = setTimeout(() => {
      timer = undefined
      onReadable()
    }, everyMs).unref()
  }

  return {
    lastEventId: () => lastEventId,
    next() {
      if (batch.length === 0) release()
      for (let entry = batch.pop(); entry !== undefined; entry = batch.pop()) {
        lastEventId = entry.id
        const event = reader.read(entry)
        if (event !== undefined) return event
      }
      return undefined
    },
    isBehind: () => false,
    unsubscribe() {
      clearTimeout(timer)
      reader.unsubscribe()
    }
  } satisfies PacedReader
}

/** Collects references: of each subject the last. */
function createWaiting() {
  const logs = createSubjects('too_many', MAX_SUBJECTS)
  const others = createSubjects('forgotten', MAX_OTHERS)
  const take = (): FeedEntry[] => [...logs.take(), ...others.take()].sort((one, other) => one.id - other.id)
  return {
    /** Adds a reference. A gap takes the place of all before it. */
    add(entry: FeedEntry): void {
      if (entry.type === 'dropped') take()
      const subjects = LOGS.has(entry.type) ? logs : others
      subjects.add(entry)
    },
    /** All that were added, in order; none is kept. */
    take
  }
}

/** @param reason of the `dropped` event that takes the place of all entries when there are more than `max` */
function createSubjects(reason: DroppedReason, max: number) {
  let last = new Map<string, FeedEntry>()
  let droppedAt: number | undefined

  return {
    add(entry: FeedEntry): void {
      if (droppedAt !== undefined) droppedAt = entry.id
      else {
        last.set(`${entry.type} ${entry.key}`, entry)
        if (last.size > max) droppedAt = entry.id
      }
    },
    take(): FeedEntry[] {
      const taken: FeedEntry[] =
        droppedAt === undefined ? [...last.values()] : [{ id: droppedAt, type: 'dropped', key: reason }]
      if (last.size > 0) last = new Map()
      droppedAt = undefined
      return taken
    }
  }
}
