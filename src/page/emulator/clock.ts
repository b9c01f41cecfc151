import { signal } from '@preact/signals'
import type { ClockReading } from '../../schema/clock.js'

/** The sandbox's clock when it was last read, and the time of the browser then, in milliseconds. */
const reading = signal<{ clock: ClockReading; at: number } | undefined>(undefined)

/** Whether the sandbox's clock runs; undefined before it was read. */
export const clockMode = (): ClockReading['mode'] | undefined => reading.value?.clock.mode

/** Takes a reading of the clock. */
export function setClock(clock: ClockReading): void {
  reading.value = { clock, at: performance.now() }
}

/** The time of the sandbox, in milliseconds since 1970; that of the browser before it was read. */
export function sandboxNow(): number {
  const last = reading.value
  if (last === undefined) return Date.now()
  const passed = last.clock.mode === 'running' ? performance.now() - last.at : 0
  return Date.parse(last.clock.now) + passed
}

/** Changes once a second while the clock runs, in a visible tab: read it to draw times of the sandbox again. */
export const second = signal(0)

/** Changes once a second of wall time, in a visible tab: read it to draw ages again. */
export const wallSecond = signal(0)

/** Starts both. */
export const startSeconds = (): void =>
  void setInterval(() => {
    if (document.visibilityState !== 'visible') return
    wallSecond.value += 1
    if (reading.peek()?.clock.mode === 'running') second.value += 1
  }, 1_000)

/** The time of a text of ISO 8601, in milliseconds. */
export const timeOf = (text: string): number => Date.parse(text)

/** A time of day with milliseconds, UTC, as the API prints it: 10:20:30.123. */
export const printTime = (time: string | number): string => new Date(time).toISOString().slice(11, 23)

/** A date and time, UTC: 2026-11-25 10:20:30. */
export const printDateTime = (time: string | number): string =>
  new Date(time).toISOString().slice(0, 19).replace('T', ' ')

/** A duration as a person reads it: 340 ms, 4.5 s, 2 min 5 s, 3 h 4 min. */
export function printDuration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`
  const seconds = ms / 1_000
  if (seconds < 60) return `${Number(seconds.toFixed(seconds < 10 ? 2 : 1))} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min${seconds % 60 >= 1 ? ` ${Math.floor(seconds % 60)} s` : ''}`
  return `${Math.floor(minutes / 60)} h${minutes % 60 > 0 ? ` ${minutes % 60} min` : ''}`
}
