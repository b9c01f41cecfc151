import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { Button, CopyButton } from './button.js'
import { Tag } from './marks.js'
import { Text } from './text.js'

/** A text as it was sent, or to be copied. @param what it is, for the button that copies it */
export const Code = ({ text, what, wrap = true }: { text: string; what: string; wrap?: boolean }): JSX.Element => (
  <div class="code">
    {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reached by keyboard */}
    <pre class={wrap ? 'wrap' : ''} tabIndex={0} role="group" aria-label={what}>
      <Text value={text} long />
    </pre>
    <CopyButton text={text} what={what} />
  </div>
)

/** A body that may be JSON: pretty by default, and as it was sent. An empty one is stated. */
export function Body({ text, what }: { text: string; what: string }): JSX.Element {
  const isRaw = useSignal(false)
  if (text === '') return <p class="muted">No body.</p>
  const pretty = prettyJson(text)
  if (pretty === undefined) return <Code text={text} what={what} />
  return (
    <>
      <div class="row">
        <Button kind="quiet" isPressed={!isRaw.value} onClick={() => void (isRaw.value = false)}>
          Pretty
        </Button>
        <Button kind="quiet" isPressed={isRaw.value} onClick={() => void (isRaw.value = true)}>
          Raw
        </Button>
      </div>
      <Code text={isRaw.value ? text : pretty} what={what} />
    </>
  )
}

/** Longer texts are shown as they were sent: to indent them would take too long. */
const MAX_PRETTY = 256 * 1024

function prettyJson(text: string): string | undefined {
  if (text.length > MAX_PRETTY || !/^\s*[[{]/.test(text)) return undefined
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return undefined // it is not JSON
  }
}

/** Headers in the order in which they were sent. */
export const Headers = ({ of: headers }: { of: Record<string, string | string[]> }): JSX.Element => {
  const rows = Object.entries(headers).flatMap(([name, value]) => [value].flat().map(one => [name, one] as const))
  return rows.length === 0 ? <p class="muted">No headers.</p> : <Pairs label="Headers" rows={rows} />
}

/** Names and values, with those marked that are ignored. */
export const Pairs = ({
  label,
  rows,
  ignored = []
}: {
  label: string
  rows: readonly (readonly [name: string, value: string])[]
  ignored?: readonly string[]
}): JSX.Element => (
  <table class="pairs" aria-label={label}>
    <tbody>
      {rows.map(([name, value], index) => (
        <tr key={index}>
          <th scope="row">
            <Text value={name} />
          </th>
          <td>
            <Text value={value} long /> {ignored.includes(name) && <Tag tone="warn">ignored</Tag>}
          </td>
        </tr>
      ))}
    </tbody>
  </table>
)
