import { EVENTS, NEW_EVENT } from './emulator.js'
import { call, type Serving } from './program.js'
import { send } from './socket.js'

/** Matches every secret of these tests. */
export const CANARY = /canary[\w.-]*/gi

/** A fixture in which every secret is a canary. */
export const CANARIES = {
  organizations: [{ id: '3', name: 'Three' }],
  users: [{ id: '12', name: 'Twelve', organization: '3', role: 'user' }],
  extensions: [{ number: '0003*210', owner: '12', kind: 'phoneTerminal' }],
  apps: [
    {
      clientId: 'app',
      clientSecret: 'canary.client.secret',
      user: '12',
      trusted: true,
      redirectUris: ['http://localhost/callback']
    }
  ],
  tokens: [
    { accessToken: 'canary.token', user: '12' },
    { accessToken: 'canary.old.token', user: '12', expiresAt: '2000-01-01T00:00:00Z' }
  ],
  sessions: [{ user: '12', vn: 'canary.vn', xsrfToken: 'canary.xsrf' }],
  phoneCallEvents: [
    { extension: '0003*210', type: '0', method: '0', url: 'http://canary:canary@x.test/?canary', note: 'canary' }
  ]
}

/** Sends canaries in every part of a request. @returns the secrets that CANARY does not match */
export async function sendCanaries({ url, port }: Serving): Promise<string[]> {
  const issued: string[] = []
  const list = `${url}${EVENTS}`
  const bodies = [
    '{"note": canary}',
    '["canary"]',
    '"canary',
    '{"note":"canary\\u0000"}',
    '{"__proto__":{"canary":"canary"}}',
    'x'.repeat(70_000)
  ]

  // Credentials, valid and invalid.
  for (const token of ['canary.token', 'canary.old.token', 'canary.unknown', 'canary canary']) {
    await call(list, { token })
    await call(`${list}?accessRequestToken=${token.replace(' ', '%20')}`, { token: null })
    await call(`${list}?accessRequestToken=Bearer%20${token.replace(' ', '+')}`, { token: null })
  }
  for (const [vn, cookie, header] of [
    ['canary.vn', 'canary.xsrf', 'canary.xsrf'],
    ['canary.vn', 'canary.xsrf', 'canary.other'],
    ['canary.other', 'canary.xsrf', 'canary.xsrf'],
    ['%E0%A4%A', 'canary%ZZ', 'canary']
  ]) {
    const headers = { cookie: `dev=canary; vn=${vn}; xsrf-token=${cookie}; vn=canary`, 'x-xsrf-token': String(header) }
    await call(list, { token: null, headers })
    await call(list, { token: null, headers: { ...headers, cookie: `vn=${vn}; xsrf-token=${cookie}` } })
  }

  // Tokens, codes and refresh tokens.
  const client = { client_id: 'app', client_secret: 'canary.client.secret' }
  const secrets = {
    code: 'canary.code',
    refresh_token: 'canary.refresh',
    redirect_uri: 'canary.redirect',
    state: 'canary'
  }
  const post = async (body: unknown, headers: Record<string, string> = {}) => {
    const target = `${url}/oauth/token.php?client_secret=canary`
    const answer = await call(target, { method: 'POST', token: null, body, headers })
    issued.push(...[answer.body.access_token, answer.body.refresh_token].filter(Boolean))
    return answer
  }
  const form = { 'content-type': 'application/x-www-form-urlencoded' }
  for (const grant_type of ['client_credentials', 'authorization_code', 'refresh_token', 'canary', undefined]) {
    for (const client_secret of [client.client_secret, 'canary.wrong']) {
      const members = { ...client, ...secrets, client_secret, ...(grant_type && { grant_type }) }
      await post(members)
      await post(new URLSearchParams(members).toString(), form)
      await post(multipart(members), { 'content-type': 'multipart/form-data; boundary=canary' })
    }
  }
  for (const credentials of ['app:canary.client.secret', 'app:canary.wrong', 'canary']) {
    const encoded = Buffer.from(credentials).toString('base64')
    issued.push(encoded)
    for (const authorization of [`Basic ${encoded}`, `Basic =${encoded}`, `Digest ${encoded}`, encoded]) {
      await post('grant_type=client_credentials', { ...form, authorization })
    }
  }
  const consent = { ...client, response_type: 'code', redirect_uri: 'http://localhost/callback', state: 'canary' }
  const allowed = await call(`${url}/oauth/authorize.php?${new URLSearchParams(consent)}`, { token: null })
  const code = new URL(allowed.headers.location ?? '').searchParams.get('code') ?? ''
  issued.push(code)
  await post({ ...consent, grant_type: 'authorization_code', code })
  await call(`${url}/oauth/authorize.php?client_id=canary&redirect_uri=canary`, { token: null })
  await call(`${url}/oauth/authorize.php?${new URLSearchParams({ ...consent, redirect_uri: 'canary' })}`)

  // Paths, queries, bodies and other headers.
  for (const path of [
    '/nowhere',
    '/nowhere?canary',
    '/uapi/nowhere?access_token=canary',
    '/oauth/nowhere;token=canary',
    '/_emulator/nowhere?canary',
    '/uapi/%zz?canary',
    '/Bearer%20canary'
  ]) {
    for (const method of ['GET', 'POST', 'DELETE', 'PATCH', 'OPTIONS']) {
      await call(`${url}${path}`, { method, token: 'canary.token', body: '{"canary":"canary"}' })
    }
  }
  for (const path of [
    'nobody/0003*210',
    '@me/nowhere',
    '@me/0003*210/phoneCallEvents/nothing',
    '@me/0003*210/phoneCallEvents/0/nothing-'
  ]) {
    await call(`${url}/uapi/extensions/${path}`, { token: 'canary.token' })
    await call(`${url}/uapi/extensions/${path}/phoneCallEvents`, { token: 'canary.token' })
  }
  for (const query of [
    'filterBy=canary',
    'fields=canary',
    'count=canary',
    'sortOrder=canary',
    'token=canary',
    'canary-1=canary'
  ]) {
    await call(`${list}?${query}`, { token: 'canary.token' })
  }
  for (const member of ['type', 'method', 'url', 'status', 'note', 'password', 'canary-1']) {
    const body = { ...NEW_EVENT, [member]: 'canary canary' }
    await call(`${list}/1`, { method: 'POST', token: 'canary.token', body })
    await call(`${list}/1/nothing`, { method: 'PUT', token: 'canary.token', body })
  }
  for (const body of bodies) {
    await call(`${list}/1`, { method: 'POST', token: 'canary.token', body: body.replace(/^x+$/, x => `"canary${x}"`) })
    await post(body)
    await post(body, form)
  }
  for (const name of [
    'host',
    'origin',
    'referer',
    'x-canary',
    'content-type',
    'expect',
    'upgrade',
    'accept',
    'x-forwarded-for'
  ]) {
    await call(`${list}/1`, { method: 'POST', token: 'canary.token', headers: { [name]: 'canary.example' } })
    await call(`${url}/_emulator/docs`, { token: 'canary.control.token', headers: { [name]: 'canary.example' } })
    await call(`${url}/_emulator/openapi/uapi.json`, { token: 'canary.wrong', headers: { [name]: 'canary.example' } })
  }

  // Revocations and new secrets.
  const control = (method: string, path: string, body: unknown) =>
    call(`${url}/_emulator${path}`, { method, token: 'canary.control.token', body })
  for (const [path, member] of [
    ['tokens', 'accessToken'],
    ['sessions', 'vn']
  ] as const) {
    for (const value of ['canary.unknown', 'canary canary', ['canary'], `canary.${member === 'vn' ? 'vn' : 'token'}`]) {
      await control('POST', `/${path}/revoke`, { [member]: value })
    }
    await control('POST', `/${path}/revoke`, '"canary"')
  }
  await call(list, { token: 'canary.token' })
  await call(list, {
    token: null,
    headers: { cookie: 'vn=canary.vn; xsrf-token=canary.xsrf', 'x-xsrf-token': 'canary.xsrf' }
  })
  for (const clientSecret of ['canary canary', 'canary.new.secret']) {
    await control('PATCH', '/apps/app', { clientSecret })
  }
  await control('PATCH', '/apps/nobody', { clientSecret: 'canary' })

  // Bytes that are no valid request.
  const head = `GET ${EVENTS} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer canary.token\r\n`
  for (const bytes of [
    'canary\r\n\r\n',
    'GET /?canary HTTP/0.1\r\nHost: localhost\r\n\r\n',
    'GET /?canary HTTP/9.9\r\n\r\n',
    'CONNECT example:80 HTTP/1.1\r\nHost: canary\r\n\r\n',
    `GET /?canary HTTP/1.1\r\nConnection: close\r\n\r\n`,
    `${head}Host: canary\r\nConnection: close\r\n\r\n`,
    `${head}canary\r\n\r\n`,
    `${head}X-Long: ${'canary'.repeat(5000)}\r\n\r\n`,
    `${head}Content-Length: canary\r\n\r\n`,
    `${head}Transfer-Encoding: chunked\r\n\r\ncanary\r\n`,
    `GET /?${'canary'.repeat(2000)} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
    `GET http://canary:canary@localhost/?canary HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
    Buffer.from('GET /?canary\xff HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n', 'latin1'),
    Buffer.from([0x16, 0x03, 0x01, ...Buffer.from('canary')])
  ]) {
    await send(port, bytes)
  }
  return issued
}

const multipart = (members: Record<string, string>): string =>
  `${Object.entries(members)
    .map(([name, value]) => `--canary\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`)
    .join('')}--canary--\r\n`
