import { batch, signal } from '@preact/signals'
import { ClientError } from '../../client/errors.js'
import type { StreamEvent } from '../../schema/stream.js'
import type { StreamStatus } from '../stream/follow.js'
import { follow, type Unfollow } from '../stream/source.js'
import { BASE_URL } from './address.js'
import { applyEvents } from './apply.js'
import { calls, caught, deliveries, isLoaded, requests } from './contents.js'
import { loadAll, loadFirst, loadNewest } from './load.js'
import { token } from './token.js'

/** The connection as the page shows it, and when it became so, by the clock of the browser. */
export const connection = signal<{ status: StreamStatus; since: number }>({
  status: { state: 'connecting' },
  since: Date.now()
})

/** When the emulator was last heard of, by the clock of the browser. */
export const lastWord = signal(Date.now())

/** Why the contents were last read anew; undefined after it was read by the user. */
export const notice = signal<string | undefined>(undefined)

/** Whether the view stands still. */
export const paused = signal(false)

/** How many events wait while it does. */
export const waiting = signal(0)

/** The pause between two readings while a storm lasts, and the calm after it before all is read, in milliseconds. */
const STORM_MS = 1_000
const CALM_MS = 1_500

let held: StreamEvent[] = []
let isOutdated = false
let unfollow: Unfollow = () => {}

/** Connects with the token that is known now; connects again when it is called again. */
export function connect(): void {
  unfollow()
  unfollow = follow(
    { url: BASE_URL, token: token.peek() },
    {
      status(status) {
        const before = connection.peek().status.state
        if (!isSame(connection.peek().status, status)) {
          if (before === 'live') lastWord.value = Date.now()
          connection.value = { status, since: Date.now() }
        }
        if (status.state === 'live') void readAnew(before === 'live' ? undefined : noticeAfter(before))
      },
      events: receive
    }
  )
}

/** Whether two states look the same on the page. */
const isSame = (one: StreamStatus, other: StreamStatus): boolean =>
  one.state === other.state && (one.state !== 'refused' || other.state !== 'refused' || one.code === other.code)

/** Stops or continues showing what happens. What came meanwhile is shown then. */
export function setPaused(next: boolean): void {
  paused.value = next
  if (next) return
  const events = held
  held = []
  waiting.value = 0
  if (isOutdated) void readAnew(undefined)
  else receive(events)
  isOutdated = false
}

function receive(events: StreamEvent[]): void {
  lastWord.value = Date.now()
  if (paused.peek()) {
    isOutdated ||= held.length + events.length > MAX_HELD
    held = isOutdated ? [] : [...held, ...events]
    waiting.value += events.length
    return
  }
  batch(() => {
    for (const { type, data } of events) {
      if (type !== 'dropped') continue
      if (data.reason === 'reset') for (const log of [calls, deliveries, requests, caught]) log.clear()
      if (data.reason === 'forgotten') notice.value = 'The connection missed events: everything was read anew.'
      storm()
    }
    applyEvents(events)
  })
}

/** More events are not kept while the view is paused: everything is read anew then. */
const MAX_HELD = 2_000

let lastReading = 0
let stormTimer: ReturnType<typeof setTimeout> | undefined
let calmTimer: ReturnType<typeof setTimeout> | undefined

/** Events are missing: reads the newest entries, at most once a second, and all when it is calm again. */
function storm(): void {
  clearTimeout(calmTimer)
  calmTimer = setTimeout(() => void attempt(loadAll), CALM_MS)
  if (stormTimer !== undefined) return
  const due = Math.max(0, lastReading + STORM_MS - performance.now())
  stormTimer = setTimeout(() => {
    stormTimer = undefined
    lastReading = performance.now()
    void attempt(loadNewest)
  }, due)
}

/** Reads everything: first the newest, so that something is seen soon. */
async function readAnew(reason: string | undefined): Promise<void> {
  lastReading = performance.now()
  if ((await attempt(loadFirst)) && reason !== undefined) notice.value = reason
  await attempt(loadAll)
}

const noticeAfter = (before: StreamStatus['state']): string | undefined =>
  before === 'reconnecting' ? 'The emulator is back: everything was read anew.' : undefined

/** Reads, unless the view is paused by then. A failed reading changes nothing: the stream shows what is wrong. */
async function attempt(read: (mayShow: () => boolean) => Promise<boolean>): Promise<boolean> {
  try {
    const isShown = await read(() => !paused.peek() || !isLoaded.peek())
    isOutdated ||= !isShown
    return isShown
  } catch (error) {
    if (!(error instanceof ClientError)) throw error
    return false
  }
}
