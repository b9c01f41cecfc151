import { execFile, spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { packagedFixtureNames } from '../src/package.js'
import { EXTENSION_KINDS } from '../src/schema/directory.js'
import { Fixture } from '../src/schema/fixture.js'
import { type Running, readFixture, start } from './support/emulator.js'
import { commandsIn } from './support/example-commands.js'
import { ROOT } from './support/program.js'
import { receive } from './support/receiver.js'
import { freePort } from './support/receivers.js'

const EXAMPLES = join(ROOT, 'examples')

/** An emulator with a running clock and no events, as `npm start` beside another user of it. */
const running = (t: Test): Promise<Running> =>
  start(t, { machineClock: () => new Date(), fixture: readFixture('clean') })

/** Copies an example out of the clone. @returns the copy */
function copy(t: Test, example: string): string {
  const folder = mkdtempSync(join(tmpdir(), `uapi-emulator-${example}-`))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  cpSync(join(EXAMPLES, example), folder, { recursive: true })
  return folder
}

/** Runs a command line in a folder, without the environment of the test runner. */
async function runIn(cwd: string, line: string, env: Record<string, string> = {}): Promise<string> {
  const { PATH = '', HOME = '' } = process.env
  const options = { cwd, env: { PATH, HOME, PYTHONDONTWRITEBYTECODE: '1', ...env } }
  const { stdout, stderr } = await promisify(execFile)('sh', ['-e', '-c', line], options)
  return stdout + stderr
}

/** Runs the command of an example's README that begins with these words, in a copy outside the clone. */
const run = async (t: Test, example: string, words: string, env: Record<string, string>): Promise<string> => {
  const line = commandsIn(example).find(line => line.startsWith(words))
  t.ok(line, `${example}/README.md has: ${words}`)
  return runIn(copy(t, example), line ?? 'false', env)
}

/** The output of an example in its README: the block that begins with a text. */
function outputInReadme(example: string, beginning: string): string {
  const readme = readFileSync(join(EXAMPLES, example, 'README.md'), 'utf8')
  return readme.split(/^```.*\n/m).find(block => block.startsWith(beginning)) ?? ''
}

const isThere = (program: string): boolean => spawnSync(program, ['--version']).status === 0

const CURL = { skip: isThere('curl') ? false : 'no curl here' }

t.test('every example that needs a running emulator starts it in the clone, with npm start', async t => {
  for (const example of ['curl', 'node', 'python', 'compose', 'click-to-call', 'parallel'])
    t.ok(commandsIn(example).includes('npm start'), example)
  for (const example of readdirSync(EXAMPLES)) {
    const readme = readFileSync(join(EXAMPLES, example, 'README.md'), 'utf8')
    t.notMatch(readme, /^\s*(?:npx )?uapi-emulator\b|`(?:npx )?uapi-emulator \w/m, `${example}: it is not on the PATH`)
    t.notMatch(readme, /npm install [^\n]*(?<![./])\buapi-emulator\b/, `${example}: it is not on the registry`)
  }
})

