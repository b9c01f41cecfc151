import { execFile, spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { commandsIn } from '../support/example-commands.js'
import { call, ROOT, until } from '../support/program.js'
import { freePort } from '../support/receivers.js'

/** A built clone named as after `git clone`, alone in a folder. Its modules are those of this clone. */
const FOLDER = mkdtempSync(join(tmpdir(), 'uapi-emulator-clone-'))
const CLONE = join(FOLDER, 'uapi-emulator')
t.teardown(() => rmSync(FOLDER, { recursive: true, force: true }))
cpSync(ROOT, CLONE, {
  recursive: true,
  preserveTimestamps: true,
  filter: path => !/[\\/](?:node_modules|\.git|\.tap|test|bench)$|\.(?:db|tgz)(?:-\w+)?$/.test(path)
})
symlinkSync(join(ROOT, 'node_modules'), join(CLONE, 'node_modules'), 'junction')
writeFileSync(join(CLONE, 'dist/.built'), '') // the copied folders are newer than the build
t.setTimeout(900_000) // npm downloads two test runners

const { PATH = '', HOME = '' } = process.env
const environment = { PATH, HOME }

/** Runs lines of a README in the clone. */
const shell = (lines: string[]) =>
  promisify(execFile)('sh', ['-e', '-c', lines.join('\n')], { cwd: CLONE, env: environment, maxBuffer: 1 << 26 }).then(
    ({ stdout, stderr }) => ({ code: 0, output: stdout + stderr }),
    ({ code, stdout, stderr }) => ({ code, output: stdout + stderr })
  )

t.test('npm start starts the clone as it is, and npx runs its commands', async t => {
  const words = ['start', '--', '--port', '0', '--json', '--database', ':memory:']
  const server = spawn('npm', words, { cwd: CLONE, env: environment, stdio: ['ignore', 'pipe', 'inherit'] })
  t.teardown(() => {
    server.kill()
    server.stdout.destroy()
  })
  let out = ''
  server.stdout.on('data', data => {
    out += data
  })
  await until(() => /^\{"ready":true.*\n/m.test(out))
  const { url } = JSON.parse(/^\{"ready":true.*$/m.exec(out)?.[0] ?? '{}')
  t.equal((await call(`${url}/readyz`)).status, 200)
  const { code, output } = await shell([`npx uapi-emulator token 12 --url ${url}`])
  t.equal(code, 0, output)
  t.match(output, /[A-Za-z0-9]{40}/)
})

t.test('click-to-call, node-test, tap: each runs its own tests and no others, in the clone too', async t => {
  for (const [example, passed] of [
    ['click-to-call', /pass 2\n.*fail 0/s],
    ['node-test', /pass 1\n.*fail 0/s],
    ['tap', /^1\.\.1$.*^# Subtest: retry\.test\.mjs$(?!.*^# Subtest: ).*^ok 1 /ms]
  ] as const) {
    const folder = t.testdir()
    cpSync(join(ROOT, 'examples', example), folder, { recursive: true })
    mkdirSync(join(folder, 'node_modules/.bin'), { recursive: true })
    symlinkSync(ROOT, join(folder, 'node_modules/uapi-emulator'), 'junction')
    symlinkSync(join(ROOT, 'node_modules/tap'), join(folder, 'node_modules/tap'), 'junction')
    symlinkSync(join(ROOT, 'node_modules/tap/dist/esm/run.mjs'), join(folder, 'node_modules/.bin/tap'))
    const env = { ...environment, APP_URL: `http://127.0.0.1:${await freePort()}` }
    const { stdout, stderr } = await promisify(execFile)('npm', ['test'], { cwd: folder, env })
    t.match(stdout + stderr, passed, example)
  }
})

for (const [example, passed, needsRegistry] of [
  ['node-test', /pass 1\n.*fail 0/s, false],
  ['click-to-call', /pass 2\n.*fail 0/s, false],
  ['tap', /^1\.\.1$.*^# Subtest: retry\.test\.mjs$(?!.*^# Subtest: ).*^ok 1 /ms, true],
  ['vitest', /1 passed/, true]
] as const) {
  t.test(`${example}: the commands of its README work, outside the clone`, async t => {
    const lines = commandsIn(example)
    const own = lines.slice(lines.findIndex(line => line.startsWith('cp -R examples/')))
    t.strictSame(own.slice(-2), ['npm install --save-dev ../uapi-emulator', 'npm test'])
    const { code, output } = await shell(own)
    if (needsRegistry && /npm error (?:code )?(?:E[A-Z]+|network)/.test(output))
      return t.pass(`${example} cannot be installed here`, { skip: 'no registry' })
    t.equal(code, 0, output)
    t.match(output, passed)
  })
}
