import { execFile, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import t from 'tap'
import { dependencies, installPackage } from '../support/installed-package.js'
import { call, ROOT } from '../support/program.js'

/** A folder with the package installed as by npm: from its tarball, with its own dependencies and no others. */
const SCRATCH = mkdtempSync(join(tmpdir(), 'uapi-emulator-package-'))
const MODULES = join(SCRATCH, 'node_modules')
t.teardown(() => rmSync(SCRATCH, { recursive: true, force: true }))

const { PATH = '', HOME = '' } = process.env
const packed = installPackage(SCRATCH, ['@types/node'])

/** Runs a file of that text beside the installed package. */
async function run(name: string, text: string, flags: string[] = []): Promise<string> {
  writeFileSync(join(SCRATCH, name), text)
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, name], {
    cwd: SCRATCH,
    env: { PATH, HOME }
  })
  return stdout
}

/** Compiles files strictly, with the declarations of every package. @returns the output of tsc */
async function check(texts: Record<string, string>, module: 'nodenext' | 'node16'): Promise<string> {
  const files = Object.keys(texts)
  for (const name of files) writeFileSync(join(SCRATCH, name), texts[name] ?? '')
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc')
  const options = { strict: true, skipLibCheck: false, exactOptionalPropertyTypes: true, noEmit: true }
  const compilerOptions = { ...options, module, target: 'es2022', lib: ['es2022'], types: ['node'] }
  const project = join(SCRATCH, `${module}.json`)
  writeFileSync(project, JSON.stringify({ compilerOptions, files }))
  return promisify(execFile)(process.execPath, [tsc, '-p', project], { cwd: SCRATCH }).then(
    ({ stdout }) => stdout,
    ({ stdout }) => stdout
  )
}

t.test('the package contains the files that it needs, and no others', async t => {
  const allowed =
    /^(?:dist\/(?:main\.js|program\.cjs(?:\.map)?|THIRD-PARTY-LICENSES\.txt|index\.(?:js|cjs|cjs\.map)|matchers\.c?js|(?:index|matchers|jest)\.d\.cts|.+\.d\.ts|(?:lazy|static|page)\/[^/]+)|(?:migrations|fixtures|corpus|docs\/openapi)\/[^/]+|package\.json|config\.schema\.json|README\.md|CHANGELOG\.md|LICENSE|llms\.txt)$/
  t.strictSame(
    packed.map(({ path }) => path).filter(path => !allowed.test(path)),
    []
  )
  const types = packed.filter(({ path }) => path.endsWith('.d.ts')).map(({ path }) => path)
  t.ok(types.includes('dist/index.d.ts'))
  t.notMatch(types.join('\n'), /dist\/(?:(?:cli|http|store|service)\/|app)/, 'unreachable types are not published')
  const bytes = packed.reduce((sum, { size }) => sum + size, 0)
  t.ok(bytes < 11_000_000, `${bytes} bytes, with all but two packages in it`)
  t.strictSame(Object.keys(dependencies), ['better-sqlite3', 'typebox'], 'the native one, and the one of the types')
})

t.test('it lists the packages that its bundles contain, with version and licence', async t => {
  const [head = '', ...rest] = readFileSync(join(MODULES, 'uapi-emulator/dist/THIRD-PARTY-LICENSES.txt'), 'utf8').split(
    '\n\n'
  )
  t.match(head, 'name, version, licence')
  const lines = (rest[0] ?? '').split('\n')
  t.ok(lines.length > 100, `${lines.length} packages`)
  for (const line of lines) t.match(line, /^\S+ \d+\.\d+\.\d+\S* \S+/)
  for (const name of ['fastify', '@fastify/swagger-ui', 'commander', '@peculiar/x509', 'typebox']) {
    const { version, license } = JSON.parse(readFileSync(join(ROOT, 'node_modules', name, 'package.json'), 'utf8'))
    t.ok(lines.includes(`${name} ${version} ${license}`), name)
  }
})

t.test('a stack trace names our files where Node maps it', async t => {
  const failing = `startEmulator({ port: -1 }).catch(error => console.log(error.stack))`
  for (const [name, text] of [
    ['trace.mjs', `import { startEmulator } from 'uapi-emulator'\n${failing}`],
    ['trace.cjs', `const { startEmulator } = require('uapi-emulator')\n${failing}`]
  ] as const) {
    t.match(
      await run(name, text, ['--enable-source-maps']),
      /at startEmulator \(.*src.start-emulator\.ts:\d+:\d+\)/,
      name
    )
  }
  const { sources } = JSON.parse(readFileSync(join(MODULES, 'uapi-emulator/dist/program.cjs.map'), 'utf8'))
  t.ok(sources.includes('../src/main.ts') && sources.includes('../src/cli/program.ts'), 'of the program too')
})

