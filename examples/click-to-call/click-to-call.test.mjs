// Tests the application with the emulator in the same process, on a frozen clock: node --test
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { after, beforeEach, test } from 'node:test'
import { startEmulator } from 'uapi-emulator'

const emulator = await startEmulator()
after(() => emulator.close())
beforeEach(() => emulator.reset().then(() => emulator.clock.freeze()))

/** Starts the application. The result waits until it has printed a line. */
function clickToCall() {
  const options = { env: { ...process.env, UAPI_URL: emulator.url }, stdio: ['ignore', 'pipe', 'inherit'] }
  const app = spawn(process.execPath, ['click-to-call.mjs', '+40700000001', '0'], options)
  const lines = createInterface(app.stdout)[Symbol.asyncIterator]()
  return async function printed(expected) {
    const { done, value } = await lines.next()
    assert.ok(!done, `it ended without "${expected}"`)
    if (value !== expected) await printed(expected)
  }
}

test('a call is shown while it rings and talks, hung up, and its webhooks arrive', async () => {
  const events = await emulator.events.list()
  const printed = clickToCall()
  await printed('0003*210 rings')
  await emulator.clock.advance('500ms') // a phone answers after half a second, unless phones.set says otherwise
  await printed('+40700000001 rings')
  await emulator.clock.advance('500ms')
  await printed('over')
  await emulator.requests.verify({ match: { operation: 'phoneCalls.create', status: 200 }, count: 1 })
  await emulator.deliveries.verify({ match: { callStatus: 'ANSWER', state: 'delivered' }, count: 1 })
  assert.deepEqual(await emulator.events.list(), events, 'its own events are gone')
})

test('a call that nobody picks up is over after 25 seconds, without a webhook', async () => {
  await emulator.phones.set('0003*210', { outcome: 'noAnswer' })
  const printed = clickToCall()
  await printed('0003*210 rings')
  await emulator.clock.advance('25s')
  await printed('over')
  await emulator.deliveries.verify({ match: {}, count: 0 })
})
