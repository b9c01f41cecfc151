import type { JSX } from 'preact'
import { BASE_URL, pageOf, SANDBOX_NAME } from '../emulator/address.js'
import { health, sandboxes } from '../emulator/contents.js'
import { readSandboxes } from '../emulator/load.js'
import { Button, CopyButton } from '../parts/button.js'
import { Icon } from '../parts/icons.js'
import { Clock } from './clock.js'
import { ConnectionState } from './connection-state.js'
import { isHelpOpen } from './keys-help.js'
import { chooseTheme, THEMES, theme } from './theme.js'

/** The top of the page: which emulator this is, its clock, and the connection to it. */
export const Header = (): JSX.Element => (
  <header class="top">
    <a class="brand" href={pageOf(undefined)}>
      <Icon name="phone" />
      <h1>uapi-emulator</h1>
      <span class="muted">{health.value?.version}</span>
    </a>
    <Sandboxes />
    <span class="address">
      <code>{BASE_URL}</code>
      <CopyButton text={BASE_URL} what="the address" />
    </span>
    <span class="spread" />
    <Clock />
    <ConnectionState />
    <ThemeButton />
    <Button icon="key" title="Keys (?)" kind="quiet" onClick={() => void (isHelpOpen.value = true)} />
  </header>
)

/** Switches between the sandboxes; each has a page of its own. The stream of a sandbox does not tell of others, so they are read when the list is opened. */
function Sandboxes(): JSX.Element {
  const names = sandboxes.value.map(({ name }) => name)
  const listed = SANDBOX_NAME === undefined || names.includes(SANDBOX_NAME) ? names : [SANDBOX_NAME, ...names]
  return (
    <label class="sandbox">
      <span class="visually-hidden">Sandbox</span>
      <select
        value={SANDBOX_NAME ?? ''}
        onFocus={() => void refresh()}
        onChange={({ currentTarget }) => location.assign(pageOf(currentTarget.value || undefined))}
      >
        <option value="">default sandbox</option>
        {listed.map(name => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
    </label>
  )
}

/** Reads the sandboxes again. Without an emulator the list stays as it was. */
async function refresh(): Promise<void> {
  try {
    const show = await readSandboxes()
    show()
  } catch {
    // The connection state shows what is wrong.
  }
}

const ICONS = { system: 'system', light: 'sun', dark: 'moon' } as const

/** Goes from one theme to the next. */
function ThemeButton(): JSX.Element {
  const next = THEMES[(THEMES.indexOf(theme.value) + 1) % THEMES.length] ?? 'system'
  return (
    <Button
      icon={ICONS[theme.value]}
      title={`Theme: ${theme.value}. Change to ${next}`}
      kind="quiet"
      onClick={() => chooseTheme(next)}
    />
  )
}
