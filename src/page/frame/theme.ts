import { effect, signal } from '@preact/signals'

/** The themes that can be chosen. */
export const THEMES = ['system', 'light', 'dark'] as const
/** One of them. */
export type Theme = (typeof THEMES)[number]

const KEY = 'uapi-emulator.theme'

/** The theme that was chosen. */
export const theme = signal<Theme>('system')

/** Applies the theme to the page, now and whenever it is changed. */
export function watchTheme(): void {
  theme.value = read()
  effect(() => {
    const { dataset } = document.documentElement
    if (theme.value === 'system') delete dataset.theme
    else dataset.theme = theme.value
  })
}

/** Chooses a theme, and keeps the choice for later visits. */
export function chooseTheme(next: Theme): void {
  theme.value = next
  try {
    localStorage.setItem(KEY, next)
  } catch {
    // Storage is not allowed: the choice lasts until the page is reloaded.
  }
}

function read(): Theme {
  try {
    return THEMES.find(name => name === localStorage.getItem(KEY)) ?? 'system'
  } catch {
    return 'system' // storage is not allowed
  }
}
