import { spawn } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { join, relative } from 'node:path'
import t, { type Test } from 'tap'
import { SERVE_OPTIONS } from '../src/config.js'
import { environmentName, type OptionRow } from '../src/option-table.js'
import { CANARIES, CANARY, sendCanaries } from './support/canaries.js'
import { EVENTS, NEW_EVENT, readFixture, start, TOKENS } from './support/emulator.js'
import {
  call,
  fingerprint,
  launch,
  ROOT,
  run,
  runHere,
  runShell,
  serve,
  serveHere,
  startHere,
  until
} from './support/program.js'
import { request, send } from './support/socket.js'

const MEMORY = ['--database', ':memory:']
const NOT_WINDOWS = process.platform === 'win32' && 'Windows has no signals, no file modes and no sh'
const BRIEF = ['--port', '0', '--json', ...MEMORY]

t.test('when the server is ready', async t => {
  t.test('--json prints one line on standard output, and logs go to standard error', async t => {
    const folder = t.testdir()
    const server = await serve(t, ['--database', 'emulator.db', '--fixture', 'empty', '--fixture', 'default'], {
      cwd: folder
    })
    t.strictSame(server.ready, {
      ready: true,
      url: `http://127.0.0.1:${server.port}`,
      controlUrl: `http://127.0.0.1:${server.port}/_emulator`,
      pid: server.process.pid,
      database: join(folder, 'emulator.db'),
      fixtures: ['empty', 'default']
    })
    t.equal((await call(`${server.ready.controlUrl}/health`)).status, 200)
    await call(`${server.url}${EVENTS}`, { token: 'wrong-token' })
    const { code, out, err } = await server.stop()
    t.equal(code, 0)
    t.equal(out, `${JSON.stringify(server.ready)}\n`, 'nothing else')
    t.match(err, /INFO: listening on/)
    t.match(err, new RegExp(`\\] GET ${EVENTS.replaceAll('*', '\\*')} 401 token_unknown\n`))
  })

  t.test('without --json, a banner shows the address and a cURL command that works', { skip: NOT_WINDOWS }, async t => {
    const program = launch(['--port', '0', ...MEMORY])
    t.teardown(() => program.stop('SIGKILL'))
    await until(() => program.out().includes('Stop it with'))
    t.match(program.out(), /listens on http:\/\/127\.0\.0\.1:\d+\n/)
    const { code, out } = await runShell(curlOf(program.out()))
    t.equal(code, 0)
    t.match(out, /"url":"http:\/\/myevent\.com\/SaveMyPhoneCallDetails"/)
    t.match((await program.stop()).err, /INFO: listening on/, 'logs are on standard error here, too')
  })

  t.test('the cURL command works with other fixtures, and over TLS', { skip: NOT_WINDOWS }, async t => {
    const folder = t.testdir()
    for (const words of [
      ['--fixture', 'empty'],
      ['--tls', '--tls-dir', folder],
      ['--host', '0.0.0.0']
    ]) {
      const banner = (await startHere(t, ['--port', '0', ...MEMORY, ...words])).out()
      const { code, out } = await runShell(curlOf(banner))
      t.equal(code, 0)
      t.match(out, words.includes('empty') ? /"status":"ok"/ : /myevent\.com/, words.join(' '))
      if (words.includes('--tls')) t.match(banner, `certificate   ${join(folder, 'uapi-emulator-ca.pem')}\n`)
      if (words.includes('--host')) t.match(banner, /control token +[\w-]{20,}\n/)
    }
  })

  t.test(
    'the banner has the address of the page, with a token that was generated, never with one that was set',
    async t => {
      const OFF_LOOPBACK = ['--host', '0.0.0.0']
      for (const [words, link] of [
        [[], /^ {2}page {10}http:\/\/127\.0\.0\.1:\d+\/$/m],
        [OFF_LOOPBACK, /^ {2}page {10}http:\/\/127\.0\.0\.1:\d+\/#token=([\w-]{20,})$/m],
        [[...OFF_LOOPBACK, '--control-token', 'a-token-of-mine'], /^ {2}page {10}http:\/\/127\.0\.0\.1:\d+\/$/m],
        [[...OFF_LOOPBACK, '--control-token', 'none'], /^ {2}page {10}http:\/\/127\.0\.0\.1:\d+\/$/m],
        [['--public-url', 'https://calls.example.com/x/'], /^ {2}page {10}https:\/\/calls\.example\.com\/x\/$/m],
        [
          [...OFF_LOOPBACK, '--public-url', 'https://calls.example.com'],
          /^ {2}page {10}https:\/\/calls\.example\.com\/#token=([\w-]{20,})$/m
        ]
      ] as const) {
        const { out, stop } = await startHere(t, ['--port', '0', ...MEMORY, ...words])
        t.match(out(), link, words.join(' '))
        t.notMatch(out(), /a-token-of-mine/)
        const [, token] = link.exec(out()) ?? []
        t.equal(/control token +(\S+)/.exec(out())?.[1], token, 'the same token')
        await stop()
      }
    }
  )

  t.test('--public-url replaces the address in answers; the ready line still has the listening address', async t => {
    const { ready, port } = await serveHere(t, [...MEMORY, '--public-url', 'https://calls.example.com/'])
    t.equal(ready.url, `http://127.0.0.1:${port}`)
    const answer = await call(`http://127.0.0.1:${port}${EVENTS}`)
    t.match(answer.body[0].entry[0].links.self, /^https:\/\/calls\.example\.com\/uapi\//)
  })
})

t.test('a setting', async t => {
  t.test('is read from the flag, else the environment, else a fixture, else the default', async t => {
    const folder = t.testdir({
      'a.json': JSON.stringify({
        ...readFixture('default'),
        $schema: 'x',
        settings: { emptyCollection: 200, listEnvelope: 'object', tokenLifetimeSeconds: 5 }
      })
    })
    const { url } = await serve(t, [...MEMORY, '--fixture', join(folder, 'a.json'), '--token-lifetime-seconds', '7'], {
      env: environment({ listEnvelope: 'array', tokenLifetimeSeconds: '6', timeZone: '' })
    })
    t.equal((await call(`${url}${EVENTS}/4`)).status, 200, 'emptyCollection: the fixture')
    t.type((await call(`${url}${EVENTS}`)).body, Array, 'listEnvelope: the environment')
    t.equal((await token(url)).body.expires_in, 7, 'tokenLifetimeSeconds: the flag')
    const { body } = await call(`${url}${EVENTS}/0`, { method: 'POST', body: NEW_EVENT })
    t.match(body.PhoneCallEvent.modified, /\+00:00$/, 'timeZone: the default; an empty variable is none')
  })

  t.test('with several values is a repeated flag, or a list with commas in the environment', async t => {
    const hosts = { allowedHosts: 'one.example.com, two.example.com' }
    for (const [words, options] of [
      [['--allowed-host', 'one.example.com', '--allowed-host', 'two.example.com'], {}],
      [[], environment(hosts)]
    ] as const) {
      const { url } = await serveHere(t, [...MEMORY, ...words], options)
      t.equal((await call(url, { headers: { host: 'one.example.com' } })).status, 200)
      t.equal((await call(url, { headers: { host: 'two.example.com' } })).status, 200)
      t.equal((await call(url, { headers: { host: 'three.example.com' } })).status, 403)
    }
  })

  t.test('that is invalid prevents the start: every one is named, with the expected and the given value', async t => {
    const flags = Object.values<OptionRow>(SERVE_OPTIONS).filter(({ placeholder }) => placeholder)
    const onFlags = await runHere(flags.flatMap(setting => [`--${setting.flag}`, invalid(setting)]))
    t.strictSame({ code: onFlags.code, out: onFlags.out }, { code: 2, out: '' })
    for (const setting of flags) t.match(onFlags.err, complaint(`--${setting.flag}`, setting))

    // An empty variable counts as unset: compose passes unset variables like this.
    const judged = Object.values<OptionRow>(SERVE_OPTIONS).filter(setting => invalid(setting) !== '')
    const wrong = Object.fromEntries(judged.map(setting => [environmentName(setting), invalid(setting)]))
    const folder = t.testdir()
    const inEnvironment = await run([], { cwd: folder, env: wrong })
    t.strictSame({ code: inEnvironment.code, out: inEnvironment.out }, { code: 2, out: '' })
    for (const setting of judged) t.match(inEnvironment.err, complaint(environmentName(setting), setting))
    t.equal(inEnvironment.err.trim().split('\n').length, judged.length, 'a line each')
    t.strictSame(fingerprint(folder), {}, 'and nothing was made')
  })

  t.test('that contradicts another is refused', async t => {
    for (const [words, message] of [
      [['--tls-cert', 'a.pem'], /--tls-cert and --tls-key belong together/],
      [['--tls', '--tls-cert', 'a.pem', '--tls-key', 'b.pem'], /give one of the two/]
    ] as const) {
      const { code, err } = await runHere([...BRIEF, ...words])
      t.equal(code, 2)
      t.match(err, message)
    }
  })

  t.test('that is unknown is refused on the command line, and causes a warning in the environment', async t => {
    for (const words of [['--prot', '1'], ['--control-tokne=canary'], ['sevre'], ['--port']]) {
      const { code, out, err } = await runHere(words)
      t.strictSame({ code, out }, { code: 2, out: '' }, words.join(' '))
      t.match(err, /--help/)
      t.notMatch(err, /canary/)
    }
    const server = await serveHere(t, MEMORY, { UAPI_EMULATOR_PROT: '1' })
    t.match((await server.stop()).err, /WARN: UAPI_EMULATOR_PROT names no option/)
  })

  t.test('is listed in --help, every one', async t => {
    const { code, out } = await runHere(['serve', '--help'])
    t.equal(code, 0)
    for (const { flag } of Object.values(SERVE_OPTIONS)) t.match(out, `--${flag}`)
  })
})

t.test('an unusable listening address is refused, and no file is created or emptied', async t => {
  const folder = t.testdir()
  const file = join(folder, 'emulator.db')
  const before = await serveHere(t, ['--database', file])
  await call(`${before.url}${EVENTS}/1`, { method: 'POST', body: NEW_EVENT })
  await before.stop()
  const held = fingerprint(folder)
  const taken = createServer().listen(0, '127.0.0.1')
  t.teardown(() => taken.close())
  await until(() => taken.listening)
  const port = portOf(taken.address())

  for (const [words, message] of [
    [['--port', port], new RegExp(`--port: port ${port} of 127.0.0.1 is taken.* another with --port`)],
    [['--port', '0', '--host', '203.0.113.7'], /--host: 203\.0\.113\.7 is no address of this machine/]
  ] as const) {
    for (const database of [file, join(folder, 'new.db')]) {
      const { code, out, err } = await runHere(['--database', database, '--fresh', '--fixture', 'empty', ...words])
      t.strictSame({ code, out }, { code: 2, out: '' })
      t.match(err, message)
    }
  }
  t.strictSame(fingerprint(folder), held)
})

t.test('a fixture', async t => {
  t.test('is given as a name, a file, or a folder of files, and can be repeated', async t => {
    const folder = t.testdir({
      'one.json': JSON.stringify({ organizations: [{ id: 'one', name: 'One' }] }),
      many: {
        '10-users.json': `\uFEFF${JSON.stringify({ users: [{ id: 'u', name: 'U', organization: 'one', role: 'user' }] })}`,
        '20-more.json': JSON.stringify({
          extensions: [{ number: '1*100', owner: 'u', kind: 'queue' }],
          tokens: [{ accessToken: 'token-of-u', user: 'u' }]
        }),
        'my.schema.json': '{"type": "object"}',
        'notes.txt': 'not a fixture'
      }
    })
    const names = ['default', join(folder, 'one.json'), `./${relative('', folder)}/many`]
    const { url, ready } = await serveHere(t, [...MEMORY, ...names.flatMap(name => ['--fixture', name])])
    t.strictSame(ready.fixtures, names)
    t.equal((await call(`${url}/uapi/extensions/@me/100/phoneCallEvents`, { token: 'token-of-u' })).status, 204)
    t.equal((await call(`${url}${EVENTS}`)).status, 200)
  })

  t.test(
    'that is invalid is refused with the JSON path of every problem, and no file is created or emptied',
    async t => {
      const folder = t.testdir({
        'bad.json': JSON.stringify({
          users: [{ id: '12', name: '', organization: null, role: 'king' }],
          extensions: [{ number: '210', owner: '12', kind: 'queue' }],
          phonecallevents: []
        }),
        'lost.json': JSON.stringify({
          users: [{ id: '12', name: 'A', organization: 'nowhere', role: 'user' }],
          extensions: [{ number: '1*1', owner: '13', kind: 'queue' }]
        })
      })
      const file = join(folder, 'emulator.db')
      await (await serveHere(t, ['--database', file])).stop()
      const held = fingerprint(folder)
      for (const database of [file, join(folder, 'new.db')]) {
        const fixtures = ['bad.json', 'lost.json'].flatMap(name => ['--fixture', join(folder, name)])
        const bad = await runHere(['--port', '0', '--database', database, '--fresh', ...fixtures])
        t.strictSame({ code: bad.code, out: bad.out }, { code: 2, out: '' })
        const lines = bad.err.replaceAll(`${folder}/`, '').trim().split('\n').sort()
        t.match(lines, [
          /^bad\.json: \$\.extensions\[0\]\.number must match .*got "210"$/,
          /^bad\.json: \$\.phonecallevents is not a member/,
          /^bad\.json: \$\.users\[0\]\.name must .*got ""$/,
          /^bad\.json: \$\.users\[0\]\.role must be one of "user", .*got "king"$/,
          /^lost\.json: \$\.extensions\[0\]\.owner names "13", which does not exist/,
          /^lost\.json: \$\.users\[0\]\.organization names "nowhere", which does not exist/
        ])
        t.equal(lines.length, 6)
      }
      t.strictSame(fingerprint(folder), held)
    }
  )

  t.test('that cannot be read is refused, and a JSON syntax error has its line and column', async t => {
    const files: Record<string, [content: string | Buffer, message: RegExp]> = {
      'cut.json': ['{\n  "users": [\n', /not JSON: unexpected end at line 3, column 1/],
      'word.json': ['{\n  "users": [ canary ]\n}', /not JSON: syntax error at line 2, column 14/],
      'comma.json': ['{"users": [],\n}', /not JSON: syntax error at line 2, column 1/],
      'text.json': ['{"users": "ca\nnary"}', /not JSON: syntax error at line 1, column 11/],
      'nothing.json': ['', /not JSON: unexpected end at line 1, column 1/],
      'latin.json': [Buffer.from('{"users": [{"name": "\xe9"}]}', 'latin1'), /it is not UTF-8/],
      'list.json': ['[]', /\$ must be object; got an array/]
    }
    const folder = t.testdir({
      empty: {},
      ...Object.fromEntries(Object.entries(files).map(([name, [content]]) => [name, content]))
    })
    const rows: [string, RegExp][] = [
      ...Object.entries(files).map(([name, [, message]]): [string, RegExp] => [name, message]),
      ['empty', /the folder holds no \.json file/],
      ['nobody', /no such file or folder, and no such name; the names are .*default, empty/]
    ]
    for (const [name, message] of rows) {
      const path = join(folder, name)
      const { code, out, err } = await runHere(['--port', '0', '--database', join(folder, 'new.db'), '--fixture', path])
      t.strictSame({ code, out }, { code: 2, out: '' }, name)
      t.match(err, message)
      t.ok(err.includes(path), 'it names the fixture')
      t.notMatch(err, /canary/, 'and repeats nothing of it')
    }
    t.notOk(existsSync(join(folder, 'new.db')))
  })

  t.test('seeds an empty database only; --fresh empties it first', async t => {
    const file = join(t.testdir(), 'emulator.db')
    /** The types of the events at start. Deletes those of type 0, and adds one of type 1. */
    const typesAfter = async (...words: string[]) => {
      const server = await serveHere(t, ['--database', file, ...words])
      const { status, body } = await call(`${server.url}${EVENTS}`)
      if (status === 200) await call(`${server.url}${EVENTS}/1`, { method: 'POST', body: NEW_EVENT })
      if (status === 200) await call(`${server.url}${EVENTS}/0`, { method: 'DELETE' })
      await server.stop()
      return status === 200 ? body[0].entry.map(({ type }: { type: string }) => type).join() : status
    }
    t.equal(await typesAfter('--fixture', 'empty'), 401, 'nothing of the default')
    t.equal(await typesAfter(), '0', 'it was empty: seeded')
    t.equal(await typesAfter(), '1', 'not seeded again')
    t.equal(await typesAfter('--fixture', 'empty'), '1,1', 'not emptied by another')
    t.equal(await typesAfter('--fresh'), '0', 'as new')
    t.equal(await typesAfter('--fresh', '--fixture', 'empty'), 401)
  })

  t.test('is loaded into :memory: without any file', async t => {
    const folder = t.testdir()
    const server = await serve(t, MEMORY, { cwd: folder })
    t.equal(server.ready.database, ':memory:')
    await call(`${server.url}${EVENTS}/1`, { method: 'POST', body: NEW_EVENT })
    t.strictSame(fingerprint(folder), {})
    await server.stop()
    t.strictSame(fingerprint(folder), {})
  })
})

t.test('when it is stopped, the server', { skip: NOT_WINDOWS }, async t => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    t.test(`exits with 0 on ${signal}, and can be started again`, async t => {
      const file = join(t.testdir(), 'emulator.db')
      const first = await serve(t, ['--database', file])
      const { text } = await open(t, first.port, 'GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n')
      await until(() => text().includes('"ok"')) // the connection is kept alive now
      const { code } = await first.stop(signal)
      t.equal(code, 0)
      const again = await serveHere(t, ['--database', file, '--port', String(first.port)])
      t.equal((await call(`${again.url}${EVENTS}`)).status, 200)
    })
  }

  t.test('answers requests that were sent before, on connections that it has not read from yet', async t => {
    const server = await serve(t, MEMORY)
    const pid = server.process.pid ?? 0
    const ask = request(`GET ${EVENTS}`, [`Authorization: Bearer ${TOKENS.user}`])
    process.kill(pid, 'SIGSTOP') // it reads nothing until SIGCONT, and SIGTERM is pending by then
    const opened = await Promise.all(Array.from({ length: 10 }, () => open(t, server.port, ask)))
    const ended = server.stop()
    process.kill(pid, 'SIGCONT')
    t.equal((await ended).code, 0)
    for (const { text } of opened) t.match(text(), /^HTTP\/1\.1 200 OK/)
  })

  t.test('is not ready for as long as --drain-ms says, and answers meanwhile; a second signal ends that', async t => {
    const server = await serve(t, [...MEMORY, '--drain-ms', '60000'])
    t.equal((await call(`${server.url}/readyz`)).status, 200)
    void server.stop()
    await until(async () => (await call(`${server.url}/readyz`)).status === 503)
    t.equal((await call(`${server.url}${EVENTS}`)).status, 200)
    t.equal((await call(`${server.url}/livez`)).status, 200)
    t.equal((await server.stop()).code, 1, 'it is not waited for then')
  })

  t.test('closes the connection of a client that stalls in the middle of a body, and exits with 0', async t => {
    const server = await serve(t, MEMORY)
    const head = request(`POST ${EVENTS}/1`, [
      `Authorization: Bearer ${TOKENS.user}`,
      'Content-Type: application/json',
      'Content-Length: 33',
      'Expect: 100-continue'
    ])
    const { text } = await open(t, server.port, head)
    await until(() => text().includes('100 Continue'))
    t.equal((await server.stop()).code, 0)
  })

  t.test('exits when the shell of npm start is terminated', async t => {
    // "; true" keeps the shell from replacing itself with its last command, as some shells do.
    const line = 'node scripts/start.mjs --port 0 --json --database :memory: ; true'
    const shell = spawn('sh', ['-c', line], { cwd: ROOT, stdio: ['ignore', 'pipe', 'ignore'] })
    let out = ''
    shell.stdout.on('data', chunk => {
      out += chunk
    })
    await until(() => out.includes('\n'))
    const { pid } = JSON.parse(out)
    t.teardown(() => isRunning(pid) && process.kill(pid, 'SIGKILL'))
    t.ok(isRunning(pid))
    shell.kill('SIGTERM')
    await until(() => !isRunning(pid))
    t.pass('and the server ends with it')
  })

  t.test('answers requests in flight', async t => {
    const server = await serve(t, MEMORY)
    const body = JSON.stringify(NEW_EVENT)
    const head = request(`POST ${EVENTS}/1`, [
      `Authorization: Bearer ${TOKENS.user}`,
      'Content-Type: application/json',
      `Content-Length: ${body.length}`,
      'Expect: 100-continue'
    ])
    const { socket, text } = await open(t, server.port, head)
    await until(() => text().includes('100 Continue')) // the request is being handled
    const ended = server.stop()
    await until(() => server.err().includes('stopping'))
    socket.write(body)
    const { code } = await ended
    t.match(text(), /HTTP\/1\.1 200 OK[\s\S]*"PhoneCallEvent"/)
    t.equal(code, 0)
  })

  for (const [words, what] of [
    [[], 'that never sent a byte, or only the beginning of a request'],
    [['--tls'], 'that never began its handshake']
  ] as const) {
    t.test(`is not kept running by connections ${what}`, async t => {
      const server = await serve(t, [...MEMORY, ...words])
      await open(t, server.port, '')
      if (words.length === 0) await open(t, server.port, 'GET /livez HT')
      await (await open(t, server.port, '')).socket.destroy() // the earlier connections are accepted by then
      t.equal((await server.stop()).code, 0)
    })
  }
})

