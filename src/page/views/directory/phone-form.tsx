import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { OUTCOMES } from '../../../schema/calls/call-step.js'
import { DEFAULT_PHONE, type PhoneBehaviour } from '../../../schema/phone.js'
import { client } from '../../emulator/client.js'
import { phones } from '../../emulator/contents.js'
import { readPhones } from '../../emulator/load.js'
import { useAction } from '../../parts/action.js'
import { Button } from '../../parts/button.js'
import { Choice, Field } from '../../parts/field.js'
import { OUTCOME_LABELS } from '../../parts/marks.js'
import { CopyId } from './copy-id.js'
import { FieldFailure, problemAt } from './field-failure.js'

// The keys of a const table are exactly its outcomes.
const OPTIONS = (Object.keys(OUTCOMES) as (keyof typeof OUTCOMES)[]).map(value => ({
  value,
  label: OUTCOME_LABELS[value]
}))

/** How a party behaves when a request of the vendor's API rings it. */
export function PhoneForm({ number }: { number: string }): JSX.Element {
  const action = useAction()
  const found = phones.value.find(phone => phone.number === number)
  const { outcome, ringMs, talkMs }: PhoneBehaviour = found ?? DEFAULT_PHONE
  const typed = useSignal<{ outcome?: PhoneBehaviour['outcome']; ringMs?: string; talkMs?: string }>({})
  const shown = { outcome, ringMs: String(ringMs), talkMs: String(talkMs), ...typed.value }
  const act = (change: () => Promise<unknown>) =>
    action.run(async () => {
      await change()
      const show = await readPhones()
      typed.value = {}
      show()
    })
  const save = () =>
    client.phones.set(number, { outcome: shown.outcome, ringMs: read(shown.ringMs), talkMs: read(shown.talkMs) })
  const ms = (name: 'ringMs' | 'talkMs', label: string) => (
    <Field
      label={label}
      type="number"
      hint={`${DEFAULT_PHONE[name]} by default`}
      value={shown[name]}
      error={problemAt(action.failure.value, name)}
      onInput={value => void (typed.value = { ...typed.value, [name]: value })}
    />
  )
  return (
    <form
      class="form"
      aria-label="Behaviour of the phone"
      onSubmit={event => {
        event.preventDefault()
        void act(save)
      }}
    >
      <p class="muted">
        When a request of the vendor's API rings <CopyId id={number} />
        {found ? ' it behaves so:' : ' it behaves by the defaults:'}
      </p>
      <div class="fields">
        <Choice
          label="Outcome"
          value={shown.outcome}
          options={OPTIONS}
          onChange={value => void (typed.value = { ...typed.value, outcome: value })}
        />
        {ms('ringMs', 'Rings, ms')}
        {ms('talkMs', 'Talks, ms')}
      </div>
      <FieldFailure of={action} fields={['ringMs', 'talkMs']} />
      <div class="row">
        <Button type="submit" disabled={action.isRunning.value}>
          Set
        </Button>
        {found && <Button onClick={() => void act(() => client.phones.remove(number))}>Back to the defaults</Button>}
      </div>
    </form>
  )
}

/** A number as it was typed; an empty field has the default. */
const read = (text: string): number | undefined => (text === '' ? undefined : Number(text))
