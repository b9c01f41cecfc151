import { signal } from '@preact/signals'
import type { JSX } from 'preact'
import { keysInForce } from '../keys.js'
import { Dialog } from '../parts/dialog.js'

/** Whether the help is open. */
export const isHelpOpen = signal(false)

/** The keys that work now. */
export const KeysHelp = (): JSX.Element | null =>
  isHelpOpen.value ? (
    <Dialog title="Keys" onClose={() => void (isHelpOpen.value = false)}>
      <dl class="keys">
        {keysInForce().map(({ key, meaning }) => (
          <div key={key}>
            <dt>
              <kbd>{key === 'Escape' ? 'Esc' : key}</kbd>
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  ) : null
