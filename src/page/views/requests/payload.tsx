import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import type { JournalEntry } from '../../../schema/journal.js'
import { Button, CopyButton } from '../../parts/button.js'
import { Pairs } from '../../parts/code.js'
import { Text } from '../../parts/text.js'

interface PayloadProps {
  message: JournalEntry['request']
  /** Why an empty body need not have been empty. */
  unread?: string | undefined
  /** The names of members that the operation ignores. */
  ignored: readonly string[]
  what: string
}

/** Longer bodies are shown as they were sent: to indent them would take too long. */
const MAX_PRETTY = 64 * 1024

/** The body of a request or an answer: JSON indented, a form as a table, and each as it was sent. */
export function Payload({ message, unread, ignored, what }: PayloadProps): JSX.Element {
  const isRaw = useSignal(false)
  const { body, truncated } = message
  if (body === '') return <p class="muted">{unread ?? 'No body.'}</p>
  const form = formIn(message)
  const pretty = form ? undefined : prettyParts(body, ignored)
  const isPretty = !isRaw.value && (form ?? pretty) !== undefined
  return (
    <>
      {(form ?? pretty) !== undefined && (
        <div class="row">
          <Button kind="quiet" isPressed={isPretty} onClick={() => void (isRaw.value = false)}>
            {form ? 'Fields' : 'Pretty'}
          </Button>
          <Button kind="quiet" isPressed={!isPretty} onClick={() => void (isRaw.value = true)}>
            Raw
          </Button>
        </div>
      )}
      {isPretty && form ? (
        <Pairs label={`Fields of ${what}`} rows={form} ignored={ignored} />
      ) : (
        <div class="code">
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reached by keyboard */}
          <pre class="wrap" tabIndex={0} role="group" aria-label={what}>
            {isPretty && pretty ? (
              pretty.map((part, index) => [index > 0 && '\n', <Piece key={index} {...part} />])
            ) : (
              <Text value={body} long />
            )}
          </pre>
          <CopyButton text={body} what={what} />
        </div>
      )}
      {truncated && <p class="hint">The first 64 KiB; the body was longer.</p>}
    </>
  )
}

interface PieceOfText {
  text: string
  isIgnored: boolean
}

const Piece = ({ text, isIgnored }: PieceOfText): JSX.Element =>
  isIgnored ? (
    <mark class="requests-ignored" title="The operation ignores it">
      <Text value={text} long /> <span class="requests-ignored-word">ignored</span>
    </mark>
  ) : (
    <Text value={text} long />
  )

/** The fields of a form, decoded; undefined when the body is none. */
function formIn({ headers, body }: PayloadProps['message']): [string, string][] | undefined {
  const [, type = ''] = Object.entries(headers).find(([name]) => name.toLowerCase() === 'content-type') ?? []
  return /^[^;]*x-www-form-urlencoded/i.test(String(type)) ? [...new URLSearchParams(body)] : undefined
}

/** A JSON body, a line or more for each of its members; undefined when it is none. */
function prettyParts(body: string, ignored: readonly string[]): PieceOfText[] | undefined {
  if (body.length > MAX_PRETTY || !/^\s*[[{]/.test(body)) return undefined
  try {
    const lines = JSON.stringify(JSON.parse(body), null, 2).split('\n')
    return ignored.length === 0 ? [{ text: lines.join('\n'), isIgnored: false }] : marked(lines, ignored)
  } catch {
    return undefined // it is not JSON
  }
}

/** Lines in runs: those of ignored members, and others. A member ends at the next line that is indented as it is. */
function marked(lines: readonly string[], ignored: readonly string[]): PieceOfText[] {
  const names = new Set(ignored.map(name => JSON.stringify(name)))
  const parts: PieceOfText[] = []
  let until: number | undefined // the indent of the ignored member
  for (const line of lines) {
    const indent = line.length - line.trimStart().length
    const [, name] = /^ *("(?:[^"\\]|\\.)*"):/.exec(line) ?? []
    const isEnd = until === indent && name === undefined
    if (until !== undefined && indent <= until && !isEnd) until = undefined
    if (until === undefined && name !== undefined && names.has(name)) until = indent
    const last = parts.at(-1)
    const isIgnored = until !== undefined
    if (last?.isIgnored === isIgnored && !(isIgnored && indent === until && name !== undefined))
      last.text += `\n${line}`
    else parts.push({ text: line, isIgnored })
    if (isEnd) until = undefined
  }
  return parts
}
