import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '../..')

/** Logs that are full after a minute, so that a short run has time to show what grows besides. */
const SMALL_LOGS = ['--delivery-log-size', '1000', '--journal-size', '500']

/** Starts the built program on a database file in a temporary folder. @param receiver the url of its webhooks */
export async function startProgram({ receiver, isQuick }) {
  const folder = mkdtempSync(join(tmpdir(), 'uapi-emulator-soak-'))
  const file = join(folder, 'soak.db')
  const fixture = join(folder, 'fixture.json')
  writeFileSync(fixture, JSON.stringify(fixtureFor(receiver)))
  const probe = pathToFileURL(join(root, 'scripts/soak/probe.mjs')).href
  const serve = ['serve', '--port', '0', '--json', '--log-level', 'warn', '--database', file, '--fixture', fixture]
  const words = ['--expose-gc', '--import', probe, join(root, 'dist/main.js'), ...serve, ...(isQuick ? SMALL_LOGS : [])]
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] })
  const ended = once(child, 'exit').then(([code]) => code)
  const [line] = await Promise.race([
    once(createInterface(child.stdout), 'line'),
    ended.then(code => Promise.reject(new Error(`The program ended with ${code} before it listened.`)))
  ])
  const { url } = JSON.parse(line)

  const get = async path => (await fetch(`${url}${path}`)).text()
  const measure = async () => {
    const measured = once(child, 'message')
    child.send('measure')
    const [memory] = await Promise.race([
      measured,
      ended.then(code => Promise.reject(new Error(`The program ended with ${code}.`)))
    ])
    return memory
  }

  return {
    url,
    port: Number(new URL(url).port),
    /** What may grow, in bytes and numbers. Descriptors are undefined where the system does not list them. */
    async sample() {
      const [health, journal] = await Promise.all([get('/_emulator/health'), get('/_emulator/requests?limit=1000')])
      return {
        ...(await measure()),
        descriptors: countDescriptors(child.pid),
        wal: sizeOf(`${file}-wal`),
        file: sizeOf(file),
        sandboxes: JSON.parse(health).sandboxes,
        journal: journal.length
      }
    },
    /** @returns the exit code */
    async stop() {
      const timer = setTimeout(() => child.kill('SIGKILL'), 10_000)
      child.kill('SIGTERM')
      const code = await ended
      clearTimeout(timer)
      rmSync(folder, { recursive: true, force: true })
      return code
    }
  }
}

/** The default fixture, with three events that are requested for each answered call. */
function fixtureFor(receiver) {
  const fixture = JSON.parse(readFileSync(join(root, 'fixtures/default.json'), 'utf8'))
  const phoneCallEvents = ['0', '3', '2'].map((type, nth) => ({
    extension: '0003*210',
    type,
    id: `soak${type}`,
    method: nth === 1 ? '1' : '0',
    url: `${receiver}/${type}`
  }))
  return { ...fixture, phoneCallEvents }
}

const sizeOf = path => statSync(path, { throwIfNoEntry: false })?.size ?? 0

function countDescriptors(pid) {
  try {
    return readdirSync(`/proc/${pid}/fd`).length
  } catch {
    return undefined // only Linux has them
  }
}
