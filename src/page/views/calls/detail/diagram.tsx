import type { JSX } from 'preact'
import { useId } from 'preact/hooks'
import { printDuration } from '../../../emulator/clock.js'
import { CopyButton } from '../../../parts/button.js'
import { Part } from '../../../parts/detail.js'
import { printMermaid } from './mermaid.js'
import type { Arrow, Sequence } from './sequence.js'

/** Arrows that are drawn at most; the text and Mermaid have all of them. */
const MAX_ARROWS = 300

/** Measures in pixels: the distance of lifelines, the height of a row, and of the heads; the column of the times. */
const GAP = 160
const ROW = 30
const HEAD = 44
const TIMES = 76

/** The sequence diagram of a call, and the same as text. */
export function Diagram({ sequence }: { sequence: Sequence }): JSX.Element {
  const id = useId()
  const { lifelines, arrows } = sequence
  const drawn = arrows.slice(0, MAX_ARROWS)
  const width = TIMES + lifelines.length * GAP
  const height = HEAD + drawn.length * ROW + 14
  const middleOf = (name: string) => TIMES + GAP * (lifelines.findIndex(({ id }) => id === name) + 0.5)
  const labels = new Map(lifelines.map(({ id, label }) => [id, label]))
  const words = arrows.map(arrow => wordsOf(arrow, labels))
  return (
    <Part
      title="Sequence"
      aside={
        <CopyButton text={() => printMermaid(sequence)} what="the diagram as Mermaid">
          Mermaid
        </CopyButton>
      }
    >
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reached by keyboard */}
      <div class="sequence" tabIndex={0} role="group" aria-label="Sequence diagram">
        <svg role="img" width={width} height={height} aria-labelledby={`${id}-title`} aria-describedby={`${id}-text`}>
          <title id={`${id}-title`}>
            {`Sequence of the call: ${arrows.length} arrows between ${lifelines.map(({ label }) => label).join(', ')}`}
          </title>
          <desc id={`${id}-text`}>{words.slice(0, 40).join('. ')}</desc>
          {lifelines.map(({ id: name, label, kind }) => (
            <g key={name} class={`lifeline ${kind}`}>
              <line x1={middleOf(name)} x2={middleOf(name)} y1={HEAD - 8} y2={height} />
              <rect x={middleOf(name) - GAP / 2 + 8} y={4} width={GAP - 16} height={HEAD - 16} rx={6} />
              <text x={middleOf(name)} y={23}>
                {cut(label, 20)}
              </text>
            </g>
          ))}
          {drawn.map((arrow, index) => {
            const [from, to, y] = [middleOf(arrow.from), middleOf(arrow.to), HEAD + index * ROW + 22]
            const [left, span] = [Math.min(from, to), Math.abs(to - from)]
            const isNew =
              arrow.at !== undefined && arrow.at !== drawn.slice(0, index).findLast(({ at }) => at !== undefined)?.at
            return (
              <g key={index} class={`arrow ${arrow.kind} ${arrow.tone}`}>
                {isNew && (
                  <text class="time" x={TIMES - 10} y={y + 4}>
                    {arrow.at === 0 ? 'placed' : `+${printDuration(arrow.at ?? 0)}`}
                  </text>
                )}
                <path d={`M${from} ${y}H${to}`} />
                <path class="head" d={headAt(to, y, Math.sign(to - from), arrow.kind === 'lost')} />
                <text class={span > GAP ? 'long' : undefined} x={left + (span > GAP ? 12 : span / 2)} y={y - 5}>
                  {cut(arrow.label, Math.floor(span / 6.2))}
                </text>
              </g>
            )
          })}
        </svg>
      </div>
      {arrows.length > MAX_ARROWS && (
        <p class="muted">
          The first {MAX_ARROWS} of {arrows.length} arrows are drawn. Mermaid and the text have all.
        </p>
      )}
      <details>
        <summary>As text</summary>
        <ol class="sequence-text">
          {words.map((text, index) => (
            <li key={index}>
              <bdi class="text">{text}</bdi>
            </li>
          ))}
        </ol>
      </details>
    </Part>
  )
}

/** The head of an arrow that points right or left, or the cross of one that is lost. */
const headAt = (x: number, y: number, side: number, isLost: boolean): string =>
  isLost ? `M${x - side * 12 - 5} ${y - 5}l10 10m0 -10l-10 10` : `M${x} ${y}l${-8 * side} -4.5v9Z`

const wordsOf = ({ from, to, label, at, kind }: Arrow, labels: ReadonlyMap<string, string>): string => {
  const time = at === undefined ? '' : at === 0 ? 'when placed: ' : `after ${printDuration(at)}: `
  return `${time}${labels.get(from)} ${kind === 'lost' ? 'does not reach' : 'to'} ${labels.get(to)}: ${label}`
}

const cut = (text: string, length: number): string => (text.length > length ? `${text.slice(0, length - 1)}…` : text)