t.test('one warning says that clients use https for a port of http, or http for a port of https', async t => {
  const greeting = Buffer.from('16030100a5010000a10303', 'hex')
  const warningsOf = async (bytes: string | Buffer, words: string[] = []) => {
    const server = await serveHere(t, [...MEMORY, ...words, '--log-level', 'warn'])
    for (let sent = 0; sent < 3; sent++) await send(server.port, bytes)
    return (await server.stop()).err.split('\n').filter(line => line !== '')
  }
  const posted = request('POST /oauth/token.php')
  for (const [bytes, words, hint] of [
    [greeting, [], /which serves http: use http:\/\/ in the client, or start with --tls$/],
    [posted, ['--tls'], /which serves https: use https:\/\/ in the client, or start without --tls$/],
    ['CONNECT localhost:80 HTTP/1.1\r\n\r\n', ['--tls'], /which serves https/]
  ] as const) {
    const [warning, ...others] = await warningsOf(bytes, [...words])
    t.match(warning, hint)
    t.match(warning, 'WARN: ')
    t.strictSame(others, [], 'one for three clients')
  }
  t.strictSame(await warningsOf('hello\r\n\r\n'), [], 'none for bytes that are neither')
  t.strictSame(await warningsOf('hello\r\n\r\n', ['--tls']), [], 'nor for those sent to a port of https')

  const server = await serveHere(t, [...MEMORY, '--log-level', 'warn'])
  const head = [
    `Authorization: Bearer ${TOKENS.user}`,
    'Content-Type: application/json',
    'Transfer-Encoding: chunked',
    'Expect: 100-continue'
  ]
  const { socket, text } = await open(t, server.port, request(`POST ${EVENTS}/1`, head))
  await until(() => text().includes('100 Continue'))
  socket.write(greeting)
  await until(() => text().includes('400 Bad Request'))
  t.equal((await server.stop()).err, '', 'nor for a body that begins as a handshake')
})

