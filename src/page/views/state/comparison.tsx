import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { client } from '../../emulator/client.js'
import { directory, events, phones, settings, snapshots } from '../../emulator/contents.js'
import { Failed, useAction } from '../../parts/action.js'
import { Text } from '../../parts/text.js'
import { compareFixtures, type Difference } from './compare-fixtures.js'

/** How many differences are drawn. */
const SHOWN = 200

/** What has changed since a snapshot was taken. It is compared again whenever the state changes. */
export function Comparison({ name }: { name: string }): JSX.Element {
  const action = useAction()
  const differences = useSignal<Difference[] | undefined>(undefined)
  const latest = useRef(0)
  const state = [name, directory.value, events.value, phones.value, settings.value, snapshots.value]
  useEffect(() => {
    const turn = ++latest.current
    void action.run(async () => {
      const [before, after] = await Promise.all([client.snapshots.get(name), client.fixtures.export()])
      if (turn === latest.current) differences.value = compareFixtures(before, after)
    })
  }, state)
  const found = differences.value
  const kinds = new Map<string, Difference[]>()
  for (const difference of found?.slice(0, SHOWN) ?? [])
    kinds.set(difference.kind, [...(kinds.get(difference.kind) ?? []), difference])
  return (
    <section class="state-comparison" aria-label={`Changes since ${name}`} aria-live="polite">
      <Failed of={action} />
      {found?.length === 0 && <p class="muted">Nothing has changed since.</p>}
      {[...kinds].map(([kind, list]) => (
        <div key={kind}>
          <h4>{LABELS[kind] ?? kind}</h4>
          <ul class="state-rows">
            {list.map(difference => (
              <Changed key={`${difference.change} ${difference.name}`} {...difference} />
            ))}
          </ul>
        </div>
      ))}
      {found && found.length > SHOWN && <p class="muted">and {found.length - SHOWN} more differences</p>}
    </section>
  )
}

const LABELS: Record<string, string> = { phoneCallEvents: 'phone call events' }
const SIGNS = { added: ['+', 'good'], removed: ['−', 'bad'], changed: ['~', 'warn'] } as const

function Changed({ name, change, members }: Difference): JSX.Element {
  const [sign, tone] = SIGNS[change]
  return (
    <li>
      <span class={`state-sign ${tone}`}>
        <span aria-hidden="true">{sign}</span> {change}
      </span>{' '}
      <code>
        <Text value={name} />
      </code>
      {members.map(({ name, before, after }) => (
        <div class="state-member" key={name}>
          <span class="muted">
            <Text value={name} />
          </span>
          <span>
            <Value text={before} /> → <Value text={after} />
          </span>
        </div>
      ))}
    </li>
  )
}

const Value = ({ text }: { text: string | undefined }): JSX.Element =>
  text === undefined ? (
    <span class="muted">not set</span>
  ) : text === '' ? (
    <span class="muted">empty</span>
  ) : (
    <code>
      <Text value={text} />
    </code>
  )
