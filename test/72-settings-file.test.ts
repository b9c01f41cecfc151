import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createFileContents } from '../src/cli/serve/file-contents.js'
import { readStartOptions } from '../src/cli/serve/settings-file.js'
import { settingsSchemaDocument } from '../src/cli/serve/settings-schema.js'
import { createStartFixtures } from '../src/cli/serve/start-fixtures.js'
import { createWatchRound, repeat, type WatchParts } from '../src/cli/serve/watch-files.js'
import { SERVE_OPTIONS } from '../src/config.js'
import { nearestName } from '../src/domain/near-text.js'
import { memberName, type OptionRow } from '../src/option-table.js'
import { DEFAULT_SETTINGS } from '../src/schema/settings.js'
import { EVENTS, readFixture, start } from './support/emulator.js'
import {
  call,
  MAIN,
  ROOT,
  run,
  runHere,
  runShell,
  type Serving,
  serve,
  serveHere,
  startHere,
  until
} from './support/program.js'

const FILE = 'uapi-emulator.config.json'
const QUIET = { port: 0, json: true, database: ':memory:' }
const NO_MODES = (process.platform === 'win32' || process.getuid?.() === 0) && 'every file can be read here'

const settingsOf = async ({ url }: Pick<Serving, 'url'>) => (await call(`${url}/_emulator/settings`)).body
const organizations = async ({ url }: Pick<Serving, 'url'>, within = '') =>
  (await call(`${url}${within}/_emulator/directory`)).body.organizations.map(({ id }: { id: string }) => id).join()
const reset = ({ url }: Pick<Serving, 'url'>, within = '') =>
  call(`${url}${within}/_emulator/reset`, { method: 'POST', body: {} })
const organization = (...ids: string[]) => JSON.stringify({ organizations: ids.map(id => ({ id, name: id })) })

