import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { type IncomingHttpHeaders, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { join } from 'node:path'
import type { Test } from 'tap'
import type { CommandContext } from '../../src/cli/command.js'
import { run as runProgram } from '../../src/cli/program.js'
import type { Environment } from '../../src/option-table.js'

/** The folder of the project, and the built program in it; `npm test` builds first. */
export const ROOT = join(import.meta.dirname, '..', '..')
export const MAIN = join(ROOT, 'dist', 'main.js')

/** The longest wait for a process or a condition, in milliseconds. Far more than is needed. */
const PATIENCE = 60_000

/** Environment, folder and user of a process. Settings of the emulator are not inherited from the environment. */
export interface RunOptions {
  env?: Record<string, string>
  cwd?: string
  uid?: number
}

/** The exit of a process, with its output. */
export interface Ended {
  code: number | null
  signal: NodeJS.Signals | null
  out: string
  err: string
}

/** A process of a test. */
export interface Program {
  process: ChildProcess
  /** The output so far. */
  out(): string
  err(): string
  ended: Promise<Ended>
  /** Sends a signal and waits for the exit. */
  stop(signal?: NodeJS.Signals): Promise<Ended>
}

/** Starts the program. The caller has to stop it. */
export const launch = (words: string[], options: RunOptions = {}): Program =>
  startProgram(process.execPath, [MAIN, ...words], options)

/** Runs the program until it exits. */
export const run = (words: string[], options?: RunOptions): Promise<Ended> => patiently(launch(words, options)).ended

/** Runs a Node script until it exits, in a process of its own, in the folder of the project. */
export const runScript = (script: string, ...words: string[]): Promise<Ended> =>
  patiently(startScript(script, words)).ended

/** Runs a command line with a shell. */
export const runShell = (line: string): Promise<Ended> => patiently(startProgram('/bin/sh', ['-c', line], {})).ended

/** Starts a Node script and waits for its first line of output. It is killed at the end of the test. */
export async function keepScript(t: Test, script: string, ...words: string[]): Promise<Program> {
  const program = startScript(script, words)
  t.teardown(() => program.stop('SIGKILL'))
  await firstLine(program)
  return program
}

/** The line that the program prints when it is ready. */
export interface Ready {
  ready: true
  url: string
  controlUrl: string
  pid: number
  database: string
  fixtures: string[]
  controlToken?: string
  certificate?: string
}

/** A listening server, on a free port by default. */
export interface Serving {
  ready: Ready
  url: string
  port: number
  out(): string
  err(): string
  stop(): Promise<Ended>
}

/** A server in a process of its own. */
export interface Server extends Program, Serving {
  stop(signal?: NodeJS.Signals): Promise<Ended>
}

const QUIET = ['--port', '0', '--json']
const LISTENING = /listening on (https?:\/\/\S+)/

/** Starts `serve --json` and waits until it is ready. It is killed at the end of the test, if it still runs. */
export async function serve(t: Test, words: string[], options: RunOptions = {}): Promise<Server> {
  const program = launch([...QUIET, ...words], options)
  t.teardown(() => program.stop('SIGKILL'))
  return { ...program, ...readReadyLine(await firstLine(program)) }
}

/** Runs the command line in this process until it ends, without the start of another Node. */
export async function runHere(words: string[], environment: Environment = {}, input = Buffer.alloc(0)): Promise<Ended> {
  const { shell, ended } = createShell(words, environment, stop => void stop({}), input)
  return ended(await runProgram(shell))
}

/** Starts `serve --json` in this process and waits until it is ready. It is stopped at the end of the test. */
export async function serveHere(t: Test, words: string[], environment?: Environment): Promise<Serving> {
  const started = await startHere(t, [...QUIET, ...words], environment)
  const serving = { ...started, ...readReadyLine(started.out()) }
  if (!words.includes('--public-url')) return serving
  await until(() => LISTENING.test(started.err())) // the ready line may have the public address
  const url = LISTENING.exec(started.err())?.[1] ?? ''
  return { ...serving, url, port: Number(new URL(url).port) }
}

/** Starts the program in this process and waits until it listens. It is stopped at the end of the test. */
export async function startHere(
  t: Test,
  words: string[],
  environment: Environment = {},
  input = Buffer.alloc(0)
): Promise<Pick<Serving, 'out' | 'err' | 'stop'>> {
  let stop: (() => unknown) | undefined
  const onStop: CommandContext['onStop'] = told => {
    stop = () => {
      stop = () => {} // once
      void told({})
    }
  }
  const { shell, out, err, ended } = createShell(words, environment, onStop, input)
  const running = runProgram(shell).then(ended)
  const stopped = () => {
    stop?.()
    return running
  }
  t.teardown(stopped)
  await Promise.race([running, until(() => stop !== undefined)])
  if (stop === undefined) throw new Error(`It ended before it was ready: ${err()}`)
  return { out, err, stop: stopped }
}

function readReadyLine(line: string): Pick<Serving, 'ready' | 'url' | 'port'> {
  const ready: Ready = JSON.parse(line)
  return { ready, url: ready.url, port: Number(new URL(ready.url).port) }
}

/** The process interface for the program, backed by this process. */
function createShell(
  words: string[],
  environment: Environment,
  onStop: CommandContext['onStop'],
  input = Buffer.alloc(0)
) {
  const output = { out: '', err: '' }
  const shell: CommandContext = {
    args: words,
    environment,
    pid: process.pid,
    runtime: process,
    input: async () => input,
    out: text => {
      output.out += text
    },
    err: text => {
      output.err += text
    },
    onOutputClosed: () => {},
    onStop
  }
  const ended = (code: number): Ended => ({ code, signal: null, ...output })
  return { shell, out: () => output.out, err: () => output.err, ended }
}

/** Waits for the first line on standard output. @throws Error when the program exits before */
export function firstLine(program: Program): Promise<string> {
  return new Promise((found, missed) => {
    const timer = setTimeout(() => program.process.kill('SIGKILL'), PATIENCE)
    const look = () => {
      const [line, rest] = program.out().split('\n', 2)
      if (rest === undefined) return
      clearTimeout(timer)
      found(line ?? '')
    }
    program.process.stdout?.on('data', look)
    look()
    void program.ended.then(({ code, err }) => {
      clearTimeout(timer)
      missed(new Error(`It ended with ${code} before it was ready: ${err}`))
    })
  })
}

/** Options of a request; the body is sent as JSON unless it is a string. */
export interface CallOptions {
  method?: string
  token?: string | null
  headers?: Record<string, string>
  body?: unknown
  ca?: string
}

/** An answer. `body` is its parsed JSON. */
export interface CallAnswer {
  status: number
  headers: IncomingHttpHeaders
  text: string
  // biome-ignore lint/suspicious/noExplicitAny: tests assert its shape
  body: any
}

/** Sends a request on a connection of its own, with any Host header, as the user of the default fixture. */
export function call(url: string, options: CallOptions = {}): Promise<CallAnswer> {
  const { method = 'GET', token = 'emulator-user-token', headers = {}, body, ca } = options
  const request = url.startsWith('https') ? requestHttps : requestHttp
  return new Promise((answered, failed) => {
    const sent = request(
      url,
      {
        method,
        agent: false,
        ...(ca !== undefined && { ca }),
        headers: {
          ...(token !== null && { authorization: `Bearer ${token}` }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers
        }
      },
      async response => {
        const chunks: Buffer[] = []
        response.on('error', failed)
        for await (const chunk of response) chunks.push(chunk)
        const text = Buffer.concat(chunks).toString()
        const isJson = response.headers['content-type']?.startsWith('application/json')
        answered({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text,
          body: isJson && text !== '' ? JSON.parse(text) : undefined
        })
      }
    )
    sent.on('error', failed)
    sent.end(typeof body === 'string' ? body : body === undefined ? undefined : JSON.stringify(body))
  })
}

/** The contents of a folder: each name with its kind, its size and a hash of its bytes. */
export function fingerprint(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true }).map(String).sort()
  return Object.fromEntries(
    names.map(name => {
      const path = join(folder, name)
      if (!statSync(path).isFile()) return [name, 'a folder']
      const bytes = readFileSync(path)
      return [name, `${bytes.length} bytes ${createHash('sha256').update(bytes).digest('hex')}`]
    })
  )
}

