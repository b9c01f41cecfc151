// Starts the emulator for a job of continuous integration: the second step of action.yml. Waits until it is healthy,
// and writes its address, a token, its process and its log to the outputs of the step.
import { spawn, spawnSync } from 'node:child_process'
import { appendFileSync, closeSync, mkdtempSync, openSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const main = join(dirname(fileURLToPath(import.meta.url)), '../dist/main.js')
const { INPUT_PORT = '4772', INPUT_FIXTURE = 'clean', INPUT_USER = '', INPUT_ARGS = '' } = process.env
const { INPUT_TIMEOUT_SECONDS = '30', GITHUB_OUTPUT, RUNNER_TEMP = tmpdir() } = process.env

if (!GITHUB_OUTPUT) fail('GITHUB_OUTPUT is not set: this script is a step of action.yml.')
if (!/^\d{1,4}$/.test(INPUT_TIMEOUT_SECONDS)) fail(`timeout-seconds is a whole number; got "${INPUT_TIMEOUT_SECONDS}".`)
const end = Date.now() + Number(INPUT_TIMEOUT_SECONDS) * 1000

const folder = mkdtempSync(join(RUNNER_TEMP, 'uapi-emulator-'))
const [ready, log] = [join(folder, 'ready.json'), join(folder, 'emulator.log')]
const fixtures = INPUT_FIXTURE.split(',').map(name => name.trim())
const named = fixtures.filter(name => name !== '').flatMap(name => ['--fixture', name])
const words = ['serve', '--json', '--port', INPUT_PORT, '--database', ':memory:', ...named]
const [out, err] = [openSync(ready, 'w'), openSync(log, 'w')]
const further = INPUT_ARGS.split(/\s+/).filter(word => word !== '')
const server = spawn(process.execPath, [main, ...words, ...further], { detached: true, stdio: ['ignore', out, err] })
closeSync(out)
closeSync(err)
server.unref()

const { url, controlUrl, pid, controlToken = '', certificate } = await untilReady()
const env = { ...process.env, UAPI_EMULATOR_URL: url, UAPI_EMULATOR_CONTROL_TOKEN: controlToken }
if (certificate) env.UAPI_EMULATOR_CACERT = certificate
if (!(await isHealthy())) stop(`The emulator was not healthy within ${INPUT_TIMEOUT_SECONDS} s.`)
const token = INPUT_USER === '' ? '' : issueToken()
for (const secret of [token, controlToken]) if (secret !== '') process.stdout.write(`::add-mask::${secret}\n`)
const outputs = { url, 'control-url': controlUrl, token, 'control-token': controlToken, pid, log }
appendFileSync(
  GITHUB_OUTPUT,
  `${Object.entries(outputs)
    .map(pair => pair.join('='))
    .join('\n')}\n`
)
process.stdout.write(`uapi-emulator listens on ${url} (process ${pid}); its log is ${log}\n`)

/** Waits for the ready line, which is complete when its line ends. */
async function untilReady() {
  while (Date.now() < end) {
    const [line, rest] = readFileSync(ready, 'utf8').split('\n')
    if (rest !== undefined) return JSON.parse(line)
    if (server.exitCode !== null || server.signalCode !== null) fail(`The emulator did not start.\n${logged()}`)
    await pause(50)
  }
  return stop(`The emulator was not ready within ${INPUT_TIMEOUT_SECONDS} s.`)
}

async function isHealthy() {
  const flags = ['--port', new URL(url).port || (url.startsWith('https') ? '443' : '80')]
  if (url.startsWith('https')) flags.push('--tls')
  while (Date.now() < end) {
    if (spawnSync(process.execPath, [main, 'healthcheck', ...flags], { stdio: 'ignore' }).status === 0) return true
    await pause(100)
  }
  return false
}

function issueToken() {
  const { status, stdout, stderr } = program('token', INPUT_USER, '--json')
  if (status !== 0) stop(`No token for the input user "${INPUT_USER}": ${stderr.trim()}`)
  return JSON.parse(stdout).accessToken
}

/** Runs a command of the program against the emulator. */
function program(...words) {
  return spawnSync(process.execPath, [main, ...words], { env, encoding: 'utf8' })
}

function logged() {
  return readFileSync(log, 'utf8').trim()
}

/** Ends the emulator, and the step with an error. */
function stop(message) {
  server.kill()
  return fail(`${message}\n${logged()}`)
}

/** Ends the step with an error, which GitHub shows at the job. */
function fail(message) {
  process.stdout.write(`::error title=uapi-emulator::${message.replaceAll('%', '%25').replaceAll('\n', '%0A')}\n`)
  process.exit(1)
}
