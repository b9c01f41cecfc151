import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect, useId } from 'preact/hooks'
import {
  DEFAULT_SETTINGS,
  Settings as Schema,
  type SettingOrigin,
  type SettingsInForce
} from '../../../schema/settings.js'
import { client } from '../../emulator/client.js'
import { settings } from '../../emulator/contents.js'
import { Failed, useAction } from '../../parts/action.js'
import { Button } from '../../parts/button.js'
import { Part } from '../../parts/detail.js'
import { Text } from '../../parts/text.js'

type Name = keyof typeof DEFAULT_SETTINGS
type Value = string | number

const NAMES = Object.keys(DEFAULT_SETTINGS) as Name[] // the keys of a const table

/** Where a value comes from, in words. */
const ORIGINS: Record<SettingOrigin, string> = {
  default: 'default',
  fixture: 'from a fixture',
  file: 'from the settings file',
  environment: 'from the environment',
  flag: 'from a flag',
  api: 'changed over the API'
}

/** What each setting was before it was changed over the API, as far as the page has seen it. */
const before = new Map<Name, { value: Value; origin: SettingOrigin }>()

/** The settings in force: each with its meaning and where its value comes from. They change at once. */
export function SettingsInForceList(): JSX.Element {
  const all = settings.value
  useEffect(() => {
    if (all === undefined) return
    for (const name of NAMES) {
      const origin = all.origins[name]
      if (origin !== 'api') before.set(name, { value: all[name], origin })
    }
  }, [all])
  return (
    <Part title="Settings" aside={<span class="muted">Changes hold until a reset or a restart.</span>}>
      <ul class="state-settings state-rows lined">
        {all && NAMES.map(name => <Setting key={name} name={name} all={all} />)}
      </ul>
    </Part>
  )
}

function Setting({ name, all }: { name: Name; all: SettingsInForce }): JSX.Element {
  const action = useAction()
  const typed = useSignal<string | undefined>(undefined)
  const id = useId()
  const schema: { type?: unknown; enum?: readonly Value[]; description?: string } = Schema.properties[name]
  const value = all[name]
  const origin = all.origins[name]

  const change = (next: Value) =>
    action.run(async () => {
      settings.value = await client.settings.change({ [name]: next })
      typed.value = undefined
    })
  const changeTo = (text: string) => {
    typed.value = text // stays when it is refused
    const isNumber = typeof value === 'number' && /^-?\d+(?:\.\d+)?$/.test(text)
    void change(isNumber ? Number(text) : text)
  }
  const back = backOf(name, value, origin)
  return (
    <li>
      <label for={id}>
        <code>{name}</code>
      </label>
      <p class="hint" id={`${id}-hint`}>
        {schema.description}
      </p>
      <span class="state-value">
        {schema.enum ? (
          <select
            id={id}
            value={String(value)}
            aria-describedby={`${id}-hint`}
            onChange={({ currentTarget }) => changeTo(currentTarget.value)}
          >
            {schema.enum.map(option => (
              <option key={option} value={String(option)}>
                {option}
              </option>
            ))}
          </select>
        ) : (
          <input
            id={id}
            value={typed.value ?? String(value)}
            inputMode={typeof value === 'number' ? 'numeric' : 'text'}
            aria-describedby={`${id}-hint`}
            spellcheck={false}
            list={name === 'timeZone' ? `${id}-list` : undefined}
            onInput={({ currentTarget }) => void (typed.value = currentTarget.value)}
            onChange={({ currentTarget }) => changeTo(currentTarget.value.trim())}
          />
        )}
        {name === 'timeZone' && (
          <datalist id={`${id}-list`}>
            {Intl.supportedValuesOf('timeZone').map(zone => (
              <option key={zone} value={zone} />
            ))}
          </datalist>
        )}
        <span class={origin === 'default' ? 'muted' : ''}>{ORIGINS[origin]}</span>
        {back && (
          <Button kind="quiet" onClick={() => void change(back.value)}>
            Back to <Text value={String(back.value)} /> ({ORIGINS[back.origin]})
          </Button>
        )}
      </span>
      <Failed of={action} />
    </li>
  )
}

/** The value to go back to: the one before the change when it was seen, else the default. */
function backOf(name: Name, value: Value, origin: SettingOrigin): { value: Value; origin: SettingOrigin } | undefined {
  const earlier = origin === 'api' ? before.get(name) : undefined
  const found = earlier ?? { value: DEFAULT_SETTINGS[name], origin: 'default' as const }
  return found.value === value ? undefined : found
}
