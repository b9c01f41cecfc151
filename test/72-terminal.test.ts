import { join } from 'node:path'
import t, { type Test } from 'tap'
import { findSimilar } from '../src/cli/command-line/similar.js'
import { COMMANDS, run } from '../src/cli/program.js'
import { escapeControls, escapeForTerminal } from '../src/cli/terminal/escape.js'
import { foldCommand, foldLine, widthOf } from '../src/cli/terminal/fold.js'
import { createPage } from '../src/cli/terminal/page.js'
import { createClient } from '../src/client/client.js'
import { runHere, runShell, serveHere } from './support/program.js'

const WIDTHS = [20, 60, 61, 72, 80, 97, 200]

/** Runs the program with a terminal of a width in place of a pipe. */
async function onTerminal(words: string[], columns: number, environment: Record<string, string> = {}) {
  const output = { out: '', err: '' }
  const terminal = { isTTY: true, columns }
  const code = await run({
    args: words,
    environment: { TERM: 'xterm-256color', ...environment },
    pid: process.pid,
    runtime: process,
    input: async () => Buffer.alloc(0),
    out: text => {
      output.out += text
    },
    err: text => {
      output.err += text
    },
    streams: { out: terminal, err: terminal },
    onOutputClosed: () => {},
    onStop: () => {}
  })
  return { code, ...output }
}

/** An emulator with a call whose texts are wide, long or dangerous. */
async function scene(t: Test) {
  const { url, port } = await serveHere(t, ['--database', ':memory:'])
  const client = createClient({ url })
  t.teardown(client.close)
  await client.events.removeAll()
  await client.fixtures.load({
    users: [{ id: '77', name: '山田太郎 \u001b[2J\u202eevil', organization: null, role: 'administrator' }]
  })
  const path = `${'long-folder/'.repeat(12)}?name=${'x'.repeat(120)}`
  const event = { extension: '0003*210', method: '0', url: `http://127.0.0.1:${port + 1}/${path}` } as const
  for (const type of ['0', '2', '3'] as const) await client.events.create({ ...event, type, note: '注意 🎉' })
  return { url, client }
}

t.test('the width of a text is that of a terminal', async t => {
  for (const [text, width] of [
    ['', 0],
    ['abc', 3],
    ['山田', 4],
    ['🎉', 2],
    ['👨‍👩‍👧', 2],
    ['e\u0301', 1],
    ['한글', 4],
    ['é→', 2]
  ] as const)
    t.equal(widthOf(text), width, text)
})

t.test('a folded line has no more columns than asked for, and loses no character', async t => {
  const texts = [
    'one two three four five',
    '山田太郎'.repeat(9),
    `a ${'b'.repeat(99)} c`,
    'https://host/'.repeat(9),
    '👨‍👩‍👧'.repeat(20)
  ]
  for (const text of texts)
    for (const width of [10, 17, 60]) {
      const lines = foldLine(text, { width, first: '- ', next: '  ' }).split('\n')
      for (const line of lines) t.ok(widthOf(line) <= width, `${width}: ${line}`)
      t.equal(
        lines
          .map(line => line.slice(2))
          .join('')
          .replaceAll(' ', ''),
        text.replaceAll(' ', '')
      )
    }
})

t.test('a folded command runs as it is printed', async t => {
  const command = `printf '%s|' 'a b' --from '0003*211' 'it'\\''s' ${'x'.repeat(70)} end`
  const folded = foldCommand(command, { width: 30, indent: 2 })
  t.match(folded, / \\\n {6}\S/)
  t.equal((await runShell(folded)).out, (await runShell(command)).out)
})

t.test('every table, timeline and help fits a terminal of 60 columns or more', async t => {
  const { url, client } = await scene(t)
  const long = await client.calls.place({ from: '0722000111', to: ['0003*210', '0003*211'] })
  await long.callId
  const listing = [['events'], ['users'], ['extensions'], ['requests'], ['deliveries']].map(words => [
    ...words,
    '--url',
    url
  ])
  const call = ['call', '--from', '0722000111', '--to', '0003*210', '--to', '0003*211', '--url', url]
  const helps = COMMANDS.map(({ name }) => ['help', name])
  for (const columns of WIDTHS)
    for (const words of [...listing, call, ['help'], ...helps]) {
      const { code, out } = await onTerminal(words, columns)
      t.equal(code, 0, words.join(' '))
      const wide = out.split('\n').filter(line => widthOf(line) > Math.max(60, columns))
      // a word of a command stays whole, so that it can be pasted
      t.strictSame(
        wide.filter(line => !/^ {2,6}\S+( \\)?$/.test(line)),
        [],
        `${words.join(' ')} at ${columns}`
      )
    }
})

