import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { client } from '../../emulator/client.js'
import { Failed, useAction } from '../../parts/action.js'
import { Button } from '../../parts/button.js'
import { Part } from '../../parts/detail.js'
import { Field } from '../../parts/field.js'
import { replaceState } from './replace-state.js'

/** The fixtures of the package; others have the names that the emulator was started with. */
const FIXTURES = ['default', 'clean', 'call-centre', 'empty'].map(value => ({ value }))

/** Resets the state, after a snapshot. */
export function Reset(): JSX.Element {
  const action = useAction()
  const name = useSignal('')
  const reset = () => {
    const fixture = name.value.trim() || undefined
    const what = fixture === undefined ? 'Reset to the fixtures of the start.' : `Reset to the fixture ${fixture}.`
    return replaceState(what, 'before-reset', () => client.reset(fixture))
  }
  return (
    <Part title="Reset">
      <form
        class="state-line"
        onSubmit={event => {
          event.preventDefault()
          void action.run(reset)
        }}
      >
        <Field
          label="To the fixture"
          placeholder="fixtures of the start"
          value={name.value}
          onInput={text => void (name.value = text)}
          suggestions={FIXTURES}
        />
        <Button type="submit" kind="danger" icon="replay" disabled={action.isRunning.value}>
          Reset
        </Button>
      </form>
      <p class="hint">Ends calls and discards webhooks. A snapshot is taken first, so that it can be undone.</p>
      <Failed of={action} />
    </Part>
  )
}
