import { effect } from '@preact/signals'
import { render } from 'preact'
import { App } from './app.js'
import { connection } from './emulator/connection.js'
import { start } from './emulator/start.js'
import { loadRest } from './lazy.js'
import { serveTabs } from './stream/worker.js'

/** The pause before the rest of the page is loaded, in milliseconds: what is shown comes first. */
const REST_MS = 1_000

// One script: the page, and the shared worker that reads the stream for all tabs.
if (typeof document === 'undefined') serveTabs()
else {
  start()
  render(<App />, document.getElementById('page') ?? document.body)
  effect(() => {
    if (connection.value.status.state === 'live') setTimeout(() => void loadRest(), REST_MS)
  })
}
