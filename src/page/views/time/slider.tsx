import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect } from 'preact/hooks'
import { printDuration, printTime, sandboxNow, second } from '../../emulator/clock.js'
import { type DueThing, due } from './due.js'
import { moveTo, wanted } from './move-clock.js'

/** How many places of the track can have a mark. */
const PLACES = 250

/** The part of the track around a thing that is due in which the thing itself is taken: some pixels. */
const SNAP = 250

/** The range of the slider stays while it is used: what it was when the focus came, and later things that became due. */
interface Range {
  from: number
  to: number
  marks: Map<string, DueThing>
}

/**
 * From now to the last thing that is due, with a mark for each. Dragging moves the clock forward through them; an arrow
 * goes to the next one. It never goes back.
 */
export function TimeSlider(): JSX.Element {
  void second.value
  const used = useSignal<Range | undefined>(undefined)
  const things = due.value
  const now = sandboxNow()
  const last = things.at(-1)?.at ?? now
  useEffect(() => {
    const range = used.value
    if (range === undefined || things.every(({ key }) => range.marks.has(key))) return
    for (const thing of things) range.marks.set(thing.key, thing)
    used.value = { ...range, to: Math.max(range.to, last) }
  }, [things])
  const range = used.value ?? { from: now, to: last, marks: new Map(things.map(thing => [thing.key, thing])) }
  const length = Math.max(1, range.to - range.from)
  const at = Math.min(length, Math.max(0, (wanted.value ?? now) - range.from))
  const reached = Math.min(length, Math.max(0, now - range.from))
  const isEmpty = range.marks.size === 0

  /** The next or previous thing that is due. */
  const step = (direction: 1 | -1) => {
    const here = wanted.value ?? now
    const times = things.map(({ at }) => at)
    const next = direction === 1 ? times.find(time => time > here) : times.findLast(time => time < here && time > now)
    if (next !== undefined) void moveTo(next)
    else if (direction === -1 && wanted.value !== undefined) void moveTo(now)
  }
  const handleKey = (event: KeyboardEvent) => {
    const action = {
      ArrowRight: () => step(1),
      ArrowUp: () => step(1),
      PageUp: () => step(1),
      ArrowLeft: () => step(-1),
      ArrowDown: () => step(-1),
      PageDown: () => step(-1),
      Home: () => {},
      End: () => void moveTo(range.to)
    }[event.key]
    if (action === undefined) return
    event.preventDefault()
    action()
  }
  const ahead = things[0]
  return (
    <div class="time-slider">
      <div class="time-track" aria-hidden="true">
        <span class="time-reached" style={{ width: `${(reached / length) * 100}%` }} />
        {marksOf(range, length).map(({ place, isWebhook }) => (
          <span
            key={place}
            class={`time-mark ${isWebhook ? 'webhook' : ''} ${(place / PLACES) * length <= reached ? 'passed' : ''}`}
            style={{ left: `${(place / PLACES) * 100}%` }}
          />
        ))}
      </div>
      <input
        type="range"
        aria-label="Move the clock through what is due"
        min={0}
        max={length}
        step={1}
        value={at}
        disabled={isEmpty}
        aria-valuetext={`${printTime(range.from + at)}, ${
          ahead === undefined
            ? 'nothing is due'
            : `${things.length} due, next ${ahead.what} in ${printDuration(ahead.at - now)}`
        }`}
        onFocus={() => void (used.value ??= range)}
        onPointerDown={() => void (used.value ??= range)}
        onBlur={() => void (used.value = undefined)}
        onInput={({ currentTarget }) => {
          used.value ??= range
          const pointed = range.from + currentTarget.valueAsNumber
          const target = things.findLast(({ at }) => Math.abs(at - pointed) <= length / SNAP)?.at ?? pointed
          if (target > now) void moveTo(target)
          else currentTarget.value = String(reached)
        }}
        onKeyDown={handleKey}
      />
      <div class="time-ends muted">
        <time>{printTime(range.from)}</time>
        <span>{isEmpty ? 'Nothing is due.' : `${things.length} still due`}</span>
        <time>{printTime(range.to)}</time>
      </div>
    </div>
  )
}

/** One mark for each place of the track that something is due at. */
function marksOf({ from, marks }: Range, length: number): { place: number; isWebhook: boolean }[] {
  const places = new Map<number, boolean>()
  for (const { at, delivery } of marks.values()) {
    const place = Math.round(((at - from) / length) * PLACES)
    places.set(place, delivery !== undefined && places.get(place) !== false)
  }
  return [...places].map(([place, isWebhook]) => ({ place, isWebhook }))
}
