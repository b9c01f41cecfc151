import type { JSX } from 'preact'
import { clockMode } from '../../emulator/clock.js'
import { Failed, useAction } from '../../parts/action.js'
import { Button } from '../../parts/button.js'
import { Link } from '../../parts/link.js'
import { hrefOf, openView } from '../../route.js'
import { placeSampleCall } from './sample-call.js'

/** Places the sample call. On a frozen clock it says why the call does not go on. */
export function PlaceCallButton({ kind = 'primary' }: { kind?: 'primary' | 'plain' }): JSX.Element {
  const action = useAction()
  return (
    <>
      <Button
        kind={kind}
        icon="phone"
        disabled={action.isRunning.value}
        onClick={() => void action.run(placeSampleCall)}
      >
        Place a call
      </Button>
      <Failed of={action} />
      {clockMode() === 'frozen' && (
        <p class="hold">
          The clock is frozen: a call goes on when{' '}
          <Link href={hrefOf('time')} onGo={() => openView('time')}>
            time is moved
          </Link>
          .
        </p>
      )}
    </>
  )
}