t.test('in a pipe, each row of a table is one line, without colours', async t => {
  const { url } = await scene(t)
  const { out } = await runHere(['events', '--url', url], { COLUMNS: '60', TERM: 'xterm' })
  t.equal(out.split('\n').length, 1 + 3 + 1)
  t.notMatch(out, '\u001b')
})

t.test('colours follow the terminal, NO_COLOR and FORCE_COLOR', async t => {
  for (const [isTTY, environment, expected] of [
    [true, {}, true],
    [false, {}, false],
    [true, { NO_COLOR: '1' }, false],
    [true, { NO_COLOR: '' }, true],
    [true, { TERM: 'dumb' }, false],
    [false, { FORCE_COLOR: '' }, true],
    [false, { FORCE_COLOR: '1' }, true],
    [false, { FORCE_COLOR: '2' }, true],
    [false, { FORCE_COLOR: '3' }, true],
    [false, { FORCE_COLOR: '1', NO_COLOR: '1' }, true],
    [true, { FORCE_COLOR: '0' }, false],
    [true, { FORCE_COLOR: 'no' }, false]
  ] as const) {
    const { hasColours } = createPage({ isTTY, columns: 80 }, { TERM: 'xterm', ...environment })
    t.equal(hasColours, expected, JSON.stringify({ isTTY, ...environment }))
  }
  t.equal(createPage({ isTTY: true, columns: 80 }, { COLUMNS: '120' }).width, 120)
  t.equal(createPage({ isTTY: true, columns: 80 }, { COLUMNS: 'wide' }).width, 80)
  t.equal(createPage({ isTTY: true, columns: 0 }, {}).width, 80)
  t.equal(createPage({ isTTY: true, columns: 20 }, {}).width, 60)
})

t.test('control characters of received data never reach the terminal', async t => {
  const { url } = await scene(t)
  const { out } = await onTerminal(['users', '--url', url], 80, { NO_COLOR: '1' })
  t.match(out, '山田太郎 \\x1b[2J\\u202eevil')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: none may be there
  t.notMatch(out, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/)
  t.equal(escapeControls('a\u009b1m\n'), 'a\\x9b1m\\x0a')
  t.equal(
    escapeForTerminal('\u001b[31mred\u001b[39m\n\u001b]0;title\u0007'),
    '\u001b[31mred\u001b[39m\n\\x1b]0;title\\x07'
  )
  const json = await onTerminal(['users', '--json', '--url', url], 80)
  t.ok(json.out.split('\n').some(line => line !== '' && JSON.parse(line).name?.includes('evil')))
})

t.test('a misspelt command, option or choice is named, with the nearest one', async t => {
  for (const [words, message] of [
    [['reqests'], /^reqests is an unknown command\. Did you mean requests\? See uapi-emulator --help\.\n$/],
    [['help', 'cal'], /^cal is an unknown command\. Did you mean call\?/],
    [
      ['call', '--form', 'x'],
      /^--form is an unknown option of call\. Did you mean --from\? See uapi-emulator call --help\.\n$/
    ],
    [['--prot', '1'], /^--prot is an unknown option of serve\. Did you mean --port\?/],
    [['call', '--contol-token=canary'], /^--contol-token is an unknown option/],
    [['fault', 'ad'], /^action must be one of add, .*; got "ad"\. Did you mean add\?\n$/],
    [['call', '--outcome', 'bsy'], /Did you mean busy\?/],
    [['call', '--from'], /^--from is given without its value <number>\. Caller: /],
    [['hangup', 'a', 'b'], /^There are too many arguments: hangup takes 1 argument at most\./],
    [['answer'], /^callId is missing\. CallID of any leg/]
  ] as const) {
    const { code, out, err } = await runHere([...words])
    t.strictSame({ code, out }, { code: 2, out: '' }, words.join(' '))
    t.match(err, message)
    t.notMatch(err, /canary/)
  }
  t.equal(findSimilar('nothing-like-it', ['add', 'list']), undefined)
  t.equal(findSimilar('lsit', ['add', 'list']), 'list')
})

t.test('help and the version are printed in each of their ways', async t => {
  const all = await runHere(['--help'])
  t.strictSame(await runHere(['help']), all)
  t.strictSame(await runHere(['help', 'call']), await runHere(['call', '--help']))
  for (const flag of ['-v', '-V', '--version']) t.match(await runHere([flag]), { code: 0, out: /^\d+\.\d+\.\d+\n$/ })
})

t.test('the choices of an option are in the help of each command that has it', async t => {
  for (const { name, options } of COMMANDS)
    for (const row of Object.values(options)) {
      const choices: unknown = Reflect.get(row.type, 'enum')
      if (!Array.isArray(choices) || (row.placeholder === undefined && !('argument' in row))) continue
      const { out } = await runHere(['help', name])
      t.match(out.replace(/\s+/g, ' '), `one of ${choices.join(', ')}`, `${name} ${row.flag}`)
    }
})

