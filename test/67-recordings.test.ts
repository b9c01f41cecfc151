import { spawn } from 'node:child_process'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import t from 'tap'
import { createPseudonyms } from '../src/domain/recordings/pseudonyms.js'
import { replaceBody, replaceHeaders, replaceTarget } from '../src/domain/recordings/secret-messages.js'
import { replaceSecrets } from '../src/domain/recordings/secret-texts.js'
import { CANARIES } from './support/canaries.js'
import { EVENTS as LIST, start } from './support/emulator.js'
import { call, firstLine, launch, runHere, serveHere, startHere, until } from './support/program.js'
import { freePort } from './support/receivers.js'
import { exchangeBytes, keepRequests, readRecording, record } from './support/recording.js'

const MEMORY = ['--database', ':memory:']

/** A module with which a process survives the signal of a file that is too large: a full disk sends none. */
const SURVIVE = 'data:text/javascript,process.on(`SIGXFSZ`,()=>{})'.replaceAll('`', "'")

const base64 = (text: string): string => Buffer.from(text).toString('base64')

t.test('a secret becomes a pseudonym by its kind, wherever it stands,', async t => {
  const replace = (text: string, contentType?: string, hasCodes = true) => {
    const pseudonyms = createPseudonyms()
    return pseudonyms.finish(replaceBody(text, contentType, { pseudonyms, hasCodes, depth: 0 }))
  }
  const multipart = (name: string, value: string) =>
    `--b\r\nContent-Disposition: form-data; ${name}\r\n\r\n${value}\r\n--b\r\nContent-Disposition: form-data; name="x"\r\n\r\nkept\r\n--b--\r\n`

  t.test('in an address', async t => {
    for (const [sent, kept] of [
      ['/x?accessRequestToken=S3CRET&a=b', '/x?accessRequestToken=token-1&a=b'],
      ['/x?accessRequestToken=Bearer%20S3CRET', '/x?accessRequestToken=Bearer%20token-1'],
      ['/x?accessRequestToken=bearer+S3CRET', '/x?accessRequestToken=bearer+token-1'],
      ['/x?%61ccessRequestToken=S3CRET', '/x?%61ccessRequestToken=token-1'],
      ['/x?access_token=S3%43RET&access_token=S3CRET', '/x?access_token=token-1&access_token=token-1'],
      ['/x?code=S3CRET&state=s', '/x?code=code-1&state=s'],
      ['/x;token=S3CRET/y', '/x;token=token-1/value-1'],
      ['/x;token%3DS3CRET', '/x;token%3Dtoken-1'],
      ['http://u:S3CRET@h/p?sig=S3CRET2&key=S3CRET3', 'http://value-1:secret-1@h/p?sig=value-2&key=value-3'],
      ['/x?cb=http%3A%2F%2Fh%2F%3Fapi_key%3DS3CRET', '/x?cb=http%3A%2F%2Fh%2F%3Fapi_key%3Dvalue-1'],
      ['/x?a=b%26password%3DS3CRET', '/x?a=b%26password%3Dsecret-1'],
      ['/x?count=20&fields=id%2Curl&filterValue=a+b', '/x?count=20&fields=id%2Curl&filterValue=a+b']
    ])
      t.equal(replace(sent ?? ''), kept)
  })

  t.test('in a form, in JSON with its formatting, and in multipart', async t => {
    for (const [sent, kept, type] of [
      ['&grant_type=x&client_id=app&client_secret=S3CRET', '&grant_type=x&client_id=app&client_secret=secret-1'],
      ['refresh_token=S3CRET&password=S+%C3%A9', 'refresh_token=refresh-1&password=secret-1'],
      ['{ "access_token" : "S3CRET",\n "expires_in":3600 }', '{ "access_token" : "token-1",\n "expires_in":3600 }'],
      ['{"\\u0061ccess_token":"S3\\u0043RET"}', '{"\\u0061ccess_token":"token-1"}'],
      ['{"password":123456,"b":true,"secret":null}', '{"password":"secret-1","b":true,"secret":null}'],
      ['{"session":{"a":["S3CRET",{"b":"S3CRET2"}]}}', '{"session":{"a":["session-1",{"b":"session-2"}]}}'],
      ['{"url":"http://u:S3CRET@h/?token=S3CRET2&a=b"}', '{"url":"http://value-1:secret-1@h/?token=token-1&a=b"}'],
      ['{"a":"{\\"client_secret\\":\\"S3CRET\\"}"}', '{"a":"{\\"client_secret\\":\\"secret-1\\"}"}'],
      ['{"access_token":"S3CRET', '{"access_token":"token-1"'],
      ["{'client_secret': 'S3CRET'}", "{'client_secret': 'secret-1'}"],
      ['client_secret: S3CRET\nnext: x', 'client_secret: secret-1\nnext: x'],
      [
        multipart('name="client_secret"', 'S3CRET'),
        multipart('name="client_secret"', 'secret-1'),
        'multipart/form-data; boundary=b'
      ],
      [multipart('name=code', 'S3\r\nCRET'), multipart('name=code', 'code-1'), 'multipart/form-data; boundary="b"'],
      [multipart('name="refresh_token"', 'S3CRET'), multipart('name="refresh_token"', 'refresh-1')],
      ['<input type=hidden name="csrf_token" value="S3CRET">', '<input type=hidden name="csrf_token" value="xsrf-1">'],
      ['<access_token>S3CRET</access_token>', '<access_token>token-1</access_token>']
    ])
      t.equal(replace(sent ?? '', type), kept)
    t.equal(replace('{"error":{"code":"access_denied"}}', undefined, false), '{"error":{"code":"access_denied"}}')
    const plain =
      '[{"startIndex":0,"entry":[{"note":"a: b = c","url":"http://h/p?a=b","links":{"self":"http://h/@me/0003*210"}}]}]'
    t.equal(replace(plain), plain)
  })

  t.test('in a header', async t => {
    const of = (name: string, value: string) => {
      const pseudonyms = createPseudonyms()
      const [[, replaced = ''] = []] = replaceHeaders([name, value], { pseudonyms, hasCodes: true, depth: 0 })
      return pseudonyms.finish(replaced)
    }
    for (const [name, sent, kept] of [
      ['Authorization', 'Bearer S3CRET', 'Bearer token-1'],
      ['authorization', 'bearer   S3CRET a', 'bearer   token-1'],
      ['AUTHORIZATION', 'S3CRET', 'token-1'],
      ['Authorization', `Basic ${base64('app:S3:CRET')}`, 'Basic app:secret-1'],
      ['Authorization', 'Basic S3CRET', 'Basic value-1'],
      ['Authorization', 'Digest username="S3CRET"', 'Digest value-1'],
      ['Proxy-Authorization', `Basic ${base64('a:S3CRET')}`, 'Basic a:secret-1'],
      [
        'Cookie',
        'vn=S3CRET; xsrf-token=S3%43RET2; dev=S3CRET3; S3CRET4',
        'vn=session-1; xsrf-token=xsrf-1; dev=cookie-1; cookie-2'
      ],
      ['Set-Cookie', 'vn="S3CRET"; Path=/; HttpOnly', 'vn="session-1"; Path=/; HttpOnly'],
      ['Set-Cookie', 'vn=; Max-Age=0', 'vn=; Max-Age=0'],
      ['X-XSRF-Token', 'S3CRET', 'xsrf-1'],
      ['X-Api-Key', 'S3CRET', 'value-1'],
      ['X-Access-Token', 'Bearer S3CRET', 'Bearer token-1'],
      ['Location', 'http://h/cb?code=S3CRET&state=s', 'http://h/cb?code=code-1&state=s'],
      ['Referer', 'http://h/?access_token=S3CRET', 'http://h/?access_token=token-1'],
      ['X-Note', 'Bearer S3CRET99', 'Bearer token-1'],
      ['WWW-Authenticate', 'Basic realm="token"', 'Basic realm="token"'],
      ['Content-Type', 'application/json; charset=utf-8', 'application/json; charset=utf-8']
    ] as const)
      t.equal(of(name, sent), kept, `${name}: ${sent}`)
  })
})

