// Tests an application that receives webhooks of calls, beside a running emulator: node --test
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { after, before, test } from 'node:test'

const { UAPI_URL = 'http://127.0.0.1:4772' } = process.env
const arrived = []

// The application: it records the parameters of each webhook.
const application = createServer((request, response) => {
  arrived.push(Object.fromEntries(new URL(request.url, 'http://localhost').searchParams))
  response.end('OK')
})
before(() => once(application.listen(0, '127.0.0.1'), 'listening'))
after(() => application.close())

async function ask(method, path, body) {
  const headers = { authorization: 'Bearer emulator-user-token', 'content-type': 'application/json' }
  const answer = await fetch(UAPI_URL + path, { method, headers, body: JSON.stringify(body) })
  return { status: answer.status, body: await answer.json() }
}

test('the application receives the caller of a call', async t => {
  const url = `http://127.0.0.1:${application.address().port}/ringing`
  const events = '/uapi/extensions/@me/0003*210/phoneCallEvents/0'
  const { id } = (await ask('POST', events, { method: '0', url })).body.PhoneCallEvent
  t.after(() => ask('DELETE', `${events}/${id}`))
  const call = await ask('POST', '/_emulator/calls', { from: '+40700000001', to: '0003*210', callerName: 'Ana' })
  const match = { callId: call.body.callId, eventId: id, state: 'delivered' }
  const { status, body } = await ask('POST', '/_emulator/deliveries/verify', { match, timeoutMs: 10_000 })
  assert.equal(status, 200, JSON.stringify(body))
  const [{ CallerIDNum, CallerIDName, CallStatus, CallID }] = arrived
  assert.deepEqual([CallerIDNum, CallerIDName, CallStatus], ['+40700000001', 'Ana', 'CALLING'])
  assert.equal(CallID, call.body.callId)
})
