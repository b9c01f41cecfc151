import type { JSX } from 'preact'
import { clockMode, printDateTime, sandboxNow, second } from '../emulator/clock.js'
import { Link } from '../parts/link.js'
import { hrefOf, openView } from '../route.js'

/** The time of the sandbox, and whether it runs; it leads to the view that moves it. */
export function Clock(): JSX.Element | null {
  void second.value
  const mode = clockMode()
  if (mode === undefined) return null
  const [date = '', time = ''] = printDateTime(sandboxNow()).split(' ')
  return (
    <Link
      class={`clock ${mode ?? ''}`}
      href={hrefOf('time')}
      onGo={() => openView('time')}
      title="The clock of the sandbox, UTC"
    >
      <span class="muted date">{date}</span> <time>{time}</time>
      {mode === 'frozen' && <span class="tag hold">frozen</span>}
    </Link>
  )
}
