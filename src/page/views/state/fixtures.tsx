import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useRef } from 'preact/hooks'
import { ClientError } from '../../../client/errors.js'
import type { Fixture } from '../../../schema/fixture.js'
import type { StateCounts } from '../../../schema/state.js'
import { client } from '../../emulator/client.js'
import { Failed, useAction } from '../../parts/action.js'
import { Button } from '../../parts/button.js'
import { Part } from '../../parts/detail.js'
import { Area } from '../../parts/field.js'
import { Text } from '../../parts/text.js'
import { printCounts } from './counts.js'
import { type PlacedProblem, readFiles, reading, refused, showRefusal, source } from './fixture-text.js'
import { replaceState } from './replace-state.js'

/** Longer texts are not shown: a field would be slow. */
const MAX_SHOWN = 256 * 1024

/** The height of a line of the text, in pixels. */
const LINE_HEIGHT = 18

/** Loads a fixture: drop a file, choose one or paste its text; see what is in it and what is wrong; merge or reset. */
export function Fixtures(): JSX.Element {
  const action = useAction()
  const isOver = useSignal(false)
  const loaded = useSignal<string | undefined>(undefined)
  const chooser = useRef<HTMLInputElement>(null)
  const place = useRef<HTMLDivElement>(null)
  const { name, text } = source.value
  const { document, contents, problems } = reading.value
  const found = refused.value?.text === text ? refused.value : undefined

  const read = (files: readonly File[]) => {
    loaded.value = undefined
    void action.run(() => readFiles(files))
  }
  const type = (text: string, name = '') => {
    loaded.value = undefined
    source.value = { name, text }
  }
  const load = (root: string, verb: string, send: (fixture: Fixture) => Promise<StateCounts>) =>
    action.run(async () => {
      loaded.value = undefined
      refused.value = undefined
      try {
        const counts = await send(document as Fixture) // the emulator checks it
        loaded.value = `${verb}. The state has now ${printCounts(counts)}.`
      } catch (error) {
        if (!(error instanceof ClientError) || error.code !== 'fixture_invalid') throw error
        showRefusal(text, error.details, root)
      }
    })
  const merge = () => load('$', 'Merged', fixture => client.fixtures.load(fixture))
  const reset = () =>
    load('$.fixture', 'Reset', fixture =>
      replaceState(`Reset to ${name || 'the pasted fixture'}.`, 'before-reset', () => client.reset(fixture))
    )
  const select = ({ offset, line }: PlacedProblem) => {
    const area = place.current?.querySelector('textarea')
    if (!area) return
    const end = text.indexOf('\n', offset)
    area.focus()
    area.setSelectionRange(offset, end === -1 ? text.length : end)
    area.scrollTop = (line - 3) * LINE_HEIGHT
  }

  return (
    <Part title="Load a fixture">
      {/* biome-ignore lint/a11y/noStaticElementInteractions: what can be dropped can be chosen by the button, too */}
      <div
        ref={place}
        class={`state-drop ${isOver.value ? 'over' : ''}`}
        onDragOver={event => {
          event.preventDefault()
          isOver.value = true
        }}
        onDragLeave={() => void (isOver.value = false)}
        onDrop={event => {
          event.preventDefault()
          isOver.value = false
          const dropped = event.dataTransfer
          if (dropped?.types.includes('text/plain')) type(dropped.getData('text/plain'))
          else read([...(dropped?.files ?? [])])
        }}
      >
        <div class="row">
          <Button icon="plus" onClick={() => chooser.current?.click()}>
            Choose a file
          </Button>
          <span class="muted">{name === '' ? 'or drop it here, or paste its text' : <Text value={name} />}</span>
          <input
            ref={chooser}
            class="visually-hidden"
            type="file"
            accept=".json,application/json"
            aria-label="File of a fixture"
            tabIndex={-1}
            onChange={({ currentTarget }) => {
              read([...(currentTarget.files ?? [])])
              currentTarget.value = ''
            }}
          />
        </div>
        {text.length > MAX_SHOWN ? (
          <div class="row">
            <span class="muted">{Math.round(text.length / 1024)} KiB, too long to be shown.</span>
            <Button kind="quiet" onClick={() => type('')}>
              Discard
            </Button>
          </div>
        ) : (
          <Area
            label="Text of the fixture, JSON without comments"
            rows={text === '' ? 3 : 10}
            value={text}
            onInput={text => type(text, name)}
          />
        )}
      </div>
      {contents !== undefined && (
        <p>
          In it: <strong>{contents}</strong>
        </p>
      )}
      <Problems problems={problems} onSelect={select} more={0} />
      {found && <Problems {...found} onSelect={select} />}
      <div class="row">
        <Button
          kind="primary"
          disabled={contents === undefined || action.isRunning.value}
          onClick={() => void merge()}
          title="Adds its entries; one with the same id or number replaces"
        >
          Merge
        </Button>
        <Button
          kind="danger"
          disabled={contents === undefined || action.isRunning.value}
          onClick={() => void reset()}
          title="Replaces the whole state with it, after a snapshot"
        >
          Reset with it
        </Button>
        <span role="status">{loaded.value}</span>
      </div>
      <Failed of={action} />
    </Part>
  )
}

function Problems({
  problems,
  more,
  onSelect
}: {
  problems: readonly PlacedProblem[]
  more: number
  onSelect: (problem: PlacedProblem) => void
}): JSX.Element | null {
  if (problems.length === 0) return null
  const count = problems.length + more
  return (
    <div class="failure" role="alert">
      <p>
        {count === 1 ? 'One problem' : `${count} problems`}: nothing was loaded
        {more > 0 && `. The first ${problems.length}`}
      </p>
      <ol class="state-problems state-rows" aria-label="Problems">
        {problems.map(problem => (
          <li key={`${problem.path} ${problem.offset}`}>
            <Button kind="quiet" title="Show it in the text" onClick={() => onSelect(problem)}>
              line {problem.line}, column {problem.column}
            </Button>
            <span>
              <code>
                <Text value={problem.path} />
              </code>{' '}
              <Text value={problem.message} long />
              <code class="state-excerpt">
                <Text value={problem.excerpt} />
              </code>
            </span>
          </li>
        ))}
      </ol>
    </div>
  )
}
