import { useEffect, useRef } from 'preact/hooks'

/** A key, what it does, and for whom it is listed in the help. */
export interface KeyAction {
  /** As `KeyboardEvent.key` has it. */
  key: string
  meaning: string
  act: () => void
}

const active: KeyAction[][] = []

/** Keys that work in a view while it is shown. The view that was shown last takes precedence. */
export function useKeys(actions: KeyAction[]): void {
  const latest = useRef(actions)
  latest.current = actions
  useEffect(() => {
    const own: KeyAction[] = actions.map(({ key, meaning }) => ({
      key,
      meaning,
      act: () => latest.current.find(action => action.key === key)?.act()
    }))
    active.push(own)
    return () => void active.splice(active.indexOf(own), 1)
  }, [])
}

/** The keys that work now, for the help. */
export const keysInForce = (): KeyAction[] => {
  const found = new Map<string, KeyAction>()
  for (const action of active.flat()) found.set(action.key, action)
  return [...found.values()]
}

/** Handles the keys of the whole page. Text that is typed, and keys with a modifier, are left alone. */
export function listenToKeys(): () => void {
  const handle = (event: KeyboardEvent) => {
    if (document.querySelector('dialog[open]')) return // the dialog has its own keys
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return
    if (isTyping(event.target) && event.key !== 'Escape') return
    if (event.key === 'Enter' && event.target instanceof HTMLElement && event.target !== document.body) return
    const action = keysInForce().find(({ key }) => key === event.key)
    if (action === undefined) return
    event.preventDefault()
    action.act()
  }
  addEventListener('keydown', handle)
  return () => removeEventListener('keydown', handle)
}

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  target.matches('input:not([type=checkbox],[type=radio],[type=range]), textarea, select')
