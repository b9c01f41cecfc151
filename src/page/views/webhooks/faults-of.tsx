import type { JSX } from 'preact'
import type { Fault, FaultScope } from '../../../schema/fault.js'
import { client } from '../../emulator/client.js'
import { printDuration } from '../../emulator/clock.js'
import { faults } from '../../emulator/contents.js'
import { Failed, useAction } from '../../parts/action.js'
import { Button } from '../../parts/button.js'
import { shortLabelOfMoment, shortLabelOfType } from '../../parts/labels.js'
import { Link } from '../../parts/link.js'
import { hrefOf, openView } from '../../route.js'

/** A link to a fault, with what it does while it is there. */
export function FaultLink({ id }: { id: string }): JSX.Element {
  const fault = faults.find(id)
  return (
    <>
      <Link href={hrefOf('time', { fault: id })} onGo={() => openView('time', { fault: id })}>
        fault {id}
      </Link>
      {fault === undefined ? ' (removed)' : `, which ${describe(fault)}`}
    </>
  )
}

/** What holds a webhook, with a button that sends what it holds. */
export function Holding({ id }: { id: string }): JSX.Element {
  const action = useAction()
  const held = faults.find(id)?.held.length ?? 1
  return (
    <div class="hook-holding">
      <p>
        Held by <FaultLink id={id} />.
      </p>
      <Button
        kind="primary"
        icon="play"
        disabled={action.isRunning.value}
        onClick={() => void action.run(() => client.faults.release(id))}
      >
        {held > 1 ? `Release all ${held}` : 'Release'}
      </Button>
      <Failed of={action} />
    </div>
  )
}

function describe({ on, do: { hold, drop, duplicate, delayMs, change } }: Fault): string {
  const scope = scopeOf(on)
  if (hold) return `holds ${scope}`
  if (drop) return `drops ${scope}`
  if (duplicate !== undefined) return `sends ${scope} ${duplicate} more ${duplicate === 1 ? 'time' : 'times'}`
  if (delayMs !== undefined) return `delays ${scope} by ${printDuration(delayMs)}`
  if (change === undefined) return `hits ${scope}`
  return `changes ${Object.keys(change.parameters).join(', ').slice(0, 120)} of ${scope}`
}

function scopeOf({ moment, type, extension, callId, eventId }: FaultScope): string {
  const label = moment === undefined ? type && shortLabelOfType(type) : shortLabelOfMoment(moment)
  return [
    label === undefined ? 'every webhook' : `every ${label} webhook`,
    extension && `of ${extension}`,
    callId && `in call ${callId}`,
    eventId && `of event ${eventId}`
  ]
    .filter(Boolean)
    .join(' ')
}
