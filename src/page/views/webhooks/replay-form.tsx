import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useId } from 'preact/hooks'
import type { Delivery } from '../../../schema/calls/delivery.js'
import type { ParameterChange, ReplayRequest } from '../../../schema/calls/replay.js'
import { client } from '../../emulator/client.js'
import { Failed, useAction } from '../../parts/action.js'
import { Button } from '../../parts/button.js'
import { Part } from '../../parts/detail.js'
import { Choice, Field } from '../../parts/field.js'
import { Text } from '../../parts/text.js'
import { decodeForm } from './parameters.js'

/** A parameter of the form: as it was sent, or one that is added. */
interface Row {
  /** Of an added one what was typed. */
  name: string
  value: string
  /** Whether the value is bytes in hex: what was sent is not UTF-8. */
  isHex: boolean
  isLeftOut: boolean
  isAdded: boolean
}

const rowsOf = (form: string): Row[] => {
  const rows = decodeForm(form).map(({ name, value, bytes }) => ({
    name,
    value: bytes ?? value,
    isHex: bytes !== undefined,
    isLeftOut: false,
    isAdded: false
  }))
  return rows.filter(({ name }, index) => rows.findIndex(row => row.name === name) === index) // a change is of the first
}

/** A form to send a webhook with changes. It stays open, so that one change can follow another. */
export function ReplayForm({ webhook, url, form }: { webhook: Delivery; url: string; form: string }): JSX.Element {
  const { method } = webhook.request
  const action = useAction()
  const typed = useSignal({ url, method, rows: rowsOf(form) })
  const { rows } = typed.value
  const set = (changes: Partial<typeof typed.value>) => void (typed.value = { ...typed.value, ...changes })
  const setRow = (index: number, changes: Partial<Row>) =>
    set({ rows: rows.map((row, at) => (at === index ? { ...row, ...changes } : row)) })
  const changed = changesOf(typed.value, { url, method, rows: rowsOf(form) })
  const isChanged = Object.keys(changed).length > 0

  async function send() {
    const names = rows.filter(({ name }) => name !== '').map(({ name }) => name)
    const twice = names.find((name, index) => names.indexOf(name) !== index)
    if (twice !== undefined) throw new Error(`There is a parameter ${twice} already: change it above.`)
    return client.deliveries.replay(webhook.id, changed)
  }

  return (
    <Part title="Edit and replay">
      <form
        class="form"
        onSubmit={event => {
          event.preventDefault()
          if (isChanged && !action.isRunning.value) void action.run(send)
        }}
      >
        <div class="hook-target">
          <Choice
            label="Method"
            value={typed.value.method}
            options={[
              { value: 'GET', label: 'GET' },
              { value: 'POST', label: 'POST' }
            ]}
            onChange={method => set({ method })}
          />
          <Field label="URL" mono value={typed.value.url} onInput={url => set({ url })} />
        </div>
        <ul class="hook-edits" aria-label="Parameters">
          {rows.map((row, index) => (
            <EditedParameter
              key={index}
              {...row}
              onChange={changes => setRow(index, changes)}
              onRemove={() => set({ rows: rows.filter((_row, at) => at !== index) })}
            />
          ))}
        </ul>
        <Failed of={action} />
        <div class="row">
          <Button type="submit" kind="primary" disabled={!isChanged || action.isRunning.value}>
            Send with changes
          </Button>
          <Button icon="plus" onClick={() => set({ rows: [...rows, { ...ADDED }] })}>
            Add a parameter
          </Button>
          {!isChanged && <span class="muted">Nothing is changed yet.</span>}
        </div>
      </form>
    </Part>
  )
}

const ADDED: Row = { name: '', value: '', isHex: false, isLeftOut: false, isAdded: true }

function EditedParameter({
  name,
  value,
  isHex,
  isLeftOut,
  isAdded,
  onChange,
  onRemove
}: Row & { onChange: (changes: Partial<Row>) => void; onRemove: () => void }): JSX.Element {
  const id = useId()
  return (
    <li class={isLeftOut ? 'hook-left-out' : ''}>
      {isAdded ? (
        <input
          class="mono"
          aria-label="Name of the added parameter"
          placeholder="name"
          value={name}
          spellcheck={false}
          onInput={({ currentTarget }) => onChange({ name: currentTarget.value })}
        />
      ) : (
        <label class="mono" for={id}>
          <Text value={name} />
          {isHex && <span class="tag">hex</span>}
        </label>
      )}
      <input
        id={id}
        class="mono"
        aria-label={isAdded ? 'Value of the added parameter' : undefined}
        value={value}
        disabled={isLeftOut}
        spellcheck={false}
        autocomplete="off"
        onInput={({ currentTarget }) => onChange({ value: currentTarget.value })}
      />
      {isAdded ? (
        <Button icon="close" kind="quiet" title="Remove the added parameter" onClick={onRemove} />
      ) : (
        <Button
          icon={isLeftOut ? 'plus' : 'close'}
          kind="quiet"
          title={`${isLeftOut ? 'Send' : 'Leave out'} ${name.slice(0, 40)}`}
          onClick={() => onChange({ isLeftOut: !isLeftOut })}
        />
      )}
    </li>
  )
}

interface Typed {
  url: string
  method: 'GET' | 'POST'
  rows: readonly Row[]
}

/** What differs from what was sent, as a request. Everything else stays the same, byte for byte. */
function changesOf(typed: Typed, sent: Typed): ReplayRequest {
  const before = new Map(sent.rows.map(row => [row.name, row.value]))
  const parameters = typed.rows.flatMap(({ name, value, isHex, isLeftOut, isAdded }): [string, ParameterChange][] => {
    if (isLeftOut) return [[name, null]]
    if (isAdded ? name === '' && value === '' : before.get(name) === value) return []
    return [[name, isHex ? { bytes: value.replaceAll(' ', '') } : value]]
  })
  return {
    ...(typed.url !== sent.url && { url: typed.url }),
    ...(typed.method !== sent.method && { method: typed.method }),
    ...(parameters.length > 0 && { parameters: Object.fromEntries(parameters) })
  }
}
