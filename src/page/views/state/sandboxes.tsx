import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { pageOf, SANDBOX_NAME } from '../../emulator/address.js'
import { rootClient } from '../../emulator/client.js'
import { printDuration, wallSecond } from '../../emulator/clock.js'
import { sandboxes } from '../../emulator/contents.js'
import { readSandboxes } from '../../emulator/load.js'
import { Failed, useAction } from '../../parts/action.js'
import { Button } from '../../parts/button.js'
import { Part } from '../../parts/detail.js'
import { Field } from '../../parts/field.js'
import { Text } from '../../parts/text.js'

/** The sandboxes beside the default one: create, open, end. */
export function Sandboxes(): JSX.Element {
  const action = useAction()
  const name = useSignal('')
  const fixture = useSignal('')
  const all = sandboxes.value
  void wallSecond.value
  /** The stream of a sandbox does not tell of others. */
  const thenRead = (work: () => Promise<unknown>) =>
    action.run(async () => {
      await work()
      const show = await readSandboxes()
      show()
    })
  const create = () =>
    thenRead(async () => {
      await rootClient.sandboxes.create({ name: name.value || undefined, fixture: fixture.value || undefined })
      name.value = ''
    })
  return (
    <Part title="Sandboxes" aside={<span class="muted">Each ends after 30 minutes without a request.</span>}>
      <form
        class="state-line"
        onSubmit={event => {
          event.preventDefault()
          void create()
        }}
      >
        <Field
          label="Name of the sandbox"
          placeholder="generated"
          mono
          value={name.value}
          onInput={text => void (name.value = text.trim())}
        />
        <Field
          label="Its fixture"
          placeholder="fixtures of the start"
          value={fixture.value}
          onInput={text => void (fixture.value = text.trim())}
        />
        <Button type="submit" icon="plus" disabled={action.isRunning.value}>
          Create
        </Button>
      </form>
      <Failed of={action} />
      <ul class="state-list state-rows lined" aria-label="Sandboxes">
        {all.map(({ name, createdAt }) => (
          <li key={name}>
            <div class="state-what">
              <code>
                <a href={pageOf(name)} aria-current={name === SANDBOX_NAME ? 'true' : undefined}>
                  <Text value={name} />
                </a>
              </code>
              <span class="muted">
                created {printDuration(Math.max(0, Math.floor((Date.now() - Date.parse(createdAt)) / 1_000)) * 1_000)}{' '}
                ago
                {name === SANDBOX_NAME && ', shown here'}
              </span>
            </div>
            <Button
              icon="trash"
              kind="quiet"
              title={`End ${name} and discard its state`}
              disabled={action.isRunning.value}
              onClick={() => void thenRead(() => rootClient.sandboxes.end(name))}
            />
          </li>
        ))}
      </ul>
    </Part>
  )
}
