import type { JSX } from 'preact'
import type { Call } from '../../../../schema/calls/call.js'
import { BASE_URL } from '../../../emulator/address.js'
import { deliveries, directory } from '../../../emulator/contents.js'
import { token } from '../../../emulator/token.js'
import { CopyButton } from '../../../parts/button.js'
import { Part } from '../../../parts/detail.js'
import { firedOf, printCurl, printTest } from './copies.js'
import { partiesOf } from './parties.js'
import { placingOf } from './placing.js'
import { printJson } from './printable.js'

/** The call to copy: each text is made when it is clicked. */
export function Copies({ call }: { call: Call }): JSX.Element {
  if (partiesOf(call) === undefined)
    return (
      <Part title="Copy as">
        <p class="muted">No source has picked up: nothing has happened that could be placed again.</p>
      </Part>
    )
  const make = (print: (placing: NonNullable<ReturnType<typeof placingOf>>) => string) => () => {
    const ids = call.moments.flatMap(({ armed }) => armed.map(({ deliveryId }) => deliveryId))
    const sent = ids.flatMap(id => deliveries.find(id) ?? [])
    const placing = placingOf(call, sent, directory.value)
    if (placing === undefined) throw new Error('the call has no parties') // see above
    return print(placing)
  }
  const place = { url: BASE_URL, needsToken: token.value !== undefined }
  return (
    <Part title="Copy as">
      <div class="row">
        <CopyButton
          kind="plain"
          what="a command that places it again"
          text={make(({ shortest }) => printCurl(shortest, place))}
        >
          curl
        </CopyButton>
        <CopyButton
          kind="plain"
          what="the request with its steps"
          text={make(({ bySteps }) => `${printJson(bySteps, 2)}\n`)}
        >
          Steps
        </CopyButton>
        <CopyButton kind="plain" what="a test" text={make(({ shortest }) => printTest(firedOf(call), shortest, place))}>
          Test
        </CopyButton>
      </div>
    </Part>
  )
}
