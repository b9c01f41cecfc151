import type { JSX } from 'preact'
import { wallSecond } from '../emulator/clock.js'
import { connection, lastWord, notice, paused, setPaused, waiting } from '../emulator/connection.js'
import { isLoaded } from '../emulator/contents.js'
import { Button } from '../parts/button.js'
import { Text } from '../parts/text.js'

/** How many milliseconds without a connection before it counts as lost. */
const LOST_MS = 10_000

/** The connection in a word: live, connecting, reconnecting or lost. */
export function connectionWord(): 'live' | 'connecting' | 'reconnecting' | 'lost' | 'refused' {
  const { status, since } = connection.value
  if (status.state !== 'reconnecting') return status.state
  void wallSecond.value // it becomes lost by time alone
  return Date.now() - since > LOST_MS ? 'lost' : 'reconnecting'
}

/** Whether what is shown may be out of date: figures dim, and are never set to zero. */
export const isStale = (): boolean => connectionWord() !== 'live'

/** The state of the connection, with the time of the last word when there is none. */
export function ConnectionState(): JSX.Element {
  const word = connectionWord()
  const isLive = word === 'live'
  const last = isLoaded.value ? `, last heard at ${new Date(lastWord.value).toTimeString().slice(0, 8)}` : ''
  return (
    <span class={`connection ${word}`}>
      <span class="light" aria-hidden="true" />
      <span role="status">
        {isLive && !paused.value
          ? 'Live'
          : isLive
            ? 'Paused'
            : word === 'connecting'
              ? 'Connecting'
              : `${LABELS[word]}${last}`}
      </span>
      <Button
        icon={paused.value ? 'play' : 'pause'}
        title={paused.value ? 'Continue (p)' : 'Pause the view (p)'}
        kind="quiet"
        isPressed={paused.value}
        onClick={() => setPaused(!paused.value)}
      />
      {paused.value && <span class="muted">{waiting.value} waiting</span>}
    </span>
  )
}

const LABELS = { reconnecting: 'Reconnecting', lost: 'Lost', refused: 'Refused' }

/** A line above the view when everything was read anew, until it is closed. */
export const Notice = (): JSX.Element | null =>
  notice.value === undefined ? null : (
    <div class="notice" role="status">
      <Text value={notice.value} />
      <Button icon="close" title="Close" kind="quiet" onClick={() => void (notice.value = undefined)} />
    </div>
  )
