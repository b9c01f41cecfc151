// Makes a clone ready to run: installs from the lockfile and builds, each only when it has to.
// Needs nothing but Node and npm; says on standard error what it does.
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const at = path => join(root, path)
const built = at('dist/.built')

checkNode()
if (!isInstalled()) {
  say('Installing from the lockfile. The first time this can take two minutes: SQLite may have to be compiled …')
  npm('ci', '--no-audit', '--no-fund')
}
if (process.argv.includes('--rebuild') || !isBuilt()) {
  say('Building …')
  rmSync(at('dist'), { recursive: true, force: true })
  run(process.execPath, [at('node_modules/typescript/bin/tsc'), '-p', at('src')])
  chmodSync(at('dist/main.js'), 0o755)
  writeFileSync(built, '')
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > 20 || (major === 20 && minor >= 19)) return
  say(`Node 20.19 or newer is needed; this is ${process.versions.node}.`)
  process.exit(1)
}

/** npm writes its own copy of the lockfile when an installation is complete. */
function isInstalled() {
  const tools = ['typescript/bin/tsc', 'better-sqlite3/package.json']
  if (!tools.every(tool => existsSync(at(`node_modules/${tool}`)))) return false
  return timeOf(at('node_modules/.package-lock.json')) >= timeOf(at('package-lock.json'))
}

function isBuilt() {
  const sources = readdirSync(at('src'), { recursive: true }).map(name => at(join('src', name)))
  const newest = Math.max(...sources.map(timeOf))
  return timeOf(built) >= newest
}

function timeOf(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
}

/** npm as it was called, so that the same one is used; on Windows it cannot be started by its name alone. */
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
