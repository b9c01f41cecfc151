// Tests that a client retries when the telephone system is unavailable: npm test, or node retry.test.mjs
import t from 'tap'
import { startEmulator } from 'uapi-emulator'

// The client: it registers a url for incoming calls, and retries after a 503.
async function register({ url, token, hook, tries = 3 }) {
  const answer = await fetch(`${url}/uapi/extensions/@me/0003*210/phoneCallEvents/0`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ method: '0', url: hook })
  })
  return answer.status === 503 && tries > 1 ? register({ url, token, hook, tries: tries - 1 }) : answer.status
}

const emulator = await startEmulator()
t.teardown(() => emulator.close())
t.beforeEach(() => emulator.reset())

t.test('the client retries until it is registered', async t => {
  await emulator.faults.add({ on: { operation: 'create' }, times: 2, do: { status: 503 } })
  const token = await emulator.token('12')
  t.equal(await register({ url: emulator.url, token, hook: 'http://127.0.0.1:3000/ringing' }), 200)
  await emulator.requests.verify({ match: { operation: 'create', status: 503 }, count: 2 })
  await emulator.requests.verify({ match: { operation: 'create', status: 200 }, count: 1 })
})
