// How long it takes to begin anew: node bench/state.mjs. Needs a build (npm run build); prints medians in milliseconds.
import { startEmulator } from '../dist/index.js'

const ROUNDS = 200
const WARM_UP = 30

const emulator = await startEmulator({ fixture: 'default' })
const sandboxes = []
const rows = {
  'reset to the default fixture': () => emulator.reset(),
  'a new sandbox': async () => sandboxes.push(await emulator.sandbox()),
  'the end of a sandbox': () => sandboxes.pop()?.close(),
  'a request that changes nothing, for comparison': () => emulator.clock.get()
}
for (const [what, act] of Object.entries(rows)) {
  const times = []
  for (let round = 0; round < ROUNDS + WARM_UP; round++) {
    const begun = performance.now()
    await act()
    if (round >= WARM_UP) times.push(performance.now() - begun)
  }
  times.sort((one, other) => one - other)
  console.log(`${what.padEnd(48)} ${times[times.length >> 1].toFixed(2).padStart(6)} ms`)
}
await emulator.close()
