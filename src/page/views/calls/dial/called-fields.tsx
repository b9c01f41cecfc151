import type { JSX } from 'preact'
import { useRef } from 'preact/hooks'
import { Button } from '../../../parts/button.js'
import { Field } from '../../../parts/field.js'
import { numbersToDial } from '../numbers.js'

/** The called party, or several extensions that ring at once: one field for each. */
export function CalledFields({
  to,
  onChange,
  errorAt
}: {
  to: readonly string[]
  onChange: (to: readonly string[]) => void
  errorAt: (path: string) => string | undefined
}): JSX.Element {
  const box = useRef<HTMLDivElement>(null)
  const focusLast = () =>
    requestAnimationFrame(() => [...(box.current?.querySelectorAll('input') ?? [])].at(-1)?.focus())
  return (
    <div class="form" ref={box}>
      {to.map((number, index) => (
        <div key={index} class="dial-to">
          <Field
            label={to.length > 1 ? `To, ${index + 1} of ${to.length}` : 'To'}
            mono
            value={number}
            suggestions={numbersToDial()}
            error={
              [index === 0 ? errorAt('$.to') : undefined, errorAt(`$.to[${index}]`)].filter(Boolean).join('; ') ||
              undefined
            }
            onInput={text => onChange(to.map((one, at) => (at === index ? text : one)))}
          />
          {to.length > 1 && (
            <Button
              icon="close"
              title={`Remove ${number || `party ${index + 1}`}`}
              kind="quiet"
              onClick={() => {
                onChange(to.filter((_number, at) => at !== index))
                focusLast()
              }}
            />
          )}
        </div>
      ))}
      <div class="row">
        <Button
          icon="plus"
          kind="quiet"
          onClick={() => {
            onChange([...to, ''])
            focusLast()
          }}
        >
          Another extension
        </Button>
      </div>
    </div>
  )
}
