// Prepares a clone: installs from the lockfile and builds, each only when it is out of date.
// Requires only Node and npm; reports progress on standard error.
//   --rebuild  builds in any case, and does not require a SQLite that can be loaded
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, lstatSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const at = path => join(root, path)
const built = at('dist/.built')
const isRebuild = process.argv.includes('--rebuild')
const nodeMajor = Number(process.versions.node.split('.')[0])

/** The version of better-sqlite3 for Node 22 and newer: it comes with its binaries. */
const SQLITE_WITH_BINARIES = '13.2.0'

/** States for which Node, and with which SQLite binary, the modules were found to work. */
const marker = at('node_modules/.uapi-emulator')

checkNode()
const reason = whyInstall()
if (reason !== undefined) {
  say(`${reason}. Installing from the lockfile, which can take two minutes: SQLite may have to be compiled …`)
  install()
}
if (isRebuild || !isBuilt()) {
  say('Building …')
  rmSync(at('dist'), { recursive: true, force: true })
  run(process.execPath, [at('node_modules/typescript/bin/tsc'), '-p', at('src')])
  run(process.execPath, [at('node_modules/typescript/bin/tsc'), '-p', at('src/page')])
  const { bundle } = await import('./bundle.mjs')
  const { MATCHER_TYPES } = await import('./matcher-types.mjs')
  await bundle(root)
  publishTypes(MATCHER_TYPES)
  chmodSync(at('dist/main.js'), 0o755)
  writeFileSync(built, '')
}

/**
 * Writes the entry points of ESM (`index.js`) and of CommonJS types (`index.d.cts`), and removes declarations that the
 * public ones do not refer to. TypeScript before 5.8 does not let CommonJS import the types of ESM directly.
 */
function publishTypes(matcherTypes) {
  const names = Object.keys(createRequire(import.meta.url)(at('dist/index.cjs'))).sort()
  // By require: an import of CommonJS reads the whole file for the names of its exports, which takes longer than to run it.
  const required =
    "import { createRequire } from 'node:module'\n\nconst emulator = createRequire(import.meta.url)('./index.cjs')\n"
  const exported = `export const { ${names.join(', ')} } = emulator\n`
  writeFileSync(at('dist/index.js'), `${required}${exported}`)
  const asEsm = "from './index.js' with { 'resolution-mode': 'import' }"
  const values = names.map(name => {
    const type = /^[A-Z]/.test(name) ? `export type ${name} = emulator.${name};\n` : ''
    return `${type}export declare const ${name}: typeof emulator.${name};\n`
  })
  const all = [`import type * as emulator ${asEsm};\n`, `export type * ${asEsm};\n`, ...values]
  writeFileSync(at('dist/index.d.cts'), all.join(''))

  const needed = new Set()
  const need = file => {
    if (needed.has(file)) return
    needed.add(file)
    const imported = readFileSync(file, 'utf8').matchAll(/(?:from |import\()["'](\.[^"']+)\.js["']/g)
    for (const [, path] of imported) need(join(dirname(file), `${path}.d.ts`))
  }
  for (const name of ['index', 'matchers']) need(at(`dist/${name}.d.ts`))
  const types = readdirSync(at('dist'), { recursive: true }).filter(name => name.endsWith('.d.ts'))
  for (const name of types) if (!needed.has(at(join('dist', name)))) rmSync(at(join('dist', name)))
  for (const [name, text] of Object.entries(matcherTypes)) writeFileSync(at(join('dist', name)), text)
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > 20 || (major === 20 && minor >= 19)) return
  say(`Node 20.19 or newer is needed; this is ${process.versions.node}.`)
  process.exit(1)
}

/** Gives the reason to install; undefined when the modules are complete and fit this Node. */
function whyInstall() {
  const tools = ['typescript/bin/tsc', 'better-sqlite3/package.json']
  if (!tools.every(tool => existsSync(at(`node_modules/${tool}`)))) return 'The modules are not installed'
  // npm writes its own copy of the lockfile when an installation is complete.
  if (timeOf(at('node_modules/.package-lock.json')) < timeOf(at('package-lock.json'))) return 'The lockfile has changed'
  if (isRebuild || readMarker() === describeModules()) return undefined
  const [system] = describeModules().split('\n')
  const installedFor = readMarker().split('\n')[0]
  if (installedFor !== '' && systemOf(installedFor) !== systemOf(system))
    return `The modules were installed for ${installedFor}; this is ${system}`
  if (loadsSqlite()) writeMarker()
  else return `The installed better-sqlite3 cannot be loaded by Node ${process.versions.node}`
}

/**
 * Installs better-sqlite3 12, which the lockfile has, on Node 20; 13 on Node 22 and newer. 12 is the last for Node 20 and
 * aborts when compiled with Node 24.19 or newer.
 */