t.test('--tls', async t => {
  t.test('creates an authority that clients can trust, stores it beside the database, and reuses it', async t => {
    const folder = t.testdir()
    const words = ['--database', join(folder, 'emulator.db'), '--tls']
    const first = await serveHere(t, words)
    const path = first.ready.certificate ?? ''
    t.equal(path, join(folder, 'uapi-emulator-ca.pem'), 'its path is in the ready line')
    t.equal(first.ready.url, `https://127.0.0.1:${first.port}`)
    t.strictSame(Object.keys(fingerprint(folder)).filter(isPem), [
      'uapi-emulator-ca-key.pem',
      'uapi-emulator-ca.pem',
      'uapi-emulator-cert.pem',
      'uapi-emulator-key.pem'
    ])
    for (const key of ['uapi-emulator-ca-key.pem', 'uapi-emulator-key.pem'])
      if (process.platform !== 'win32') t.equal(statSync(join(folder, key)).mode & 0o777, 0o600, key)
    const ca = readFileSync(path, 'utf8')
    for (const name of ['localhost', '127.0.0.1']) {
      const answer = await token(`https://${name}:${first.port}`, ca)
      t.equal(answer.status, 200, name)
      t.type(answer.body.access_token, 'string')
    }
    await t.rejects(call(first.url), { code: /UNABLE_TO/ }, 'a client that does not trust it cannot connect')
    await first.stop()

    const served = join(folder, 'uapi-emulator-cert.pem')
    const made = readFileSync(served, 'utf8')
    await (await serveHere(t, words)).stop()
    t.equal(readFileSync(path, 'utf8'), ca, 'the next start')
    t.equal(readFileSync(served, 'utf8'), made)

    const wider = await serveHere(t, [
      ...[...words, '--public-url', 'https://a.example/', '--allowed-host', 'calls.example.com:443'],
      ...[
        '--allowed-host',
        '*.svc.cluster.local:4772',
        '--allowed-host',
        'x-*.example.com',
        '--allowed-host',
        '*.local'
      ]
    ])
    t.equal(readFileSync(path, 'utf8'), ca, 'a name more: clients trust the same authority')
    t.equal((await token(`https://localhost:${wider.port}`, ca)).status, 200)
    t.notMatch((await wider.stop()).err, 'authority')
    const names = new X509Certificate(readFileSync(served)).subjectAltName ?? ''
    t.match(
      names,
      /DNS:a\.example, DNS:calls\.example\.com, DNS:\*\.svc\.cluster\.local$/,
      'globs that X.509 can express'
    )
    await (await serveHere(t, words)).stop()
    t.equal(new X509Certificate(readFileSync(served)).subjectAltName, names, 'a name less: kept')
  })

  t.test('stores the certificate in --tls-dir, which is created if needed, and stores none for :memory:', async t => {
    const folder = t.testdir()
    const server = await serveHere(t, [...MEMORY, '--tls', '--tls-dir', join(folder, 'certificates/here')])
    t.equal(server.ready.certificate, join(folder, 'certificates/here/uapi-emulator-ca.pem'))
    await server.stop()
    const passing = await serveHere(t, [...MEMORY, '--tls'])
    t.ok(existsSync(passing.ready.certificate ?? ''))
    await passing.stop()
    t.notOk(existsSync(passing.ready.certificate ?? ''))
  })

  const alone = process.platform !== 'linux' && 'elsewhere 127.0.0.1 is the only address that is always there'
  t.test('creates a certificate for the bound address', { skip: alone }, async t => {
    const { port, ready } = await serveHere(t, [...MEMORY, '--tls', '--host', '127.0.0.2'])
    t.equal(ready.url, `https://127.0.0.2:${port}`)
    t.equal((await token(ready.url, readFileSync(ready.certificate ?? '', 'utf8'))).status, 200)
  })

  t.test('repairs an incomplete certificate', async t => {
    const folder = t.testdir()
    const words = ['--database', join(folder, 'emulator.db'), '--tls']
    await (await serveHere(t, words)).stop()
    const ca = readFileSync(join(folder, 'uapi-emulator-ca.pem'), 'utf8')
    const path = join(folder, 'uapi-emulator-cert.pem')
    for (const broken of ['', 'no certificate', readFileSync(path, 'utf8').slice(0, 200)]) {
      writeFileSync(path, broken)
      writeFileSync(join(folder, 'uapi-emulator-key.pem.new'), '') // left by a killed start
      chmodSync(join(folder, 'uapi-emulator-key.pem.new'), 0o666)
      const server = await serveHere(t, words)
      t.equal((await token(server.url, ca)).status, 200)
      if (process.platform !== 'win32') t.equal(statSync(join(folder, 'uapi-emulator-key.pem')).mode & 0o777, 0o600)
      await server.stop()
    }
  })

  t.test('--tls-cert and --tls-key have to match, and no file is created when they do not', async t => {
    const folder = t.testdir()
    const words = ['--database', join(folder, 'emulator.db')]
    for (const name of ['one', 'two']) {
      mkdirSync(join(folder, name))
      await (await serveHere(t, [...MEMORY, '--tls', '--tls-dir', join(folder, name)])).stop()
    }
    const pair = (cert: string, key: string) => [
      '--tls-cert',
      join(folder, cert, 'uapi-emulator-cert.pem'),
      '--tls-key',
      join(folder, key, 'uapi-emulator-key.pem')
    ]
    const held = fingerprint(folder)
    for (const [bad, message] of [
      [pair('one', 'two'), /--tls-cert and --tls-key must be a certificate and its key/],
      [pair('nowhere', 'one'), /--tls-cert .*nowhere.*: the file cannot be read/],
      [pair('one', 'nowhere'), /--tls-key .*nowhere.*: the file cannot be read/]
    ] as const) {
      const { code, out, err } = await runHere(['--port', '0', ...words, ...bad])
      t.strictSame({ code, out }, { code: 2, out: '' })
      t.match(err, message)
    }
    t.strictSame(fingerprint(folder), held)

    const server = await serveHere(t, [...words, ...pair('two', 'two')])
    t.equal((await token(server.url, readFileSync(join(folder, 'two', 'uapi-emulator-ca.pem'), 'utf8'))).status, 200)
  })

  t.test('is refused without a writable folder for the certificate', async t => {
    const folder = t.testdir({ file: '' })
    const nowhere = process.platform === 'linux' ? ['/proc/certificates/below'] : [] // Node's recursive mkdir never ends there
    for (const place of [join(folder, 'file', 'certificates'), ...nowhere]) {
      const { code, err } = await runHere([...BRIEF, '--tls', '--tls-dir', place])
      t.equal(code, 2)
      t.match(err, /--tls cannot keep its certificate in .*--tls-dir/)
    }

    const database = join(folder, 'kept.db')
    const server = await serveHere(t, ['--database', database])
    const created = { method: 'POST', body: { method: '0', url: 'http://kept.test/' } }
    await call(`${server.url}${EVENTS}/1`, created)
    await server.stop()
    const refused = ['--fresh', '--database', database, '--tls', '--tls-dir', join(folder, 'file', 'certificates')]
    t.equal((await runHere(['--port', '0', ...refused])).code, 2)
    const again = await serveHere(t, ['--database', database])
    t.equal((await call(`${again.url}${EVENTS}/1`)).status, 200, 'and nothing was emptied for it')
  })
})

