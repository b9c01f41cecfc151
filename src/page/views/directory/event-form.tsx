import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect } from 'preact/hooks'
import { EVENT_TYPES } from '../../../schema/event-type.js'
import type { FixtureEvent, ListedEvent } from '../../../schema/fixture.js'
import { client } from '../../emulator/client.js'
import { directory } from '../../emulator/contents.js'
import { readEvents } from '../../emulator/load.js'
import { useAction } from '../../parts/action.js'
import { Button } from '../../parts/button.js'
import { Check, Choice, Field } from '../../parts/field.js'
import { FieldFailure, problemAt } from './field-failure.js'

const TYPES = EVENT_TYPES.map(({ code, label, meaning }) => ({ value: code, label: `${code} ${label}: ${meaning}` }))
const METHODS = [
  { value: '0', label: '0 GET' },
  { value: '1', label: '1 POST' }
] as const

const FIELDS = ['extension', 'id', 'url', 'note']

/** A new phone call event of an extension, or the members of one that can be changed. */
export function EventForm({
  extension,
  event,
  onDone
}: {
  extension: string
  event?: ListedEvent
  onDone: () => void
}): JSX.Element {
  const action = useAction()
  const typed = useSignal({
    extension,
    type: '0',
    method: '1',
    url: '',
    status: '1',
    note: '',
    id: '',
    ...event
  } as Required<FixtureEvent>) // the codes are those of the choices
  const { failure } = action
  const set = (members: Partial<FixtureEvent>) => void (typed.value = { ...typed.value, ...members })
  const status = event?.status
  useEffect(() => {
    if (status !== undefined) set({ status }) // armed or disarmed elsewhere: Save is not to undo that
  }, [status])
  const save = () =>
    action.run(async () => {
      const { extension, type, id, method, url, status, note } = typed.value
      const members = { method, url, status, note }
      if (event) await client.events.change(event.id, members)
      else await client.events.create({ extension, type, ...members, ...(id && { id }) })
      const show = await readEvents()
      show()
      onDone()
    })
  const field = (name: 'extension' | 'id' | 'url' | 'note', label: string) => ({
    label,
    value: typed.value[name],
    error: problemAt(failure.value, name),
    onInput: (value: string) => set({ [name]: value })
  })
  return (
    <form
      class="form"
      aria-label={event ? 'Change the event' : 'New event'}
      onSubmit={submitted => {
        submitted.preventDefault()
        void save()
      }}
    >
      {!event && (
        <>
          <Field
            {...field('extension', 'Extension')}
            mono
            suggestions={directory.value?.extensions.slice(0, 200).map(one => ({ value: one.number, label: one.name }))}
          />
          <Choice label="Type" value={typed.value.type} options={TYPES} onChange={type => set({ type })} />
        </>
      )}
      <Field {...field('url', 'URL')} mono placeholder="http://127.0.0.1:3000/hook" />
      <div class="fields">
        <Choice label="Method" value={typed.value.method} options={METHODS} onChange={method => set({ method })} />
        <Field {...field('note', 'Note')} />
        {!event && <Field {...field('id', 'Id')} mono placeholder="generated" />}
      </div>
      <Check
        label="Armed: it fires"
        checked={typed.value.status === '1'}
        onChange={isArmed => set({ status: isArmed ? '1' : '0' })}
      />
      <FieldFailure of={action} fields={FIELDS} />
      <div class="row">
        <Button type="submit" kind="primary" disabled={action.isRunning.value}>
          {event ? 'Save' : 'Create'}
        </Button>
        {!event && <Button onClick={onDone}>Cancel</Button>}
      </div>
    </form>
  )
}
