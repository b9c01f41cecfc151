import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import type { CaughtRequest } from '../../../schema/calls/caught.js'
import { client } from '../../emulator/client.js'
import { printDateTime, printTime } from '../../emulator/clock.js'
import { Failed, useAction } from '../../parts/action.js'
import { Button, CopyButton } from '../../parts/button.js'
import { Code } from '../../parts/code.js'
import { Detail } from '../../parts/detail.js'
import { Choice } from '../../parts/field.js'
import { Link } from '../../parts/link.js'
import { Tag } from '../../parts/marks.js'
import { Text } from '../../parts/text.js'
import { hrefOf, openView, parameter, setParameters } from '../../route.js'
import { FailureNote } from '../webhooks/attempts.js'
import { ParameterTable } from '../webhooks/parameter-table.js'
import { decodeForm } from '../webhooks/parameters.js'
import { arrived, CATCH_URL, catching, isOfOthers, missed, startCatching, stopCatching } from './catching.js'
import { PlaceCallButton } from './place-call-button.js'
import { eventExtensions, sampleParties } from './sample-call.js'

/** Opens what the page catches, in the detail place of the present view. */
export const CatchButton = (): JSX.Element => (
  <Button
    isPressed={parameter('catch') !== undefined}
    onClick={() => setParameters({ catch: parameter('catch') === undefined ? 'page' : undefined })}
  >
    Catch here
  </Button>
)

/** What the page catches: shown by a view in its detail place while the address has `catch`. */
export function CatchDetail({ onClose }: { onClose: () => void }): JSX.Element {
  const isCatching = catching.value.length > 0
  const wanted = parameter('extension')
  const isOtherWanted = wanted !== undefined && !catching.value.some(({ extension }) => extension === wanted)
  return (
    <Detail
      title="Catch here"
      heading={isCatching ? <Tag tone="good">catching</Tag> : undefined}
      actions={isCatching ? <PlaceCallButton /> : undefined}
      onClose={onClose}
    >
      {isCatching && <Running />}
      {(!isCatching || isOtherWanted) && <StartForm key={wanted} wanted={wanted} />}
      <Missed />
      <Arrived />
    </Detail>
  )
}

/** @param props.wanted the extension that the address names */
function StartForm({ wanted }: { wanted: string | undefined }): JSX.Element {
  const action = useAction()
  const extensions = eventExtensions()
  const isThere = extensions.some(({ number }) => number === wanted)
  const chosen = useSignal((isThere && wanted) || (sampleParties()?.to ?? ''))
  if (extensions.length === 0)
    return (
      <p>
        There is no extension whose calls could be caught.{' '}
        <Link href={hrefOf('state')} onGo={() => openView('state')}>
          Load a fixture
        </Link>
      </p>
    )
  return (
    <form
      class="form"
      onSubmit={event => {
        event.preventDefault()
        if (!action.isRunning.value) void action.run(() => startCatching(chosen.value))
      }}
    >
      <p class="muted">
        Registers an event of each type whose receiver is this page. What arrives is shown here: no other receiver is
        needed.
      </p>
      <div class="start-choice">
        <Choice
          label="Webhooks of extension"
          value={chosen.value}
          options={extensions.map(({ number, name }) => ({
            value: number,
            label: name ? `${number} · ${name}` : number
          }))}
          onChange={number => void (chosen.value = number)}
        />
        <Button type="submit" kind="primary" disabled={action.isRunning.value}>
          Catch here
        </Button>
      </div>
      <Failed of={action} />
    </form>
  )
}

function Running(): JSX.Element {
  const action = useAction()
  const extensions = [...new Set(catching.value.map(({ extension }) => extension))]
  return (
    <div class="start-running">
      <p>
        {catching.value.length} events of <span class="mono">{extensions.slice(0, 5).join(', ')}</span> lead here.
        <CopyButton text={CATCH_URL} what="the address" />
      </p>
      <Button disabled={action.isRunning.value} onClick={() => void action.run(stopCatching)}>
        Stop
      </Button>
      {isOfOthers.value && <p class="muted">Another tab registered them, or an earlier visit.</p>}
      <Failed of={action} />
    </div>
  )
}

/** A webhook to the page that did not arrive, as when the browser reaches the emulator by an address that is not its own. */
function Missed(): JSX.Element | null {
  const webhook = missed.value
  const failure = webhook?.attempts.at(-1)?.failure
  if (webhook === undefined || failure === undefined) return null
  return (
    <div>
      <p>
        <Link
          href={hrefOf('webhooks', { webhook: webhook.id })}
          onGo={() => openView('webhooks', { webhook: webhook.id })}
        >
          Webhook {webhook.id}
        </Link>{' '}
        did not arrive:
      </p>
      <FailureNote {...failure} />
    </div>
  )
}

/** What arrived, newest first. */
function Arrived(): JSX.Element {
  const action = useAction()
  const requests = arrived.value
  return (
    <section class="part" aria-label="What arrived">
      <h3>
        {requests.length === 0 ? 'Nothing has arrived yet' : `${requests.length} arrived`}
        <span class="spread" />
        {requests.length > 0 && (
          <Button kind="quiet" onClick={() => void action.run(() => client.caught.clear('page'))}>
            Clear
          </Button>
        )}
      </h3>
      <Failed of={action} />
      {requests.length === 0 && catching.value.length > 0 && (
        <p class="muted">Place a call: each of its webhooks is shown here when it arrives.</p>
      )}
      <ol class="start-caught" reversed>
        {requests.map((request, index) => (
          <li key={request.id}>
            <Caught {...request} isOpen={index === 0} />
          </li>
        ))}
      </ol>
    </section>
  )
}

function Caught({
  at,
  method,
  path,
  query = '',
  body,
  encoding,
  truncated,
  isOpen
}: CaughtRequest & { isOpen: boolean }): JSX.Element {
  const opened = useSignal<boolean | undefined>(undefined) // as the user left it
  const isShown = opened.value ?? isOpen
  const isForm = encoding === undefined && body !== '' && /^[^\s=&]+=/.test(body)
  const values = new Map(decodeForm(isForm ? body : query).map(({ name, value }) => [name, value]))
  return (
    <details
      open={isShown}
      onToggle={({ currentTarget }) => {
        if (currentTarget.open !== isShown) opened.value = currentTarget.open
      }}
    >
      <summary>
        <time title={printDateTime(at)}>{printTime(at)}</time>
        <strong>{method}</strong>
        <span class="mono start-status">
          <Text value={`${values.get('CallStatus') ?? ''} ${values.get('CallFlow') ?? ''}`.trim().slice(0, 60)} />
        </span>
        <code class="muted">
          <Text value={path} />
        </code>
      </summary>
      {isShown && (
        <>
          {(isForm || query !== '') && <ParameterTable form={isForm ? body : query} own={isForm ? query : ''} />}
          {!isForm && body !== '' && <Code text={body} what={encoding ? 'The body in Base64' : 'The body'} />}
          {truncated && <p class="warn">The body was longer: the first 64 KiB are kept.</p>}
        </>
      )}
    </details>
  )
}
