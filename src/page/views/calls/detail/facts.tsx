import type { ComponentChildren, JSX } from 'preact'
import type { Call } from '../../../../schema/calls/call.js'
import { printDateTime, printTime } from '../../../emulator/clock.js'
import { directory, requests } from '../../../emulator/contents.js'
import { CopyButton } from '../../../parts/button.js'
import { Facts } from '../../../parts/detail.js'
import { Link } from '../../../parts/link.js'
import { OUTCOME_LABELS } from '../../../parts/marks.js'
import { Text } from '../../../parts/text.js'
import { hrefOf, openView } from '../../../route.js'

/** The facts of a call, and what a request of the vendor's API said if one placed it. */
export const CallFacts = ({ call }: { call: Call }): JSX.Element => {
  const { callId, callApiId, from, to, callerName, dialled, manual, state, outcome, placedAt, phoneCall } = call
  return (
    <Facts
      rows={[
        ['CallID', <Id value={callId} what="the CallID" />],
        ['CallAPIID', <Id value={callApiId} what="the CallAPIID" />],
        ['From', from === '' ? <span class="muted">an outside caller without a number</span> : <Party number={from} />],
        ['To', <Parties numbers={[to].flat()} />],
        ['Dialled', <Mono value={dialled} />],
        ['Caller name', callerName === '' ? <span class="muted">none</span> : <Text value={callerName} />],
        ['State', state],
        ['Outcome', outcome === null ? <span class="muted">not known yet</span> : OUTCOME_LABELS[outcome]],
        [
          'Placed',
          <time dateTime={placedAt}>{`${printDateTime(placedAt).slice(0, 10)} ${printTime(placedAt)} UTC`}</time>
        ],
        ['Driven', phoneCall ? 'by phones, or by hand' : manual ? 'by hand' : 'by its script'],
        ['Placed by', phoneCall && <Request callApiId={callApiId} />],
        ['Charged', phoneCall && <Party number={phoneCall.extension} />],
        ['Sources', phoneCall && <Parties numbers={phoneCall.source} />],
        ['Destinations', phoneCall && <Parties numbers={phoneCall.destination} />],
        ['callerId', phoneCall?.callerId !== undefined && <Text value={phoneCall.callerId} />],
        [
          'callerDestination',
          phoneCall?.callerDestination !== undefined && <Text value={phoneCall.callerDestination} />
        ],
        ['nonce', phoneCall?.nonce !== undefined && <Text value={phoneCall.nonce} />],
        ['waitForPickup', phoneCall && `${phoneCall.waitForPickup} s`],
        ['callDuration', phoneCall?.callDuration !== undefined && `${phoneCall.callDuration} s`]
      ].map(([name, value]): [string, ComponentChildren] => [String(name), value === false ? undefined : value])}
    />
  )
}

/** The request of the vendor's API that placed a call, while the journal has it. */
function Request({ callApiId }: { callApiId: string }): JSX.Element {
  const entry = requests.all.value.find(
    ({ operation, response }) => operation === 'phoneCalls.create' && response.body.includes(`"${callApiId}"`)
  )
  if (entry === undefined) return <>a request of the vendor's API, which the journal has no more</>
  return (
    <Link href={hrefOf('requests', { request: entry.id })} onGo={() => openView('requests', { request: entry.id })}>
      request {entry.id}
    </Link>
  )
}

/** A number, with the name of its extension. */
export const Party = ({ number }: { number: string }): JSX.Element => {
  const name = directory.value?.extensions.find(
    extension => extension.number === number || extension.publicNumber === number
  )?.name
  return (
    <>
      <Mono value={number} />
      {name !== undefined && (
        <span class="muted">
          {' '}
          <Text value={name} />
        </span>
      )}
    </>
  )
}

const Parties = ({ numbers }: { numbers: readonly string[] }): JSX.Element => (
  <>
    {numbers.map((number, index) => (
      <>
        {index > 0 && ', '}
        <Party number={number} />
      </>
    ))}
  </>
)

const Mono = ({ value }: { value: string }): JSX.Element => (
  <code>
    <Text value={value} />
  </code>
)

const Id = ({ value, what }: { value: string; what: string }): JSX.Element => (
  <span class="call-id">
    <Mono value={value} />
    <CopyButton text={value} what={what} />
  </span>
)
