import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { client } from '../../emulator/client.js'
import { clockMode, printDateTime, printTime, sandboxNow, second, setClock } from '../../emulator/clock.js'
import { Failed } from '../../parts/action.js'
import { Button } from '../../parts/button.js'
import { Field } from '../../parts/field.js'
import { Tag } from '../../parts/marks.js'
import { due } from './due.js'
import { move, moveBy, moveFailure, moveTo, wanted } from './move-clock.js'
import { TimeSlider } from './slider.js'

/** The clock of the sandbox, all that moves it, and the slider over what is due. */
export function ClockPanel(): JSX.Element {
  void second.value
  const typed = useSignal<string | undefined>(undefined)
  const isFrozen = clockMode() === 'frozen'
  const isMoving = wanted.value !== undefined
  const now = sandboxNow()
  const next = due.value.find(({ at }) => at > now) ?? due.value[0]
  const set = (read: () => ReturnType<typeof client.clock.get>) => void move(async () => setClock(await read()))
  const setTo = () =>
    set(async () => {
      const clock = await client.clock.set({ mode: isFrozen ? 'frozen' : 'running', now: typed.value?.trim() })
      typed.value = undefined
      return clock
    })
  return (
    <section class="card time-panel" aria-label="Clock">
      <div class="time-clock">
        <div>
          <div class="time-date muted">
            {printDateTime(now).slice(0, 10)} UTC
            <Tag tone={isFrozen ? 'hold' : 'good'}>{isFrozen ? 'frozen' : 'running'}</Tag>
            <span role="status">{isMoving && `moving to ${printTime(wanted.value ?? 0)} …`}</span>
          </div>
          <time class="time-large">{isFrozen ? printTime(now) : printTime(now).slice(0, 8)}</time>
        </div>
        <div class="time-moves">
          <div class="row">
            {isFrozen ? (
              <Button icon="play" kind="primary" onClick={() => set(() => client.clock.run())}>
                Run
              </Button>
            ) : (
              <Button icon="pause" kind="primary" onClick={() => set(() => client.clock.freeze())}>
                Freeze
              </Button>
            )}
            <Button onClick={() => void moveBy(1_000)}>+1 s</Button>
            <Button onClick={() => void moveBy(60_000)}>+1 min</Button>
            <Button disabled={next === undefined} onClick={() => next && void moveTo(next.at)}>
              To what is due next
            </Button>
          </div>
          <form
            class="row"
            onSubmit={event => {
              event.preventDefault()
              setTo()
            }}
          >
            <Field
              label="Set to a time"
              mono
              value={typed.value ?? `${new Date(now).toISOString().slice(0, 19)}Z`}
              onInput={text => void (typed.value = text)}
            />
            <Button type="submit" disabled={typed.value === undefined}>
              Set
            </Button>
          </form>
        </div>
      </div>
      <TimeSlider />
      {!isFrozen && due.value.length > 0 && (
        <p class="hint">Dragging, or going to what is due next, freezes the clock first.</p>
      )}
      <Failed of={{ failure: moveFailure }} />
    </section>
  )
}
