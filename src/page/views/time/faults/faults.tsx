import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { client } from '../../../emulator/client.js'
import { faults } from '../../../emulator/contents.js'
import { Failed, useAction } from '../../../parts/action.js'
import { Button } from '../../../parts/button.js'
import { Part } from '../../../parts/detail.js'
import { FaultForm } from './fault-form.js'
import { FaultList } from './fault-list.js'
import { PRESETS, type Preset } from './presets.js'

/** Faults: presets, a form, and the list of those there are. */
export function Faults(): JSX.Element {
  const action = useAction()
  const isOpen = useSignal(false)
  const add = ({ faults: requests }: Preset) =>
    action.run(async () => {
      for (const request of requests) await client.faults.add(request)
    })
  return (
    <>
      <Part title="Add a fault">
        <ul class="fault-presets state-rows" aria-label="Presets">
          {PRESETS.map(preset => (
            <li key={preset.label}>
              <Button disabled={action.isRunning.value} onClick={() => void add(preset)}>
                {preset.label}
              </Button>
              <span class="hint">{preset.meaning}</span>
            </li>
          ))}
        </ul>
        <Failed of={action} />
        <details open={isOpen.value} onToggle={({ currentTarget }) => void (isOpen.value = currentTarget.open)}>
          <summary>Custom fault</summary>
          {isOpen.value && <FaultForm />}
        </details>
      </Part>
      <Part title="Faults" aside={<span class="muted">{faults.all.value.length || ''}</span>}>
        <FaultList />
      </Part>
    </>
  )
}
