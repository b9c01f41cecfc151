import { useSignal } from '@preact/signals'
import type { ComponentChildren, JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { Icon, type IconName } from './icons.js'

interface ButtonProps {
  children?: ComponentChildren
  icon?: IconName | undefined
  /** Names a button without children, and explains one that has them. */
  title?: string | undefined
  kind?: 'primary' | 'plain' | 'danger' | 'quiet' | undefined
  type?: 'button' | 'submit' | undefined
  disabled?: boolean | undefined
  isPressed?: boolean | undefined
  onClick?: (() => void) | undefined
}

/** A button. Only with an icon it needs a title. */
export function Button({
  children,
  icon,
  title,
  kind = 'plain',
  type = 'button',
  disabled,
  isPressed,
  onClick
}: ButtonProps): JSX.Element {
  return (
    <button
      type={type}
      class={`button ${kind}${children === undefined ? ' only-icon' : ''}`}
      title={title}
      aria-label={children === undefined ? title : undefined}
      aria-pressed={isPressed}
      disabled={disabled}
      onClick={onClick}
    >
      {icon && <Icon name={icon} />}
      {children !== undefined && <span>{children}</span>}
    </button>
  )
}

/** How long a button shows that it has copied, in milliseconds. */
const COPIED_MS = 1_500

interface CopyProps {
  /** The text, or a function that makes it when the button is clicked: a token is not made before. */
  text: string | (() => string | Promise<string>)
  /** What is copied: the id, the command. */
  what: string
  children?: ComponentChildren
  kind?: 'plain' | 'quiet' | 'primary'
}

/** Copies a text, and shows that it did, or why not. */
export function CopyButton({ text, what, children, kind = 'quiet' }: CopyProps): JSX.Element {
  const state = useSignal<'ready' | 'copied' | 'failed'>('ready')
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => () => clearTimeout(timer.current), [])

  async function copy() {
    try {
      await writeClipboard(typeof text === 'string' ? text : await text())
      state.value = 'copied'
    } catch {
      state.value = 'failed'
    }
    clearTimeout(timer.current)
    timer.current = setTimeout(() => {
      state.value = 'ready'
    }, COPIED_MS)
  }
  const titles = { ready: `Copy ${what}`, copied: 'Copied', failed: 'The browser did not allow copying' }
  const icons = { ready: 'copy', copied: 'done', failed: 'alert' } as const
  return (
    <span class="copy" aria-live="polite">
      <Button icon={icons[state.value]} title={titles[state.value]} kind={kind} onClick={() => void copy()}>
        {children}
      </Button>
    </span>
  )
}

/** Browsers give the clipboard to pages of this machine and of https only; the old command works for the others. */
async function writeClipboard(text: string): Promise<void> {
  if (navigator.clipboard) return navigator.clipboard.writeText(text)
  const area = document.createElement('textarea')
  area.value = text
  area.className = 'visually-hidden'
  document.body.append(area)
  area.select()
  const isCopied = document.execCommand('copy')
  area.remove()
  if (!isCopied) throw new Error('copying is not allowed')
}
