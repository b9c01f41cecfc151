import { execFile, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { packagedFixtureNames } from '../src/package.js'
import { EXTENSION_KINDS } from '../src/schema/directory.js'
import { Fixture } from '../src/schema/fixture.js'
import { type Running, start } from './support/emulator.js'
import { ROOT } from './support/program.js'
import { receive } from './support/receiver.js'

const EXAMPLES = join(ROOT, 'examples')

/** An emulator with a running clock, as the examples expect. */
const running = (t: Test): Promise<Running> => start(t, { machineClock: () => new Date() })

/** Runs a program in the folder of an example, without the environment of the test runner. */
const run = (example: string, file: string, words: string[], env: Record<string, string>): Promise<string> =>
  runIn(join(EXAMPLES, example), file, words, env)

async function runIn(cwd: string, file: string, words: string[], env: Record<string, string>): Promise<string> {
  const { PATH = '', HOME = '' } = process.env
  const { stdout, stderr } = await promisify(execFile)(file, words, { cwd, env: { PATH, HOME, ...env } })
  return stdout + stderr
}

/** The output of an example in its README: the block that begins with a text. */
function outputInReadme(example: string, beginning: string): string {
  const readme = readFileSync(join(EXAMPLES, example, 'README.md'), 'utf8')
  return readme.split(/^```.*\n/m).find(block => block.startsWith(beginning)) ?? ''
}

/** A free port of loopback. */
async function freePort(): Promise<number> {
  const server = createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  await once(server.close(), 'close')
  return port
}

const isThere = (program: string): boolean => spawnSync(program, ['--version']).status === 0

t.test(
  'curl: an event, a call, and the webhook arrives',
  { skip: isThere('curl') ? false : 'no curl here' },
  async t => {
    const receiver = await receive(t)
    const { url } = await running(t)
    const output = await run('curl', 'sh', ['call.sh'], { UAPI_URL: url, RECEIVER_URL: receiver.url })
    t.match(output, /"PhoneCallEvent":\{"type":"0"/)
    t.match(output, /\{"verified":true,"count":1\}/)
    const [ringing] = receiver.received
    t.match(ringing && receiver.parametersOf(ringing), { CallStatus: 'CALLING', CallerIDName: 'Ana' })
  }
)

t.test('curl: a script that fails exits with an error', { skip: isThere('curl') ? false : 'no curl here' }, async t => {
  await t.rejects(run('curl', 'sh', ['call.sh'], { UAPI_URL: 'http://127.0.0.1:1' }), { code: 7 })
})

t.test('node: the test with node:test passes with the command of its README', async t => {
  const { url } = await running(t)
  const output = await run('node', process.execPath, ['--test', 'ringing.test.mjs'], { UAPI_URL: url })
  t.match(output, /pass 1/)
  t.match(output, /fail 0/)
})

t.test('python: the test with unittest passes', { skip: isThere('python3') ? false : 'no python3 here' }, async t => {
  const { url } = await running(t)
  const output = await run('python', 'python3', ['-B', '-m', 'unittest'], { UAPI_URL: url })
  t.match(output, /Ran 1 test.*OK/s)
})

t.test('compose: the application prints the output of its README', async t => {
  const { url, ask } = await running(t)
  const output = await run('compose', process.execPath, ['app.mjs'], {
    UAPI_URL: url,
    APP_URL: `http://127.0.0.1:${await freePort()}`
  })
  const alike = (text: string) => text.replace(/[A-Za-z0-9]{30}|(?<=placed |CallID=|CallAPIID=)\S+/g, '(id)').trim()
  t.equal(alike(output), alike(outputInReadme('compose', 'created ')))
  const [, placed] = /^placed (.*)$/m.exec(output) ?? []
  t.match(output, `CallAPIID=${placed}`, 'CallAPIID of the webhook is the id of the PhoneCall')
  const { body } = await ask('GET', '/_emulator/calls')
  t.match(body.calls, [{ callApiId: placed, phoneCall: { callDuration: 1 } }], "it was placed over the vendor's API")
})

t.test('click-to-call: the application prints the output of its README, and leaves nothing behind', async t => {
  const { url, ask } = await running(t)
  const { body: before } = await ask('GET', '/_emulator/events')
  const env = { UAPI_URL: url, APP_URL: `http://127.0.0.1:${await freePort()}` }
  const output = await run('click-to-call', process.execPath, ['click-to-call.mjs', '+40700000001', '0'], env)
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
  await t.rejects(run('click-to-call', process.execPath, ['click-to-call.mjs', '0003*999'], env), {
    code: 1,
    stderr: /400 .*phone_call_view_invalid/
  })
  t.strictSame((await ask('GET', '/_emulator/events')).body, before)
})

t.test('click-to-call: its test passes in a folder of its own, with the emulator as a package', async t => {
  const folder = t.testdir()
  cpSync(join(EXAMPLES, 'click-to-call'), folder, { recursive: true })
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(ROOT, join(folder, 'node_modules/uapi-emulator'), 'junction')
  const env = { APP_URL: `http://127.0.0.1:${await freePort()}` }
  t.match(await runIn(folder, process.execPath, ['--test'], env), /pass 2\n.*fail 0/s)
})

t.test('node-test, tap: tests with an in-process emulator pass', async t => {
  t.match(await run('node-test', process.execPath, ['--test'], {}), /pass 1\n.*fail 0/s)
  t.match(await run('tap', process.execPath, ['retry.test.mjs'], {}), /# \{ total: 3, pass: 3 \}|1\.\.1/)
})

t.test(
  'parallel: two shells run the same script without interference',
  { skip: isThere('curl') ? false : 'no curl here' },
  async t => {
    const receiver = await receive(t)
    const { url, ask } = await running(t)
    const worker = () => run('parallel', 'sh', ['worker.sh'], { UAPI_URL: url, RECEIVER_URL: receiver.url })
    for (const output of await Promise.all([worker(), worker()]))
      t.equal(output.match(/\{"verified":true,"count":1\}/g)?.length, 2, output)
    t.equal(
      new Set(receiver.received.map(({ target }) => target.split('?')[0])).size,
      2,
      'each received its webhook at its own url'
    )
    t.match((await ask('GET', '/_emulator/sandboxes')).body, { total: 0 }, 'each ended its sandbox')
    t.match((await ask('GET', '/_emulator/calls')).body, { total: 0 }, 'and nothing happened beside them')
  }
)

t.test('the examples are short, and each has a README', async t => {
  for (const example of readdirSync(EXAMPLES)) {
    t.match(readFileSync(join(EXAMPLES, example, 'README.md'), 'utf8'), /^# /, example)
    for (const file of readdirSync(join(EXAMPLES, example)).filter(name => /\.(?:mjs|ts|sh|py)$/.test(name)))
      t.ok(readFileSync(join(EXAMPLES, example, file), 'utf8').split('\n').length <= 45, `${example}/${file}`)
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