t.test('a settings file', async t => {
  t.test(
    'is read from the working folder; flag, environment, file, fixture and default each override the next',
    async t => {
      const cwd = t.testdir({
        own: {
          'a.json': JSON.stringify({
            ...readFixture('default'),
            settings: { callIds: 'perCall', hangupStatus: 'unknown', callFlowCase: 'upper', emptyCollection: 200 }
          })
        },
        [FILE]: `\uFEFF{
        // comments, and a comma at the end
        "$schema": "./config.schema.json", "port": 0, "json": true, "database": ":memory:", "fixture": "./own",
        "hangupStatus": "hangup", "callFlowCase": "lower", "emptyCollection": 204, "allowedHost": ["one.example.com"],
      }`
      })
      const env = { UAPI_EMULATOR_EMPTY_COLLECTION: '200', UAPI_EMULATOR_CALL_FLOW_CASE: 'upper' }
      const server = await serve(t, ['--emptyCollection'.replace('C', '-c'), '204'], { cwd, env })
      t.strictSame(server.ready.fixtures, ['./own'])
      const { origins, ...settings } = await settingsOf(server)
      t.match(settings, { callIds: 'perCall', hangupStatus: 'hangup', callFlowCase: 'upper', emptyCollection: 204 })
      t.strictSame(origins, {
        ...Object.fromEntries(Object.keys(DEFAULT_SETTINGS).map(name => [name, 'default'])),
        callIds: 'fixture',
        hangupStatus: 'file',
        callFlowCase: 'environment',
        emptyCollection: 'flag'
      })
      t.equal((await call(server.url, { headers: { host: 'one.example.com' } })).status, 200)
      const changed = await call(`${server.url}/_emulator/settings`, { method: 'PATCH', body: { callIds: 'perLeg' } })
      t.match(changed.body, { callIds: 'perLeg', origins: { callIds: 'api', hangupStatus: 'file' } })
      await reset(server)
      t.match(await settingsOf(server), { callIds: 'perCall', origins: { callIds: 'fixture' } })
      t.match((await server.stop()).err, `options are read from ${join(cwd, FILE)}`)
    }
  )

  t.test('is named by --config or UAPI_EMULATOR_CONFIG; its paths are relative to its folder', async t => {
    const folder = t.testdir({
      'my.json': JSON.stringify({ ...QUIET, json: false, fixture: ['empty', 'one.json'], database: 'own.db' }),
      'one.json': organization('one')
    })
    for (const [words, environment] of [
      [['--config', join(folder, 'my.json')], {}],
      [[], { UAPI_EMULATOR_CONFIG: join(folder, 'my.json') }]
    ] as const) {
      const server = await startHere(t, [...words], environment)
      t.match(server.out(), `settings file ${join(folder, 'my.json')}\n`)
      t.match(server.out(), `${join(folder, 'own.db')} (`)
      const [url = ''] = /http:\/\/127\.0\.0\.1:\d+/.exec(server.out()) ?? []
      t.equal(await organizations({ url }), 'one')
      await server.stop()
    }
    const port = (await serveHere(t, ['--database', ':memory:'])).port
    writeFileSync(join(folder, 'health.json'), JSON.stringify({ port }))
    t.equal(
      (await runHere(['healthcheck', '--config', join(folder, 'health.json')])).code,
      0,
      'healthcheck reads it too'
    )
  })

  t.test('that is wrong prevents the start: every problem has its line, column and path, and no secret', async t => {
    const path = (content: string | Buffer) => {
      const file = join(t.testdir({ 'c.json': content }), 'c.json')
      return file
    }
    const deep = '['.repeat(200_000)
    for (const [content, ...problems] of [
      ['', ':1:1: it is empty; {} states no option.'],
      [' \n', ':1:1: it is empty'],
      ['{\n  "port": 1\n  "host": "canary"\n}', ':3:3: it is not JSON: comma expected.'],
      ['{"port": canary}', ':1:10: it is not JSON: invalid word or character.'],
      ['{"port": 1', ':1:11: it is not JSON: close brace expected.'],
      ['{} {}', ':1:4: it is not JSON: end of file expected.'],
      ['[]', ':1:1: $ must be an object; got a list.'],
      ['null', ':1:1: $ must be an object; got null.'],
      [deep, ':1:1: it is nested too deeply.'],
      ['{"port": 1, // one\n "port": 2}', ':2:2: $.port is stated twice; the first is in line 1.'],
      [
        '{\n "port": null, "host": 1,\n "tls": "yes",\n "emptyCollection": "204", "fixture": [], "json": {},\n "durability": "fast"}',
        ':2:10: $.port must be a whole number from 0 to 65535; got null.',
        ':2:24: $.host must be a non-empty text; got 1.',
        ':3:9: $.tls must be true or false; got "yes".',
        ':4:21: $.emptyCollection must be one of 204, 200; got "204".',
        ':4:39: $.fixture must have at least one item; leave it out for the default.',
        ':4:51: $.json must be true or false; got an object.',
        ':5:16: $.durability must be one of normal, full; got "fast".'
      ],
      [
        '{"allowedHost": ["a.test", 5, "a b"], "allowCallback": {}, "timeZone": "Mars/One", "database": "a\\u0000b"}',
        '$.allowedHost[1] must be a non-empty text; got 5.',
        '$.allowedHost[2] must be a host name, or a glob',
        '$.allowCallback must be a non-empty text, or a list of such; got an object.',
        '$.timeZone must be an IANA time zone such as Europe/Bucharest; got "Mars/One".',
        '$.database must be a text without control characters'
      ],
      [
        '{"Port": 1, "public-url": "x", "UAPI_EMULATOR_LOG_LEVEL": 1, "fixtures": [], "__proto__": {}, "config": "x", "$schema": 1}',
        '$.Port is no option; the nearest is port.',
        '$["public-url"] is no option; the nearest is publicUrl.',
        '$.UAPI_EMULATOR_LOG_LEVEL is no option; the nearest is logLevel.',
        '$.fixtures is no option; the nearest is fixture.',
        '$.__proto__ is no option; the options are ',
        '$.config cannot be stated in the file: give --config',
        '$.$schema must be a text; got 1.'
      ],
      ['{"controlToken": "canary canary"}', '$.controlToken must be '],
      ['{"controlToken": ["canary"], "publicUrl": "ftp://canary:canary@host"}', '$.controlToken must be ', '…@host'],
      [Buffer.from('{"host": "\xe9"}', 'latin1'), ': the file is not UTF-8.'],
      [`{"host": "${'x'.repeat(1_048_576)}"}`, ': the file is larger than 1048576 bytes.'],
      [`{"port": "${'x'.repeat(9_000)}"}`, '$.port must be'],
      ['{"tls": true, "tlsCert": "a", "tlsKey": "b"}', '--tls generates a certificate']
    ] as const) {
      const file = path(content)
      const { code, out, err } = await runHere(['--config', file])
      t.strictSame({ code, out }, { code: 2, out: '' })
      for (const problem of problems) t.ok(err.includes(problem), problem, { err: err.slice(0, 2_000) })
      t.equal(err.trim().split('\n').length, problems.length, 'a line each', { err: err.slice(0, 2_000) })
      t.notMatch(err, /canary/)
      t.ok(err.length < 3_000)
      if (!err.startsWith('--')) t.ok(err.startsWith(file), 'it names the file')
    }
  })

  t.test('that cannot be read prevents the start; a missing one in the working folder does not', async t => {
    const folder = t.testdir({ empty: {}, 'locked.json': '{}' })
    for (const [name, problem] of [
      ['nobody.json', 'there is no such file'],
      ['locked.json/x', 'there is no such file'],
      ['empty', 'it is a folder; name a file']
    ] as const) {
      const { code, err } = await runHere(['--config', join(folder, name)])
      t.strictSame({ code, err }, { code: 2, err: `${join(folder, name)}: ${problem}.\n` })
    }
    const nothing = await runHere(['--config', '', '--port', 'x'])
    t.equal(nothing.code, 2)
    t.match(nothing.err, /--config must be a non-empty text.*\n--port must be/)
    t.match(await run(['healthcheck', '--port', '1'], { cwd: join(folder, 'empty') }), { code: 1 })
    mkdirSync(join(folder, 'bad', FILE), { recursive: true })
    t.match(await run([], { cwd: join(folder, 'bad') }), { code: 2, err: `${FILE}: it is a folder` })
    t.test('a pipe is read, too', { skip: process.platform === 'win32' && 'there are none' }, async t => {
      const line = `echo '{"port": 1}' | '${process.execPath}' '${MAIN}' healthcheck --config /dev/stdin`
      t.match(await runShell(line), { code: 1, err: 'http://127.0.0.1:1/' })
    })
    t.test('nor one without the right to read it', { skip: NO_MODES }, async t => {
      chmodSync(join(folder, 'locked.json'), 0)
      t.match(await runHere(['--config', join(folder, 'locked.json')]), { code: 2, err: 'the file cannot be read' })
    })
  })

  t.test('has a JSON Schema with a member for each option, which the package exports', async t => {
    const { properties } = settingsSchemaDocument() as { properties: Record<string, { description: string }> }
    const rows = Object.values<OptionRow>(SERVE_OPTIONS).filter(({ flag }) => flag !== 'config')
    t.strictSame(Object.keys(properties), ['$schema', ...rows.map(memberName)])
    for (const row of rows) t.equal(properties[memberName(row)]?.description, row.meaning)
    t.match(properties, {
      port: { type: 'integer', maximum: 65_535, default: 4772 },
      allowedHost: { anyOf: [{ type: 'string' }, { type: 'array' }] },
      emptyCollection: { enum: [204, 200] }
    })
    const { exports, files } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
    t.equal(exports['./config.schema.json'], './config.schema.json')
    t.ok(files.includes('config.schema.json'))
  })
})