t.test('what is loaded at its first use is in the package', async t => {
  const folder = t.testdir({ 'fixture.json': '{ // no comments' })
  const main = join(MODULES, 'uapi-emulator/dist/main.js')
  const words = ['serve', '--port', '0', '--json', '--database', ':memory:', '--tls']
  const server = spawn(process.execPath, [main, ...words], { cwd: folder, env: { PATH, HOME } })
  t.teardown(() => server.kill('SIGKILL'))
  const [line] = await once(server.stdout, 'data')
  const { url, certificate } = JSON.parse(line)
  t.ok(certificate, '@peculiar/x509')
  const get = (path: string, options = {}) =>
    call(`${url}${path}`, { ca: readFileSync(certificate, 'utf8'), ...options })
  t.match((await get('/_emulator/openapi/uapi.json')).body, { openapi: /^3/ }, '@fastify/swagger')
  const page = await get('/_emulator/docs')
  const parts = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, part = '']) => part)
  t.ok(parts.length > 3, '@fastify/swagger-ui')
  for (const part of parts) {
    t.equal((await get(new URL(part, `${url}/_emulator/docs`).pathname)).status, 200, part)
  }
  t.match((await get('/_emulator/metrics')).text, 'process_resident_memory_bytes', 'prom-client')
  const form = '--x\r\nContent-Disposition: form-data; name="grant_type"\r\n\r\nnone\r\n--x--\r\n'
  const headers = { 'content-type': 'multipart/form-data; boundary=x' }
  const answer = await get('/oauth/token.php', { method: 'POST', token: null, headers, body: form })
  t.match(answer.body.error, /^(?:unsupported_grant_type|invalid_)/, '@fastify/busboy')
  const validated = promisify(execFile)(process.execPath, [main, 'validate', join(folder, 'fixture.json')])
  await t.rejects(validated, { code: 2, stdout: /fixture\.json:1:3: is not JSON/ }, 'jsonc-parser')
})

t.test('a start reads what earlier runs compiled, and compiles again where that cannot be read', async t => {
  const dist = join(MODULES, 'uapi-emulator/dist')
  const main = join(dist, 'main.js')
  const caches = () => readdirSync(dist).filter(name => name.endsWith('.cache'))
  // env -i: the runner of the tests makes Node map stack traces, and the program is not cached then.
  const bare = ['-i', `PATH=${PATH}`, `HOME=${HOME}`, process.execPath, main]
  const version = async () => (await promisify(execFile)('env', [...bare, '--version'])).stdout.trim()
  for (const name of caches()) rmSync(join(dist, name))
  t.match(await version(), /^\d+\.\d+\.\d+/)
  t.match(caches(), [/short\.cache$/], 'a short command writes what it has compiled')
  const server = spawn('env', [...bare, 'serve', '--port', '0', '--database', ':memory:', '--json'])
  await once(server.stdout, 'data')
  const uptime = async () =>
    Number((await promisify(execFile)('ps', ['-o', 'etimes=', '-p', String(server.pid)])).stdout)
  while ((await uptime()) < 2) await setTimeout(100)
  server.kill('SIGTERM')
  await once(server, 'exit')
  t.match(caches().sort(), [/long\.cache$/, /short\.cache$/], 'a server writes what it has compiled')
  for (const name of caches()) writeFileSync(join(dist, name), 'not a cache')
  t.match(await version(), /^\d+\.\d+\.\d+/, 'a cache that V8 refuses is not used')
})

t.test('ESM imports it, CommonJS requires it, and both get the same instance', async t => {
  const story = `
    async function story(startEmulator) {
      const emulator = await startEmulator({ fixture: 'call-centre', callbacks: 'none' })
      const { users } = await emulator.directory()
      const cookie = (await emulator.session(users[0].id)).cookie
      await emulator.close()
      return [users.length > 0, cookie.startsWith('dev=')]
    }`
  t.equal(
    await run(
      'story.mjs',
      `import { createRequire } from 'node:module'
      import { NotVerified, startEmulator } from 'uapi-emulator'
      const required = createRequire(import.meta.url)('uapi-emulator')
      ${story}
      console.log(...await story(startEmulator), required.NotVerified === NotVerified)`
    ),
    'true true true\n'
  )
  t.equal(
    await run(
      'story.cjs',
      `${story}\nstory(require('uapi-emulator').startEmulator).then(output => console.log(...output))`
    ),
    'true true\n'
  )
})

t.test('the program starts from the package', async t => {
  const main = join(MODULES, 'uapi-emulator/dist/main.js')
  const output = execFileSync(process.execPath, [main, '--version'], { cwd: SCRATCH, encoding: 'utf8' })
  t.match(output, JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).version)
})

t.test('its types compile in strict TypeScript, ESM and CommonJS, and refuse misspelled members', async t => {
  const uses = `
    const fixture: Fixture = { organizations: [{ id: '3', name: 'Mine' }] }
    const emulator: Emulator = await startEmulator({ fixture: ['default', fixture], settings: { emptyCollection: 200 } })
    const call = await emulator.calls.place({ from: '0003*211', to: '0003*210', outcome: 'busy' })
    await emulator.deliveries.verify({ match: { callId: call.callId }, count: { min: 1 } })
    await emulator.requests.verify({ match: { operation: 'create', status: 200 } })
    await emulator.faults.add({ on: { operation: 'list' }, times: 1, do: { status: 503 } })
    const token: string = await emulator.token('12', { expiresInSeconds: 60 })
    await (await emulator.snapshot(token)).restore()
    await using worker = await (await connectEmulator(emulator.url)).sandbox()
    await worker.clock.freeze().catch((error: unknown) => error instanceof NotVerified && error.hints)
    // @ts-expect-error there is no such outcome
    await emulator.calls.place({ from: '0003*211', to: '0003*210', outcome: 'bussy' })
    // @ts-expect-error there is no such member
    await worker.deliveries.verify({ match: { momentt: 'dialIn' } })
    // @ts-expect-error there is no such setting
    await startEmulator({ settings: { emptyCollections: 200 } })`
  const names = "{ connectEmulator, type Emulator, type Fixture, NotVerified, startEmulator } from 'uapi-emulator'"
  const esm = `import ${names}\n${uses}`
  const cjs = `import ${names}\nexport async function use(): Promise<void> {${uses}\n}`
  t.equal(await check({ 'esm.mts': esm, 'cjs.cts': cjs }, 'nodenext'), '')
  t.equal(await check({ 'older.cts': cjs }, 'node16'), '', 'where CommonJS cannot require ESM')
})
