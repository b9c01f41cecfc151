import type { ComponentChildren, JSX } from 'preact'
import { useId } from 'preact/hooks'
import { Text } from './text.js'

interface FieldProps {
  label: string
  /** One sentence below the field. */
  hint?: string | undefined
  /** What is wrong with the value, in the words of the API. */
  error?: string | undefined
  value: string
  onInput: (value: string) => void
  type?: 'text' | 'number' | 'password' | 'datetime-local' | 'search' | 'url' | undefined
  placeholder?: string | undefined
  /** Texts that the browser offers while one types. */
  suggestions?: readonly { value: string; label?: string | undefined }[] | undefined
  required?: boolean | undefined
  min?: number | undefined
  mono?: boolean | undefined
}

/** A text field with its label. */
export function Field({
  label,
  hint,
  error,
  value,
  onInput,
  type = 'text',
  suggestions,
  mono,
  ...rest
}: FieldProps): JSX.Element {
  const id = useId()
  return (
    <Labelled id={id} label={label} hint={hint} error={error}>
      <input
        id={id}
        // The types of inputs differ by their type; the attributes below exist for all that a field can have.
        type={type as 'text'}
        class={mono ? 'mono' : undefined}
        value={value}
        spellcheck={false}
        autocomplete="off"
        aria-describedby={describedBy(id, hint, error)}
        aria-invalid={error !== undefined}
        list={suggestions && `${id}-list`}
        onInput={({ currentTarget }) => onInput(currentTarget.value)}
        {...rest}
      />
      {suggestions && (
        <datalist id={`${id}-list`}>
          {suggestions.map(({ value, label }) => (
            <option key={value} value={value} label={label} />
          ))}
        </datalist>
      )}
    </Labelled>
  )
}

interface ChoiceProps<Value extends string> {
  label: string
  hint?: string | undefined
  error?: string | undefined
  value: Value
  options: readonly { value: Value; label: string }[]
  onChange: (value: Value) => void
}

/** A choice of a few values. */
export function Choice<Value extends string>({
  label,
  hint,
  error,
  value,
  options,
  onChange
}: ChoiceProps<Value>): JSX.Element {
  const id = useId()
  const choose = (chosen: string) => {
    const option = options.find(({ value }) => value === chosen)
    if (option) onChange(option.value)
  }
  return (
    <Labelled id={id} label={label} hint={hint} error={error}>
      <select
        id={id}
        value={value}
        aria-describedby={describedBy(id, hint, error)}
        aria-invalid={error !== undefined}
        onChange={({ currentTarget }) => choose(currentTarget.value)}
      >
        {options.map(({ value, label }) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </select>
    </Labelled>
  )
}

/** A text of several lines. */
export function Area({
  label,
  hint,
  error,
  value,
  rows = 6,
  onInput
}: Pick<FieldProps, 'label' | 'hint' | 'error' | 'value' | 'onInput'> & { rows?: number }): JSX.Element {
  const id = useId()
  return (
    <Labelled id={id} label={label} hint={hint} error={error}>
      <textarea
        id={id}
        aria-describedby={describedBy(id, hint, error)}
        aria-invalid={error !== undefined}
        class="mono"
        rows={rows}
        value={value}
        spellcheck={false}
        onInput={({ currentTarget }) => onInput(currentTarget.value)}
      />
    </Labelled>
  )
}

interface CheckProps {
  label: string
  checked: boolean
  onChange: (checked: boolean) => void
}

/** A box to tick. */
export const Check = ({ label, checked, onChange }: CheckProps): JSX.Element => (
  <label class="check">
    <input type="checkbox" checked={checked} onChange={({ currentTarget }) => onChange(currentTarget.checked)} />
    <span>{label}</span>
  </label>
)

/** The ids of hint and error; undefined when there is neither. */
const describedBy = (id: string, hint: string | undefined, error: string | undefined): string | undefined =>
  [hint !== undefined && `${id}-hint`, error !== undefined && `${id}-error`].filter(Boolean).join(' ') || undefined

function Labelled({
  id,
  label,
  hint,
  error,
  children
}: {
  id: string
  label: string
  hint?: string | undefined
  error?: string | undefined
  children: ComponentChildren
}): JSX.Element {
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children}
      {hint !== undefined && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {error !== undefined && (
        <p class="hint bad" id={`${id}-error`}>
          <Text value={error} long />
        </p>
      )}
    </div>
  )
}
