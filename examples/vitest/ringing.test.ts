// Tests 45 seconds of ringing without waiting for them: npm test
import { startEmulator } from 'uapi-emulator'
import { afterAll, beforeAll, expect, test } from 'vitest'

let emulator: Awaited<ReturnType<typeof startEmulator>>
beforeAll(async () => {
  emulator = await startEmulator()
  // As your application does at its start: it registers for the end of calls of this extension.
  const { status } = await fetch(`${emulator.url}/uapi/extensions/@me/0003*210/phoneCallEvents/2`, {
    method: 'POST',
    headers: { authorization: 'Bearer emulator-user-token', 'content-type': 'application/json' },
    body: JSON.stringify({ method: '1', url: 'http://127.0.0.1:9/ended', note: '', status: '1' })
  })
  expect(status).toBe(200)
})
afterAll(() => emulator.close())

test('an unanswered call ends after 45 seconds', async () => {
  await emulator.clock.freeze()
  const { callId } = await emulator.calls.place({
    from: '+40700000001',
    to: '0003*210',
    outcome: 'noAnswer',
    ringMs: 45_000
  })
  await emulator.deliveries.verify({ match: { callId, moment: 'hangup' }, count: 0 })
  await emulator.clock.advance('45s')
  await emulator.deliveries.verify({ match: { callId, moment: 'hangup' }, count: 1 })
  expect((await emulator.calls.get(callId)).state).toBe('ended')
})
