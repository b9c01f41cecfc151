// Prepares a clone: installs from the lockfile and builds, each only when it is out of date.
// Requires only Node and npm; reports progress on standard error.
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, lstatSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const at = path => join(root, path)
const built = at('dist/.built')

checkNode()
if (!isInstalled()) {
  say('Installing from the lockfile. The first time this can take two minutes: SQLite may have to be compiled …')
  install()
}
if (process.argv.includes('--rebuild') || !isBuilt()) {
  say('Building …')
  rmSync(at('dist'), { recursive: true, force: true })
  run(process.execPath, [at('node_modules/typescript/bin/tsc'), '-p', at('src')])
  const { bundle } = await import('./bundle.mjs')
  await bundle(root)
  publishTypes()
  chmodSync(at('dist/main.js'), 0o755)
  writeFileSync(built, '')
}

/**
 * Writes the entry points of ESM (`index.js`) and of CommonJS types (`index.d.cts`), and removes declarations that the
 * public ones do not refer to. TypeScript before 5.8 does not let CommonJS import the types of ESM directly.
 */
function publishTypes() {
  const names = Object.keys(createRequire(import.meta.url)(at('dist/index.cjs'))).sort()
  writeFileSync(at('dist/index.js'), `export { ${names.join(', ')} } from './index.cjs'\n`)
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
  need(at('dist/index.d.ts'))
  const types = readdirSync(at('dist'), { recursive: true }).filter(name => name.endsWith('.d.ts'))
  for (const name of types) if (!needed.has(at(join('dist', name)))) rmSync(at(join('dist', name)))
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > 20 || (major === 20 && minor >= 19)) return
  say(`Node 20.19 or newer is needed; this is ${process.versions.node}.`)
  process.exit(1)
}

/**
 * Installs better-sqlite3 12, which the lockfile has, on Node 20; 13 on Node 22 and newer. 12 is the last for Node 20 and
 * aborts when compiled with Node 24.19 or newer. 13 comes with its binaries.
 */
function install() {
  if (lstatSync(at('node_modules'), { throwIfNoEntry: false })?.isSymbolicLink()) {
    say('node_modules is a symbolic link, and installing would empty its target. Remove the link first.')
    process.exit(1)
  }
  const quiet = ['--no-audit', '--no-fund']
  if (Number(process.versions.node.split('.')[0]) < 22) return npm('ci', ...quiet)
  npm('ci', '--ignore-scripts', ...quiet)
  npm('install', '--no-save', '--ignore-scripts', ...quiet, 'better-sqlite3@13.2.0')
}

/** npm writes its own copy of the lockfile when an installation is complete. */
function isInstalled() {
  const tools = ['typescript/bin/tsc', 'better-sqlite3/package.json']
  if (!tools.every(tool => existsSync(at(`node_modules/${tool}`)))) return false
  return timeOf(at('node_modules/.package-lock.json')) >= timeOf(at('package-lock.json'))
}

function isBuilt() {
  const sources = ['package.json', 'tsconfig.json', 'scripts/prepare.mjs', 'scripts/bundle.mjs'].map(at)
  sources.push(...readdirSync(at('src'), { recursive: true }).map(name => at(join('src', name))))
  const newest = Math.max(...sources.map(timeOf))
  return timeOf(built) >= newest
}

function timeOf(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
}

/** Runs the npm that started this script; on Windows npm needs a shell. */
function npm(...words) {
  const cli = process.env.npm_execpath
  if (cli) run(process.execPath, [cli, ...words])
  else run('npm', words, { shell: process.platform === 'win32' })
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
