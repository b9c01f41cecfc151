import type { EventSource } from './event-source.js'

/** The deliveries that have changed since the last call of `take`. */
export interface DeliveryWatch {
  /**
   * The ids of the deliveries that were created or have changed, each once; undefined when the whole state was replaced.
   */
  take(): number[] | undefined
  end(): void
}

/** Starts watching. */
export type WatchDeliveries = () => DeliveryWatch

/** Collects the ids of changed deliveries while a watch lasts. Without a watch, an event costs nothing. */
export function createWatchDeliveries({ subscribe }: Pick<EventSource, 'subscribe'>): WatchDeliveries {
  const watches = new Set<{ changed: Set<number>; isReplaced: boolean }>()

  subscribe('pending', pending => {
    for (const { changed } of watches) for (const { id } of pending) changed.add(id)
  })
  subscribe('delivery', id => {
    for (const { changed } of watches) changed.add(id)
  })
  subscribe('stateReplaced', () => {
    for (const watch of watches) {
      watch.changed.clear()
      watch.isReplaced = true
    }
  })

  return () => {
    const watch = { changed: new Set<number>(), isReplaced: false }
    watches.add(watch)
    return {
      take() {
        const { isReplaced } = watch
        const changed = [...watch.changed]
        watch.changed.clear()
        watch.isReplaced = false
        return isReplaced ? undefined : changed
      },
      end: () => void watches.delete(watch)
    }
  }
}