function install() {
  if (lstatSync(at('node_modules'), { throwIfNoEntry: false })?.isSymbolicLink()) {
    say('node_modules is a symbolic link, and installing would empty its target. Remove the link first.')
    process.exit(1)
  }
  const quiet = ['--no-audit', '--no-fund']
  npm('ci', '--ignore-scripts', ...quiet)
  if (nodeMajor >= 22)
    npm('install', '--no-save', '--ignore-scripts', ...quiet, `better-sqlite3@${SQLITE_WITH_BINARIES}`)
  else compileSqlite()
  if (!loadsSqlite()) {
    say(`better-sqlite3 was installed, but Node ${process.versions.node} cannot load it.`)
    process.exit(1)
  }
  writeMarker()
}

/** Downloads or compiles the binary of better-sqlite3 12. Prints one sentence when there is no compiler. */
function compileSqlite() {
  const { status, error, output } = npmQuietly('rebuild', 'better-sqlite3')
  if (status === 0 && loadsSqlite()) return
  const missing = process.platform === 'win32' ? [] : missingTools()
  if (missing.length === 0) say(error ? String(error) : output.join(''))
  const { versions, platform, arch } = process
  const failed = status === 0 ? 'npm made none (does its configuration set ignore-scripts?)' : 'compiling it failed'
  const why = missing.length > 0 ? `there is no ${missing.join(' and no ')}` : failed
  say(
    `better-sqlite3 has no binary for Node ${versions.node} on ${platform} ${arch}, and ${why}: ` +
      'install python3, make and g++ (Debian: apt-get install python3 make g++), ' +
      'or use Node 22 or newer, for which it comes with its binaries.'
  )
  process.exit(1)
}

/** The tools of a compilation that are not on the PATH. */
function missingTools() {
  const isThere = name => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0
  const tools = { python3: ['python3', 'python'], make: ['make', 'gmake'], 'C++ compiler': ['c++', 'g++', 'clang++'] }
  if (process.env.CXX) tools['C++ compiler'].push(process.env.CXX)
  return Object.entries(tools).flatMap(([tool, names]) => (names.some(isThere) ? [] : [tool]))
}

/** Whether this Node can load SQLite. In a process of its own, because a wrong binary can abort it. */
function loadsSqlite() {
  const script = "new (require('better-sqlite3'))(':memory:').close()"
  return spawnSync(process.execPath, ['-e', script], { cwd: root, stdio: 'ignore' }).status === 0
}

/** The system and the binary: when neither changes, SQLite need not be loaded to see that it works. */
function describeModules() {
  const { versions, platform, arch } = process
  const binary = statSync(at('node_modules/better-sqlite3/build/Release/better_sqlite3.node'), {
    throwIfNoEntry: false
  })
  const { version } = JSON.parse(readFileSync(at('node_modules/better-sqlite3/package.json'), 'utf8'))
  const system = `Node ${nodeMajor} (ABI ${versions.modules}) on ${platform} ${arch}`
  return `${system}\nbetter-sqlite3 ${version} ${binary?.mtimeMs ?? ''}\n`
}

/** The part of a description that no two systems share: ` on linux x64`. */
function systemOf(text) {
  return text.slice(text.indexOf(' on '))
}

function readMarker() {
  return existsSync(marker) ? readFileSync(marker, 'utf8') : ''
}

/** Replaces the marker: as a new file, because folders of modules may share files by hard links. */
function writeMarker() {
  try {
    rmSync(marker, { force: true })
    writeFileSync(marker, describeModules())
  } catch {
    // The folder is read-only: SQLite is loaded again at the next start.
  }
}

function isBuilt() {
  const sources = [
    'package.json',
    'tsconfig.json',
    'scripts/prepare.mjs',
    'scripts/bundle.mjs',
    'scripts/bundle-page.mjs',
    'scripts/joined-literals.mjs',
    'scripts/licenses.mjs',
    'scripts/matcher-types.mjs'
  ].map(at)
  sources.push(...readdirSync(at('src'), { recursive: true }).map(name => at(join('src', name))))
  const newest = Math.max(...sources.map(timeOf))
  return timeOf(built) >= newest
}

function timeOf(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
}

/** Runs npm, with its output on standard error. */
function npm(...words) {
  const [program, ...first] = npmProgram()
  run(program, [...first, ...words], { shell: needsShell(first) })
}

/** Runs npm without showing its output, which is in the result. */
function npmQuietly(...words) {
  const [program, ...first] = npmProgram()
  const options = { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 64 << 20 }
  return spawnSync(program, [...first, ...words], { ...options, shell: needsShell(first) })
}

/** On Windows, npm is a command file unless its script is known. */
function needsShell(first) {
  return first.length === 0 && process.platform === 'win32'
}

/** The npm that started this script, or the one on the PATH. */
function npmProgram() {
  const { npm_execpath: cli = '' } = process.env // yarn and pnpm set it, too
  return /npm-cli\.c?js$/.test(cli) ? [process.execPath, cli] : ['npm']
}

function run(program, words, options = {}) {
  const { status, error } = spawnSync(program, words, { cwd: root, stdio: ['ignore', 2, 2], ...options })
  if (status === 0) return
  say(error ? String(error) : `${program} ended with ${status}`)
  process.exit(status || 1)
}

function say(text) {
  process.stderr.write(`${text}\n`)
}
