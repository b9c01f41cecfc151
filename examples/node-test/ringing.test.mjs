// Tests an application that receives webhooks of calls, with the emulator in the same process: node --test
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { after, before, beforeEach, test } from 'node:test'
import { startEmulator } from 'uapi-emulator'

const callers = [] // The application: it records the callers.
const application = createServer((request, response) => {
  callers.push(new URL(request.url, 'http://localhost').searchParams.get('CallerIDNum'))
  response.end()
})
let emulator

before(async () => {
  await once(application.listen(0, '127.0.0.1'), 'listening')
  emulator = await startEmulator()
})
beforeEach(() => emulator.reset())
after(() => Promise.all([emulator.close(), application.close()]))

test('the application receives the caller of a call', async () => {
  const answer = await fetch(`${emulator.url}/uapi/extensions/@me/0003*210/phoneCallEvents/0`, {
    method: 'POST',
    headers: { authorization: `Bearer ${await emulator.token('12')}`, 'content-type': 'application/json' },
    body: JSON.stringify({ method: '0', url: `http://127.0.0.1:${application.address().port}/ringing` })
  })
  assert.equal(answer.status, 200)
  const { callId } = await emulator.calls.place({ from: '+40700000001', to: '0003*210' })
  await emulator.deliveries.verify({ match: { callId, moment: 'dialIn', state: 'delivered' }, count: 1 })
  assert.deepEqual(callers, ['+40700000001'])
})