t.test('healthcheck', async t => {
  t.test('exits with 0 when the server of the same settings is healthy, else with 1', async t => {
    const file = join(t.testdir(), 'emulator.db')
    for (const words of [[], ['--tls'], ['--host', '0.0.0.0']]) {
      const server = await serveHere(t, ['--database', file, ...words])
      const port = String(server.port)
      const same = await runHere(['healthcheck', '--port', port, ...words])
      t.strictSame({ code: same.code, err: same.err }, { code: 0, err: '' }, `${words} ${same.err}`)
      t.equal((await runHere(['healthcheck', ...words], environment({ port }))).code, 0, 'or the same environment')
      await server.stop()
      const gone = await runHere(['healthcheck', '--port', port, ...words])
      t.strictSame({ code: gone.code, out: gone.out }, { code: 1, out: '' })
      t.match(gone.err, new RegExp(`^https?://127.0.0.1:${port}/_emulator/health: connection refused; start`))
    }
  })

  t.test('exits with 1 when another server answers, or none', async t => {
    const server = createServer(socket => void socket.end('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n'))
    t.teardown(() => server.close())
    server.listen(0, '127.0.0.1')
    await until(() => server.listening)
    const { code, err } = await runHere(['healthcheck', '--port', portOf(server.address())])
    t.equal(code, 1)
    t.match(err, /answered 404/)
  })

  t.test('says so when the server speaks the other scheme', async t => {
    for (const [words, asked, message] of [
      [['--tls', '--tls-dir', t.testdir()], [], /^http:.*is checked with --tls\n$/],
      [[], ['--tls'], /^https:.*is checked without --tls\n$/]
    ] as const) {
      const server = await serveHere(t, [...MEMORY, ...words])
      const ended = await runHere(['healthcheck', '--port', String(server.port), ...asked])
      t.match(ended, { code: 1, out: '', err: message })
    }
  })

  t.test('exits with 2 for settings that are invalid, or without a fixed port', async t => {
    for (const port of ['0', 'x']) t.equal((await runHere(['healthcheck', '--port', port])).code, 2)
  })
})

