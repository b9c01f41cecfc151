import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useLayoutEffect } from 'preact/hooks'
import type { Problem } from '../../../../schema/error.js'
import { client } from '../../../emulator/client.js'
import { FailureBox, useAction } from '../../../parts/action.js'
import { Button } from '../../../parts/button.js'
import { Dialog } from '../../../parts/dialog.js'
import { Check, Choice, Field } from '../../../parts/field.js'
import { Text } from '../../../parts/text.js'
import { parameter, setParameters } from '../../../route.js'
import { isDialOpen } from '../dial-pad.js'
import { numbersToDial } from '../numbers.js'
import { CalledFields } from './called-fields.js'
import { suggestParties } from './defaults.js'
import { type DialForm, EMPTY_FORM, fieldOf, form, type Mode, readForm } from './form.js'
import { PRESETS } from './presets.js'
import { StepsEditor } from './steps-editor.js'
import { Times } from './times.js'

/** The dial pad, while it is open. What is typed stays when it is closed. */
export const DialPad = (): JSX.Element | null => (isDialOpen.value ? <OpenDialPad /> : null)

const close = () => void (isDialOpen.value = false)

function OpenDialPad(): JSX.Element {
  const given = parameter('to')
  useLayoutEffect(() => {
    if (given !== undefined) takeCalled(given)
  }, [given])
  const action = useAction()
  const own = useSignal<readonly Problem[]>([])
  const placed = useSignal<{ callId: string; warnings: readonly string[] } | undefined>(undefined)
  const typed = form.value ?? prefilled()
  const change = (given: Partial<DialForm>) => void (form.value = { ...typed, ...given })
  const problems = [...own.value, ...(action.failure.value?.details ?? [])]
  const fields = fieldsOf(typed)
  const errorAt = (field: string) =>
    problems
      .filter(({ path }) => fieldOf(path, fields) === field)
      .map(({ message }) => message)
      .join('; ') || undefined
  const others = problems.filter(({ path }) => fieldOf(path, fields) === undefined)
  const isMoreWrong = MORE.some(name => errorAt(`$.${name}`) !== undefined)

  const open = (callId: string) => {
    close()
    setParameters({ view: 'calls', call: callId })
  }
  async function place() {
    const read = readForm(typed)
    own.value = 'problems' in read ? read.problems : []
    action.failure.value = undefined
    if ('problems' in read) return
    const call = await action.run(() => client.calls.place(read.request))
    if (call === undefined) return
    const { callId, warnings = [] } = call
    if (warnings.length === 0) open(callId)
    else placed.value = { callId, warnings }
  }

  if (placed.value !== undefined) {
    const { callId, warnings } = placed.value
    return (
      <Dialog title="The call is placed" onClose={() => isDialOpen.peek() && open(callId)}>
        <ul class="warn">
          {warnings.map((warning, index) => (
            <li key={index}>
              <Text value={warning} long />
            </li>
          ))}
        </ul>
        <div class="row">
          <Button kind="primary" onClick={() => open(callId)}>
            Open the call
          </Button>
        </div>
      </Dialog>
    )
  }
  return (
    <Dialog title="Place a call" onClose={close}>
      <form
        class="form dial"
        onSubmit={event => {
          event.preventDefault()
          if (!action.isRunning.value) void place()
        }}
      >
        <div class="row" role="group" aria-label="Presets">
          {PRESETS.map(({ label, apply }) => (
            <Button key={label} onClick={() => change(apply(typed))}>
              {label}
            </Button>
          ))}
        </div>
        <div class="dial-parties">
          <Field
            label="From"
            hint="Empty: an outside caller without a number."
            mono
            value={typed.from}
            suggestions={numbersToDial()}
            error={errorAt('$.from')}
            onInput={from => change({ from })}
          />
          <CalledFields to={typed.to} onChange={to => change({ to })} errorAt={errorAt} />
        </div>
        <Choice
          label="How it goes on"
          value={typed.mode}
          error={errorAt('$.manual')}
          options={MODES}
          onChange={mode => {
            own.value = []
            action.failure.value = undefined
            change({ mode })
          }}
        />
        {typed.mode === 'times' && <Times typed={typed} change={change} errorAt={errorAt} />}
        {typed.mode === 'steps' && (
          <StepsEditor
            steps={typed.steps}
            isJson={typed.isJson}
            json={typed.json}
            onChange={given => change(given)}
            errorAt={errorAt}
          />
        )}
        {typed.mode === 'hand' && (
          <p class="muted">It rings until you answer, reject, transfer or hang up on its legs.</p>
        )}
        <div class="fields">
          <Field
            label="Caller name"
            placeholder="from the directory"
            value={typed.callerName}
            error={errorAt('$.callerName')}
            onInput={callerName => change({ callerName })}
          />
          <div class="form">
            <Field
              label="Caller number"
              placeholder={typed.isWithheld ? 'withheld' : 'that of From'}
              mono
              value={typed.isWithheld ? '' : typed.callerNumber}
              error={errorAt('$.callerNumber')}
              onInput={callerNumber => change({ callerNumber, isWithheld: false })}
            />
            <Check label="Withhold it" checked={typed.isWithheld} onChange={isWithheld => change({ isWithheld })} />
          </div>
        </div>
        <details open={isMoreWrong || undefined}>
          <summary>More</summary>
          <div class="fields dial-more">
            {MORE.map(name => (
              <Field
                key={name}
                label={MORE_LABELS[name].label}
                hint={MORE_LABELS[name].hint}
                mono
                value={typed[name]}
                error={errorAt(`$.${name}`)}
                onInput={value => change({ [name]: value })}
              />
            ))}
          </div>
        </details>
        {(action.failure.value !== undefined || problems.length > 0) && (
          <FailureBox
            message={problems.length > 0 ? NOT_PLACED : (action.failure.value?.message ?? '')}
            details={others}
          />
        )}
        <div class="row">
          <Button type="submit" kind="primary" icon="phone" disabled={action.isRunning.value}>
            Place
          </Button>
          <Button
            onClick={() => {
              own.value = []
              action.failure.value = undefined
              form.value = prefilled()
            }}
          >
            Clear
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

const prefilled = (): DialForm => {
  const { from, to } = suggestParties()
  return { ...EMPTY_FORM, from, to: [to] }
}

/** Takes the called party that the address names, once: what is typed from then on stays. */
function takeCalled(to: string): void {
  const typed = form.peek() ?? prefilled()
  const suggested = suggestParties()
  const from = typed.from === to ? [suggested.to, suggested.from].find(number => number !== to) : typed.from
  form.value = { ...typed, from: from ?? '', to: [to] }
  setParameters({ to: undefined }, 'replace')
}

/** The paths of the fields that are shown. */
function fieldsOf({ to, mode, steps, isJson }: DialForm): string[] {
  const ofSteps = steps.flatMap(({ verb }, index) => {
    const path = `$.steps[${index}]`
    const own = verb === 'transfer' ? ['.transfer.from', '.transfer.to'] : [`.${verb}`]
    return ['', '.afterMs', '.via', '.outcome', ...own].map(member => path + member)
  })
  return [
    ...['from', 'to', 'manual', 'callerName', 'callerNumber', ...MORE].map(name => `$.${name}`),
    ...to.map((_number, index) => `$.to[${index}]`),
    ...(mode === 'times' ? ['$.outcome', '$.ringMs', '$.talkMs', '$.answeredBy'] : []),
    ...(mode === 'steps' ? ['$.steps', ...(isJson ? [] : ofSteps)] : [])
  ]
}

const MORE = ['dialled', 'calledDid'] as const
const MORE_LABELS: Record<(typeof MORE)[number], { label: string; hint: string }> = {
  dialled: { label: 'Dialled', hint: 'CalledNumber, if it is not To.' },
  calledDid: { label: 'CalledDID', hint: 'The public number that it came by.' }
}

const MODES: { value: Mode; label: string }[] = [
  { value: 'times', label: 'by an outcome and times' },
  { value: 'steps', label: 'by steps' },
  { value: 'hand', label: 'by hand' }
]

const NOT_PLACED = 'The call was not placed: correct what is marked.'
