import { type ReadonlySignal, type Signal, useSignalEffect } from '@preact/signals'
import { clockMode, sandboxNow, second } from '../../emulator/clock.js'
import { paused } from '../../emulator/connection.js'

/**
 * Sets a signal to the time of the sandbox: with each frame while something that is seen moves, the tab is visible and
 * the clock runs; otherwise, and with reduced motion, once a second. While the view is paused it stands still.
 * @param isMoving whether something that is seen moves at a time
 */
export function useNow(now: Signal<number>, isMoving: ReadonlySignal<(time: number) => boolean>): void {
  useSignalEffect(() => {
    void second.value
    if (paused.value) return undefined
    now.value = sandboxNow()
    const isCalm = matchMedia('(prefers-reduced-motion: reduce)').matches
    const moves = isMoving.value
    if (isCalm || clockMode() !== 'running') return undefined
    let frame = requestAnimationFrame(draw)
    function draw() {
      const time = sandboxNow()
      if (document.visibilityState !== 'visible' || !moves(time)) return
      now.value = time
      frame = requestAnimationFrame(draw)
    }
    return () => cancelAnimationFrame(frame)
  })
}
