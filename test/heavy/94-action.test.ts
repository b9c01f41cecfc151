import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { parse } from 'yaml'
import { call, ROOT, until } from '../support/program.js'

const ACTION: {
  inputs: Record<string, { default: string }>
  runs: { steps: { run: string; env?: Record<string, string> }[] }
} = parse(readFileSync(join(ROOT, 'action.yml'), 'utf8'))

/** Runs the steps of the action with bash, as GitHub does. @returns exit code, log and outputs */
function runAction(t: Test, given: Record<string, string>) {
  const temporary = mkdtempSync(join(tmpdir(), 'uapi-emulator-action-'))
  const file = join(temporary, 'outputs')
  writeFileSync(file, '')
  const inputs = Object.fromEntries(Object.entries(ACTION.inputs).map(([name, row]) => [name, row.default]))
  const { PATH = '', HOME = '' } = process.env
  let log = ''
  let code: number | null = 0
  for (const { run, env = {} } of ACTION.runs.steps) {
    const filled = Object.entries(env).map(([name, text]) => [
      name,
      text.replace(/\$\{\{ inputs\.([a-z-]+) \}\}/, (_all, input: string) => given[input] ?? inputs[input] ?? '')
    ])
    const step = spawnSync('bash', ['--noprofile', '--norc', '-e', '-o', 'pipefail', '-c', run], {
      cwd: temporary,
      encoding: 'utf8',
      env: {
        ...{ PATH, HOME, GITHUB_ACTION_PATH: ROOT, GITHUB_OUTPUT: file, RUNNER_TEMP: temporary },
        ...Object.fromEntries(filled)
      }
    })
    log += step.stdout + step.stderr
    code = step.status
    if (code !== 0) break
  }
  const lines = readFileSync(file, 'utf8').trim().split('\n')
  const outputs: Record<string, string> = Object.fromEntries(
    lines.map(line => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)])
  )
  const isAlive = () => {
    try {
      return process.kill(Number(outputs.pid), 0)
    } catch {
      return false
    }
  }
  t.teardown(async () => {
    if (outputs.pid !== undefined && isAlive()) process.kill(Number(outputs.pid))
    await until(() => outputs.pid === undefined || !isAlive())
    rmSync(temporary, { recursive: true, force: true })
  })
  return { code, log, outputs, isAlive }
}

t.test('the action starts an emulator that outlives its step, and writes the outputs', async t => {
  const { code, log, outputs, isAlive } = runAction(t, { port: '0' })
  t.equal(code, 0, log)
  const { url = '', token = '', 'control-url': controlUrl = '' } = outputs
  t.match(outputs, { url: /^http:\/\/127\.0\.0\.1:\d+$/, 'control-token': '', pid: /^\d+$/ })
  t.ok(isAlive())
  t.match(log, `::add-mask::${token}\n`)
  const events = await call(`${url}/uapi/extensions/@me/0003*210/phoneCallEvents`, { token })
  t.equal(events.status, 204, 'the token is accepted, and the fixture has no events')
  t.equal((await call(`${controlUrl}/health`, { token: null })).status, 200)
  t.match(readFileSync(outputs.log ?? '', 'utf8'), 'listening on')
})

t.test('it takes several fixtures, further options, and no user', async t => {
  const { code, log, outputs } = runAction(t, {
    port: '0',
    fixture: 'clean, call-centre',
    user: '',
    args: '--host 0.0.0.0 --empty-collection 200'
  })
  t.equal(code, 0, log)
  t.equal(outputs.token, '')
  const token = outputs['control-token'] ?? ''
  t.match(token, /^\S{16,}$/, 'the control API requires a token on other addresses')
  t.match(log, `::add-mask::${token}\n`)
  const port = new URL(outputs.url ?? '').port
  const settings = await call(`http://127.0.0.1:${port}/_emulator/settings`, { token })
  t.match(settings, { status: 200, body: { emptyCollection: 200 } })
})

t.test('a wrong input fails the step, with the reason as an error of the job', async t => {
  for (const [inputs, reason] of [
    [{ port: '0', fixture: 'cleen' }, /^::error title=uapi-emulator::The emulator did not start\..*cleen/m],
    [{ port: 'x' }, /^::error .*--port/m],
    [{ port: '0', user: '999' }, /^::error .*No token for the input user "999": .*/m],
    [{ port: '0', 'timeout-seconds': 'soon' }, /^::error .*timeout-seconds is a whole number; got "soon"/m],
    [{ port: '0', args: '--no-such-option' }, /^::error .*--no-such-option/m]
  ] as const) {
    const { code, log, outputs } = runAction(t, inputs)
    t.equal(code, 1, JSON.stringify(inputs))
    t.match(log, reason)
    t.notOk(outputs.url, 'nothing is written to the outputs')
  }
})
