import { signal } from '@preact/signals'

/** The views, in the order of their tabs. */
export const VIEWS = ['calls', 'webhooks', 'requests', 'directory', 'state', 'time'] as const

/** The name of a view, as in the query of the address. */
export type View = (typeof VIEWS)[number]

/** The query of the address: the view, what is open in it, and its filters. */
export const query = signal<Readonly<Record<string, string>>>({})

/** The view that is shown. */
export const currentView = (): View => {
  const { view } = query.value
  return VIEWS.find(name => name === view) ?? 'calls'
}

/** The value of a parameter of the address; undefined when it has none. */
export const parameter = (name: string): string | undefined => query.value[name]

/** Reads the address, and follows it when the user goes back or forward. */
export function startRoute(): void {
  const read = () => {
    query.value = Object.fromEntries(new URLSearchParams(location.search))
  }
  addEventListener('popstate', read)
  read()
}

/** Opens a view, without the filters and the selection of the present one. */
export const openView = (view: View, parameters: Record<string, string | undefined> = {}): void =>
  go({ view, ...parameters }, 'push')

/** Changes parameters of the address; undefined removes one. Selections are steps of the history, filters are not. */
export const setParameters = (changes: Record<string, string | undefined>, step: 'push' | 'replace' = 'push'): void =>
  go({ ...query.peek(), ...changes }, step)

/** The address of a view, for a link that can be opened in another tab. */
export const hrefOf = (view: View, parameters: Record<string, string | undefined> = {}): string =>
  print({ view, ...parameters })

function go(next: Record<string, string | undefined>, step: 'push' | 'replace'): void {
  const entries = Object.entries(next).flatMap(([name, value]) => (value ? [[name, value]] : []))
  const address = print(next)
  if (address === location.search) return
  if (step === 'push') history.pushState(null, '', address)
  else history.replaceState(null, '', address)
  query.value = Object.fromEntries(entries)
}

function print(parameters: Record<string, string | undefined>): string {
  const printed = new URLSearchParams()
  for (const [name, value] of Object.entries(parameters)) if (value) printed.set(name, value)
  return printed.size === 0 ? location.pathname : `?${printed}`
}