t.test('a misspelt name has the nearest one suggested, if one is near', async t => {
  const names = ['port', 'publicUrl', 'fixture', 'tls']
  t.equal(nearestName('prot', names), 'port', 'two letters exchanged')
  t.equal(nearestName('PUBLIC_URL', names), 'publicUrl')
  t.equal(nearestName('fixtrue', names), 'fixture')
  t.equal(nearestName('canary', names), undefined)
  t.equal(nearestName('', names), undefined)
  t.equal(nearestName('x'.repeat(100_000), names), undefined)
})

t.test('a file is read again when it has changed, and has the same bytes object when it has not', async t => {
  const path = join(t.testdir({ a: 'one' }), 'a')
  let now = Date.now()
  const contents = createFileContents(() => now)
  const first = contents(path)
  writeFileSync(path, 'one')
  t.equal(contents(path), first, 'the same content')
  writeFileSync(path, 'two')
  const second = contents(path)
  t.equal(String(second), 'two', 'the same size, within the resolution of file times')
  now += 10_000
  t.equal(contents(path), second)
  t.equal(contents(path), second, 'not read: its times are old and unchanged')
  renameSync(path, `${path}.old`)
  writeFileSync(path, 'six')
  t.equal(String(contents(path)), 'six', 'replaced by a rename')
  rmSync(path)
  t.throws(() => contents(path), { code: 'ENOENT' })
})

