import { signal } from '@preact/signals'

/** Where the browser keeps the control token until the tab is closed. The pages of the documents read it there, too. */
const KEY = 'uapi-emulator.token'

/** The control token that is sent; undefined when none is known. */
export const token = signal<string | undefined>(undefined)

/**
 * Takes the control token from the address (`#token=…`), else from the storage of the tab. It is removed from the
 * address bar before anything else happens.
 * @source page.md
 */
export function takeToken(): void {
  const given = new URLSearchParams(location.hash.slice(1)).get('token')
  if (location.hash !== '') history.replaceState(history.state, '', location.pathname + location.search)
  if (given) keepToken(given)
  else token.value = read()
}

/** Uses another token, and keeps it. */
export function keepToken(next: string): void {
  token.value = next
  try {
    sessionStorage.setItem(KEY, next)
  } catch {
    // Storage is not allowed: the token lasts until the page is reloaded.
  }
}

function read(): string | undefined {
  try {
    return sessionStorage.getItem(KEY) ?? undefined
  } catch {
    return undefined // storage is not allowed
  }
}
