import type { StreamEvent } from '../../schema/stream.js'
import { followStream, type StreamPlace, type StreamStatus } from './follow.js'

/** What a tab sends to the worker: whose events it shows, that it still shows them, or that it is closed. */
export type ToWorker = { follow: StreamPlace } | { alive: StreamPlace } | { leave: true }

/** What the worker sends to a tab. */
export type FromWorker = { status: StreamStatus } | { events: StreamEvent[] }

/** A tab counts as closed after this many milliseconds of silence: browsers slow the timers of hidden tabs down. */
const SILENT_MS = 180_000

interface Tab {
  port: MessagePort
  lastSign: number
}

interface Followed {
  tabs: Set<Tab>
  status: StreamStatus
  stop: AbortController
}

/**
 * Runs in a shared worker: reads one stream for all tabs that show the same sandbox, because a browser opens only six
 * connections to an address. @source page.md "How it behaves"
 */
export function serveTabs(): void {
  const followed = new Map<string, Followed>()

  const send = (tab: Tab, message: FromWorker) => tab.port.postMessage(message)

  const leave = (tab: Tab) => {
    for (const [key, { tabs, stop }] of followed) {
      tabs.delete(tab)
      if (tabs.size > 0) continue
      followed.delete(key)
      stop.abort()
    }
  }

  const isFollowed = (tab: Tab) => [...followed.values()].some(({ tabs }) => tabs.has(tab))

  const follow = (tab: Tab, place: StreamPlace) => {
    const key = JSON.stringify([place.url, place.token])
    const known = followed.get(key)
    if (known) {
      known.tabs.add(tab)
      return send(tab, { status: known.status })
    }
    const entry: Followed = { tabs: new Set([tab]), status: { state: 'connecting' }, stop: new AbortController() }
    followed.set(key, entry)
    const receiver = {
      status(status: StreamStatus) {
        entry.status = status
        for (const each of entry.tabs) send(each, { status })
      },
      events(events: StreamEvent[]) {
        for (const each of entry.tabs) send(each, { events })
      }
    }
    void followStream(place, receiver, entry.stop.signal)
  }

  const forgetSilent = () => {
    const tabs = new Set([...followed.values()].flatMap(({ tabs }) => [...tabs]))
    for (const tab of tabs) if (performance.now() - tab.lastSign > SILENT_MS) leave(tab)
  }

  setInterval(forgetSilent, SILENT_MS / 3)
  self.addEventListener('connect', event => {
    const [port] = (event as MessageEvent).ports // the event of a shared worker, which the types of a page lack
    if (port === undefined) return
    const tab: Tab = { port, lastSign: performance.now() }
    port.onmessage = ({ data }: MessageEvent<ToWorker>) => {
      tab.lastSign = performance.now()
      // A tab that the browser froze for long was forgotten meanwhile.
      if ('alive' in data) return isFollowed(tab) ? undefined : follow(tab, data.alive)
      leave(tab)
      if ('follow' in data) follow(tab, data.follow)
    }
  })
}
