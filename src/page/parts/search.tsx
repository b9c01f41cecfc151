import type { JSX } from 'preact'
import { useRef } from 'preact/hooks'
import { useKeys } from '../keys.js'
import { parameter, setParameters } from '../route.js'

/** The parameter of the address that holds what is searched for. */
export const SEARCH = 'q'

/** The search field of a list: `/` leads to it, Esc out of it. @param label says what is searched */
export function Search({ label }: { label: string }): JSX.Element {
  const field = useRef<HTMLInputElement>(null)
  useKeys([{ key: '/', meaning: 'Search', act: () => field.current?.focus() }])
  return (
    <input
      ref={field}
      type="search"
      aria-label={label}
      placeholder="Search (/)"
      value={parameter(SEARCH) ?? ''}
      spellcheck={false}
      onInput={({ currentTarget }) => setParameters({ [SEARCH]: currentTarget.value }, 'replace')}
      onKeyDown={event => {
        if (event.key !== 'Escape') return
        event.preventDefault() // nothing that is open is closed
        event.currentTarget.blur()
      }}
    />
  )
}
