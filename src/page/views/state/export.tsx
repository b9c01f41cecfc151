import type { JSX } from 'preact'
import { SANDBOX_NAME } from '../../emulator/address.js'
import { client } from '../../emulator/client.js'
import { Failed, useAction } from '../../parts/action.js'
import { Button } from '../../parts/button.js'
import { Part } from '../../parts/detail.js'

const EXPORTS = [
  { label: 'Fixture', file: 'fixture.json', read: () => client.fixtures.export() },
  { label: 'Requests as HAR', file: 'requests.har', read: () => client.requests.export() },
  { label: 'Webhooks as HAR', file: 'webhooks.har', read: () => client.deliveries.export() }
]

/** Downloads of the state, and of what has happened. */
export function Export(): JSX.Element {
  const action = useAction()
  return (
    <Part title="Export">
      <div class="row">
        {EXPORTS.map(({ label, file, read }) => (
          <Button
            key={file}
            icon="down"
            title={`Download ${file}`}
            disabled={action.isRunning.value}
            onClick={() => void action.run(async () => download(file, await read()))}
          >
            {label}
          </Button>
        ))}
      </div>
      <p class="hint">
        The fixture loads back to this state. It holds every secret: tokens, sessions, secrets of apps. Those of the HAR
        documents are masked.
      </p>
      <Failed of={action} />
    </Part>
  )
}

/** How long the browser may take to read a download, in milliseconds. */
const KEPT_MS = 60_000

function download(file: string, document_: unknown): void {
  const url = URL.createObjectURL(new Blob([`${JSON.stringify(document_, null, 2)}\n`], { type: 'application/json' }))
  const link = document.createElement('a')
  link.href = url
  link.download = [SANDBOX_NAME, file].filter(Boolean).join('-')
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), KEPT_MS)
}
