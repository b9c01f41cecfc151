import { spawnSync } from 'node:child_process'
import { request as sendHttp } from 'node:http'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { connectEmulator } from '../../src/client/emulator.js'
import { type Balanced, HAPROXY, MANY_MACHINES, startBalanced } from '../support/balanced.js'
import { startWork } from '../support/balanced-work.js'
import { EVENTS, readFixture, TOKENS } from '../support/emulator.js'
import { call, ROOT, runShell, serve, startProgram, until } from '../support/program.js'
import { receive } from '../support/receiver.js'
import { freePort } from '../support/receivers.js'
import { request, send } from '../support/socket.js'

t.setTimeout(600_000) // beside a wait of a minute it takes as long again, and longer on a busy machine

const TOKEN = 'the-control-token'

/** The instance that has used each sandbox last. */
async function placesOf({ sandboxesOf }: Balanced, numbers = [1, 2, 3, 4]): Promise<Map<string, number>> {
  const found = new Map<string, { number: number; idleMs: number }>()
  for (const number of numbers) {
    for (const { name, idleMs } of await sandboxesOf(number)) {
      if (idleMs < (found.get(name)?.idleMs ?? Number.POSITIVE_INFINITY)) found.set(name, { number, idleMs })
    }
  }
  return new Map([...found].map(([name, { number }]) => [name, number]))
}

t.test('200 sandboxes of 8 workers on four instances, of which one goes and comes back', HAPROXY, async t => {
  const balanced = await startBalanced(t, TOKEN, '--fixture', 'clean')
  const receiver = await receive(t)
  const work = startWork(balanced.url, TOKEN, receiver.url, { workers: 8, sandboxes: 200 })
  t.teardown(work.end)
  await work.round()
  const before = await placesOf(balanced)
  const on = (number: number) => [...before].filter(([, at]) => at === number).map(([name]) => name)
  const counts = [1, 2, 3, 4].map(number => on(number).length)
  t.equal(before.size, 200)
  for (const count of counts) t.ok(count >= 25, `spread over all of them: ${counts}`)

  await balanced.stop(2)
  await balanced.isSaid(2, 'DOWN')
  t.match(balanced.out(), /emulator-2 is DOWN, reason: Layer7 wrong status, code: 503/, 'while it still answered')
  await work.round()
  const during = await placesOf(balanced, [1, 3, 4])

  await balanced.startAgain(2)
  await balanced.isSaid(2, 'UP')
  await work.round()
  const after = await placesOf(balanced)
  await work.end()

  const moved = work.names.filter(name => during.get(name) !== before.get(name))
  t.strictSame(moved.sort(), on(2).sort(), 'only the sandboxes of the stopped instance moved')
  t.equal(new Set(moved.map(name => during.get(name))).size, 3, 'to all of the others')
  t.strictSame([...after].sort(), [...before].sort(), 'and all are back')
  const isMoved = new Set(moved)
  t.strictSame(
    work.problems.filter(({ name }) => !isMoved.has(name)),
    [],
    'the tests in all others saw nothing of it'
  )
  t.strictSame(
    work.problems.filter(({ isFailure }) => isFailure),
    [],
    'and no request failed, wherever it went'
  )
  const targets = receiver.received.map(({ target }) => target.replace(/\?.*/, ''))
  t.equal(new Set(targets).size, targets.length, 'no webhook came twice')
  t.comment(
    `${work.visits()} visits, ${counts} sandboxes, ${moved.length} moved, ${work.problems.length} requests found another state`
  )
})