t.test('a duration needs its unit', async t => {
  const parties = ['--from', '0003*211', '--to', '0003*210']
  for (const [words, message] of [
    [
      ['call', ...parties, '--ring', '2000'],
      /^--ring must be a time with its unit .*; write 2000ms or 2000s; got "2000"/
    ],
    [['verify', 'requests', '--timeout', '5'], /^--timeout must be .* up to 1m; write 5ms or 5s; got "5"/],
    [['token', '12', '--expires-in', '90'], /^--expires-in must be a time of whole seconds .*; write 90s; got "90"/],
    [['token', '12', '--expires-in', '1500ms'], /whole seconds/],
    [['fault', 'add', '--on', 'create', '--delay', '0ms'], /^--delay must be .* from 1ms up to/],
    [['clock', 'advance', '45'], /a duration with its unit/],
    [['healthcheck', '--wait', '30'], /^--wait must be .* up to 10m; write 30ms or 30s; got "30"/]
  ] as const)
    t.match(await runHere([...words]), { code: 2, out: '', err: message }, words.join(' '))
})

t.test('events are listed, added and removed; users and extensions are listed', async t => {
  const { url, client } = await scene(t)
  const ours = (...words: string[]) => runHere([...words, '--url', url])
  const hook = 'http://127.0.0.1:9/hook'
  const listed = await ours('events', '--type', '0', '--json')
  t.strictSame(JSON.parse(listed.out), (await client.events.list({ type: '0' })).events[0])
  t.match(await ours('events', '--extension', '0003*210', '--limit', '2'), { out: /\nThe newest 2 of 3\.\n$/ })
  const words = ['--extension', '0003*211', '--type', '4', '--webhook-url', hook, '--method', 'POST', '--disabled']
  const added = JSON.parse((await ours('events', 'add', ...words, '--json')).out)
  t.match(added, { extension: '0003*211', type: '4', method: '1', url: hook, status: '0' })
  t.match(await ours('events'), { out: /0003\*211 {3}4 answerOutgoing {2}disabled .*POST http/ })
  t.match(await ours('events', 'remove', added.id), { code: 0, out: `Removed event ${added.id}.\n` })
  t.match(await ours('events', 'remove', added.id), { code: 1, err: /^No phone call event has that id/ })
  t.match(await ours('events', 'remove', '--extension', '0003*210', '--type', '0'), { out: 'Removed 1 event.\n' })
  t.match(await ours('events', 'remove', '--all', '--json'), { out: '{"removed":2}\n' })
  t.match(await ours('events'), { code: 0, out: /^No such phone call event\./ })
  for (const [words, message] of [
    [['remove'], /^id is missing\. Give one, or --extension, --type or --all\./],
    [['remove', 'abc', '--all'], /exclude each other/],
    [['add', '--type', '0'], /^--extension is missing.*\n--webhook-url is missing/],
    [['list', '--note', 'x'], /^--note does not go with events list/],
    [['add', '--extension', '9*9', '--type', '0', '--webhook-url', hook], /^--extension /],
    [['add', '--extension', '0003*210', '--type', '0', '--webhook-url', 'nowhere'], /^--webhook-url /]
  ] as const)
    t.match(await ours('events', ...words), { code: 2, out: '', err: message }, words.join(' '))
  t.match(await ours('users'), { code: 0, out: /^id +role +organization +name\n/ })
  t.match(await ours('extensions'), { code: 0, out: /^number +owner +kind +public numbers +name\n0003\*210 / })
  const { extensions } = await client.directory()
  const lines = (await ours('extensions', '--json')).out.trim().split('\n')
  t.strictSame(
    lines.map(line => JSON.parse(line)),
    extensions
  )
})

t.test('validate names every problem of every file', async t => {
  const folder = t.testdir({ 'a.json': '{"users":[{"id":7}]}', 'b.json': '[', 'c.json': '{\n"apps":8}' })
  const { code, out, err } = await runHere(['validate', join(folder, 'none.json'), folder])
  t.equal(code, 2)
  t.match(out, /b\.json:1:2: is not JSON/)
  t.match(out, /a\.json:1:\d+: \$\.users\[0\]\.id /)
  t.match(out, /c\.json:2:1: \$\.apps /)
  t.match(err, /none\.json: there is no such file/)
})

t.test('healthcheck --wait ends when the emulator is healthy, or with the last failure', async t => {
  const { port } = await serveHere(t, ['--database', ':memory:'])
  t.match(await runHere(['healthcheck', '--port', `${port}`, '--wait', '1m']), { code: 0, out: /healthy/ })
  const failed = await runHere(['healthcheck', '--port', '1', '--wait', '250ms'])
  t.match(failed, { code: 1, out: '', err: /connection refused/ })
  t.match(await runHere(['healthcheck', '--wait', '11m']), { code: 2, err: /^--wait must be/ })
})