t.test('on another address than loopback, the control API needs a token', async t => {
  const ask = (url: string, token: string | null) => call(`${url}/_emulator/clock`, { token })

  t.test('that is generated and printed in the ready line', async t => {
    const { url, ready } = await serveHere(t, [...MEMORY, '--host', '0.0.0.0'])
    t.match(url, /^http:\/\/127\.0\.0\.1:/)
    t.match(ready.controlToken, /^[\w-]{20,}$/)
    const refused = await ask(url, null)
    t.equal(refused.status, 401)
    t.match(refused.body.error, { code: 'control_token_invalid', message: /--control-token/ })
    t.equal(refused.headers['www-authenticate'], 'Bearer')
    t.equal((await ask(url, TOKENS.administrator)).status, 401, "a token of the vendor's surface is none of ours")
    t.equal((await ask(url, `${ready.controlToken}x`)).status, 401)
    t.equal((await ask(url, ready.controlToken ?? '')).status, 200)
    for (const path of ['/_emulator/health', '/', '/_emulator/docs', '/_emulator/openapi/uapi.json'])
      t.equal((await call(url + path, { token: null })).status, 200, `${path} is open`)
    t.equal((await call(`${url}${EVENTS}`)).status, 200, "the vendor's surface has its own")
    const again = await serveHere(t, [...MEMORY, '--host', '0.0.0.0'])
    t.not(again.ready.controlToken, ready.controlToken, 'another one each time')
  })

  t.test('or that is set, and then never printed', async t => {
    const server = await serveHere(
      t,
      [...MEMORY, '--host', '0.0.0.0'],
      environment({ controlToken: 'a-token-of-mine' })
    )
    t.equal((await ask(server.url, null)).status, 401)
    t.equal((await ask(server.url, 'a-token-of-mine')).status, 200)
    const { out, err } = await server.stop()
    t.notMatch(out + err, /a-token-of-mine/)
  })

  t.test('unless the setting is none, or the server listens on loopback', async t => {
    for (const words of [['--host', '0.0.0.0', '--control-token', 'none'], []]) {
      const { url, ready } = await serveHere(t, [...MEMORY, ...words])
      t.notOk('controlToken' in ready)
      t.equal((await ask(url, null)).status, 200, words.join(' '))
    }
  })
})

