import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { MAX_SNAPSHOTS } from '../../../schema/state.js'
import { client } from '../../emulator/client.js'
import { printDuration, wallSecond } from '../../emulator/clock.js'
import { snapshots } from '../../emulator/contents.js'
import { Failed, useAction } from '../../parts/action.js'
import { Button } from '../../parts/button.js'
import { Part } from '../../parts/detail.js'
import { Field } from '../../parts/field.js'
import { Text } from '../../parts/text.js'
import { parameter, setParameters } from '../../route.js'
import { Comparison } from './comparison.js'
import { printCounts } from './counts.js'
import { replaceState } from './replace-state.js'

/** Copies of the state: take, compare with now, restore, delete. */
export function Snapshots(): JSX.Element {
  const action = useAction()
  const name = useSignal('')
  const all = snapshots.value
  const compared = parameter('compare')
  const isTaken = all.some(snapshot => snapshot.name === name.value)
  const take = async () => {
    await client.snapshots.take(name.value)
    name.value = ''
  }
  const remove = async (name: string) => {
    await client.snapshots.remove(name)
    if (name === parameter('compare')) setParameters({ compare: undefined }, 'replace')
  }
  const restore = (name: string) =>
    replaceState(`Restored the snapshot ${name}.`, 'before-restore', () => client.snapshots.restore(name))
  const act = (work: () => Promise<unknown>) => void action.run(work)
  void wallSecond.value // ages grow
  return (
    <Part title="Snapshots" aside={<span class="muted">{`${all.length} of ${MAX_SNAPSHOTS}, in memory`}</span>}>
      <form
        class="state-line"
        onSubmit={event => {
          event.preventDefault()
          act(take)
        }}
      >
        <Field
          label="Name"
          placeholder="before-checkout"
          mono
          value={name.value}
          onInput={text => void (name.value = text)}
        />
        <Button type="submit" kind="primary" icon="plus" disabled={name.value === '' || action.isRunning.value}>
          {isTaken ? 'Replace the snapshot' : 'Take a snapshot'}
        </Button>
      </form>
      <Failed of={action} />
      {all.length === 0 && (
        <p class="muted">None yet. A snapshot holds directory, events, phones, credentials, settings and clock.</p>
      )}
      <ul class="state-list state-rows lined" aria-label="Snapshots">
        {all.map(({ name, createdAt, counts }) => (
          <li key={name}>
            <div class="state-what">
              <code>
                <Text value={name} />
              </code>
              <span class="muted">
                {printDuration(Math.max(0, Math.floor((Date.now() - Date.parse(createdAt)) / 1_000)) * 1_000)} ago,{' '}
                {printCounts(counts)}
              </span>
            </div>
            <Button
              title={`Compare ${name} with now`}
              isPressed={compared === name}
              onClick={() => setParameters({ compare: compared === name ? undefined : name })}
            >
              Compare
            </Button>
            <Button
              title={`Restore ${name}. Ends calls and discards webhooks`}
              disabled={action.isRunning.value}
              onClick={() => act(() => restore(name))}
            >
              Restore
            </Button>
            <Button icon="trash" title={`Delete ${name}`} kind="quiet" onClick={() => act(() => remove(name))} />
            {compared === name && <Comparison name={name} />}
          </li>
        ))}
      </ul>
      {compared !== undefined && !all.some(({ name }) => name === compared) && <Comparison name={compared} />}
    </Part>
  )
}