/** Waits until a condition holds. @throws Error when it does not hold in time */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + PATIENCE
  while (!(await holds())) {
    if (performance.now() > end) throw new Error('The condition did not hold in time.')
    await new Promise(resolve => setTimeout(resolve, 5))
  }
}

/** Keeps the process alive until the end of a test, as a listener does: no timer of the emulator does. */
export function keepAlive(t: Test): void {
  const timer = setInterval(() => {}, 1_000)
  t.teardown(() => clearInterval(timer))
}

/** Starts a Node script. If it imports our sources, it runs with the loaders of the tests. */
function startScript(script: string, words: string[]): Program {
  const loaders = script.includes('.ts') ? process.execArgv : []
  return startProgram(process.execPath, [...loaders, '--input-type=module', '-e', script, ...words], {})
}

/** Starts any program, in the folder of the project. The caller has to stop it. */
export function startProgram(file: string, words: string[], { env = {}, cwd = ROOT, uid }: RunOptions): Program {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(?:UAPI_EMULATOR_|TAP_|NODE_OPTIONS)/.test(name))
  const child = spawn(file, words, {
    cwd,
    env: { ...Object.fromEntries(inherited), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(uid !== undefined && { uid, gid: uid })
  })
  const [out, err] = [collect(child.stdout), collect(child.stderr)]
  const ended = once(child, 'close').then(([code, signal]): Ended => ({ code, signal, out: out(), err: err() }))
  return {
    process: child,
    out,
    err,
    ended,
    stop(signal = 'SIGTERM') {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal)
      return ended
    }
  }
}

function collect(stream: NodeJS.ReadableStream): () => string {
  const chunks: Buffer[] = []
  stream.on('data', chunk => chunks.push(chunk))
  return () => Buffer.concat(chunks).toString()
}

/** Kills a process that does not exit in time. It then has a signal, which no test expects. */
function patiently(program: Program): Program {
  const timer = setTimeout(() => program.process.kill('SIGKILL'), PATIENCE)
  void program.ended.then(() => clearTimeout(timer))
  return program
}