t.test('a reset reads the fixture files again', async t => {
  const folder = t.testdir({ many: { 'a.json': organization('a') }, 'one.json': organization('one') })
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text)
  const names = ['--fixture', join(folder, 'one.json'), '--fixture', join(folder, 'many')]
  const server = await serveHere(t, ['--database', ':memory:', ...names])
  await call(`${server.url}/_emulator/sandboxes`, { method: 'POST', body: { name: 'old' } })
  write('one.json', organization('two'))
  write('many/b.json', organization('b'))
  t.equal(await organizations(server), 'a,one', 'nothing is read without a reset')
  t.match(await reset(server), { status: 200, body: { organizations: 3 } })
  t.equal(await organizations(server), 'a,b,two')

  t.equal(await organizations(server, '/sandboxes/old'), 'a,one', 'an older sandbox keeps its state')
  await call(`${server.url}/_emulator/sandboxes`, { method: 'POST', body: { name: 'new' } })
  t.equal(await organizations(server, '/sandboxes/new'), 'a,b,two', 'a new one has what was read last')
  await reset(server, '/sandboxes/old')
  t.equal(await organizations(server, '/sandboxes/old'), 'a,b,two')

  t.test('and answers 400 with the problems of every file, without the folders, when one is wrong', async t => {
    write('one.json', '{"users": [{"id": "1"}], "tokens": "canary"}')
    const wrong = await reset(server)
    t.match(wrong, { status: 400, body: { error: { code: 'fixture_invalid' } } })
    t.match(wrong.body.error.details[0], { path: /^one\.json: \$\.users\[0\]\./ })
    write('one.json', '{\n  "users": [ canary')
    write('many/b.json', '')
    const unreadable = await reset(server)
    t.equal(unreadable.status, 400)
    t.match(unreadable.body.error.details, [
      { path: 'one.json: $', message: 'is not JSON: syntax error at line 2, column 14' },
      { path: 'b.json: $', message: 'is not JSON: unexpected end at line 1, column 1' }
    ])
    rmSync(join(folder, 'many'), { recursive: true })
    const missing = await reset(server)
    t.match(missing.body.error.details[1], { path: 'many: $', message: /^there is no such file or folder/ })
    for (const { text } of [wrong, unreadable, missing]) {
      t.notMatch(text, /canary/)
      t.notOk(text.includes(folder), 'no path of this machine')
    }
    write('one.json', `{"users": ${'['.repeat(200_000)}`)
    t.match((await reset(server)).body.error.details[0], { message: /nested too deeply|unexpected end/ })
    t.equal(await organizations(server), 'a,b,two', 'nothing changed')
    await call(`${server.url}/_emulator/sandboxes`, { method: 'POST', body: { name: 'newest' } })
    t.equal(await organizations(server, '/sandboxes/newest'), 'a,b,two')
  })

  t.test('but none when it names or contains a fixture', async t => {
    const body = { fixture: 'empty' }
    t.match(await call(`${server.url}/_emulator/reset`, { method: 'POST', body }), { status: 200 })
  })
})