t.test('a Host that a web page could choose', async t => {
  const { url } = await start(t, {
    allowedHosts: ['Calls.Example.COM', '[2001:db8::1]'],
    publicUrl: 'https://public.example:8443/x'
  })
  const PATHS = {
    uapi: [EVENTS, '/unifiedapi/extensions/@me/0003*210/phoneCallEvents', '/uapi', '/uapi/nothing'],
    oauth: ['/oauth/token.php', '/oauth/authorize.php', '/oauth/nothing'],
    ours: ['/', '/livez', '/readyz', '/_emulator/health', '/_emulator/openapi/uapi.json', '/_emulator/no', '/nothing']
  }
  const FOREIGN = [
    'evil.example',
    'localhost.evil.example',
    'calls.example.com.evil.example',
    'notpublic.example',
    'internal.evil.example',
    'evilinternal.example',
    '127.0.0.1.nip.io',
    'x.testing',
    'evil.contest',
    'evil.notinternal',
    'evil.notlocalhost'
  ]

  t.test('is refused on every surface, in its error format, with the flag that allows it', async t => {
    for (const host of FOREIGN) {
      for (const [surface, paths] of Object.entries(PATHS)) {
        for (const path of paths) {
          const { status, body, headers } = await call(url + path, { headers: { host } })
          const why = `${host} ${path}`
          t.equal(status, 403, why)
          t.equal(headers['x-emulator-reason'], 'host_not_allowed', why)
          if (surface === 'uapi') t.strictSame(Object.keys(body.error), ['code', 'message'], why)
          if (surface === 'uapi') t.equal(body.error.code, 'access_denied', why)
          if (surface === 'ours') t.match(body.error, { code: 'host_not_allowed', message: /--allowed-host/ }, why)
          if (path === '/oauth/authorize.php') t.match(headers['content-type'], 'text/html', why)
          else if (surface === 'oauth') t.strictSame(Object.keys(body), ['error', 'error_description'], why)
        }
      }
      t.equal((await call(`${url}${EVENTS}/0`, { method: 'DELETE', headers: { host } })).status, 403)
    }
    t.equal((await call(`${url}${EVENTS}`)).body[0].totalResults, 1, 'and nothing was changed')
  })

  t.test('is not one that is local, public or allowed', async t => {
    for (const host of [
      'localhost',
      'LOCALHOST:80',
      'a.b.localhost',
      '127.0.0.1',
      '192.168.1.10:4772',
      '203.0.113.9',
      '[::1]',
      '[2001:db8::1]:4772',
      'emulator',
      'emulator:4772',
      'host.docker.internal',
      'emulator.test',
      'public.example',
      'public.example:1',
      'calls.example.com',
      'localhost.'
    ]) {
      for (const path of [EVENTS, '/_emulator/health', '/']) {
        t.equal((await call(url + path, { headers: { host } })).status, 200, `${host} ${path}`)
      }
      t.equal((await token(url, undefined, { host })).status, 200, `${host} /oauth/token.php`)
    }
  })
})

