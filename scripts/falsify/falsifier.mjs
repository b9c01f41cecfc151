import { cpSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { testOf } from './faults.mjs'
import { createProcesses } from './processes.mjs'
import { judge, lastLine } from './verdict.mjs'

/** What a copy leaves out, at its top: modules are linked, and the rest is not needed. */
const LEFT_OUT = new Set(['node_modules', '.git', '.tap', 'screenshots'])

/** Plants faults in copies of a folder, and runs their tests there. */
export function createFalsifier(root) {
  const scratch = mkdtempSync(join(tmpdir(), 'uapi-emulator-falsify-'))
  const processes = createProcesses()
  const unplanted = new Map()
  let isStopped = false

  const copy = name => {
    const folder = join(scratch, name)
    const isCopied = path => !LEFT_OUT.has(relative(root, path).split(/[\\/]/, 1)[0])
    cpSync(root, folder, { recursive: true, preserveTimestamps: true, filter: isCopied })
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction')
    return folder
  }

  /** A test that fails without a fault proves nothing. Each is run once. */
  const passesUnplanted = (folder, fault) => {
    const found = unplanted.get(fault.test) ?? runTest(folder, fault)
    unplanted.set(fault.test, found)
    return found
  }

  const runTest = async (folder, fault) => {
    const test = testOf(fault)
    const env = { TAP_BAIL: '1', TAP_TIMEOUT: '100', TAP_GREP: test.titles.map(patternOf).join('\n') }
    return judge(
      await processes.run(['--import=./scripts/load-test.mjs', test.file], { cwd: folder, env }),
      test.titles
    )
  }

  const falsify = async (folder, fault) => {
    const before = await passesUnplanted(folder, fault)
    if (before.outcome !== 'survived')
      return { outcome: before.outcome === 'missing' ? 'missing' : 'failing', detail: before.detail }
    const path = join(folder, fault.file)
    const [source, times] = [readFileSync(path, 'utf8'), statSync(path)]
    const parts = source.split(fault.text)
    if (parts.length !== 2) return { outcome: 'stale', detail: `its text stands ${parts.length - 1} times` }
    try {
      writeFileSync(path, parts.join(fault.instead))
      if (fault.build) {
        const built = await processes.run(['scripts/prepare.mjs'], { cwd: folder, env: {} })
        if (built.code !== 0) return { outcome: 'crashed', detail: `the build failed: ${lastLine(built.out)}` }
      }
      return await runTest(folder, fault)
    } finally {
      if (!isStopped) restore(path, source, times, fault)
    }
  }

  const restore = (path, source, { atime, mtime }, { build, file }) => {
    writeFileSync(path, source)
    utimesSync(path, atime, mtime) // so that nothing is built for it
    if (!build) return
    const folder = path.slice(0, -file.length)
    rmSync(join(folder, 'dist'), { recursive: true, force: true })
    cpSync(join(root, 'dist'), join(folder, 'dist'), { recursive: true, preserveTimestamps: true })
  }

  return {
    /** Plants faults, `jobs` at a time. @param onResult is called with each result @returns all results, in the order of the faults */
    async run(faults, jobs, onResult) {
      const results = []
      let next = 0
      const work = async (_none, nth) => {
        const folder = copy(String(nth))
        while (next < faults.length && !isStopped) {
          const at = next++
          const start = performance.now()
          const result = await falsify(folder, faults[at])
          results[at] = { fault: faults[at], ...result, seconds: (performance.now() - start) / 1000 }
          onResult(results[at])
        }
      }
      await Promise.all(Array.from({ length: Math.min(jobs, faults.length) }, work))
      return results
    },
    /** Ends the processes and removes the copies. */
    stop() {
      isStopped = true
      processes.stop()
      rmSync(scratch, { recursive: true, force: true, maxRetries: 5 })
    }
  }
}

/** A title as a pattern of tap: exactly this one. */
const patternOf = title => `/^${title.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')}$/`
