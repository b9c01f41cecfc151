// Registers for the end of calls of extension 0003*210, places one, and removes its event. All requests are the vendor's.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'

const { UAPI_URL = 'http://emulator:4772', APP_URL = 'http://app:3000' } = process.env
const application = createServer()
application.listen(new URL(APP_URL).port)

const app = { grant_type: 'client_credentials', client_id: 'emulator-app', client_secret: 'emulator-secret' }
const form = new URLSearchParams({ ...app, type: 'unifiedapi' })
const { access_token } = await ask('/oauth/token.php', { method: 'POST', body: form })

const events = '/uapi/extensions/@me/0003*210/phoneCallEvents/2'
const { PhoneCallEvent } = await send('POST', events, {
  method: '1',
  url: `${APP_URL}/hangups`,
  note: 'Made by the compose example'
})
console.log(`created ${PhoneCallEvent.id}`)

try {
  const [call] = await send('POST', '/uapi/phoneCalls/@me/simple?callDuration=1', {
    extension: '0003*210',
    phoneCallView: [{ source: '0003*210', destination: '+40700000001' }]
  })
  console.log(`placed ${call.id}`)

  const [request, response] = await once(application, 'request')
  console.log(`${request.method} ${request.url}`)
  for (const [name, value] of new URLSearchParams(await text(request))) console.log(`  ${name}=${value}`)
  response.end()
} finally {
  await send('DELETE', `${events}/${PhoneCallEvent.id}`)
  console.log(`removed ${PhoneCallEvent.id}`)
  application.close()
}

function send(method, path, body) {
  const headers = { authorization: `Bearer ${access_token}`, 'content-type': 'application/json' }
  return ask(path, { method, headers, body: JSON.stringify(body) })
}

async function ask(path, options) {
  const response = await fetch(UAPI_URL + path, options)
  if (!response.ok) throw new Error(`${options.method} ${path} answered ${response.status}: ${await response.text()}`)
  return response.json()
}
