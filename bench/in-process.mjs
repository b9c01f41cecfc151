// Measures an emulator in the process of a test, in milliseconds: start and close, reset, a sandbox.
// usage: node in-process.mjs ROUNDS; prints medians. With 0 rounds it measures only the first start of the process.
import { median } from './statistics.mjs'

const rounds = Number(process.argv[2] ?? 200)
const WARM_UP = 20

const loading = performance.now()
const { startEmulator } = await import('../dist/index.js')
const first = await startEmulator()
const firstMs = performance.now() - loading
await first.close()
if (rounds === 0) {
  process.stdout.write(`${JSON.stringify({ firstMs })}\n`)
  process.exit()
}

const medianOf = async act => {
  const times = []
  for (let round = 0; round < rounds + WARM_UP; round++) {
    const begun = performance.now()
    await act()
    if (round >= WARM_UP) times.push(performance.now() - begun)
  }
  return median(times)
}

const startAndClose = await medianOf(async () => (await startEmulator()).close())
const emulator = await startEmulator()
const sandboxes = []
const results = {
  firstMs,
  startAndClose,
  reset: await medianOf(() => emulator.reset()),
  sandbox: await medianOf(async () => sandboxes.push(await emulator.sandbox())),
  endSandbox: await medianOf(() => sandboxes.pop().close()),
  nothing: await medianOf(() => emulator.clock.get())
}
await emulator.close()
process.stdout.write(`${JSON.stringify(results)}\n`)