t.test('curl: an event, a call, the webhook arrives, and the event is removed', CURL, async t => {
  const receiver = await receive(t)
  const { url, ask } = await running(t)
  const output = await run(t, 'curl', './call.sh', { UAPI_URL: url, RECEIVER_URL: receiver.url })
  t.ok(commandsIn('curl').includes('node dist/main.js catch'))
  t.match(output, /"PhoneCallEvent":\{"type":"0"/)
  t.match(output, /\{"verified":true,"count":1\}/)
  const [ringing] = receiver.received
  t.match(ringing && receiver.parametersOf(ringing), { CallStatus: 'CALLING', CallerIDName: 'Ana' })
  t.match((await ask('GET', '/_emulator/events')).body, { total: 0 })
})

t.test('curl: a script that fails exits with an error, and removes its event', CURL, async t => {
  await t.rejects(run(t, 'curl', './call.sh', { UAPI_URL: 'http://127.0.0.1:1' }), { code: 7 })
  const { url, ask } = await running(t)
  const folder = copy(t, 'curl')
  const script = readFileSync(join(folder, 'call.sh'), 'utf8')
  writeFileSync(join(folder, 'call.sh'), script.replace('"to":"0003*210"', '"to":"0003*999"'))
  await t.rejects(runIn(folder, './call.sh', { UAPI_URL: url }), { code: 22, stdout: /"PhoneCallEvent"/ })
  t.match((await ask('GET', '/_emulator/events')).body, { total: 0 })
})

t.test('node: the test with node:test passes, and its event is removed', async t => {
  const { url, ask } = await running(t)
  const output = await run(t, 'node', 'node --test', { UAPI_URL: url })
  t.match(output, /pass 1/)
  t.match(output, /fail 0/)
  t.match((await ask('GET', '/_emulator/events')).body, { total: 0 })
})

t.test(
  'python: the test with unittest passes, and its event is removed',
  { skip: isThere('python3') ? false : 'no python3 here' },
  async t => {
    const { url, ask } = await running(t)
    t.match(await run(t, 'python', 'python3 -m unittest', { UAPI_URL: url }), /Ran 1 test.*OK/s)
    t.match((await ask('GET', '/_emulator/events')).body, { total: 0 })
  }
)

t.test('compose: the application prints the output of its README', async t => {
  const { url, ask } = await running(t)
  const line = commandsIn('compose').find(line => line.endsWith(' node app.mjs')) ?? ''
  const here = line.replace('http://127.0.0.1:4772', url).replace(':3000', `:${await freePort()}`)
  const output = await runIn(copy(t, 'compose'), here)
  const alike = (text: string) => text.replace(/[A-Za-z0-9]{30}|(?<=placed |CallID=|CallAPIID=)\S+/g, '(id)').trim()
  t.equal(alike(output), alike(outputInReadme('compose', 'created ')))
  t.match((await ask('GET', '/_emulator/events')).body, { total: 0 }, 'its event is removed')
  const [, placed] = /^placed (.*)$/m.exec(output) ?? []
  t.match(output, `CallAPIID=${placed}`, 'CallAPIID of the webhook is the id of the PhoneCall')
  const { body } = await ask('GET', '/_emulator/calls')
  t.match(body.calls, [{ callApiId: placed, phoneCall: { callDuration: 1 } }], "it was placed over the vendor's API")
})

t.test('click-to-call: the application prints the output of its README, and leaves nothing behind', async t => {
  const { url, ask } = await running(t)
  const { body: before } = await ask('GET', '/_emulator/events')
  const env = { UAPI_URL: url, APP_URL: `http://127.0.0.1:${await freePort()}` }
  const output = await run(t, 'click-to-call', 'node click-to-call.mjs', env)
  t.equal(output, outputInReadme('click-to-call', '0003*210 rings'))
  t.strictSame((await ask('GET', '/_emulator/events')).body, before, 'its events are removed, and no other')
  const { body } = await ask('GET', '/_emulator/calls')
  t.match(body.calls, [{ state: 'ended', outcome: 'answered', phoneCall: { extension: '0003*210' } }])
  const { body: sent } = await ask('GET', '/_emulator/deliveries')
  t.match(sent.deliveries, [{ state: 'delivered' }, { state: 'delivered' }])
  t.equal(sent.total, 2)
})

t.test('click-to-call: a call that the PBX refuses leaves nothing behind either', async t => {
  const { url, ask } = await running(t)
  const { body: before } = await ask('GET', '/_emulator/events')
  const env = { UAPI_URL: url, APP_URL: `http://127.0.0.1:${await freePort()}` }
  await t.rejects(runIn(copy(t, 'click-to-call'), "node click-to-call.mjs '0003*999'", env), {
    code: 1,
    stderr: /400 .*phone_call_view_invalid/
  })
  t.strictSame((await ask('GET', '/_emulator/events')).body, before)
})

t.test('parallel: two shells run the same script without interference', CURL, async t => {
  const receiver = await receive(t)
  const { url, ask } = await running(t)
  const worker = () => run(t, 'parallel', './worker.sh', { UAPI_URL: url, RECEIVER_URL: receiver.url })
  for (const output of await Promise.all([worker(), worker()]))
    t.equal(output.match(/\{"verified":true,"count":1\}/g)?.length, 2, output)
  t.equal(
    new Set(receiver.received.map(({ target }) => target.split('?')[0])).size,
    2,
    'each received its webhook at its own url'
  )
  t.match((await ask('GET', '/_emulator/sandboxes')).body, { total: 0 }, 'each ended its sandbox')
  t.match((await ask('GET', '/_emulator/calls')).body, { total: 0 }, 'and nothing happened beside them')
})

t.test('the examples are short, and each has a README', async t => {
  for (const example of readdirSync(EXAMPLES)) {
    t.match(readFileSync(join(EXAMPLES, example, 'README.md'), 'utf8'), /^# /, example)
    for (const file of readdirSync(join(EXAMPLES, example)).filter(name => /\.(?:mjs|ts|sh|py)$/.test(name)))
      t.ok(readFileSync(join(EXAMPLES, example, file), 'utf8').split('\n').length <= 51, `${example}/${file}`)
  }
})

t.test('docs/fixtures.md names every list of a fixture with all its members, every kind and every named fixture', t => {
  const document = readFileSync(join(ROOT, 'docs/fixtures.md'), 'utf8')
  const { $schema, settings, ...lists } = Fixture.properties
  for (const [list, { items }] of Object.entries(lists)) {
    const [row = ''] = new RegExp(`^\\| \`${list}\` .*$`, 'm').exec(document) ?? []
    const [, entry = ''] = /`\{([^}]*)\}`/.exec(row) ?? []
    const required: readonly string[] = items.required
    const members = Object.keys(items.properties).map(name => `"${name}"${required.includes(name) ? '' : '?'}`)
    t.same(entry.split(','), members, list)
  }
  for (const kind of Object.keys(EXTENSION_KINDS)) t.ok(document.includes(`\`${kind}\``), kind)
  for (const name of packagedFixtureNames()) t.match(document, new RegExp(`^\\| \`${name}\` `, 'm'), name)
  t.end()
})
