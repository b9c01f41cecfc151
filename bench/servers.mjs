import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import http from 'node:http'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout } from 'node:timers/promises'

export const ROOT = join(import.meta.dirname, '..')
export const PROGRAM = join(ROOT, 'dist/main.js')
const FLOORS = join(import.meta.dirname, 'floors')

/** Running processes. They are ended at every exit of the benchmark. */
const running = new Set()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(1))
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** Starts the emulator as a user does. */
export const startEmulatorProgram = (database, ...words) =>
  startAndRead('emulator', [PROGRAM, ...SERVE, '--database', database, ...words])

/** Starts the emulator under the profiler of V8, which writes its profiles to a folder when the emulator has ended. */
export const startProfiledEmulator = (directory, database, ...words) =>
  startAndRead('emulator', [
    ...['--cpu-prof', '--cpu-prof-dir', directory, '--cpu-prof-interval', '250'],
    ...[PROGRAM, ...SERVE, '--database', database, ...words]
  ])

const SERVE = ['serve', '--port', '0', '--json', '--log-level', 'warn']

/** Starts another command of the program that listens, and prints a line of JSON when it is ready. */
export const startProgram = (command, ...words) => startAndRead(command, [PROGRAM, command, '--json', ...words])

/** Runs a command of the program to its end. @returns how long it took, and the most memory that it had (Linux only) */
export async function runToEnd(...words) {
  const begun = performance.now()
  const child = run(process.execPath, [PROGRAM, ...words])
  child.stdout.resume()
  let peakMb
  const watch = setInterval(() => {
    peakMb = readProc(child.pid, 'status', text => Number(/VmHWM:\s+(\d+)/.exec(text)?.[1]) / 1024) || peakMb
  }, 50)
  const [code] = await once(child, 'exit')
  clearInterval(watch)
  if (code !== 0) throw new Error(`${words.join(' ')} ended with ${code}.`)
  return { seconds: (performance.now() - begun) / 1000, peakMb }
}

/** Starts a floor, or the receiver of webhooks. */
export const startFloor = (name, ...words) => startAndRead(name, [join(FLOORS, `${name}.mjs`), ...words])

/** Runs a script that prints one line of JSON and ends. */
export async function runScript(path, ...words) {
  const child = run(process.execPath, [path, ...words.map(String)])
  const ended = once(child, 'exit')
  const firstLine = once(createInterface(child.stdout), 'line')
  const [code] = await ended
  if (code !== 0) throw new Error(`${path} ended with ${code}.`)
  const [line] = await Promise.race([firstLine, setTimeout(1_000, [''], { ref: false })])
  return JSON.parse(line)
}

async function startAndRead(name, words) {
  const child = run(process.execPath, words)
  const [line] = await Promise.race([
    once(createInterface(child.stdout), 'line'),
    once(child, 'exit').then(([code]) => Promise.reject(new Error(`${name} ended with ${code} before it listened.`)))
  ])
  return serverOf(name, child, JSON.parse(line).url)
}

/** Starts a server that prints nothing: requests are sent until it answers. */
export async function startAndAsk(name, command, words, { url, path = '/', headers, patienceMs = 30_000 }) {
  const child = run(command, words)
  const server = serverOf(name, child, url)
  const end = performance.now() + patienceMs
  while ((await ask(url + path, { headers }).catch(() => undefined)) === undefined) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`${name} ended before it answered.`)
    if (performance.now() > end) {
      await server.stop()
      throw new Error(`${name} did not answer within ${patienceMs / 1000} s.`)
    }
    await setTimeout(50)
  }
  return server
}

function run(command, words) {
  const child = spawn(command, words, { stdio: ['ignore', 'pipe', 'inherit'], cwd: ROOT })
  running.add(child)
  child.once('exit', () => running.delete(child))
  child.once('error', error => {
    running.delete(child)
    process.stderr.write(`${command}: ${error.message}\n`)
  })
  return child
}

function serverOf(name, child, url) {
  child.stdout.resume()
  return {
    name,
    url,
    /** CPU time used so far, in seconds; undefined where it cannot be read. */
    cpu: () => readProc(child.pid, 'stat', readCpu),
    /** Resident memory, in MB. */
    rss: () => readProc(child.pid, 'status', text => Number(/VmRSS:\s+(\d+)/.exec(text)?.[1]) / 1024),
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      await Promise.race([ended, setTimeout(5_000, undefined, { ref: false }).then(() => child.kill('SIGKILL'))])
      await ended
    }
  }
}

/** Reads `/proc`, which only Linux has. */
function readProc(pid, file, read) {
  try {
    return read(readFileSync(`/proc/${pid}/${file}`, 'utf8'))
  } catch {
    return undefined
  }
}

/** Fields 14 and 15, in hundredths of a second; the name before them may hold spaces. */
function readCpu(text) {
  const [user, system] = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13)
  return (Number(user) + Number(system)) / 100
}

/** Sends one request on a connection of its own. @returns status and text */
export function ask(url, { method = 'GET', headers = {}, body } = {}) {
  return new Promise((done, fail) => {
    const json = body === undefined ? undefined : JSON.stringify(body)
    const type =
      json === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(json) }
    const signal = AbortSignal.timeout(120_000)
    const request = http.request(url, { method, headers: { ...type, ...headers }, agent: false, signal }, response => {
      let text = ''
      response.setEncoding('utf8').on('data', chunk => {
        text += chunk
      })
      response.once('end', () => done({ status: response.statusCode, text }))
    })
    request.once('error', fail).end(json)
  })
}

/** Calls the control API of an emulator. @throws when it refuses */
export async function control(server, method, path, body) {
  const { status, text } = await ask(`${server.url}/_emulator${path}`, { method, body })
  if (status >= 300) throw new Error(`${method} ${path} answered ${status}: ${text.slice(0, 300)}`)
  return text.startsWith('{') ? JSON.parse(text) : text
}
