import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { Button } from './button.js'
import type { IconName } from './icons.js'

interface ConfirmProps {
  /** The button that begins it. */
  label: string
  /** What will happen, as a question. */
  question: string
  /** The button that does it. */
  confirm: string
  onConfirm: () => void
  icon?: IconName | undefined
  kind?: 'danger' | 'quiet' | undefined
  disabled?: boolean | undefined
}

/** A button whose action needs a second click, in its own place. Esc, or leaving it be, changes nothing. */
export function Confirm({ label, question, confirm, onConfirm, icon, kind, disabled }: ConfirmProps): JSX.Element {
  const isAsked = useSignal(false)
  const group = useRef<HTMLFieldSetElement>(null)
  const wasAsked = useRef(false)
  // Before the next key: Esc without a focus in here would close the whole panel.
  useLayoutEffect(() => {
    if (isAsked.value !== wasAsked.current) group.current?.querySelector<HTMLElement>('button')?.focus()
    wasAsked.current = isAsked.value
  }, [isAsked.value])
  const close = () => void (isAsked.value = false)
  const leave = (event: KeyboardEvent) => {
    if (event.key !== 'Escape' || !isAsked.peek()) return
    event.preventDefault()
    close()
  }
  return (
    <fieldset class="row confirm" ref={group} onKeyDown={leave}>
      <legend class="visually-hidden">{label}</legend>
      {isAsked.value ? (
        <>
          <span class="bad">{question}</span>
          <Button
            kind="danger"
            onClick={() => {
              close()
              onConfirm()
            }}
          >
            {confirm}
          </Button>
          <Button onClick={close}>Cancel</Button>
        </>
      ) : (
        <Button icon={icon} kind={kind} disabled={disabled} onClick={() => void (isAsked.value = true)}>
          {label}
        </Button>
      )}
    </fieldset>
  )
}
