import type { JSX } from 'preact'
import { useRef } from 'preact/hooks'
import { type CallOutcome, VERB_NAMES, type VerbName } from '../../../../schema/calls/call-step.js'
import { Button } from '../../../parts/button.js'
import { Area, Choice, Field } from '../../../parts/field.js'
import { OUTCOME_LABELS } from '../../../parts/marks.js'
import { printJson } from '../detail/printable.js'
import { numbersToDial } from '../numbers.js'
import { newRow, readSteps, rowsOf, type StepRow } from './steps.js'

interface EditorProps {
  steps: readonly StepRow[]
  isJson: boolean
  json: string
  onChange: (change: Partial<Pick<EditorProps, 'steps' | 'isJson' | 'json'>>) => void
  errorAt: (path: string) => string | undefined
}

const VERBS: Record<VerbName, { label: string; number: string }> = {
  ring: { label: 'ring', number: 'Parties' },
  answer: { label: 'answer', number: 'Party' },
  reject: { label: 'reject', number: 'Party' },
  transfer: { label: 'transfer', number: 'Transfers' },
  complete: { label: 'complete transfer', number: 'Extension' },
  hangup: { label: 'hang up', number: 'Party or all' }
}

/** The script of a call: rows, or JSON. Alt with the arrow keys moves the row that has the focus. */
export function StepsEditor({ steps, isJson, json, onChange, errorAt }: EditorProps): JSX.Element {
  const list = useRef<HTMLOListElement>(null)
  const focus = (index: number) =>
    requestAnimationFrame(() => list.current?.children[index]?.querySelector<HTMLElement>('input')?.focus())
  const change = (index: number, given: Partial<StepRow>) =>
    onChange({ steps: steps.map((row, at) => (at === index ? { ...row, ...given } : row)) })
  const move = (index: number, by: number) => {
    const to = index + by
    const row = steps[index]
    if (row === undefined || to < 0 || to >= steps.length) return
    const others = steps.filter((_row, at) => at !== index)
    onChange({ steps: [...others.slice(0, to), row, ...others.slice(to)] })
    focus(to)
  }
  const add = () => {
    onChange({ steps: [...steps, newRow({ after: '3s' })] })
    focus(steps.length)
  }
  const toggle = (next: boolean) => {
    if (next) {
      const read = readSteps({ steps, isJson: false, json })
      onChange({ isJson: true, ...('steps' in read && { json: printJson(read.steps, 2) }) })
      return
    }
    const read = readSteps({ steps, isJson: true, json })
    // JSON that is no list of steps stays as it is, to be corrected.
    onChange({ isJson: false, ...('steps' in read && { steps: rowsOf(read.steps) }) })
  }
  return (
    <fieldset class="dial-steps">
      <legend>Steps after the call is placed</legend>
      <div class="row">
        <Button kind="quiet" isPressed={!isJson} onClick={() => toggle(false)}>
          Rows
        </Button>
        <Button kind="quiet" isPressed={isJson} onClick={() => toggle(true)}>
          JSON
        </Button>
      </div>
      {isJson ? (
        <Area
          label="JSON of the steps"
          hint="A list of steps, or a request with steps."
          error={errorAt('$.steps')}
          value={json}
          rows={8}
          onInput={text => onChange({ json: text })}
        />
      ) : (
        <>
          <ol ref={list}>
            {steps.map((row, index) => (
              <li
                key={row.key}
                onKeyDown={event => {
                  const by = { ArrowUp: -1, ArrowDown: 1 }[event.key]
                  if (!event.altKey || by === undefined) return
                  event.preventDefault()
                  move(index, by)
                }}
              >
                <StepFields row={row} index={index} onChange={given => change(index, given)} errorAt={errorAt} />
                <span class="row">
                  <Button
                    title={`Move step ${index + 1} up`}
                    icon="up"
                    kind="quiet"
                    disabled={index === 0}
                    onClick={() => move(index, -1)}
                  />
                  <Button
                    title={`Move step ${index + 1} down`}
                    icon="down"
                    kind="quiet"
                    disabled={index === steps.length - 1}
                    onClick={() => move(index, 1)}
                  />
                  <Button
                    title={`Remove step ${index + 1}`}
                    icon="trash"
                    kind="quiet"
                    onClick={() => {
                      onChange({ steps: steps.filter((_row, at) => at !== index) })
                      focus(Math.max(0, index - 1))
                    }}
                  />
                </span>
              </li>
            ))}
          </ol>
          {errorAt('$.steps') !== undefined && (
            <p class="bad" role="alert">
              {errorAt('$.steps')}
            </p>
          )}
          <div class="row">
            <Button icon="plus" onClick={add}>
              Add a step
            </Button>
            <span class="muted">Alt with ↑ or ↓ moves a step.</span>
          </div>
        </>
      )}
    </fieldset>
  )
}

function StepFields({
  row,
  index,
  onChange,
  errorAt
}: {
  row: StepRow
  index: number
  onChange: (given: Partial<StepRow>) => void
  errorAt: (path: string) => string | undefined
}): JSX.Element {
  const path = `$.steps[${index}]`
  const { verb } = row
  const isTransfer = verb === 'transfer'
  const numberError = isTransfer ? errorAt(`${path}.transfer.from`) : errorAt(`${path}.${verb}`)
  return (
    <div class="dial-step">
      <Field
        label="After"
        value={row.after}
        placeholder="at once"
        error={errorAt(`${path}.afterMs`)}
        onInput={after => onChange({ after })}
      />
      <Choice
        label="Verb"
        value={verb}
        options={VERB_NAMES.map(value => ({ value, label: VERBS[value].label }))}
        onChange={value => onChange({ verb: value })}
      />
      <Field
        label={VERBS[verb].number}
        mono
        value={row.number}
        suggestions={numbersToDial()}
        error={numberError ?? errorAt(path)}
        onInput={number => onChange({ number })}
      />
      {isTransfer && (
        <>
          <Field
            label="To"
            mono
            value={row.to}
            suggestions={numbersToDial()}
            error={errorAt(`${path}.transfer.to`)}
            onInput={to => onChange({ to })}
          />
          <Choice
            label="Kind"
            value={row.kind}
            options={[
              { value: 'blind', label: 'blind' },
              { value: 'attended', label: 'attended' }
            ]}
            onChange={kind => onChange({ kind })}
          />
        </>
      )}
      {verb === 'ring' && (
        <Field
          label="Through"
          mono
          value={row.via}
          suggestions={numbersToDial()}
          error={errorAt(`${path}.via`)}
          onInput={via => onChange({ via })}
        />
      )}
      {(verb === 'reject' || verb === 'hangup') && (
        <Choice
          label="Outcome"
          value={row.outcome}
          error={errorAt(`${path}.outcome`)}
          options={[{ value: '', label: 'by default' }, ...OUTCOMES]}
          onChange={outcome => onChange({ outcome })}
        />
      )}
    </div>
  )
}

const OUTCOMES = Object.entries(OUTCOME_LABELS).map(([value, label]) => ({ value: value as CallOutcome, label })) // the keys of a record