t.test('a secret has one pseudonym in a recording,', async t => {
  const pseudonyms = createPseudonyms()
  const search = { pseudonyms, hasCodes: true, depth: 0 }
  const replace = (text: string) => pseudonyms.finish(replaceSecrets(text, search))

  t.test('whatever its kind and its spelling, and others have others', async t => {
    t.equal(replace('?token=a%2Fb%2B12345'), '?token=token-1')
    t.equal(replace('{"password":"a/b+12345"}'), '{"password":"token-1"}')
    t.equal(replace('?access_token=other&refresh_token=third'), '?access_token=token-2&refresh_token=refresh-1')
    t.equal(replace('?access_token=third'), '?access_token=refresh-1')
  })
  t.test('and it is found where nothing announces it', async t => {
    for (const [sent, kept] of [
      ['/path/a/b+12345/x', '/path/token-1/x'],
      ['/path/a%2fb%2B12345', '/path/token-1'],
      ['/path/a%252Fb%252B12345', '/path/token-1'],
      ['xa/b+12345y', 'xtoken-1y'],
      ['{"x":"a\\/b+12345!"}', '{"x":"token-1!"}'],
      ['?state=a%2Fb%2B12345', '?state=token-1'],
      ['other', 'other']
    ])
      t.equal(replace(sent ?? ''), kept, `${sent}`)
  })
  t.test('a text that looks like a pseudonym has one of its own', async t => {
    t.equal(replace('?token=token-1'), '?token=token-3')
    t.equal(replace('?token=a%2Fb%2B12345 token-1'), '?token=token-1 token-3')
    t.notMatch(replace('?token=\uFDD0S3CRETS3\uFDD1'), 'S3CRET')
  })
  t.test('and a short one is not taken for a part of other texts', async t => {
    t.equal(replace('?password=1234&code=abc'), '?password=secret-1&code=code-1')
    t.equal(replace('0003*1234 abc'), '0003*1234 abc')
    t.equal(replace('?password=pw1234'), '?password=secret-2')
    t.equal(replace('my pw1234, xpw1234y'), 'my secret-2, xpw1234y')
  })
  t.test('and the start of one at the end of a text that was cut', async t => {
    t.equal(pseudonyms.finish('{"x":"a/b+123', true), '{"x":"token-1')
    t.equal(pseudonyms.finish('{"x":"a/b+123'), '{"x":"a/b+123')
  })
  t.test('and a text with many encodings and secrets takes a bounded time', async t => {
    let nested = 'http://h/?token=S3CRETS3CRET'
    for (let depth = 0; depth < 12; depth++) nested = `http://h/?a=${encodeURIComponent(nested)}`
    t.notMatch(replace(nested), 'S3CRET')
    for (const hostile of [
      '%3D'.repeat(20_000),
      'a='.repeat(30_000),
      '{'.repeat(50_000),
      '"\\'.repeat(50_000),
      `${'x'.repeat(200_000)}%`,
      'token:'.repeat(20_000),
      '://'.repeat(30_000),
      '<input '.repeat(100_000),
      `{"${'token['.repeat(100_000)}":1}`,
      `{"a":"${'token['.repeat(100_000)}"}`,
      `x${' '.repeat(200_000)}x=`,
      `${'; '.repeat(200_000)}=`,
      `{${'"a":"b=c",'.repeat(50_000)}"d":1}`,
      `content-disposition:${';'.repeat(200_000)}`,
      `--b\r\n${'a: b\r\n'.repeat(50_000)}`
    ]) {
      const began = process.cpuUsage().user
      replace(hostile)
      replaceHeaders(['Cookie', hostile.slice(0, 60_000), 'Set-Cookie', hostile.slice(0, 60_000)], search)
      replaceBody(hostile, 'multipart/form-data; boundary=b', search)
      t.ok(process.cpuUsage().user - began < 5_000_000, hostile.slice(0, 12))
    }
  })
})