t.test('the log has a line for each request and each webhook', async t => {
  const receiver = createHttpServer((message, response) =>
    response.writeHead(message.url?.startsWith('/no') ? 500 : 200).end()
  )
  await new Promise<void>(done => receiver.listen(0, '127.0.0.1', done))
  t.teardown(() => receiver.close())
  const hook = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`

  const exercise = async (words: string[]) => {
    const server = await serveHere(t, [...MEMORY, '--fixture', 'clean', '--sandboxes', 'auto', ...words])
    for (const [type, path] of [
      ['0', '/yes?secret=1'],
      ['2', '/no?secret=1']
    ]) {
      const body = { method: '1', url: `${hook.replace('//', '//name:secret@')}${path}`, URL: 'x' }
      await call(`${server.url}${EVENTS}/${type}?more=secret`, { method: 'POST', body })
    }
    await call(`${server.url}/sandboxes/one/unifiedapi/extensions/@me/0003210/phoneCallEvents`)
    await call(`${server.url}/oauth/token.php`, { method: 'POST', token: null, body: { client_secret: 'secret' } })
    await send(server.port, `GET /\x9b[2J HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`)
    await call(`${server.url}/_emulator/health`)
    await call(`${server.url}/_emulator/nowhere?secret=1`)
    await call(`${server.url}/uapi/${'long'.repeat(1_000)}`)
    await call(`${server.url}/readyz`)
    const body = { from: '0003*211', to: '0003*210' }
    await call(`${server.url}/_emulator/calls`, { method: 'POST', token: null, body })
    await call(`${server.url}/_emulator/idle?timeoutMs=10000`)
    const { err, out } = await server.stop()
    t.notMatch(out, /POST/)
    t.notMatch(err, /secret/)
    return err
  }

  t.test('in words, with the reason of a refusal, ignored names and what comes closest', async t => {
    const lines = (await exercise([])).split('\n').map(line => line.replace(/^\[\d\d:\d\d:\d\d\.\d{3}\] /, ''))
    t.strictSame(lines.filter(line => !/^INFO|^$/.test(line)).sort(), [
      'GET /_emulator/nowhere 404 route_unknown',
      `GET /uapi/${'long'.repeat(1_000).slice(0, 494)}… 501 route_unknown`,
      'GET /Â\\x9b[2J 400 http_unreadable',
      'POST /oauth/token.php 401 client_missing',
      `POST ${EVENTS}/0 200, ignored: URL, more`,
      `POST ${EVENTS}/2 200, ignored: URL, more`,
      'sandbox one: GET /unifiedapi/extensions/@me/0003210/phoneCallEvents 400 extension_unknown. A * is missing: there is 0003*210 of user 12.',
      `webhook dialIn POST ${hook}/yes delivered 200`,
      `webhook hangup POST ${hook}/no failed 500 status_not_2xx. Only a 2xx counts as delivered. The body of the response may say why it is none.`
    ])
  })

  t.test('as JSON with --log-format json, with the members of the logger', async t => {
    const lines = (await exercise(['--log-format', 'json']))
      .trim()
      .split('\n')
      .map(line => JSON.parse(line))
    const base = { level: 30, time: Number, pid: process.pid, hostname: String }
    t.ok(lines.every(line => line.level === 30 && line.pid === process.pid && line.hostname !== ''))
    t.match(
      lines.find(({ path }) => path === `${EVENTS}/0`),
      { ...base, method: 'POST', status: 200, ms: Number, ignored: ['URL', 'more'], msg: 'request' }
    )
    t.match(
      lines.find(({ sandbox }) => sandbox === 'one'),
      { ...base, status: 400, reason: 'extension_unknown', hint: /0003\*210/, msg: 'request' }
    )
    t.match(
      lines.find(({ moment }) => moment === 'hangup'),
      {
        ...base,
        method: 'POST',
        url: `${hook}/no`,
        state: 'failed',
        status: 500,
        reason: 'status_not_2xx',
        msg: 'webhook'
      }
    )
  })

  t.test('unless the log level is warn or higher', async t => {
    t.equal(await exercise(['--log-level', 'warn']), '')
  })

  t.test('which a stop signal does not lose', { skip: NOT_WINDOWS }, async t => {
    const server = await serve(t, MEMORY)
    await Promise.all(Array.from({ length: 200 }, (_, index) => call(`${server.url}/wrong/${index}`)))
    const { err } = await server.stop()
    t.equal(err.match(/GET \/wrong\/\d+ 404 route_unknown/g)?.length, 200)
  })
})

t.test('no output contains a token, a cookie or a secret', async t => {
  for (const format of ['pretty', 'json']) {
    t.test(`for any request, at log level trace, in ${format} lines`, async t => {
      const fixture = join(t.testdir({ 'canaries.json': JSON.stringify(CANARIES) }), 'canaries.json')
      const words = [...MEMORY, '--log-level', 'trace', '--log-format', format, '--auto-consent', '--fixture', fixture]
      const control = ['--host', '0.0.0.0', '--control-token', 'canary.control.token']
      const server = await serve(t, [...words, ...control], { env: { UAPI_EMULATOR_CONTROL_TOKNE: 'canary' } })
      const issued = await sendCanaries(server)
      for (const path of ['/uapi/extensions/canary.vn/0003*210/phoneCallEvents', '/uapi/canary.vn'])
        await call(`${server.url}${path}`, { token: 'canary.token' })
      t.ok(issued.length >= 7 && issued.every(secret => secret.length >= 8), 'tokens were issued')
      const { out, err } = await server.stop()
      t.ok(err.trim().split('\n').length > 60, 'every request left a line')
      t.strictSame(
        (out + err).split('\n').filter(line => line.match(CANARY)),
        []
      )
      t.strictSame(
        issued.filter(secret => (out + err).includes(secret)),
        [],
        'nor what was issued, nor Basic credentials'
      )
    })
  }

  t.test('when the start is refused', async t => {
    const folder = t.testdir({
      'texts.json': JSON.stringify({ tokens: ['canary.token'], sessions: 'canary', apps: [['canary']] }),
      'members.json': JSON.stringify({
        apps: [{ ...CANARIES.apps[0], clientSecret: ['canary'], secret: 'canary' }],
        tokens: [{ accessToken: 'canary with spaces', user: 12 }, { token: 'canary.token' }, { accessToken: 7 }],
        sessions: [{ user: '12', vn: 'canary\n', xsrfToken: { token: 'canary' } }]
      }),
      'references.json': JSON.stringify({
        apps: [{ ...CANARIES.apps[0], redirectUris: ['canary'] }],
        tokens: [
          CANARIES.tokens[0],
          CANARIES.tokens[0],
          { accessToken: 'canary.two', user: '13', expiresAt: '2026-02-30T00:00:00Z' }
        ],
        sessions: [CANARIES.sessions[0], CANARIES.sessions[0]]
      }),
      'broken.json': '{"tokens": [{"accessToken": canary}]}'
    })
    const fixtures = ['texts', 'members', 'references', 'broken'].map(name => [
      '--fixture',
      join(folder, `${name}.json`)
    ])
    for (const words of [
      ...fixtures,
      ['--control-token', 'canary canary'],
      ['--control-tokne=canary'],
      ['--public-url', 'ftp://user:canary@localhost'],
      ['--public-url', 'http://user:canary@localhost'],
      ['--public-url', 'http://:canary@localhost'],
      ['--public-url', 'http:\\\\user:canary@localhost'],
      ['--public-url', 'http://user:canary/canary@localhost'],
      ['--public-url', 'http://:@localhost'],
      ['--public-url', 'http://@localhost']
    ]) {
      const { code, out, err } = await runHere([...BRIEF, '--log-level', 'trace', ...words])
      t.equal(code, 2, words.join(' '))
      t.strictSame((out + err).match(CANARY), null, words.join(' '))
    }
    const { err } = await runHere([...BRIEF, '--public-url', 'http://:canary@localhost'])
    t.match(err, '--public-url must be an http or https URL without credentials', 'and the reason is given')
  })
})

/** Requests a token as the app of the default fixture. */
function token(url: string, ca?: string, headers: Record<string, string> = {}) {
  const body = 'grant_type=client_credentials&client_id=emulator-app&client_secret=emulator-secret&type=unifiedapi'
  return call(`${url}/oauth/token.php`, {
    method: 'POST',
    token: null,
    body,
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    ...(ca !== undefined && { ca })
  })
}

/** Settings as environment variables. */
function environment(settings: Partial<Record<keyof typeof SERVE_OPTIONS, string>>): Record<string, string> {
  const names = Object.keys(settings) as (keyof typeof SERVE_OPTIONS)[] // the object has no other keys
  return Object.fromEntries(names.map(name => [environmentName(SERVE_OPTIONS[name]), settings[name] ?? '']))
}

/** A value that is invalid for a setting; the empty text where any other is valid. */
function invalid({ type, check }: OptionRow): string {
  if (check) return ['not one', '://'].find(value => check(value) !== undefined) ?? ''
  const { type: kind, pattern } = type as { type?: string; pattern?: string } // JSON Schema keywords
  return pattern !== undefined ? 'not one' : kind === 'string' && !('enum' in type) ? '' : 'nonsense'
}

/** The expected message for it. */
function complaint(name: string, setting: OptionRow): RegExp {
  const came = setting.flag === 'control-token' ? 'a value that is not printed' : `"${invalid(setting)}"`
  return new RegExp(`^${name} must be \\S.*; got ${came}\\.$`, 'm')
}

/** The cURL command of a banner, with --silent. */
function curlOf(banner: string): string {
  const [line = ''] = /^ {2}curl .*$/m.exec(banner) ?? []
  return `${line.trim()} --silent --show-error`
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false // ESRCH: there is no such process
  }
}

/** An open connection, and the bytes received on it. */
async function open(t: Test, port: number, bytes: string): Promise<{ socket: Socket; text: () => string }> {
  const socket = connect(port, '127.0.0.1')
  let text = ''
  t.teardown(() => socket.destroy())
  socket.on('error', () => {}) // the server may close or reset it
  socket.on('data', chunk => {
    text += chunk
  })
  await until(() => socket.readyState === 'open')
  if (bytes !== '') socket.write(bytes)
  return { socket, text: () => text }
}

function portOf(address: unknown): string {
  return String(Reflect.get(Object(address), 'port'))
}

function isPem(name: string): boolean {
  return name.endsWith('.pem')
}
