import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import t from 'tap'
import { CANARY, operationsOf } from '../scripts/fuzz/generate.mjs'
import { createJudge } from '../scripts/fuzz/judge.mjs'
import { runFuzz } from '../scripts/fuzz/run.mjs'
import { start } from './support/emulator.js'

const folder = join(import.meta.dirname, '..')
const { UAPI_TEST_SEED = '1' } = process.env
const seed = UAPI_TEST_SEED === 'random' ? Math.floor(Math.random() * 2 ** 32) : Number(UAPI_TEST_SEED)
const loadAjv = async () => {
  const { default: Ajv } = await import('ajv/dist/2020.js')
  return Ajv.default
}

t.test('5,000 generated requests are answered as their documents say, and nothing leaks', async t => {
  const { url } = await start(t)
  const { failure, statuses, kinds } = await runFuzz({ url, requests: 5_000, seed, Ajv: await loadAjv(), folder })
  t.equal(failure, undefined, `seed ${seed}: ${failure?.problem}: ${failure?.curl}`)
  for (const status of [200, 201, 204, 400, 401, 403, 404, 409, 413, 414, 415, 431])
    t.ok(statuses.has(status), `${status} was among the answers`)
  t.ok(kinds.size > 25, `${kinds.size} kinds of requests`)
})

t.test('an answer that is not as documented is noticed', async t => {
  const { ask } = await start(t)
  const { body: document } = await ask('GET', '/_emulator/openapi/control.json')
  const operation = operationsOf('control', document).find(({ spec }) => spec.operationId === 'getHealth')
  const judge = createJudge(await loadAjv(), folder)
  const { text: body } = await ask('GET', '/_emulator/health')
  const right = { status: 200, headers: { 'content-type': 'application/json; charset=utf-8' }, body }
  const reason = { ...right.headers, 'x-emulator-reason': 'x' }
  const of = (answer: object) =>
    judge({ operation, isOtherPath: false, path: '/_emulator/health' }, { ...right, ...answer }, document)
  t.equal(of({}), undefined)
  const error = JSON.stringify({ error: { code: 'x', message: 'y' } })
  t.equal(of({ status: 400, headers: reason, body: error }), undefined)
  t.equal(of({ status: 500, headers: { ...reason, 'x-emulator-reason': 'fault_injected' }, body: error }), undefined)
  for (const [answer, problem] of [
    [{ status: 418, headers: reason, body: error }, 'the status 418 (x), which its document does not have'],
    [{ status: 500, headers: reason, body: error }, 'the status 500 (x)'],
    [{ status: 400, body: error }, 'the status 400 without X-Emulator-Reason'],
    [{ headers: { 'content-type': 'text/plain' } }, 'the content type "text/plain" with 200'],
    [{ body: '{' }, 'a body with 200 that is no JSON'],
    [{ body: '{"status":"ok"}' }, 'a body with 200 that its schema refuses'],
    [{ body: `{"x":"${CANARY}"}` }, 'a credential that was sent'],
    [{ status: 400, headers: reason, body: `{"x":"${folder}/src"}` }, 'a path of this machine'],
    [{ status: 400, headers: reason, body: '{"x":"near SELECT id"}' }, 'SQL']
  ] as const) {
    t.match(of(answer), problem)
  }
})

t.test('npm run fuzz prints its seed, its progress and a summary, and explains wrong options', async t => {
  const fuzz = (...args: string[]) =>
    spawnSync(process.execPath, ['scripts/fuzz.mjs', ...args], { cwd: folder, encoding: 'utf8' })
  const run = fuzz('--requests', '1000', '--seed', '3')
  t.equal(run.status, 0, run.stderr)
  t.match(
    run.stdout,
    /^seed 3, 1000 requests\n1000 of 1000 requests, .* s\nstatuses {2}200: \d+.*\nkinds .*\nEvery answer is as documented/
  )
  t.match(fuzz('--help'), { status: 0, stdout: /Usage: npm run fuzz/ })
  for (const [args, message] of [
    [['--requests'], "'--requests <value>' argument missing"],
    [['--requests', '0'], '--requests must be a whole number from 1 to 100000000; got "0"'],
    [['--requests', 'x'], 'got "x"'],
    [['--seed', '4294967296'], '--seed must be a whole number from 0 to 4294967295'],
    [['--seed', '1', '--seed', '2'], '--seed is given twice'],
    [['--nope'], "Unknown option '--nope'"],
    [['10'], "Unexpected argument '10'"]
  ] as const) {
    const { status, stderr } = fuzz(...args)
    t.equal(status, 2, args.join(' '))
    t.ok(stderr.includes(message), stderr)
  }
})
