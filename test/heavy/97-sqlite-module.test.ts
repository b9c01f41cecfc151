import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import t from 'tap'
import { explainSqliteModule, loadSqlite, type Runtime, type SqliteBinary } from '../../src/store/sqlite-module.js'
import { ROOT } from '../support/program.js'

const node = (version: string, modules: string): Runtime => ({
  versions: { node: version, modules },
  platform: 'linux',
  arch: 'x64'
})
const NODE_20 = node('20.20.2', '115')
const NODE_22 = node('22.23.3', '127')
const NODE_24 = node('24.21.0', '137')
const compiledFor = (modules: string, hasCleanupHooks = false): SqliteBinary => ({ modules, hasCleanupHooks })
const ANY_NODE: SqliteBinary = { hasCleanupHooks: false }

t.test('a better-sqlite3 that fits its Node is not refused', async t => {
  for (const [runtime, version, binary] of [
    [NODE_20, '12.11.1', compiledFor('115')],
    [NODE_22, '12.11.1', compiledFor('127')],
    [NODE_24, '12.11.1', compiledFor('137')],
    [NODE_22, '13.2.0', ANY_NODE],
    [NODE_24, '13.2.0', { hasCleanupHooks: true }]
  ] as const) {
    t.equal(explainSqliteModule(runtime, { version, binary }), undefined, `${version} on ${runtime.versions.node}`)
  }
  t.doesNotThrow(() => loadSqlite(process), 'nor is the one that runs these tests')
})

t.test('one that does not is refused with both versions and the command that fixes it', async t => {
  for (const [runtime, version, binary, words] of [
    [NODE_20, '13.2.0', ANY_NODE, ['needs Node 22', 'would crash', 'npm install better-sqlite3@12']],
    [NODE_20, '13.2.0', undefined, ['needs Node 22', 'npm install better-sqlite3@12']],
    [NODE_24, '12.11.1', compiledFor('137', true), ['24.19', 'would abort', 'npm install better-sqlite3@13']],
    [NODE_24, '12.11.1', compiledFor('115'), ['115', '137', 'npm install better-sqlite3@13']],
    [NODE_20, '12.11.1', compiledFor('137'), ['137', '115', 'npm rebuild better-sqlite3', 'pnpm approve-builds']],
    [NODE_20, '12.11.1', undefined, ['no binary', 'linux x64', 'npm rebuild better-sqlite3']],
    [NODE_22, '12.11.1', undefined, ['no binary', 'npm install better-sqlite3@13']],
    [NODE_22, '13.2.0', undefined, ['no binary', 'Delete node_modules/better-sqlite3', 'npm install']]
  ] as const) {
    const message = explainSqliteModule(runtime, { version, binary }) ?? ''
    for (const word of [version, runtime.versions.node, ...words]) t.ok(message.includes(word), `${word}: ${message}`)
  }
})

t.test('the program ends with 2, and startEmulator throws, before a wrong module is loaded', async t => {
  const isOld = Number.parseInt(process.versions.node, 10) < 22
  const crash = 'process.abort()'
  const load = "require('./build/Release/better_sqlite3.node')"
  const compiled = (text: string) => ({ 'build/Release/better_sqlite3.node': text })
  const prebuilt = { [`prebuilds/${process.platform}-${process.arch}.node`]: 'a binary' }
  const cases: [string, string, string, Record<string, string>, RegExp][] = [
    [
      'no binary',
      '12.11.1',
      "throw new Error('Could not locate the bindings file')",
      {},
      /^better-sqlite3 12\.11\.1 has no binary for Node /
    ],
    ['a foreign binary', '12.11.1', load, compiled('not one'), /^better-sqlite3 12\.11\.1 cannot be loaded by Node /],
    [
      'another NODE_MODULE_VERSION',
      '12.11.1',
      isOld ? load : crash,
      compiled('\0node_register_module_v93\0'),
      /^better-sqlite3 12\.11\.1 was compiled for NODE_MODULE_VERSION 93; Node \S+ has \d+\. /
    ],
    isOld
      ? ['13 on Node 20', '13.2.0', crash, prebuilt, /^better-sqlite3 13\.2\.0 needs Node 22 or newer/]
      : [
          '12 with the hooks of Node 24.19',
          '12.11.1',
          crash,
          compiled(`node_register_module_v${process.versions.modules}\0RemoveEnvironmentCleanupHook`),
          /^better-sqlite3 12\.11\.1 was compiled with the headers of Node 24\.19 or newer and would abort Node /
        ]
  ]
  for (const [why, version, code, files, message] of cases) {
    const folder = installWith(t, version, code, files)
    const words = ['serve', '--port', '0', '--json', '--database', join(folder, 'test.db')]
    const program = await run([join(folder, 'dist/main.js'), ...words])
    t.match(program, { code: 2, signal: null, out: '' }, `${why}: the program`)
    t.match(program.err, message, why)
    t.match(
      program.err,
      /\. [^.]*: npm (?:install|rebuild)[^\n]*\n$/,
      'the command is the last sentence, on the one line'
    )
    t.notMatch(program.err, 'Move the file away')

    const url = pathToFileURL(join(folder, 'dist/index.js')).href
    const script = `const { startEmulator } = await import(${JSON.stringify(url)})
      await startEmulator().catch(({ name, message }) => console.log(JSON.stringify({ name, message })))`
    const imported = await run(['--input-type=module', '-e', script])
    t.match(imported, { code: 0, signal: null }, `${why}: in process`)
    t.match(JSON.parse(imported.out), { name: 'SqliteModuleRefused', message })
  }
})

/** Installs the built package beside a better-sqlite3 of that version whose constructor runs that code. */
function installWith(t: Tap, version: string, code: string, files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'uapi-emulator-sqlite-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const built = ['main.js', 'program.cjs', 'index.js', 'index.cjs'].map(name => `dist/${name}`)
  for (const name of ['package.json', 'migrations', 'fixtures', ...built]) {
    cpSync(join(ROOT, name), join(folder, name), { recursive: true })
  }
  const faked = {
    'package.json': JSON.stringify({ name: 'better-sqlite3', version, main: 'index.js' }),
    'index.js': `module.exports = class { constructor () { ${code} } }\nmodule.exports.SqliteError = class {}`,
    ...files
  }
  for (const [name, text] of Object.entries(faked)) {
    const file = join(folder, 'node_modules/better-sqlite3', name)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  }
  return folder
}

type Tap = Pick<typeof t, 'teardown'>

function run(words: string[]): Promise<{ code: unknown; signal: unknown; out: string; err: string }> {
  const { PATH = '', HOME = '' } = process.env
  return new Promise(done => {
    execFile(process.execPath, words, { env: { PATH, HOME }, timeout: 30_000 }, (error, out, err) =>
      done({ code: error?.code ?? 0, signal: error?.signal ?? null, out, err })
    )
  })
}
