import { execFile } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t, { type Test } from 'tap'
import { ROOT } from '../support/program.js'

/** Node 20 needs a better-sqlite3 that was compiled for it; newer ones take a version with binaries. */
const isOld = Number.parseInt(process.versions.node, 10) < 22

/** Modules of better-sqlite3 that load, that throw, and that end the process as a wrong binary does. */
const LOADS = 'module.exports = class { close () {} }'
const THROWS = "throw new Error('was compiled against a different Node.js version')"
const ABORTS = 'process.abort()'

/** An npm that records its words. `ci` installs what cannot be loaded; what follows mends it, unless it is to fail. */
const NPM = `
const { appendFileSync, cpSync, mkdirSync, rmSync, writeFileSync } = require('node:fs')
const words = process.argv.slice(2)
appendFileSync('npm.log', words.filter(word => !/^--no-(?:audit|fund)$/.test(word)).join(' ') + '\\n')
if (words[0] === 'ci') {
  rmSync('node_modules', { recursive: true, force: true })
  mkdirSync('node_modules/typescript/bin', { recursive: true })
  mkdirSync('node_modules/better-sqlite3')
  writeFileSync('node_modules/typescript/bin/tsc', '')
  writeFileSync('node_modules/better-sqlite3/package.json', JSON.stringify({ name: 'better-sqlite3', version: '12.11.1' }))
  writeFileSync('node_modules/better-sqlite3/index.js', ${JSON.stringify(THROWS)})
  writeFileSync('node_modules/.package-lock.json', '{}')
} else if (process.env.FAILS) {
  console.error('gyp ERR! not ok')
  process.exit(1)
} else writeFileSync('node_modules/better-sqlite3/index.js', ${JSON.stringify(LOADS)})`

const INSTALL = isOld
  ? 'ci --ignore-scripts\nrebuild better-sqlite3\n'
  : 'ci --ignore-scripts\ninstall --no-save --ignore-scripts better-sqlite3@13.2.0\n'

/** A clone that is built, with modules whose better-sqlite3 has that code; without code nothing is installed. */
function clone(t: Test, sqlite?: string) {
  const folder = t.testdir()
  const at = (name: string) => join(folder, name)
  const write = (name: string, text: string) => {
    mkdirSync(dirname(at(name)), { recursive: true })
    writeFileSync(at(name), text)
  }
  write('package.json', '{"type":"commonjs"}')
  write('package-lock.json', '{}')
  write('npm-cli.js', NPM)
  mkdirSync(at('src'))
  mkdirSync(at('no-programs'))
  mkdirSync(at('scripts'))
  cpSync(join(ROOT, 'scripts/prepare.mjs'), at('scripts/prepare.mjs'))
  if (sqlite !== undefined) {
    write('node_modules/typescript/bin/tsc', '')
    write('node_modules/better-sqlite3/package.json', '{"name":"better-sqlite3","version":"12.11.1"}')
    write('node_modules/better-sqlite3/index.js', sqlite)
    write('node_modules/.package-lock.json', '{}')
  }
  write('dist/.built', '')

  /** Runs the script. @returns its exit code, its output, and the words of each npm that it started */
  const prepare = (env: Record<string, string> = {}): Promise<{ code: unknown; err: string; npm: string }> => {
    rmSync(at('npm.log'), { force: true })
    const options = { cwd: folder, env: { PATH: at('no-programs'), npm_execpath: at('npm-cli.js'), ...env } }
    return new Promise(done =>
      execFile(process.execPath, [at('scripts/prepare.mjs')], options, (error, _out, err) =>
        done({ code: error?.code ?? 0, err, npm: existsSync(at('npm.log')) ? readFileSync(at('npm.log'), 'utf8') : '' })
      )
    )
  }
  const marker = at('node_modules/.uapi-emulator')
  return { at, write, prepare, marker }
}

t.test('a fresh clone is installed from the lockfile, and once', async t => {
  const { prepare, marker } = clone(t)
  const first = await prepare()
  t.match(first, { code: 0, npm: INSTALL, err: /^The modules are not installed\. Installing / })
  t.match(readFileSync(marker, 'utf8'), `(ABI ${process.versions.modules}) on ${process.platform} ${process.arch}\n`)
  t.strictSame(await prepare(), { code: 0, err: '', npm: '' })
})