/** Everything that a text can hide: it and what its escapes, percent-encoding and Base64 stand for. */
function readings(text: string): string {
  let [plain, all] = [text, text]
  for (let depth = 0; depth < 6; depth++) {
    plain = plain
      .replace(/\\+u([0-9a-f]{4})/gi, (_all, code) => String.fromCharCode(Number.parseInt(code, 16)))
      .replace(/\\+/g, '')
      .replace(/%([0-9a-f]{2})/gi, (_all, code) => String.fromCharCode(Number.parseInt(code, 16)))
    all += plain
  }
  const encoded = all.match(/[A-Za-z0-9+/_-]{16,}={0,2}/g) ?? []
  return all + encoded.map(part => Buffer.from(part, 'base64').toString('latin1')).join('\n')
}

t.test('no secret reaches the disk,', async t => {
  t.test('in whatever part of a request or an answer it stands', async t => {
    const secrets: string[] = []
    const secret = () => {
      secrets.push(`kanarie${secrets.length}/ä+${secrets.length * 7}`)
      return secrets.at(-1) ?? ''
    }
    const encoded = () => encodeURIComponent(secret())
    const ascii = () => {
      secrets.push(`kanarie.${secrets.length}.ascii`)
      return secrets.at(-1) ?? ''
    }
    const codings = { gzip: gzipSync, deflate: deflateSync, br: brotliCompressSync, 'x-gzip': gzipSync }
    const json = () =>
      JSON.stringify({
        access_token: secret(),
        refresh_token: secret(),
        deep: [{ password: secret() }],
        note: `see ${secrets[0]}`
      })
    /** A body that is not kept, so that its secrets stay unknown. */
    const unread = new Set<string>()
    const hidden = () => {
      const before = secrets.length
      const body = json()
      for (const each of secrets.slice(before)) unread.add(each)
      return body
    }
    const parts = () =>
      `--b\r\nContent-Disposition: form-data; name="client_secret"\r\n\r\n${secret()}\r\n--b\r\nContent-Disposition: form-data; name=code\r\n\r\n${secret()}\r\n--b--`
    const answers: [headers: Record<string, string | string[]>, body: string | Buffer][] = [
      [{ 'content-type': 'application/json' }, json()],
      ...Object.entries(codings).map(([coding, compress]): [Record<string, string>, Buffer] => [
        { 'content-encoding': coding },
        compress(json())
      ]),
      [{ 'content-encoding': 'deflate' }, deflateRawSync(json())],
      [{ 'content-encoding': 'gzip, br' }, brotliCompressSync(gzipSync(json()))],
      [{ 'content-encoding': 'rot13' }, hidden()],
      [{ 'content-encoding': 'gzip' }, hidden()],
      [{ 'content-encoding': 'gzip' }, gzipSync(hidden() + 'x'.repeat(3_000_000))],
      [{ 'content-type': 'text/plain; charset=utf-16le' }, Buffer.from(hidden(), 'utf16le')],
      [{}, Buffer.from(hidden(), 'utf16le')],
      [
        { 'content-type': 'text/plain' },
        Buffer.concat([Buffer.from(`token=${ascii()}&x=`), Buffer.from([0xe9, 0xff])])
      ],
      [{ location: `http://h/cb?state=1&code=${encoded()}#access_token=${encoded()}` }, ''],
      [{ 'set-cookie': [`vn=${encoded()}; Path=/`, `xsrf-token=${ascii()}`, `other=${ascii()}`] }, ''],
      [
        { 'content-type': 'text/html' },
        `<form><input name="code" value="${ascii()}"></form><a href="/x?token=${encoded()}">`
      ],
      [{ 'content-type': 'application/json' }, json().slice(0, -4)],
      [
        { 'content-type': 'application/json' },
        `{"callback":"https://user:${ascii()}@app/h?key=${ascii()}","deep":"{\\"a\\":\\"http://x/?sig=${ascii()}\\"}"}`
      ]
    ]
    const digest = ascii() // of the whole header only: it is no secret of later requests
    unread.add(digest)
    let sent = 0
    const upstream = await keepRequests(t, (_request, response) => {
      const [headers, body] = answers[sent++ % answers.length] ?? [{}, '']
      response.writeHead(200, headers).end(body)
    })
    const proxy = await record(t, upstream.url, ['--all'])
    const requests: [target: string, headers: Record<string, string>, body?: string | Buffer][] = [
      [LIST, { authorization: `Bearer ${ascii()}` }],
      [LIST, { authorization: ascii() }],
      [LIST, { authorization: `Basic ${base64(`app:${secret()}`)}` }],
      [LIST, { authorization: `basic  ${base64(`${secret()}`)}` }],
      [LIST, { authorization: `Digest username="a", response="${digest}"` }],
      [LIST, { cookie: `vn=${encoded()}; xsrf-token=${ascii()}; other="${ascii()}"`, 'x-xsrf-token': ascii() }],
      [LIST, { 'x-api-key': ascii(), 'x-my-secret': ascii(), 'x-note': `Bearer ${ascii()}` }],
      [`${LIST}?accessRequestToken=${encoded()}&access_token=Bearer%20${encoded()}`, {}],
      [`${LIST}?%61ccess%5Ftoken=${encoded()}&acc%65ssRequestToken=${encoded()}`, {}],
      [`${LIST}?x=${encodeURIComponent(encodeURIComponent(`http://h/?token=${encoded()}`))}`, {}],
      [`${LIST};token=${ascii()}/x`, {}],
      [
        `/oauth/token.php?client_secret=${encoded()}`,
        {},
        `grant_type=x&client_secret=${encoded()}&code=${encoded()}&refresh_token=${encoded()}&password=${encoded()}`
      ],
      ['/oauth/token.php', { 'content-type': 'application/json' }, json()],
      ['/oauth/token.php', { 'content-type': 'multipart/form-data; boundary=b' }, parts()],
      ['/oauth/token.php', { 'content-type': 'multipart/form-data' }, parts()],
      ['/oauth/token.php', { 'content-encoding': 'gzip' }, gzipSync(json())],
      ['/oauth/token.php', { 'content-encoding': 'zstd' }, hidden()],
      [
        LIST,
        { referer: `http://h/?access_token=${encoded()}` },
        JSON.stringify({
          url: `http://u:${ascii()}@h/?token=${encoded()}&next=${encodeURIComponent(`http://x/?secret=${encoded()}`)}`
        })
      ],
      [LIST, {}, `{"client_secret": '${ascii()}'`],
      [LIST, {}, `client_secret : ${ascii()}\nBearer ${ascii()}`],
      [`/path/${encodeURIComponent(secrets[0] ?? '').replace(/%2F/g, '')}`, {}]
    ]
    for (const [target, headers, body] of requests) {
      const whole = Buffer.from(body ?? '')
      const head = Object.entries({
        host: 'a',
        connection: 'close',
        'content-length': String(whole.length),
        ...headers
      })
      const text = head.map(([name, value]) => `${name}: ${value}\r\n`).join('')
      await exchangeBytes(proxy.port, Buffer.concat([Buffer.from(`POST ${target} HTTP/1.1\r\n${text}\r\n`), whole]))
    }
    // Later occurrences, in places where nothing announces a secret.
    const known = secrets.filter(each => !unread.has(each))
    for (const secret of known)
      await fetch(
        `${proxy.url}/path/${encodeURIComponent(secret).replace(/%2F/gi, 'x')}?note=${encodeURIComponent(secret)}`,
        {
          method: 'POST',
          headers: { 'x-note': encodeURIComponent(secret) },
          body: JSON.stringify({ note: `It is ${secret}.`, [secret]: 1 })
        }
      ).then(answer => answer.arrayBuffer().catch(() => {})) // some answers are not what their headers say
    await proxy.stop()
    t.equal(proxy.err(), '', 'none is refused')
    t.equal(readRecording(proxy.file).entries.length, requests.length + known.length)
    const everything = readings(readFileSync(proxy.file, 'utf8'))
    const upstreamGot = readings(JSON.stringify(upstream.arrived))
    t.ok(secrets.length > 70, `${secrets.length} secrets`)
    for (const each of secrets) t.notOk(everything.includes(each), each)
    t.notMatch(everything.replaceAll('kanarieä', ''), /kanarie\d+\/|kanarie\.\d/, 'not even a part of one')
    t.ok(upstreamGot.includes(secrets.at(-1) ?? 'none'), 'the PBX got them')
    t.equal(statSync(proxy.file).mode & 0o777, 0o600, 'only its owner reads the recording')
  })

  t.test('in a session with an emulator, whose answers issue secrets', async t => {
    const emulator = await start(t, { fixture: CANARIES, autoConsent: true })
    const proxy = await record(t, emulator.url)
    const issued = ['canary.token', 'canary.client.secret', 'canary.vn', 'canary.xsrf']
    const client = { client_id: 'app', client_secret: 'canary.client.secret' }
    const app = { client_id: 'app', redirect_uri: 'http://localhost/callback', state: 's' }
    const grant = async (body: object) => {
      const answer = await call(`${proxy.url}/oauth/token.php`, {
        method: 'POST',
        token: null,
        body: { ...client, ...body }
      })
      t.equal(answer.status, 200)
      issued.push(...[answer.body.access_token, answer.body.refresh_token].filter(Boolean))
    }
    const session = { cookie: 'vn=canary.vn; xsrf-token=canary.xsrf', 'x-xsrf-token': 'canary.xsrf' }
    t.equal((await call(`${proxy.url}${LIST}`, { token: null, headers: session })).status, 200)
    t.equal((await call(`${proxy.url}${LIST}`, { token: 'canary.token' })).status, 200)
    const query = new URLSearchParams({ ...app, response_type: 'code' })
    const { headers } = await call(`${proxy.url}/oauth/authorize.php?${query}`, { token: null, headers: session })
    const code = new URL(headers.location ?? '').searchParams.get('code') ?? ''
    issued.push(code)
    await grant({ grant_type: 'client_credentials' })
    await grant({ ...app, grant_type: 'authorization_code', code })
    for (const token of issued) await call(`${proxy.url}${LIST}?accessRequestToken=Bearer%20${token}`, { token: null })
    await proxy.stop()
    const everything = readings(readFileSync(proxy.file, 'utf8'))
    t.equal(issued.length, 7 + 1)
    for (const secret of issued) t.notOk(everything.includes(secret), secret)
    t.match(everything, /code-1/)
    t.match(everything, /refresh-1/)
  })

  t.test('and a body that cannot be searched is not kept', async t => {
    const bodies: [headers: Record<string, string>, body: Buffer, omitted: string][] = [
      [{ 'content-encoding': 'zstd' }, Buffer.from('abc'), 'unknown_coding'],
      [{ 'content-encoding': 'gzip' }, Buffer.from('abc'), 'undecodable'],
      [{ 'content-type': 'text/plain; charset=utf-16' }, Buffer.from('a\0b\0'), 'undecodable'],
      [{}, Buffer.from([1, 0, 2]), 'undecodable'],
      [{}, Buffer.alloc(1024 * 1024 + 1, 'x'), 'too_large'],
      [{ 'content-encoding': 'gzip' }, gzipSync(Buffer.alloc(2_000_000)), 'too_large'],
      [{ 'content-encoding': 'br' }, brotliCompressSync(Buffer.alloc(2_000_000)), 'too_large'],
      [{ 'content-encoding': 'deflate' }, deflateRawSync(Buffer.alloc(2_000_000)), 'too_large']
    ]
    let at = 0
    const upstream = await keepRequests(t, (_request, response) => {
      const [headers, body] = bodies[at++] ?? [{}, '']
      response.writeHead(200, headers).end(body)
    })
    const proxy = await record(t, upstream.url)
    for (const [, body] of bodies) {
      const text = await exchangeBytes(proxy.port, `GET ${LIST} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`)
      t.ok(text.includes(body.toString('latin1').slice(0, 100)), 'it passes whole')
    }
    const recorded = await proxy.exchanges(bodies.length)
    t.strictSame(
      recorded.map(({ response }) => response?.body),
      bodies.map(([, body, omitted]) => ({ omitted, bytes: body.length }))
    )
  })
})

t.test('after kill -9 every line of a recording is whole', async t => {
  const upstream = await keepRequests(
    t,
    (_request, response) => void response.end(JSON.stringify({ text: 'x'.repeat(2000) }))
  )
  const folder = t.testdir()
  for (let round = 0; round < 5; round++) {
    const program = launch(['record', '--upstream', upstream.url, '--port', '0', '--json', '--out', folder])
    t.teardown(() => program.stop('SIGKILL'))
    const { url, file } = JSON.parse(await firstLine(program))
    let answered = 0
    const client = async () => {
      for (;;) {
        await call(`${url}${LIST}`)
        answered += 1
      }
    }
    const clients = Promise.allSettled([client(), client(), client()])
    await until(() => answered > 20 + 40 * round)
    await program.stop('SIGKILL')
    await clients
    const { entries } = readRecording(file) // throws where a line is not whole
    t.ok(entries.length >= answered - 3, `${entries.length} lines, ${answered} answers`)
  }
})

t.test('a recording', async t => {
  const upstream = await keepRequests(t)
  t.test('is a new file of each run, which is its owner’s only, in a folder that is created', async t => {
    const folder = `${t.testdir()}/a/b`
    for (let run = 0; run < 2; run++) {
      const running = await startHere(t, ['record', '--upstream', upstream.url, '--port', '0', '--out', folder])
      t.match(running.out(), /^Give your client this url: http:\/\/127\.0\.0\.1:\d+\n\n {2}upstream {6}http:/)
      t.match(await running.stop(), { code: 0, err: '' })
    }
    const files = readdirSync(folder)
    t.equal(files.length, 2)
    for (const file of files) {
      t.match(file, /^exchanges-\d{8}T\d{6}\.\d{3}Z(-\d+)?\.jsonl$/)
      t.equal(statSync(join(folder, file)).mode & 0o777, 0o600)
    }
    t.equal(statSync(folder).mode & 0o777, 0o700)
  })

  t.test('that can no longer be written says so at once, and answers go on', async t => {
    const folder = t.testdir()
    const limited = `ulimit -f 4; exec "${process.execPath}" --import "${SURVIVE}" dist/main.js record --upstream ${upstream.url} --port 0 --json --out ${folder}`
    const child = spawn('/bin/sh', ['-c', limited], { stdio: ['ignore', 'pipe', 'pipe'] })
    t.teardown(() => child.kill('SIGKILL'))
    let [out, err] = ['', '']
    child.stdout.on('data', chunk => {
      out += chunk
    })
    child.stderr.on('data', chunk => {
      err += chunk
    })
    await until(() => out.endsWith('\n'))
    const { url, file } = JSON.parse(out)
    for (let sent = 0; sent < 20; sent++) t.equal((await call(`${url}${LIST}`)).status, 200)
    await until(() => err !== '')
    t.match(err, /exchanges-.*\.jsonl cannot be written: the file is as large as it may get\..* Requests go on/)
    child.kill('SIGTERM')
    const code = await new Promise(ended => child.on('close', ended))
    t.equal(code, 1)
    t.match(err, /\d+ lines are missing in /)
    t.ok(readRecording(file).entries.length > 0, 'its lines are whole')
  })

  t.test('has what was sent: names in their case and order, numbers of arrival, times', async t => {
    const proxy = await record(t, upstream.url)
    await exchangeBytes(
      proxy.port,
      `POST ${LIST}?a=b HTTP/1.1\r\nhOST: x\r\nX-b: 1\r\nx-A: 2\r\nX-b: 3\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}`
    )
    const [only] = await proxy.exchanges(1)
    t.match(only, {
      exchange: 1,
      at: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/,
      ms: Number,
      request: { method: 'POST', target: `${LIST}?a=b`, body: { text: '{}' } },
      response: { status: 200, statusText: 'OK', body: { text: '{}' } }
    })
    t.strictSame(only?.request.headers, [
      ['hOST', 'x'],
      ['X-b', '1'],
      ['x-A', '2'],
      ['X-b', '3'],
      ['Content-Length', '2'],
      ['Connection', 'close']
    ])
  })
})

t.test('catch --record', async t => {
  const webhook = `POST /hook/x?CallID=1&token=geheim123 HTTP/1.1\r\nHost: a\r\nX-b: 1\r\nx-A: 2\r\nX-b: 3\r\nContent-Length: 25\r\nConnection: close\r\n\r\nStatus=2&password=geheim9`
  const catching = async (words: string[]) => {
    const started = await startHere(t, ['catch', '--port', '0', '--json', ...words])
    const { url } = JSON.parse(started.out().split('\n')[0] ?? '')
    return { ...started, url, port: Number(new URL(url).port) }
  }

  t.test('keeps each webhook as it came, with pseudonyms, and its answer', async t => {
    const file = `${t.testdir()}/hooks.jsonl`
    const running = await catching(['--record', file, '--status', '202'])
    t.match(await exchangeBytes(running.port, webhook), /^HTTP\/1\.1 202 /)
    const { start: first, entries } = readRecording(file)
    t.notOk('upstream' in first)
    t.match(entries, [
      {
        webhook: 1,
        request: {
          method: 'POST',
          target: '/hook/x?CallID=1&token=token-1',
          body: { text: 'Status=2&password=secret-1' }
        },
        response: { status: 202 }
      }
    ])
    t.strictSame(entries[0]?.request.headers.slice(1, 4), [
      ['X-b', '1'],
      ['x-A', '2'],
      ['X-b', '3']
    ])
    t.notMatch(readFileSync(file, 'utf8'), 'geheim')
    t.equal(statSync(file).mode & 0o777, 0o600)
    t.match((await running.stop()).out, 'geheim123', 'the terminal has them')
  })

  t.test('--forward passes each one on to the application, and gives its answer back', async t => {
    const app = await keepRequests(t, (_request, response) => void response.writeHead(418, { 'X-Mine': 'a' }).end('no'))
    const file = `${t.testdir()}/hooks.jsonl`
    const running = await catching(['--record', file, '--forward', `${app.url}/base/`])
    const answer = await exchangeBytes(running.port, webhook)
    t.match(answer, /^HTTP\/1\.1 418 .*X-Mine: a\r\n.*\r\n2\r\nno\r\n/s)
    t.match(app.arrived, [
      { method: 'POST', target: '/base/hook/x?CallID=1&token=geheim123', body: 'Status=2&password=geheim9' }
    ])
    t.strictSame(app.arrived[0]?.headers.slice(0, 10), [
      'Host',
      `127.0.0.1:${app.port}`,
      'X-b',
      '1',
      'x-A',
      '2',
      'X-b',
      '3',
      'Content-Length',
      '25'
    ])
    t.match(readRecording(file).entries, [{ webhook: 1, response: { status: 418 } }])
    t.match((await running.stop()).out, /"CallID":"1"/)
  })

  t.test('--forward to an application that is away: the PBX gets --status', async t => {
    const file = `${t.testdir()}/hooks.jsonl`
    const running = await catching([
      '--record',
      file,
      '--forward',
      `http://127.0.0.1:${await freePort()}`,
      '--status',
      '503'
    ])
    t.match(await exchangeBytes(running.port, webhook), /^HTTP\/1\.1 503 /)
    t.match(await exchangeBytes(running.port, webhook.replace('/hook/x', '/hook/../x')), /^HTTP\/1\.1 503 /)
    t.match(readRecording(file).entries, [
      { response: { status: 503 }, failure: { code: 'upstream_unreachable', message: /--forward.*the application/ } },
      { response: { status: 503 }, failure: { code: 'path_ambiguous' } }
    ])
    t.match((await running.stop()).err, /webhook 1: upstream_unreachable/)
  })

  t.test('works with --register', async t => {
    const server = await serveHere(t, MEMORY)
    const file = `${t.testdir()}/hooks.jsonl`
    const running = await startHere(t, [
      'catch',
      '--port',
      '0',
      '--url',
      server.url,
      '--register',
      '0003*210',
      '--record',
      file
    ])
    await until(() => running.out() !== '')
    await runHere(['call', '--from', '0003*211', '--to', '0003*210', '--url', server.url])
    await until(() => readRecording(file).entries.length >= 2)
    t.match(readRecording(file).entries[0], {
      webhook: 1,
      request: { method: 'POST', body: { text: /^CallID=/ } },
      response: { status: 200 }
    })
    t.match(await running.stop(), { code: 0, err: '' })
  })

  t.test('refuses a file that exists, a folder, and an address that is no URL', async t => {
    const folder = t.testdir({ 'old.jsonl': 'kept' })
    for (const [words, message] of [
      [['--record', `${folder}/old.jsonl`], /--record .*old\.jsonl: it exists already, and is not overwritten/],
      [['--record', folder], /--record .*: it (?:is a folder|exists already)/],
      [['--record', `${folder}/none/x`], /--record .*: its folder does not exist\. Create it\./],
      [['--forward', 'localhost:3000'], /--forward must be an http or https URL/],
      [['--forward', 'http://u:canary@localhost'], /--forward must be/],
      [['--forward', 'http://localhost?x'], /--forward must be/]
    ] as const) {
      const { code, err } = await runHere(['catch', '--port', '0', ...words])
      t.equal(code, 2, words.join(' '))
      t.match(err, message)
      t.notMatch(err, 'canary')
    }
    t.equal(readFileSync(`${folder}/old.jsonl`, 'utf8'), 'kept')
  })
})

t.test('a secret is replaced whatever characters, names and formats it comes with', t => {
  const SECRET = 'Canary42corr'
  const FORM = 'application/x-www-form-urlencoded'
  const bodies: [what: string, text: string, contentType: string][] = [
    ['a # in a form', `grant_type=password&password=a1b2#${SECRET}`, FORM],
    ['a quote in a form', `client_secret=a1b2'${SECRET}&x=1`, FORM],
    ['a space in a form', `client_secret=a1b2 ${SECRET}`, FORM],
    ['an attribute', `<a data-token="${SECRET}">`, 'text/html'],
    ['a script', `<script>var accessToken="${SECRET}"</script>`, 'text/html'],
    ['a CDATA section', `<token><![CDATA[${SECRET}]]></token>`, 'text/xml'],
    ['a param element', `<param name="token" value="${SECRET}">`, 'text/html'],
    ...[
      'code_verifier',
      'device_code',
      'passcode',
      'password1',
      'private_key',
      'pwd',
      'jwt',
      'PHPSESSID',
      'tokens'
    ].map((name): [string, string, string] => [name, JSON.stringify({ [name]: SECRET }), 'application/json']),
    [
      'multipart with blanks and single quotes',
      `--XX \r\nContent-Disposition: form-data; name='client_secret'\r\n\r\n${SECRET}\r\n--XX--`,
      'multipart/form-data; boundary=XX'
    ]
  ]
  const search = () => ({ pseudonyms: createPseudonyms(), hasCodes: true, depth: 0 })
  for (const [what, text, contentType] of bodies) t.notMatch(replaceBody(text, contentType, search()), SECRET, what)
  const headers = [
    ['Set-Cookie', `a=1; Path=/, vn=${SECRET}; HttpOnly`],
    ['Authorization', `Basic ${Buffer.from(`${SECRET}:`).toString('base64')}`],
    ['X-JWT-Assertion', SECRET],
    ['X-Info', `token="${SECRET}"`]
  ]
  for (const [name = '', value = ''] of headers)
    t.notMatch(JSON.stringify(replaceHeaders([name, value], search())), SECRET, name)
  const dated = 'sid=x1; Expires=Wed, 21 Oct 2026 07:28:00 GMT; Path=/'
  t.match(replaceHeaders(['Set-Cookie', dated], search())[0]?.[1], /; Expires=Wed, 21 Oct 2026 07:28:00 GMT; Path=\/$/)
  t.notMatch(replaceTarget(`/oauth/x?token=a1b2'${SECRET}&y=1`, search()), SECRET)
  t.end()
})
