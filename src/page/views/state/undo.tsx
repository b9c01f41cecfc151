import type { JSX } from 'preact'
import { Failed, useAction } from '../../parts/action.js'
import { Button } from '../../parts/button.js'
import { Text } from '../../parts/text.js'
import { replaced, undoReplacement } from './replace-state.js'

/** After the state was replaced: how to get it back, and what does not come back. */
export function Undo(): JSX.Element | null {
  const action = useAction()
  const last = replaced.value
  if (last === undefined) return null
  return (
    <div class="state-undo" role="status">
      <div class="row">
        <strong>
          <Text value={last.what} />
        </strong>
        <span class="spread" />
        <Button
          icon="replay"
          kind="primary"
          disabled={action.isRunning.value}
          onClick={() => void action.run(undoReplacement)}
        >
          Undo
        </Button>
        <Button icon="close" title="Dismiss" kind="quiet" onClick={() => void (replaced.value = undefined)} />
      </div>
      <p class="hint">
        The state before is in the snapshot <code>{last.snapshot}</code>: directory, events, phones, tokens and
        sessions, settings and clock. Calls, webhooks, the journal, caught requests and faults do not come back.
      </p>
      <Failed of={action} />
    </div>
  )
}
