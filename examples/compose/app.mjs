// Asks to be told when a call of extension 0003*210 ends, as it would ask the vendor: only the host differs.
// Calls that ring, and so a request to this URL, come with the next version of the emulator.
const { UAPI_URL = 'http://emulator:4772', APP_URL = 'http://app:3000' } = process.env
const HANGUP = 2

const { access_token } = await ask('/oauth/token.php', {
  method: 'POST',
  body: new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: 'emulator-app',
    client_secret: 'emulator-secret',
    type: 'unifiedapi'
  })
})

const headers = { authorization: `Bearer ${access_token}`, 'content-type': 'application/json' }
const events = `/uapi/extensions/@me/0003*210/phoneCallEvents/${HANGUP}`

const { PhoneCallEvent: created } = await ask(events, {
  method: 'POST',
  headers,
  body: JSON.stringify({ method: '1', url: `${APP_URL}/hangups`, note: 'Made by the compose example' })
})
console.log(`created ${created.id}`)

const [{ totalResults, entry }] = await ask(events, { headers })
console.log(`${totalResults} on ${events}`)
for (const { id, url, note } of entry) console.log(`  ${id}  ${url}  ${note}`)

async function ask(path, options) {
  const response = await fetch(UAPI_URL + path, options)
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`)
  return response.json()
}