t.test('a balancer whose instances all stay', HAPROXY, async t => {
  const balanced = await startBalanced(t, undefined)
  const { url, port, ports } = balanced
  const ask = (method: string, path: string, body?: unknown) =>
    call(url + path, { method, ...(body !== undefined && { body }) })
  const longest = openLongest(t, url)
  let killed = 0

  t.test('the workers of the parallel example run as they are, and are spread over the instances', async t => {
    if (spawnSync('curl', ['--version']).status !== 0) return t.pass('no curl here', { skip: 'no curl here' })
    const receiver = await receive(t)
    const worker = join(ROOT, 'examples/parallel/worker.sh')
    const line = `UAPI_URL=${url} RECEIVER_URL=${receiver.url} ${worker}`
    for (let round = 0; round < 2; round++) {
      const outputs = Array.from({ length: 8 }, () => runShell(line))
      for (const { code, out, err } of await Promise.all(outputs)) {
        t.equal(code, 0, err)
        t.equal(out.match(/\{"verified":true,"count":1\}/g)?.length, 2, out)
      }
    }
    const metrics = await Promise.all(ports.map(at => call(`http://127.0.0.1:${at}/_emulator/metrics`)))
    const used = metrics.filter(({ text }) => text.includes('operation="createSandbox"'))
    t.ok(used.length > 1, `${used.length} instances created their sandboxes`)
    t.equal(receiver.received.length, 16)
    for (const number of [1, 2, 3, 4])
      t.notMatch(JSON.stringify(await balanced.sandboxesOf(number)), /worker-/, 'each ended its sandbox')
  })

  t.test('a sandbox is created where its requests go: by its name, from another one, and without a name', async t => {
    const fixture = readFixture('clean') // beside the default fixture, so that a sandbox made elsewhere differs
    const emulator = await connectEmulator(url)
    const made = []
    for (let nth = 0; nth < 8; nth++) {
      made.push(await emulator.sandbox(`named-${nth}`, { fixture }), await emulator.sandbox(undefined, { fixture }))
    }
    made.push(await (made[0] ?? emulator).sandbox('from-another', { fixture }))
    const spelt = { name: 'spelt', fixture: 'clean' }
    t.match(await ask('POST', '/sandboxes/other/%5femulator/sandboxes', spelt), { status: 201 })
    t.match((await ask('GET', '/sandboxes/spelt/_emulator/events')).body, { total: 0 })
    t.match(await ask('DELETE', '/sandboxes/other/%5femulator/sandboxes/spelt'), { status: 204 })
    for (const own of made) {
      t.match(own.url, new RegExp(`^${url}/sandboxes/[a-z0-9-]+$`))
      t.equal((await own.events.list()).total, 0, `${own.url} has its fixture`)
      await own.close()
    }
    await emulator.close()
    for (const number of [1, 2, 3, 4])
      t.notMatch(JSON.stringify(await balanced.sandboxesOf(number)), /named|from/, 'each was ended')
    for (let nth = 0; nth < 8; nth++) {
      t.match(await ask('POST', '/_emulator/sandboxes', { name: `twice-${nth}` }), { status: 201 })
      t.match(await ask('POST', '/_emulator/sandboxes/', { name: `twice-${nth}` }), { status: 409 })
    }
    t.match(await ask('POST', '/_emulator/sandboxes', { name: 'Wrong' }), { status: 400 })
    t.match(await ask('POST', '/_emulator/sandboxes', '{"name":'), { status: 400 })
    t.match(await ask('POST', '/_emulator/sandboxes', { name: 7 }), { status: 400 })
    t.match(await ask('DELETE', '/_emulator/sandboxes/%74wice-1'), { status: 204 })
    t.match(await ask('DELETE', '/_emulator/sandboxes/twice-1'), { status: 404 })
  })

  t.test('a body of 32 MiB passes, with the name before the fixture and after it', async t => {
    const fixture = { ...readFixture('clean'), filler: undefined }
    const spaces = ' '.repeat(33_554_432 - 10_000)
    const before = `{"name":"before",${spaces}"fixture":${JSON.stringify(fixture)}}`
    const after = `{"fixture":${JSON.stringify(fixture)},${spaces}"name":"after"}`
    for (const [name, body] of [
      ['before', before],
      ['after', after]
    ] as const) {
      t.match(await ask('POST', '/_emulator/sandboxes', body), { status: 201, body: { name } })
      t.match(await ask('GET', `/sandboxes/${name}/_emulator/events`), { status: 200, body: { total: 0 } })
    }
  })

  t.test('what names no sandbox is that of one instance, and what is only a part of the whole is refused', async t => {
    for (let time = 0; time < 8; time++) await ask('POST', `${EVENTS}/1`, { method: '0', url: 'http://receiver.test/' })
    t.match((await ask('GET', '/_emulator/events')).body, { total: 9 })
    const totals = ports.map(at => call(`http://127.0.0.1:${at}/_emulator/events`))
    t.strictSame((await Promise.all(totals)).map(({ body }) => body.total).sort(), [1, 1, 1, 9])
    for (const path of ['/livez', '/readyz', '/', '/_emulator/health', '/_emulator/docs', '/_emulator/page/page.css'])
      t.equal((await ask('GET', path)).status, 200, path)
    for (const path of ['sandboxes', 'sandboxes/', 'metrics']) {
      const refused = { status: 501, body: { error: { code: 'one_instance_only', message: String } } }
      t.match(await ask('GET', `/_emulator/${path}`), refused, path)
    }
    t.match(await ask('GET', '/sandboxes/any/_emulator/sandboxes'), { status: 501 })
    t.match(await ask('GET', '/sandboxes/any/%5femulator/sandboxes?limit=1'), { status: 501 })
    t.match(await ask('GET', '/sandboxes/Any/_emulator/events'), {
      status: 404,
      body: { error: { code: 'sandbox_unknown' } }
    })
    t.match(await ask('GET', '/sandboxes/%61ny/_emulator/events'), {
      status: 404,
      body: { error: { code: 'sandbox_unknown' } }
    })
    t.match(await ask('GET', '/Sandboxes/any/uapi'), { status: 404, body: { error: { code: 'route_unknown' } } })
  })

  t.test('an answer is the one of its instance, header for header, and its links lead to the balancer', async t => {
    const bearer = [`Authorization: Bearer ${TOKENS.user}`]
    const at = await instanceOf(balanced, 'heads')
    const json = 'Content-Type: application/json'
    const requests = [
      request(`GET /sandboxes/heads${EVENTS}`, bearer),
      request(`GET /sandboxes/heads${EVENTS}/?count=1`, bearer),
      request(`GET http://127.0.0.1/sandboxes/heads${EVENTS}`, bearer),
      request(`GET /sandboxes/heads${EVENTS}`),
      request(`HEAD /sandboxes/heads${EVENTS}`, bearer),
      request(`OPTIONS /sandboxes/heads${EVENTS}`, bearer),
      request('POST /sandboxes/heads/oauth/token.php', ['Content-Length: 0']),
      request('POST /sandboxes/heads/_emulator/reset', [json, 'Content-Length: 3'], '{x}'),
      request('DELETE /sandboxes/heads/_emulator/health'),
      request('GET /sandboxes/heads/', ['Accept: text/html']),
      request('GET /sandboxes/heads/_emulator/page/main.js', ['Accept-Encoding: gzip']),
      request(`GET /sandboxes/heads/${'a'.repeat(9_000)}`, bearer),
      request(`GET /sandboxes/heads${EVENTS}`, [...bearer, ...Array(150).fill('X-Many: 1')]),
      request(`GET /sandboxes/heads${EVENTS}`, bearer).replace('Host: 127.0.0.1', 'Host: evil.example.com')
    ]
    const alike = ({ status, headers, body }: Awaited<ReturnType<typeof send>>) => ({
      status,
      headers: headers
        .filter(([name]) => !/^(?:Connection|Keep-Alive|Transfer-Encoding)$/i.test(name)) // those of one connection
        .map(([name, value]) => [name, /^(?:X-Emulator-Request-Id|Date)$/.test(name) ? '' : value]),
      body
    })
    for (const bytes of requests) {
      const direct = await send(ports[at - 1] ?? 0, bytes)
      t.strictSame(alike(await send(port, bytes)), alike(direct), bytes.slice(0, 60))
    }
    const { body } = await ask('GET', `/sandboxes/heads${EVENTS}`)
    t.match(body[0].entry[0].links.self, `${url}/sandboxes/heads/uapi/`)
  })

  t.test('a catch address of the balancer is one of the same sandbox, on whatever instance', async t => {
    for (let nth = 0; nth < 8; nth++) {
      const base = `/sandboxes/catches-${nth}`
      await ask('POST', `${base}${EVENTS}/2`, { method: '1', url: `${url}${base}/_emulator/catch/mine?nth=${nth}` })
      await ask('POST', `${base}/_emulator/calls`, { from: '0003*211', to: '0003*210', ringMs: 1, talkMs: 1 })
      const verifies = { match: { type: '2', state: 'delivered' }, count: 1, timeoutMs: 10_000 }
      t.equal((await ask('POST', `${base}/_emulator/deliveries/verify`, verifies)).status, 200)
      t.match((await ask('GET', `${base}/_emulator/caught`)).body, { total: 1, caught: [{ query: `nth=${nth}` }] })
    }
  })

  t.test('an instance that is killed: its sandboxes begin anew elsewhere, and no request fails', async t => {
    let [name, at] = ['', 0]
    const kept = await instanceOf(balanced, 'longest')
    for (let nth = 0; at === 0 || at === kept; nth++) {
      name = `killed-${nth}`
      at = await instanceOf(balanced, name)
    }
    killed = at
    const others = Array.from({ length: 40 }, (_, nth) => `other-${nth}`)
    for (const other of [name, ...others]) await ask('POST', `/sandboxes/${other}${EVENTS}/1`, { method: '0', url })
    const faults = `/sandboxes/${name}/_emulator/faults`
    await ask('POST', faults, { on: { operation: 'list' }, do: { delayMs: 60_000 } })
    const waiting = ask('GET', `/sandboxes/${name}${EVENTS}`)
    await until(async () => (await ask('GET', faults)).body.faults[0].hits === 1)
    await balanced.stop(at, 'SIGKILL')
    t.match(await waiting, { status: 502, body: { error: { code: 'bad_gateway', message: String } } })
    const answers = [name, ...others].map(other => ask('GET', `/sandboxes/${other}/_emulator/events`))
    const totals = (await Promise.all(answers)).map(({ status, body }) => `${status} ${body?.total}`)
    t.equal(totals[0], '200 1', 'it has only what its fixture has')
    t.ok(
      totals.every(total => /^200 [12]$/.test(total)),
      totals.join()
    )
    await balanced.isSaid(at, 'DOWN')
    await balanced.startAgain(at)
    await balanced.isSaid(at, 'UP')
  })

  t.test('a wait of a minute and a stream are not cut', async t => {
    const { wait, events } = await longest
    t.match(await wait, { status: 409, body: { verified: false } })
    t.ok((events().match(/^:$/gm)?.length ?? 0) >= 3, 'the comments of a minute')
    await ask('DELETE', '/sandboxes/longest/_emulator/requests')
    await until(() => events().includes('event: state'))
  })

  await t.test('without any instance', async t => {
    await Promise.all([1, 2, 3, 4].map(number => balanced.stop(number)))
    for (const number of [1, 2, 3, 4]) await balanced.isSaid(number, 'DOWN', number === killed ? 2 : 1)
    t.match(await ask('GET', '/readyz'), { status: 503, body: { error: { code: 'no_instance' } } })
  })
})

