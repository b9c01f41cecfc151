import { type ReadonlySignal, useComputed, useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import type { Call } from '../../../schema/calls/call.js'
import { directory } from '../../emulator/contents.js'
import { Text } from '../../parts/text.js'
import { hrefOf, openView, query, setParameters } from '../../route.js'
import { ticksOf } from './lanes-axis.js'
import { BarOf, Columns } from './lanes-bars.js'
import { usePan } from './lanes-pan.js'
import { type Lane, type Scene, THICK, THIN } from './lanes-scene.js'
import { Verbs } from './lanes-verbs.js'
import type { Window } from './lanes-window.js'

/** Lanes that are drawn above and below those that are seen, in pixels. */
const BEYOND = 200

interface BodyProps {
  view: Window
  scene: ReadonlySignal<Scene>
  chosen: Call | undefined
  /** What the drawing shows, in words. */
  label: string
}

/** The lanes: names at the left, and what happens in them. Only lanes that are seen are drawn. */
export function Body({ view, scene, chosen, label }: BodyProps): JSX.Element {
  const scroller = useRef<HTMLDivElement>(null)
  const top = useSignal(0)
  const height = useSignal(600)
  const shift = useComputed(() => `translate(${-Math.round(view.left.value * 4) / 4} 0)`)
  useEffect(() => {
    const element = scroller.current
    if (element === null) return
    const measure = new ResizeObserver(() => void (height.value = element.clientHeight))
    measure.observe(element)
    return () => measure.disconnect()
  }, [])
  const pan = usePan(view, scroller)
  const { lanes, height: total, axis, left, right } = scene.value
  const seen = lanes.filter(
    lane => lane.y + lane.height > top.value - BEYOND && lane.y < top.value + height.value + BEYOND
  )
  const { lines, cuts } = ticksOf(axis, left, right)
  const open = (event: MouseEvent) => {
    const link = event.target instanceof Element ? event.target.closest('a') : null
    if (link === null || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return
    event.preventDefault()
    const { call, webhook } = link.dataset
    if (call !== undefined) setParameters({ call })
    else openView('webhooks', { webhook })
  }
  return (
    <div
      class="lanes-scroll"
      ref={scroller}
      role="group"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and arrow keys move it
      tabIndex={0}
      aria-label={label}
      onScroll={({ currentTarget }) => void (top.value = currentTarget.scrollTop)}
      {...pan}
    >
      <div class="lanes-names">
        {seen.map(lane => (
          <Name key={lane.key} lane={lane} />
        ))}
      </div>
      <div class="lanes-drawing">
        <svg height={total} aria-hidden="true" onClick={open}>
          <defs>
            <pattern
              id="lanes-ringing"
              width="6"
              height="6"
              patternUnits="userSpaceOnUse"
              patternTransform="rotate(45)"
            >
              <path d="M0 0h6v6h-6Z" class="lanes-ground" />
              <path d="M1.5 0v6" class="lanes-hatch" />
            </pattern>
          </defs>
          <g transform={shift}>
            {cuts.map(({ x, width }) => (
              <rect key={`c${x}`} class="lanes-cut" x={x} y="0" width={width} height={total} />
            ))}
            <path class="lanes-grid" d={lines.map(({ x }) => `M${Math.round(x) + 0.5} 0V${total}`).join('')} />
            <path
              class="lanes-rule"
              d={lanes.map(({ y, height }) => `M${left} ${y + height - 0.5}H${right}`).join('')}
            />
            <path class="lanes-links" d={linksOf(scene.value, undefined)} />
            {chosen && <path class="lanes-links chosen" d={linksOf(scene.value, chosen)} />}
            {seen.map(lane => (
              <g key={lane.key}>
                {lane.columns && <Columns lane={lane} />}
                {lane.bars.map(bar => (
                  <BarOf
                    key={`${bar.call.call.callId} ${bar.span.leg}`}
                    bar={bar}
                    href={hrefOf('calls', { ...query.value, call: bar.call.call.callId })}
                    isChosen={bar.call.call === chosen}
                    xNow={view.xNow}
                  />
                ))}
              </g>
            ))}
            <Now xNow={view.xNow} height={total} />
          </g>
        </svg>
        <Verbs lanes={seen} xNow={view.xNow} left={view.left} />
      </div>
    </div>
  )
}

/** Lines from the leg that calls to those that it calls. */
function linksOf({ lanes }: Scene, only: Call | undefined): string {
  const callers = new Map<string, number>()
  const bars = lanes.flatMap(({ bars }) => bars).filter(({ call }) => only === undefined || call.call === only)
  const middle = ({ y, span }: { y: number; span: { isOutside: boolean } }) => y + (span.isOutside ? THIN : THICK) / 2
  for (const bar of bars) callers.set(`${bar.call.call.callId} ${bar.span.leg}`, middle(bar))
  return bars
    .map(bar => {
      const from = callers.get(`${bar.call.call.callId} ${bar.span.calledBy}`)
      return from === undefined ? '' : `M${bar.begin} ${from}V${middle(bar)}`
    })
    .join('')
}

const Now = ({ xNow, height }: { xNow: ReadonlySignal<number>; height: number }): JSX.Element => {
  const path = useComputed(() => `M${xNow.value} 0V${height}`)
  return <path class="lanes-now" d={path} />
}

/** The number of a lane, and the name of its extension. */
function Name({ lane: { key, isOutside, y, height } }: { lane: Lane }): JSX.Element {
  const name = directory.value?.extensions.find(({ number }) => number === key)?.name
  return (
    <div class={`lanes-name ${isOutside ? 'muted' : ''}`} style={{ top: `${y}px`, height: `${height}px` }}>
      <code>
        <Text value={key === '' ? 'no number' : key} />
      </code>
      {name !== undefined && (
        <span class="muted">
          <Text value={name} />
        </span>
      )}
    </div>
  )
}
