import { execFile, execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { installPackage } from '../support/installed-package.js'
import { ROOT, serve } from '../support/program.js'

/** A folder with the packed package and the test runners, installed from the registry. */
const SCRATCH = mkdtempSync(join(tmpdir(), 'uapi-emulator-runners-'))
t.teardown(() => rmSync(SCRATCH, { recursive: true, force: true }))
const RUNNERS = ['jest@30', 'jest-environment-jsdom@30', 'vitest@^3.2', '@playwright/test@^1.50']
const { PATH = '', HOME = '' } = process.env

const page = readFileSync(join(ROOT, 'docs/test-runners.md'), 'utf8')
const blocks = new Map(
  [...page.matchAll(/^```\w+\n(?:\/\/|#) (\S+): [^\n]*\n.*?^```/gms)].map(([block, name = '']) => [
    name,
    block.replace(/^```.*\n?/gm, '')
  ])
)

function isInstalled(): boolean {
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund']
  writeFileSync(join(SCRATCH, 'package.json'), '{ "private": true }')
  try {
    const options = { cwd: SCRATCH, stdio: 'ignore', shell: process.platform === 'win32' } as const
    execFileSync('npm', ['install', ...quiet, ...RUNNERS], options)
  } catch {
    return false
  }
  installPackage(SCRATCH, ['tap'])
  return true
}

/** Runs a program in a folder with these files. @returns its output, whether it failed or not */
async function run(folder: string, files: Record<string, string>, words: string[], env = {}): Promise<string> {
  const cwd = join(SCRATCH, folder)
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(cwd, name)), { recursive: true })
    writeFileSync(join(cwd, name), text)
  }
  const [program = '', ...rest] = words
  const options = { cwd, env: { PATH, HOME, CI: '1', NO_COLOR: '1', ...env } }
  const output = await promisify(execFile)(program, rest, options).then(
    ({ stdout, stderr }) => `${stdout}${stderr}passed with 0`,
    ({ stdout, stderr, code }) => `${stdout}${stderr}failed with ${code}`
  )
  return output
}

const node = process.execPath
const tool = (path: string) => join(SCRATCH, 'node_modules', path)
const JEST = [node, tool('jest/bin/jest.js'), '-i']
const VITEST = [node, tool('vitest/vitest.mjs'), 'run']
const block = (name: string) => ({ [name]: blocks.get(name) ?? '' })

/** What every environment has to be able to do. */
const STORY = `
const startedAt = Date.now()
async function story(startEmulator) {
  const emulator = await startEmulator({ fixture: 'default' })
  await emulator.token('12')
  const call = await emulator.calls.place({ from: '0003*211', to: '0003*210', ringMs: 20, talkMs: 20 })
  await call.ended()
  const error = await emulator.requests.verify({ match: { operation: 'list' }, timeoutMs: 30 }).catch(error => error)
  const { now } = await emulator.clock.get()
  await emulator.clock.freeze(new Date('2030-01-01T00:00:00Z'))
  await emulator.clock.advance('45s')
  const stream = emulator.stream({ lastEventId: '0' })
  const { value } = await stream.next()
  await stream.return()
  const metrics = await emulator.metrics()
  await emulator.close()
  return [error.name, Math.abs(Date.parse(now) - startedAt) < 60000, value.type, metrics.length > 100]
}
const EXPECTED = ['NotVerified', true, 'call', true]`

const jestFile = (docblock: string, before: string, after: string) => `${docblock}
${STORY}
${before}
const { startEmulator } = require('uapi-emulator')
${after}
test('story', async () => expect(await story(startEmulator)).toEqual(EXPECTED), 30000)`

const vitestFile = (docblock: string, before: string, after: string) => `${docblock}
import { expect, test, vi } from 'vitest'
${STORY}
${before}
const { startEmulator } = await import('uapi-emulator')
${after}
test('story', async () => expect(await story(startEmulator)).toEqual(EXPECTED), 30000)`

if (!isInstalled()) t.pass('the test runners cannot be installed here', { skip: 'no registry' })
else {
  t.test('the page of test runners has a test for each of them, and each passes as it is', async t => {
    const names = [
      'ended.test.mjs',
      'ended.test.js',
      'ended.test.ts',
      'ended.tap.mjs',
      'ended.spec.mjs',
      'test_ended.py'
    ]
    t.strictSame([...blocks.keys()], names)
    const programs: [string, string[]][] = [
      ['ended.test.mjs', [node, '--test', 'ended.test.mjs']],
      ['ended.test.js', JEST],
      ['ended.test.ts', VITEST],
      ['ended.tap.mjs', [node, 'ended.tap.mjs']],
      ['ended.spec.mjs', [node, tool('@playwright/test/cli.js'), 'test']]
    ]
    for (const [index, [name, words]] of programs.entries()) {
      const files = { 'package.json': '{}', ...block(name) }
      t.match(await run(`page-${index}`, files, words), /passed with 0$/, name)
    }
    const { url } = await serve(t, ['--database', ':memory:'])
    const python = ['python3', '-m', 'unittest', '-v']
    t.match(await run('page-python', block('test_ended.py'), python, { UAPI_URL: url }), /OK\npassed with 0$/)
  })

  t.test('jest: fake timers before and after the start, of both kinds, and jsdom', async t => {
    const modern = 'jest.useFakeTimers({ now: 1000 })'
    const legacy = 'jest.useFakeTimers({ legacyFakeTimers: true })'
    const jsdom = '/** @jest-environment jsdom */'
    const output = await run(
      'jest',
      {
        'package.json': '{}',
        'modern-before.test.js': jestFile('', modern, ''),
        'modern-after.test.js': jestFile('', '', modern),
        'legacy-before.test.js': jestFile('', legacy, ''),
        'legacy-after.test.js': jestFile('', '', legacy),
        'jsdom.test.js': jestFile(jsdom, '', ''),
        'jsdom-before.test.js': jestFile(jsdom, modern, '')
      },
      JEST
    )
    t.match(output, /Tests: +6 passed, 6 total.*passed with 0$/s)
  })

  t.test('vitest: fake timers before and after the start, and jsdom', async t => {
    const output = await run(
      'vitest',
      {
        'package.json': '{}',
        'before.test.js': vitestFile('', 'vi.useFakeTimers({ now: 1000 })', ''),
        'after.test.js': vitestFile('', '', 'vi.useFakeTimers({ now: 1000 })'),
        'jsdom.test.js': vitestFile('// @vitest-environment jsdom', '', '')
      },
      VITEST
    )
    t.match(output, /Tests +3 passed.*passed with 0$/s)
  })

  t.test('a matcher that fails shows what came instead', async t => {
    const files = {
      'package.json': '{}',
      'fails.test.js': (blocks.get('ended.test.js') ?? '').replace('count: 1', 'count: 7, timeoutMs: 0')
    }
    t.match(await run('fails', files, JEST), /Expected exactly 7 deliveries with .*; found \w+\..*The nearest:/s)
  })

  t.test('the types of the matchers fit Jest and Vitest, ESM and CommonJS, and refuse misspelled members', async t => {
    const uses = `
      export async function use(emulator: Emulator): Promise<void> {
        expect.extend(matchers)
        await expect(emulator).toHaveDelivered({ type: '2' }, { count: { min: 1 }, timeoutMs: 100 })
        await expect(emulator).not.toHaveReceivedRequest()
        // @ts-expect-error there is no such member
        await expect(emulator).toHaveDelivered({ momentt: 'dialIn' })
        // @ts-expect-error there is no such option
        await expect(emulator).toHaveDelivered({}, { cuont: 1 })
      }`
    const imports = (runner: string, from: string) =>
      `import { expect } from '${from}'\nimport type { Emulator } from 'uapi-emulator'\nimport { matchers } from 'uapi-emulator/${runner}'`
    const plain =
      "import { matchers } from 'uapi-emulator/matchers'\nexport const name: string = Object.keys(matchers).join()"
    const options = {
      strict: true,
      skipLibCheck: true,
      exactOptionalPropertyTypes: true,
      noEmit: true,
      types: ['node']
    }
    const compilerOptions = { ...options, module: 'nodenext', target: 'es2022' }
    const files = {
      'vitest.mts': `${imports('vitest', 'vitest')}${uses}`,
      'jest.mts': `${imports('jest', '@jest/globals')}${uses}`,
      'jest.cts': `${imports('jest', '@jest/globals')}${uses}`,
      'plain.mts': plain,
      'plain.cts': plain
    }
    const project = JSON.stringify({ compilerOptions, files: Object.keys(files) })
    const tsc = [node, join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.json']
    t.equal(await run('types', { ...files, 'tsconfig.json': project }, tsc), 'passed with 0')
  })

  t.test('two versions work in one process, and in worker threads', async t => {
    const script = `
      import { cpSync, mkdirSync, symlinkSync } from 'node:fs'
      import { once } from 'node:events'
      import { Worker } from 'node:worker_threads'
      mkdirSync('node_modules', { recursive: true })
      cpSync('../node_modules/uapi-emulator', 'node_modules/other', { recursive: true })
      const [one, two] = await Promise.all(['uapi-emulator', 'other'].map(name => import(name)))
      const emulators = [await one.startEmulator(), await two.startEmulator()]
      for (const emulator of emulators) await emulator.idle()
      const worker = new Worker(\`import('uapi-emulator').then(async ({ startEmulator }) => {
        const emulator = await startEmulator()
        await emulator.idle()
      })\`, { eval: true })
      const [code] = await once(worker, 'exit')
      console.log(one.startEmulator !== two.startEmulator, code)`
    t.match(await run('two', { 'two.mjs': script }, [node, 'two.mjs']), /^true 0\npassed with 0$/)
  })
}
