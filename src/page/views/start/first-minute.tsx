import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { Failed, useAction } from '../../parts/action.js'
import { Button, CopyButton } from '../../parts/button.js'
import { Code } from '../../parts/code.js'
import { Icon } from '../../parts/icons.js'
import { Link } from '../../parts/link.js'
import { hrefOf, openView, setParameters } from '../../route.js'
import { catching, startCatching } from './catching.js'
import { makeCurl, makeEnvironment, makeTest } from './copies.js'
import { PlaceCallButton } from './place-call-button.js'
import { type SampleParties, sampleParties } from './sample-call.js'

/**
 * What to do first, shown while nothing has happened: see the whole loop here, or connect an application.
 * @param props.title what the view has none of
 */
export function FirstMinute({ title = 'No call yet' }: { title?: string }): JSX.Element {
  const parties = sampleParties()
  return (
    <div class="start">
      <div class="start-inner">
        <header>
          <h2>{title}</h2>
          <p class="muted">Calls, webhooks and requests appear here while they happen.</p>
        </header>
        {parties === undefined ? <Empty /> : <Loop {...parties} />}
        {parties !== undefined && <Connect />}
      </div>
    </div>
  )
}

/** A directory in which nobody can be called. */
const Empty = (): JSX.Element => (
  <section class="card">
    <h3>There is nobody to call</h3>
    <p>The directory has no extension with phone call events. A fixture brings users and extensions.</p>
    <p>
      <Link href={hrefOf('state')} onGo={() => openView('state')}>
        Load a fixture
      </Link>
    </p>
  </section>
)

/** The whole loop without a receiver: catch, call, look. */
function Loop({ from, to }: SampleParties): JSX.Element {
  const action = useAction()
  const isCatching = catching.value.length > 0
  const catchHere = async () => {
    const isStarted = await action.run(async () => {
      await startCatching(to)
      return true
    })
    if (isStarted) setParameters({ catch: 'page', webhook: undefined })
  }
  return (
    <section class="card" aria-label="See it work">
      <h3>See it work: two clicks, no code</h3>
      <p class="start-path">
        <span class="mono">{from}</span>
        <Arrow label="calls" />
        <span class="mono">{to}</span>
        <Arrow label="webhooks" />
        <span>this page</span>
      </p>
      <ol class="start-steps">
        <li>
          <Button
            kind={isCatching ? 'plain' : 'primary'}
            icon={isCatching ? 'done' : undefined}
            disabled={action.isRunning.value}
            onClick={() => void catchHere()}
          >
            {isCatching ? 'Catching' : 'Catch here'}
          </Button>
          <span class="muted">This page receives the webhooks of {to}.</span>
        </li>
        <li>
          <PlaceCallButton kind={isCatching ? 'primary' : 'plain'} />
          <span class="muted">It rings for 3 s, then they talk for 10 s.</span>
        </li>
      </ol>
      <Failed of={action} />
    </section>
  )
}

const Arrow = ({ label }: { label: string }): JSX.Element => (
  <span class="start-arrow muted">
    {label}
    <Icon name="right" />
  </span>
)

/** What to copy, each made when it is clicked. */
const Connect = (): JSX.Element => (
  <section class="card" aria-label="Connect your application">
    <h3>Connect your application</h3>
    <Made title="curl" what="the command" make={makeCurl}>
      Lists the phone call events of an extension, with a token that works here.
    </Made>
    <Made title="Environment" what="the environment" make={makeEnvironment}>
      Address, token, and an app's credentials, as variables.
    </Made>
    <Made title="Test" what="the test" make={makeTest}>
      The client in JavaScript or TypeScript: places a call and verifies its webhooks.
    </Made>
  </section>
)

function Made({
  title,
  what,
  make,
  children
}: {
  title: string
  what: string
  make: () => Promise<string>
  children: string
}): JSX.Element {
  const action = useAction()
  const made = useSignal<string | undefined>(undefined)
  const text = async () => {
    made.value = await action.run(make)
    if (made.value === undefined) throw new Error('it was not made, and the reason is shown')
    return made.value
  }
  return (
    <div class="start-made">
      <div>
        <strong>{title}</strong>
        <p class="muted">{children}</p>
      </div>
      <CopyButton text={text} what={what} kind="plain">
        Copy {title.toLowerCase()}
      </CopyButton>
      {made.value !== undefined && <Code text={made.value} what={what} />}
      <Failed of={action} />
    </div>
  )
}
