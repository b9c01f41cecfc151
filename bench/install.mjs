import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { SCRATCH } from './databases.mjs'
import { ROOT } from './servers.mjs'

/**
 * Measures the package: its size in MB, and the time to install it with its dependencies in seconds. Install scripts do
 * not run: compiling SQLite where no binary exists takes as long as the machine needs.
 * @returns undefined when it cannot be installed
 */
export function measureInstall({ say }) {
  say('packing and installing')
  const folder = join(SCRATCH, 'install')
  mkdirSync(folder)
  const packed = npm(ROOT, 'pack', '--ignore-scripts', '--pack-destination', folder)
  const file = readdirSync(folder).find(name => name.endsWith('.tgz'))
  if (packed !== 0 || file === undefined) return undefined
  writeFileSync(join(folder, 'package.json'), '{"private":true}\n')
  const begun = performance.now()
  if (npm(folder, 'install', '--ignore-scripts', '--no-audit', '--no-fund', `./${file}`) !== 0) return undefined
  const seconds = (performance.now() - begun) / 1000
  const modules = join(folder, 'node_modules')
  return {
    packedMb: sizeOf(join(folder, file)),
    ownMb: sizeOf(join(modules, 'uapi-emulator')),
    allMb: sizeOf(modules),
    packages: readdirSync(modules, { recursive: true }).filter(path =>
      /(^|node_modules\/)(@[^/]+\/)?[^/@.][^/]*\/package\.json$/.test(path)
    ).length,
    seconds
  }
}

function npm(folder, ...words) {
  const cli = process.env.npm_execpath
  const options = { cwd: folder, stdio: ['ignore', 'ignore', 'ignore'] }
  const { status } = cli
    ? spawnSync(process.execPath, [cli, ...words], options)
    : spawnSync('npm', words, { ...options, shell: process.platform === 'win32' })
  return status
}

function sizeOf(path) {
  const found = statSync(path)
  if (!found.isDirectory()) return found.size / 1e6
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size / 1e6, 0)
}
