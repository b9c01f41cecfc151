import { execFile, execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { ROOT } from './support/program.js'

/** A folder that has the package installed as npm would: from its tarball, with its own dependencies and no others. */
const SCRATCH = mkdtempSync(join(tmpdir(), 'uapi-emulator-package-'))
const MODULES = join(SCRATCH, 'node_modules')
t.teardown(() => rmSync(SCRATCH, { recursive: true, force: true }))

const { PATH = '', HOME = '' } = process.env
const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
const packed = install()

function install(): { path: string; size: number }[] {
  const words = ['pack', '--ignore-scripts', '--json', '--pack-destination', SCRATCH] // the program is built already
  const options = { cwd: ROOT, encoding: 'utf8', shell: process.platform === 'win32' } as const
  const [{ filename, files }] = JSON.parse(
    execFileSync('npm', words, { ...options, stdio: ['ignore', 'pipe', 'ignore'] })
  )
  mkdirSync(MODULES)
  execFileSync('tar', ['-xzf', filename, '-C', 'node_modules'], { cwd: SCRATCH })
  renameSync(join(MODULES, 'package'), join(MODULES, 'uapi-emulator'))
  for (const name of [...Object.keys(dependencies), '@types/node']) {
    mkdirSync(dirname(join(MODULES, name)), { recursive: true })
    symlinkSync(join(ROOT, 'node_modules', name), join(MODULES, name), 'junction')
  }
  return files
}

/** Runs a file of that text beside the installed package. */
async function run(name: string, text: string): Promise<string> {
  writeFileSync(join(SCRATCH, name), text)
  const { stdout } = await promisify(execFile)(process.execPath, [name], { cwd: SCRATCH, env: { PATH, HOME } })
  return stdout
}

/** What tsc says of files, strictly, with the declarations of every package. */
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

t.test('the package holds what is needed, and nothing else', async t => {
  const allowed =
    /^(?:dist\/(?:main\.js|THIRD-PARTY-LICENSES\.txt|index\.(?:js|cjs|d\.cts)|.+\.d\.ts)|(?:migrations|fixtures|docs\/openapi)\/[^/]+|package\.json|README\.md|CHANGELOG\.md|LICENSE)$/
  t.strictSame(
    packed.map(({ path }) => path).filter(path => !allowed.test(path)),
    []
  )
  const types = packed.filter(({ path }) => path.endsWith('.d.ts')).map(({ path }) => path)
  t.ok(types.includes('dist/index.d.ts'))
  t.notMatch(types.join('\n'), /dist\/(?:(?:cli|http|store|service)\/|app)/, 'unreachable types are not published')
  const bytes = packed.reduce((sum, { size }) => sum + size, 0)
  t.ok(bytes < 6_000_000, `${bytes} bytes`)
})

t.test('ESM imports it, CommonJS requires it, and both have the same one', async t => {
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
      `${story}\nstory(require('uapi-emulator').startEmulator).then(said => console.log(...said))`
    ),
    'true true\n'
  )
})

t.test('the program starts from the package', async t => {
  const main = join(MODULES, 'uapi-emulator/dist/main.js')
  const said = execFileSync(process.execPath, [main, '--version'], { cwd: SCRATCH, encoding: 'utf8' })
  t.match(said, JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).version)
})

t.test('its types hold in strict TypeScript, ESM and CommonJS, and find what is mistyped', async t => {
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

t.test('the example with vitest passes', async t => {
  // Its own dependency, as its README installs it: 26 MB that nobody needs who only works on the emulator.
  const folder = join(SCRATCH, 'of-vitest')
  mkdirSync(folder)
  const quiet = ['--no-save', '--ignore-scripts', '--no-audit', '--no-fund']
  const words = ['install', '--prefix', folder, ...quiet, 'vitest@^3.2']
  const installed = await promisify(execFile)('npm', words, { cwd: folder, shell: process.platform === 'win32' }).then(
    () => true,
    () => false
  )
  if (!installed) return t.pass('vitest cannot be installed here', { skip: 'no registry' })
  symlinkSync(join(folder, 'node_modules/vitest'), join(MODULES, 'vitest'), 'junction')
  cpSync(join(ROOT, 'examples/vitest'), join(SCRATCH, 'vitest'), { recursive: true })
  const run = [join(MODULES, 'vitest/vitest.mjs'), 'run']
  const options = { cwd: join(SCRATCH, 'vitest'), env: { PATH, HOME } }
  t.match((await promisify(execFile)(process.execPath, run, options)).stdout, /1 passed/)
})
