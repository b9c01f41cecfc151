import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, renameSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { ROOT } from './program.js'

/** The packages that the published package installs. */
export const { dependencies }: { dependencies: Record<string, string> } = JSON.parse(
  readFileSync(join(ROOT, 'package.json'), 'utf8')
)

/**
 * Installs the package in a folder as npm does, from its tarball, with its own dependencies. Nothing is compiled.
 * @param others further packages of the project to link
 * @returns the files of the tarball with their sizes
 */
export function installPackage(folder: string, others: string[] = []): { path: string; size: number }[] {
  const words = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder] // the program is built already
  const options = { cwd: ROOT, encoding: 'utf8', shell: process.platform === 'win32' } as const
  const [{ filename, files }] = JSON.parse(
    execFileSync('npm', words, { ...options, stdio: ['ignore', 'pipe', 'ignore'] })
  )
  const modules = join(folder, 'node_modules')
  mkdirSync(modules, { recursive: true })
  execFileSync('tar', ['-xzf', filename, '-C', 'node_modules'], { cwd: folder })
  renameSync(join(modules, 'package'), join(modules, 'uapi-emulator'))
  for (const name of [...Object.keys(dependencies), ...others]) {
    mkdirSync(dirname(join(modules, name)), { recursive: true })
    symlinkSync(join(ROOT, 'node_modules', name), join(modules, name), 'junction')
  }
  return files
}
