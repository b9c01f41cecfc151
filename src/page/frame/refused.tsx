import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { pageOf, SANDBOX_NAME } from '../emulator/address.js'
import { connect, connection } from '../emulator/connection.js'
import { isLoaded } from '../emulator/contents.js'
import { keepToken, token } from '../emulator/token.js'
import { Button } from '../parts/button.js'
import { Field } from '../parts/field.js'
import { Text } from '../parts/text.js'

/** What is shown when the emulator refuses: a form for the token, or that the sandbox has ended. */
export function Refused(): JSX.Element | null {
  const { status } = connection.value
  if (status.state !== 'refused') return null
  if (status.status === 401) return <TokenForm />
  const isGone = status.code === 'sandbox_unknown'
  return (
    <div class="notice bad" role="alert">
      {isGone ? (
        <p>
          The sandbox <strong>{SANDBOX_NAME}</strong> does not exist
          {isLoaded.value && ' any more: what is shown is what it was'}.{' '}
          <a href={pageOf(undefined)}>Go to the default sandbox</a>
        </p>
      ) : (
        <p>
          The emulator refuses the connection: <Text value={status.message} />
        </p>
      )}
    </div>
  )
}

/** The form for the control token, which is needed off loopback. */
function TokenForm(): JSX.Element {
  const typed = useSignal('')
  const wasWrong = token.value !== undefined
  const form = useRef<HTMLFormElement>(null)
  useEffect(() => form.current?.querySelector('input')?.focus(), [])
  const use = () => {
    if (typed.value.trim() === '') return
    keepToken(typed.value.trim())
    connect()
  }
  return (
    <form
      ref={form}
      class="card token"
      onSubmit={event => {
        event.preventDefault()
        use()
      }}
    >
      <h2>A control token is needed</h2>
      {wasWrong && (
        <p class="failure" role="alert">
          The emulator does not accept this control token. It generates another one at each start unless one is set.
        </p>
      )}
      <p>
        This emulator listens on more than this machine, so its control API needs a token. It was printed when the
        emulator started, or set with <code>--control-token</code>.
      </p>
      <Field label="Control token" type="password" value={typed.value} onInput={text => void (typed.value = text)} />
      <Button type="submit" kind="primary">
        Connect
      </Button>
    </form>
  )
}
