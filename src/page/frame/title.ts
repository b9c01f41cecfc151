import { effect, signal } from '@preact/signals'
import { SANDBOX_NAME } from '../emulator/address.js'
import { deliveries } from '../emulator/contents.js'

/** How many webhooks had failed when the tab was last visible; undefined while it is visible. */
const seen = signal<number | undefined>(undefined)

const failures = () => deliveries.all.value.filter(({ state }) => state === 'failed').length

/** Keeps the title and the icon: while the tab is in the background, they count the webhooks that fail. */
export function watchTitle(): () => void {
  const look = () => {
    seen.value = document.visibilityState === 'hidden' ? failures() : undefined
  }
  const stop = effect(() => {
    const added = seen.value === undefined ? 0 : Math.max(0, failures() - seen.value)
    const name = SANDBOX_NAME === undefined ? 'uapi-emulator' : `${SANDBOX_NAME} · uapi-emulator`
    document.title = added === 0 ? name : `(${added} failed) ${name}`
    const icon = document.querySelector<HTMLLinkElement>('link[rel=icon]')
    const file = added === 0 ? 'icon.svg' : 'icon-failing.svg'
    if (icon && !icon.href.endsWith(`/${file}`)) icon.href = icon.href.replace(/[^/]+$/, file)
  })
  addEventListener('visibilitychange', look)
  return () => {
    stop()
    removeEventListener('visibilitychange', look)
  }
}