t.test('the script of the example starts all of it with one command, and ends it', HAPROXY, async t => {
  const [port, ...ports] = await Promise.all([freePort(), freePort(), freePort(), freePort(), freePort()])
  const env = Object.fromEntries(ports.map((at, index) => [`EMULATOR_${index + 1}`, `127.0.0.1:${at}`]))
  const words = [join(MANY_MACHINES, 'local.mjs')]
  const script = startProgram(process.execPath, words, { env: { LISTEN: `127.0.0.1:${port}`, ...env } })
  t.teardown(() => script.stop())
  const url = `http://127.0.0.1:${port}`
  await until(() => script.out().includes(`Four emulators behind ${url}.`))
  t.equal((await call(`${url}/sandboxes/first/_emulator/health`)).status, 200)
  const free = Object.fromEntries(
    await Promise.all([1, 2, 3, 4].map(async number => [`EMULATOR_${number}`, `127.0.0.1:${await freePort()}`]))
  )
  for (const [listen, emulators] of [
    [await freePort(), env],
    [port, free]
  ]) {
    const taken = startProgram(process.execPath, words, { env: { LISTEN: `127.0.0.1:${listen}`, ...emulators } })
    t.match(await taken.ended, { code: 1, out: '', err: /^Something answers on 127\.0\.0\.1:\d+\. Stop it/ })
  }
  t.match(await script.stop(), { code: 0 })
  for (const at of [port, ...ports]) await t.rejects(call(`http://127.0.0.1:${at}/livez`), { code: 'ECONNREFUSED' })
})

t.test('a drain may take longer than an end without one', async t => {
  const server = await serve(t, ['--database', ':memory:', '--drain-ms', '5500'])
  t.equal((await server.stop()).code, 0)
})

/** The number of the instance that a sandbox belongs to, after a request to it. */
async function instanceOf({ url, sandboxesOf }: Balanced, name: string): Promise<number> {
  await call(`${url}/sandboxes/${name}/livez`)
  for (const number of [1, 2, 3, 4]) {
    if ((await sandboxesOf(number)).some(one => one.name === name)) return number
  }
  throw new Error(`No instance has ${name}.`)
}

/** Begins the longest wait, and a stream. */
async function openLongest(t: Test, url: string) {
  const base = `${url}/sandboxes/longest/_emulator`
  const verifies = { match: { operation: 'update' }, count: 1, timeoutMs: 60_000 }
  const wait = call(`${base}/requests/verify`, { method: 'POST', body: verifies })
  let text = ''
  const stream = sendHttp(`${base}/stream`, response => {
    response.setEncoding('utf8').on('data', chunk => {
      text += chunk
    })
  })
  stream.on('error', () => {})
  stream.end()
  t.teardown(() => stream.destroy())
  return { wait, events: () => text }
}
