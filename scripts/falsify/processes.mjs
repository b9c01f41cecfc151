import { spawn } from 'node:child_process'

/** How long a test or a build may take, in milliseconds. */
const LIMIT_MS = 180_000

/** How much of its output is kept, in characters. */
const MAX_OUTPUT = 4_000_000

/** Runs Node, each time in a process group of its own: tests start servers, which end with it. */
export function createProcesses() {
  const running = new Set()

  return {
    /** @returns the exit code, null when it was killed, and the output */
    run: (words, { cwd, env }) =>
      new Promise((resolve, reject) => {
        const child = spawn(process.execPath, words, {
          cwd,
          env: { ...process.env, ...env },
          detached: true,
          stdio: ['ignore', 'pipe', 'pipe']
        })
        running.add(child)
        let out = ''
        const read = chunk => {
          if (out.length < MAX_OUTPUT) out += chunk
        }
        child.stdout.setEncoding('utf8').on('data', read)
        child.stderr.setEncoding('utf8').on('data', read)
        let isTimedOut = false
        const timer = setTimeout(() => {
          isTimedOut = true
          end(child)
        }, LIMIT_MS)
        child.once('error', reject)
        child.once('exit', () => end(child)) // its servers, which may hold the output open
        child.once('close', code => {
          clearTimeout(timer)
          running.delete(child)
          resolve({ code, out, isTimedOut })
        })
      }),
    /** Kills all that run. */
    stop() {
      for (const child of running) end(child)
    }
  }
}

function end({ pid }) {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {} // the group is gone
}
