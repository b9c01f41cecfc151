// Registers for the end of calls of extension 0003*210, as with the vendor (only the host differs), and places a call.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'

const { UAPI_URL = 'http://emulator:4772', APP_URL = 'http://app:3000' } = process.env
const application = createServer()
application.listen(new URL(APP_URL).port)

const { access_token } = await ask('/oauth/token.php', {
  method: 'POST',
  body: new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: 'emulator-app',
    client_secret: 'emulator-secret',
    type: 'unifiedapi'
  })
})

const { PhoneCallEvent } = await post('/uapi/extensions/@me/0003*210/phoneCallEvents/2', {
  method: '1',
  url: `${APP_URL}/hangups`,
  note: 'Made by the compose example'
})
console.log(`created ${PhoneCallEvent.id}`)

await post('/_emulator/calls', { from: '+40700000001', to: '0003*210', outcome: 'noAnswer', ringMs: 100 })
const [request, response] = await once(application, 'request')
console.log(`${request.method} ${request.url}`)
for (const [name, value] of new URLSearchParams(await text(request))) console.log(`  ${name}=${value}`)
response.end(() => application.close())

function post(path, body) {
  const headers = { authorization: `Bearer ${access_token}`, 'content-type': 'application/json' }
  return ask(path, { method: 'POST', headers, body: JSON.stringify(body) })
}

async function ask(path, options) {
  const response = await fetch(UAPI_URL + path, options)
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`)
  return response.json()
}