t.test('--watch', async t => {
  /** Starts an emulator that watches files. `said` waits for further output in the log. */
  const watch = async (t: Test, folder: string, words: string[] = []) => {
    const config = ['--config', join(folder, 'c.json')]
    const server = await serveHere(t, ['--database', ':memory:', '--watch', ...config, ...words])
    let at = 0
    const said = async (text: string) => {
      await until(() => server.err().indexOf(text, at) >= 0)
      const start = at
      at = server.err().indexOf(text, at) + text.length
      return server.err().slice(start, at)
    }
    return { ...server, said, write: (name: string, text: string) => writeFileSync(join(folder, name), text) }
  }
  const config = (more: object = {}) => JSON.stringify({ fixture: './many', ...more })

  t.test('resets the state when a fixture is changed, added or removed', async t => {
    const folder = t.testdir({ 'c.json': config(), many: { 'a.json': organization('a') } })
    const server = await watch(t, folder)
    server.write('many/a.json', organization('b'))
    await server.said('the state was reset to the files; changed: many/a.json')
    t.equal(await organizations(server), 'b')
    server.write('many/new.json', organization('new'))
    await server.said('changed: many/new.json')
    t.equal(await organizations(server), 'b,new')
    rmSync(join(folder, 'many/a.json'))
    await server.said('changed: many/a.json')
    t.equal(await organizations(server), 'new')
  })

  t.test('applies changed settings and fixtures, and names what needs a restart', async t => {
    const folder = t.testdir({ 'c.json': config(), many: { 'a.json': organization('a') }, 'z.json': organization('z') })
    const server = await watch(t, folder, ['--call-ids', 'perLeg'])
    const next = { fixture: 'z.json', port: 1, emptyCollection: 200, callIds: 'perCall', controlToken: 'canary-token' }
    server.write('c.json', JSON.stringify(next))
    await server.said('changed: ')
    t.equal(await organizations(server), 'z')
    t.match(await settingsOf(server), {
      emptyCollection: 200,
      callIds: 'perLeg',
      origins: { emptyCollection: 'file', callIds: 'flag' }
    })
    t.match(await server.said('restart to apply: controlToken'), /restart/)
    t.notMatch(server.err(), /canary|restart to apply:.*port/, 'the port was given by a flag')
    server.write('z.json', organization('y'))
    await server.said('changed: z.json')
    t.equal(await organizations(server), 'y', 'the new fixtures are watched')
    server.write('c.json', config())
    await server.said('c.json, ')
    t.match(await settingsOf(server), { emptyCollection: 204, origins: { emptyCollection: 'default' } })
  })

  t.test('reports what is wrong once, and changes nothing until it is right again', async t => {
    const folder = t.testdir({ 'c.json': config(), many: { 'a.json': organization('a') } })
    const server = await watch(t, folder)
    const wrong = 'everything stays as it is'
    server.write('many/a.json', '{"organizations": [')
    t.match(await server.said(wrong), /\$\.fixture many\/a\.json: it is not JSON: unexpected end at line 1, column 20/)
    server.write('many/a.json', '{"users": 5}')
    t.match(await server.said(wrong), /many\/a\.json: \$\.users must be array; got 5/)
    rmSync(join(folder, 'many'), { recursive: true })
    t.match(await server.said(wrong), /many: there is no such file or folder/)
    server.write('c.json', '{"prot": 1}')
    t.match(await server.said(wrong), /c\.json:1:2: \$\.prot is no option; the nearest is port\./)
    rmSync(join(folder, 'c.json'))
    t.match(await server.said(wrong), /c\.json: there is no such file/)
    t.equal(await organizations(server), 'a')
    mkdirSync(join(folder, 'many'))
    server.write('many/a.json', organization('a'))
    server.write('c.json', `${config()}\n`)
    await server.said('the state was reset to the files; changed: ')
    t.equal(server.err().split('there is no such file or folder').length, 2, 'once')
  })

  t.test('does not reset again what a reset has read, nor when a file is back as it was', async t => {
    const folder = t.testdir({ 'a.json': organization('a') })
    const names = { names: [join(folder, 'a.json')], folder: '.', label: '' }
    const fixtures = createStartFixtures(names)
    const sources = await fixtures.readAtStart()
    const emulator = await start(t, { fixtures: sources, readFixtures: fixtures.readAgain })
    const lines: string[] = []
    const say = (line: string) => void lines.push(line)
    const log = { info: say, warn: say } as unknown as WatchParts['log'] // of its many forms this one is used
    const flags = { fixtures: names.names }
    const started = await readStartOptions(flags, {})
    const round = createWatchRound({ flags, environment: {}, started, fixtures, sources, emulator, log })
    await round()
    t.strictSame(lines, [], 'nothing has changed')
    writeFileSync(join(folder, 'a.json'), organization('b'))
    t.equal((await reset(emulator)).status, 200)
    await round()
    t.equal(await organizations(emulator), 'b')
    t.strictSame(lines.splice(0), ['the watched files hold what was loaded: nothing to reset'])
    writeFileSync(join(folder, 'a.json'), '{')
    await round()
    await round()
    t.equal(lines.splice(0).length, 2, 'a problem and its consequence, once')
    writeFileSync(join(folder, 'a.json'), organization('c'))
    await round(() => true)
    t.strictSame(lines, [], 'a round that was stopped applies nothing')
    await round()
    t.match(lines, [/the state was reset to the files; changed: .*a\.json/])
    t.equal(await organizations(emulator), 'c')
  })

  t.test('keeps fixtures and settings when the state cannot be replaced', async t => {
    const { restart, sandbox, ask } = await start(t, { settings: { emptyCollection: 200 } })
    const { fixtures, settings } = sandbox
    const { replace } = fixtures
    fixtures.replace = () => {
      settings.refresh({}) // as a replacement does, before the transaction fails
      throw new Error('disk full')
    }
    const next = { fixtures: [{ name: 'empty', document: {} }], settings: { callFlowCase: 'upper' as const } }
    t.throws(() => restart(next), { message: 'disk full' })
    t.match(settings.inForce(), { emptyCollection: 200, callFlowCase: 'lower', origins: { emptyCollection: 'flag' } })
    fixtures.replace = replace
    t.match((await ask('POST', '/_emulator/reset', { body: {} })).body, { extensions: 7 })
  })

  t.test('takes up a settings file that is made in the working folder later, and ends with the process', async t => {
    const cwd = t.testdir()
    const server = await serve(t, ['--database', ':memory:', '--watch'], { cwd })
    writeFileSync(join(cwd, FILE), '{"listEnvelope": "object"}')
    await until(() => server.err().includes(`changed: ${FILE}`))
    t.type((await call(`${server.url}${EVENTS}`)).body.entry, Array)
    t.match(await server.stop(), { code: 0, signal: null })
  })

  t.test('looks in rounds that do not overlap, and none begins after it was stopped', async t => {
    let [running, most, rounds] = [0, 0, 0]
    const seen: unknown[] = []
    const watching = repeat(
      async () => {
        most = Math.max(most, ++running)
        await new Promise(resolve => setTimeout(resolve, 3))
        running--
        if (++rounds === 2) throw new Error('a round that fails')
      },
      { everyMs: 1, report: error => seen.push(error) }
    )
    const alive = setInterval(() => {}, 1_000) // the rounds keep no process alive
    t.teardown(() => clearInterval(alive))
    await until(() => rounds >= 4)
    await watching.stop()
    const ended = rounds
    t.strictSame({ running, most, failed: seen.length }, { running: 0, most: 1, failed: 1 })
    let later = 0
    const other = repeat(async () => void later++, { everyMs: 1, report: t.error })
    await until(() => later >= 3) // its rounds would have come as often
    await other.stop()
    t.equal(rounds, ended)
  })
})
