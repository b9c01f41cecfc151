// Requests to UnifiedAPI, with a token of the application.
const {
  UAPI_URL = 'http://127.0.0.1:4772',
  CLIENT_ID = 'emulator-app',
  CLIENT_SECRET = 'emulator-secret'
} = process.env

/** Gets a token. Returns a function that sends a request and returns the answer. */
export async function connect() {
  const app = { grant_type: 'client_credentials', client_id: CLIENT_ID, client_secret: CLIENT_SECRET }
  const form = new URLSearchParams({ ...app, type: 'unifiedapi' })
  const { access_token } = await ask('/oauth/token.php', { method: 'POST', body: form })
  const headers = { authorization: `Bearer ${access_token}`, 'content-type': 'application/json' }
  return (method, path, body) => ask(path, { method, headers, body: JSON.stringify(body) })
}

async function ask(path, options) {
  const response = await fetch(UAPI_URL + path, options)
  if (!response.ok) throw new Error(`${options.method} ${path}: ${response.status} ${await response.text()}`)
  return response.json()
}
