import type { ComponentChildren, JSX } from 'preact'
import { useEffect, useId, useRef } from 'preact/hooks'
import { Button } from './button.js'

/** A dialog over the page: the browser keeps the focus in it, and gives it back. Esc closes it. */
export function Dialog({
  title,
  onClose,
  children
}: {
  title: string
  onClose: () => void
  children: ComponentChildren
}): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null)
  const id = useId()
  useEffect(() => {
    const element = dialog.current
    element?.showModal()
    // Otherwise the button that closes it would have the focus.
    element?.querySelector<HTMLElement>('.detail-body :is(input, select, textarea, button)')?.focus()
    return () => element?.close()
  }, [])
  return (
    <dialog ref={dialog} class="dialog" aria-labelledby={id} onClose={onClose}>
      <header class="detail-head">
        <h2 id={id}>{title}</h2>
        <span class="spread" />
        <Button icon="close" title="Close (Esc)" kind="quiet" onClick={() => dialog.current?.close()} />
      </header>
      <div class="detail-body">{children}</div>
    </dialog>
  )
}
