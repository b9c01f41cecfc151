import { type ReadonlySignal, useComputed, useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect, useMemo, useRef } from 'preact/hooks'
import type { Call } from '../../../schema/calls/call.js'
import { sandboxNow } from '../../emulator/clock.js'
import { useKeys } from '../../keys.js'
import { Button } from '../../parts/button.js'
import { Body } from './lanes-body.js'
import { Legend } from './lanes-legend.js'
import { useNow } from './lanes-motion.js'
import { sceneOf } from './lanes-scene.js'
import { Ticks } from './lanes-ticks.js'
import { createWindow, isFollowing, STRIDE } from './lanes-window.js'

/** Below this width the name of a lane stands above its bars. */
const NARROW = 620
const LABEL_HEIGHT = 15
const ZOOM_STEP = 1.5

/** The drawing of calls; the list of calls says the same in words. @param chosen the call that is open */
export function Lanes({
  calls,
  chosen
}: {
  calls: ReadonlySignal<readonly Call[]>
  chosen: Call | undefined
}): JSX.Element {
  const width = useSignal(900)
  const isNarrow = useSignal(false)
  const now = useSignal(sandboxNow())
  const view = useMemo(() => createWindow(calls, now, width), [])
  useNow(now, view.isMoving)
  const scene = useComputed(() => {
    const left = view.stride.value * STRIDE - 12
    return sceneOf(view.axis.value, left, left + STRIDE + width.value + 24, isNarrow.value ? LABEL_HEIGHT : 0)
  })
  const axis = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const measure = new ResizeObserver(() => {
      width.value = axis.current?.clientWidth ?? 900
      isNarrow.value = (axis.current?.closest('.lanes')?.clientWidth ?? NARROW) < NARROW
    })
    if (axis.current) measure.observe(axis.current)
    return () => measure.disconnect()
  }, [])
  useEffect(() => {
    if (chosen) view.reveal(chosen)
  }, [chosen?.callId])
  const zoomIn = () => view.zoomBy(ZOOM_STEP)
  const zoomOut = () => view.zoomBy(1 / ZOOM_STEP)
  const fit = () => view.fit(chosen)
  const toggle = () => (isFollowing.peek() ? view.panBy(-1) : view.follow())
  useKeys([
    { key: '+', meaning: 'Zoom in', act: zoomIn },
    { key: '-', meaning: 'Zoom out', act: zoomOut },
    { key: 'f', meaning: 'Follow the time, or stay', act: toggle },
    { key: 'z', meaning: 'Fit the open call, or all calls', act: fit }
  ])
  const going = calls.value.filter(({ state }) => state !== 'ended').length
  return (
    <section class={`lanes ${isNarrow.value ? 'narrow' : ''}`} aria-label="Timeline">
      <div class="lanes-top">
        <div class="lanes-tools">
          <Button kind="quiet" title="Follow the time (f)" isPressed={isFollowing.value} onClick={toggle}>
            Follow
          </Button>
          <Button kind="quiet" title={chosen ? 'Fit the open call (z)' : 'Fit all calls (z)'} onClick={fit}>
            Fit
          </Button>
          <Button kind="quiet" title="Zoom out (-)" icon="minus" onClick={zoomOut} />
          <Button kind="quiet" title="Zoom in (+)" icon="plus" onClick={zoomIn} />
        </div>
        <div class="lanes-axis" ref={axis}>
          <Ticks view={view} now={now} width={width} />
        </div>
      </div>
      <Body
        view={view}
        scene={scene}
        chosen={chosen}
        label={`Drawing of ${calls.value.length} calls, ${going} of them going on. Each of them is in the list below. Arrow keys move it.`}
      />
      <Legend />
    </section>
  )
}