t.test('modules that were installed by hand are accepted when SQLite can be loaded', async t => {
  const { prepare, write } = clone(t, LOADS)
  t.strictSame(await prepare(), { code: 0, err: '', npm: '' })
  write('node_modules/better-sqlite3/index.js', ABORTS)
  t.strictSame(await prepare(), { code: 0, err: '', npm: '' }, 'which is tried once')
})

t.test('modules for another Node are installed again', async t => {
  for (const [why, code] of Object.entries({ 'it throws': THROWS, 'it aborts the process': ABORTS })) {
    const { prepare } = clone(t, code)
    const { err, ...result } = await prepare()
    t.strictSame(result, { code: 0, npm: INSTALL }, why)
    t.match(err, `The installed better-sqlite3 cannot be loaded by Node ${process.versions.node}. Installing `)
    t.strictSame(await prepare(), { code: 0, err: '', npm: '' })
  }
})

t.test('after a change of Node they are installed again only if SQLite cannot be loaded', async t => {
  const { prepare, write, marker } = clone(t, LOADS)
  await prepare()
  const own = readFileSync(marker, 'utf8')
  const older = own.replace(/Node \d+ \(ABI \d+\)/, 'Node 18 (ABI 108)')
  writeFileSync(marker, older)
  t.strictSame(await prepare(), { code: 0, err: '', npm: '' })
  t.equal(readFileSync(marker, 'utf8'), own)
  writeFileSync(marker, older)
  write('node_modules/better-sqlite3/index.js', THROWS)
  t.match(await prepare(), { code: 0, npm: INSTALL })
  t.equal(readFileSync(marker, 'utf8'), own)
})

t.test('modules of another platform are installed again, whatever SQLite does', async t => {
  const { prepare, marker } = clone(t, LOADS)
  await prepare()
  const own = readFileSync(marker, 'utf8')
  writeFileSync(marker, own.replace(/ on .*/, ' on sunos sparc'))
  t.match(await prepare(), {
    npm: INSTALL,
    err: new RegExp(`installed for Node .* on sunos sparc; this is .* on ${process.platform} ${process.arch}\\. `)
  })
})

t.test('a lockfile that has changed is installed, and a binary that was replaced is tried', async t => {
  const { at, prepare, write } = clone(t, LOADS)
  await prepare()
  const later = Date.now() / 1000 + 60
  utimesSync(at('package-lock.json'), later, later)
  t.match(await prepare(), { npm: INSTALL, err: /^The lockfile has changed\. / })
  utimesSync(at('node_modules/.package-lock.json'), later, later)
  t.strictSame(await prepare(), { code: 0, err: '', npm: '' })
  write('node_modules/better-sqlite3/build/Release/better_sqlite3.node', 'a binary for another Node')
  write('node_modules/better-sqlite3/index.js', THROWS)
  t.match(await prepare(), { npm: INSTALL })
})

t.test('without a compiler, one sentence names what is missing and the remedy', { skip: !isOld }, async t => {
  const { at, write, prepare, marker } = clone(t)
  const lines = async () => (await prepare({ FAILS: 'yes' })).err.trim().split('\n').slice(1)
  const where = `better-sqlite3 has no binary for Node ${process.versions.node} on ${process.platform} ${process.arch}`
  const remedy =
    'install python3, make and g++ (Debian: apt-get install python3 make g++), ' +
    'or use Node 22 or newer, for which it comes with its binaries.'
  t.strictSame(await lines(), [`${where}, and there is no python3 and no make and no C++ compiler: ${remedy}`])
  for (const name of ['python3', 'make']) {
    write(`no-programs/${name}`, '#!/bin/sh\n')
    chmodSync(at(`no-programs/${name}`), 0o755)
  }
  t.strictSame(await lines(), [`${where}, and there is no C++ compiler: ${remedy}`])
  write('no-programs/g++', '#!/bin/sh\n')
  chmodSync(at('no-programs/g++'), 0o755)
  t.strictSame(
    (await lines()).filter(line => line !== ''),
    ['gyp ERR! not ok', `${where}, and compiling it failed: ${remedy}`],
    'with one, the output of the compilation stands above it'
  )
  t.match(await prepare({ FAILS: 'yes' }), { code: 1 })
  t.notOk(existsSync(marker), 'and nothing is marked as installed')
  t.match(await prepare(), { code: 0 }, 'the next start tries again')
})

t.test('the npm of yarn or pnpm is not taken for npm', async t => {
  const { prepare } = clone(t)
  t.match(await prepare({ npm_execpath: '/opt/pnpm/bin/pnpm.cjs' }), { code: 1, npm: '', err: /npm ENOENT/ })
})
