import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createServer as createSocketServer } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { renderDeliveries } from '../src/cli/tables.js'
import { createClient } from '../src/client/client.js'
import { parseDuration, printDuration } from '../src/client/duration.js'
import { ClientError } from '../src/client/errors.js'
import { NotVerified, renderNotVerified } from '../src/client/not-verified.js'
import { EVENTS, PAGE_EVENT } from './support/emulator.js'
import { call, firstLine, launch, MAIN, runHere, runShell, serveHere, startHere, until } from './support/program.js'
import { freePort } from './support/receivers.js'
import { DELIVERY, REFUSED } from './support/samples.js'
import { request, send } from './support/socket.js'

const MEMORY = ['--database', ':memory:']
const PARTIES = ['--from', '0003*211', '--to', '0003*210']

t.test('a duration is a number of milliseconds, or a number with a unit', async t => {
  for (const [text, ms] of [
    ['0', 0],
    ['250', 250],
    ['1500ms', 1500],
    ['2s', 2000],
    ['1.5s', 1500],
    ['0.1 s', 100],
    ['1m', 60_000],
    ['2h', 7_200_000],
    ['1d', 86_400_000],
    ...['', '2q', '-1', 's', '1m30s', '1e3', '0x10', '9999999999999999'].map(text => [text, undefined] as const)
  ] as const) {
    t.equal(parseDuration(text), ms, text)
  }
  for (const [ms, text] of [
    [0, '0ms'],
    [1500, '1500ms'],
    [2000, '2s'],
    [90_000, '90s'],
    [3_600_000, '1h']
  ] as const) {
    t.equal(printDuration(ms), text)
  }
})

t.test('an option', async t => {
  t.test('that is missing or invalid is named, every one, with the expected value', async t => {
    for (const [words, message] of [
      // --from may be left out. @source control-api.md "Calls and deliveries"
      [['call'], /^--to is missing\. Give the called party, or several\.\n$/],
      [
        ['call', ...PARTIES, '--ring', '2q', '--talk', '25h'],
        /--ring must be a time with its unit such as 2s.*"2q".*\n--talk.*"25h"/
      ],
      [['call', ...PARTIES, '--outcome', 'engaged'], /--outcome must be one of answered, busy,.*"engaged"/],
      [['call', ...PARTIES, '--url', 'localhost:4772'], /--url must be an http or https URL/],
      [['call', ...PARTIES, '--url', 'http://user:canary@localhost'], /--url must be/],
      [['call', ...PARTIES, '--control-token', 'canary token'], /--control-token must be/],
      [
        ['call', ...PARTIES, '--cacert', '/nothing/there.pem'],
        /--cacert \/nothing\/there\.pem: the file cannot be read/
      ],
      [
        ['call', '0003*211', '0003*210'],
        /^There are too many arguments: call takes no arguments\. See uapi-emulator call --help\.\n$/
      ],
      [['deliveries', '--type', '7', '--state', 'lost', '--limit', '0'], /--type must.*\n--state must.*\n--limit must/],
      [['deliveries', '--call', 'mine'], /--call must be .*"mine"/],
      [['catch', '--status', '100'], /--status must be a whole number from 200 to 599/],
      [['catch', '--port', 'http'], /--port must be a whole number/]
    ] as const) {
      const { code, out, err } = await runHere([...words])
      t.strictSame({ code, out }, { code: 2, out: '' }, words.join(' '))
      t.match(err, message, words.join(' '))
      t.notMatch(err, /canary/, 'and no secret is')
    }
  })

  t.test('that addresses the emulator can come from the environment, and no other can', async t => {
    const nowhere = { UAPI_EMULATOR_URL: `http://127.0.0.1:${await closedPort()}` }
    t.match((await runHere(['deliveries'], nowhere)).err, nowhere.UAPI_EMULATOR_URL)
    t.match((await runHere(['deliveries', '--url', 'http://127.0.0.1:1'], nowhere)).err, /127\.0\.0\.1:1\./)
    t.match(await runHere(['deliveries'], { UAPI_EMULATOR_URL: 'nowhere' }), {
      code: 2,
      err: /UAPI_EMULATOR_URL must be/
    })
    const server = { UAPI_EMULATOR_PORT: 'taken', UAPI_EMULATOR_HOST: 'elsewhere', UAPI_EMULATOR_JSON: 'perhaps' }
    t.equal((await runHere(['catch', '--port', '0'], server)).code, 0)
  })

  t.test('of a client command in the environment causes no warning of the server', async t => {
    const server = await serveHere(t, MEMORY, { UAPI_EMULATOR_URL: 'http://127.0.0.1:4772', UAPI_EMULATOR_URI: '' })
    const { err } = await server.stop()
    t.match(err, /UAPI_EMULATOR_URI names no option/)
    t.notMatch(err, /UAPI_EMULATOR_URL/)
  })

  t.test('is in the help of its command, with examples and exit codes', async t => {
    for (const [name, flags] of [
      [
        'call',
        [
          ...[
            'from',
            'to',
            'answered-by',
            'outcome',
            'ring',
            'talk',
            'steps',
            'manual',
            'caller-number',
            'caller-name'
          ],
          ...['dialled', 'called-did', 'call-id', 'call-api-id', 'json', 'url', 'control-token', 'cacert']
        ]
      ],
      [
        'deliveries',
        ['follow', 'json', 'call', 'extension', 'type', 'state', 'limit', 'url', 'control-token', 'cacert']
      ],
      ['catch', ['port', 'host', 'status', 'json']]
    ] as const) {
      const { code, out } = await runHere([name, '--help'])
      t.equal(code, 0)
      for (const flag of flags) t.match(out, ` --${flag}`)
      t.match(out, new RegExp(`Examples:\n  uapi-emulator ${name}`))
      t.match(out, 'Exit codes: 0')
    }
  })
})

t.test('when no emulator answers, a command explains the cause and the next step', async t => {
  const page = createServer((_request, response) => void response.end('<h1>It works!</h1>'))
  const silent = createSocketServer(socket => socket.end())
  const [web, closing] = [await listen(t, page), await listen(t, silent)]
  for (const [url, message] of [
    [`http://127.0.0.1:${await closedPort()}`, /^Nothing listens at .*"uapi-emulator serve".*--url/],
    ['http://emulator.invalid', /^The host of http:\/\/emulator\.invalid has no address\..*--url/],
    [`http://127.0.0.1:${web}/`, new RegExp(`^The server at http://127.0.0.1:${web} \\(status 200\\) is no emulator`)],
    [`https://127.0.0.1:${web}`, /does not speak https\. Try http:\/\//],
    [`http://127.0.0.1:${closing}`, /was closed without an answer/]
  ] as const) {
    for (const words of [['call', ...PARTIES], ['deliveries'], ['deliveries', '--follow']]) {
      const { code, out, err } = await runHere([...words, '--url', url])
      t.strictSame({ code, out }, { code: 1, out: '' }, words.join(' '))
      t.match(err, message)
    }
  }
})

t.test('over https, the certificate of the emulator is trusted, and no other', async t => {
  const folder = t.testdir()
  const server = await serveHere(t, [...MEMORY, '--tls', '--tls-dir', folder])
  const refused = await runHere(['deliveries', '--url', server.url])
  t.match(refused, { code: 1, err: /^The certificate of https:.* is not trusted \(.*--cacert/ })
  const trusting = ['deliveries', '--url', server.url, '--cacert', join(folder, 'uapi-emulator-ca.pem')]
  t.match(await runHere(trusting), { code: 0, out: /^No such delivery/ })
})

t.test('catch', async t => {
  t.test('prints its address, and each request with its parameters', async t => {
    const catching = await startHere(t, ['catch', '--port', '0'])
    const [url = ''] = /http:\S+/.exec(catching.out()) ?? []
    t.match(catching.out(), /^Register this url: http:\/\/127\.0\.0\.1:\d+\/\n\n.*answered with 200.*Ctrl\+C\.\n$/)
    const banner = catching.out().length
    const answer = await call(`${url}hook?mine=1&CallID=17.4&CallerIDName=Back+Office&CalledDID=`, { token: null })
    t.match(answer, { status: 200, text: 'OK' })
    await call(`${url}hook?mine=1`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
      body: 'CallerExtension=0003*211&CallerIDName=Ren%C3%A9+%2B&CalledDID='
    })
    await call(url, { method: 'POST', body: '{"a":\n1}' })
    const { code, out } = await catching.stop()
    t.equal(code, 0)
    t.equal(
      out.slice(banner),
      `
GET /hook
  mine          1
  CallID        17.4
  CallerIDName  Back Office
  CalledDID

POST /hook
  mine             1
  CallerExtension  0003*211
  CallerIDName     René +
  CalledDID

POST /
  {"a":
  1}
`
    )
  })

  t.test('prints JSON with --json, one line a request', async t => {
    const catching = await startHere(t, ['catch', '--port', '0', '--json', '--status', '503'])
    const { ready, url } = JSON.parse(catching.out())
    t.equal(ready, true)
    t.equal((await call(`${url}/hook?a=1&b=&a=2&__proto__=x`, { token: null, headers: { 'x-mine': 'y' } })).status, 503)
    const [, line = ''] = (await catching.stop()).out.split('\n')
    t.match(JSON.parse(line), {
      method: 'GET',
      path: '/hook',
      parameters: JSON.parse('{"a":["1","2"],"b":"","__proto__":"x"}'),
      headers: { 'x-mine': 'y' },
      body: '',
      truncated: false
    })
  })

  t.test('keeps at most 64 KiB of a body, and escapes control characters', async t => {
    const catching = await startHere(t, ['catch', '--port', '0'])
    const [url = ''] = /http:\S+/.exec(catching.out()) ?? []
    await call(url, { method: 'POST', headers: { 'content-type': 'text/plain' }, body: 'x'.repeat(200_000) })
    await call(`${url}?CallerIDName=%1B%5B2J%0Aa%C2%9B&%07=`, { token: null })
    const { out } = await catching.stop()
    t.match(out, /\n {2}x{65536}\n {2}… cut after 65536 bytes\n/)
    t.match(out, 'CallerIDName  \\x1b[2J\\x0aa\\x9b\n')
    t.match(out, '\n  \\x07')
  })

  t.test('continues when a sender disconnects in the middle of a request', async t => {
    const catching = await startHere(t, ['catch', '--port', '0'])
    const [url = ''] = /http:\S+/.exec(catching.out()) ?? []
    const half = request('POST /', ['Content-Length: 9'], 'half')
    await send(Number(new URL(url).port), half, { thenEnd: true })
    t.equal((await call(url)).status, 200)
  })

  t.test('exits with 0 on Ctrl+C', { skip: process.platform === 'win32' && 'Windows has no signals' }, async t => {
    const catching = launch(['catch', '--port', '0', '--json'])
    t.teardown(() => catching.stop('SIGKILL'))
    await firstLine(catching)
    t.match(await catching.stop('SIGINT'), { code: 0, err: '' })
  })

  t.test('--register adds events of every type for its own url, and removes them at its end', async t => {
    const server = await serveHere(t, [...MEMORY, '--fixture', 'clean'])
    const events = async () => (await call(`${server.url}/_emulator/events`)).body.events
    const words = ['catch', '--port', '0', '--url', server.url]
    const catching = await startHere(t, [...words, '--register', '0003*210', '--register', '0003*210'])
    await until(() => catching.out() !== '')
    const [, url = ''] = /^Registered (\S+) for every event type of 0003\*210\./.exec(catching.out()) ?? []
    t.match(
      await events(),
      ['0', '1', '2', '3', '4'].map(type => ({ extension: '0003*210', type, method: '1', url }))
    )
    const body = { from: '0003*211', to: '0003*210' }
    await call(`${server.url}/_emulator/calls`, { method: 'POST', token: null, body })
    await call(`${server.url}/_emulator/idle?timeoutMs=10000`)
    t.match(catching.out(), /POST \/\n {2}CallID/)
    t.match(await catching.stop(), { code: 0, err: '' })
    t.strictSame(await events(), [])
  })

  t.test('--register prints JSON, reads the environment, and registers in a sandbox', async t => {
    const server = await serveHere(t, [...MEMORY, '--sandboxes', 'auto'])
    const environment = { UAPI_EMULATOR_URL: server.url, UAPI_EMULATOR_SANDBOX: 'one', UAPI_EMULATOR_PORT: '1' }
    const words = ['catch', '--port', '0', '--host', '0.0.0.0', '--json', '--register', '0003*211']
    const catching = await startHere(t, words, environment)
    await until(() => catching.out() !== '')
    const { url, registered } = JSON.parse(catching.out())
    t.match(url, /^http:\/\/127\.0\.0\.1:\d+$/, 'an address that the emulator can reach')
    t.equal(registered.length, 5)
    const { body } = await call(`${server.url}/sandboxes/one/_emulator/events?extension=0003*211`)
    t.match(body.events.slice(-5), registered)
    await call(`${server.url}/sandboxes/one/_emulator/reset`, { method: 'POST', token: null, body: {} })
    t.match(await catching.stop(), { code: 0, err: '' }, 'events that are gone already count as removed')
  })

  t.test('--register that the emulator refuses leaves nothing behind, and exits', async t => {
    const server = await serveHere(t, [...MEMORY, '--fixture', 'clean'])
    const words = ['catch', '--port', '0', '--url', server.url, '--register', '0003*210', '--register', '0003*999']
    t.match(await launch(words).ended, {
      code: 2,
      out: '',
      err: /^--register names "0003\*999", which does not exist;/
    })
    t.strictSame((await call(`${server.url}/_emulator/events`)).body.events, [])
    await server.stop()
    t.match(await runHere(words), { code: 1, out: '', err: /^Nothing listens at/ })
    t.match(await runHere(['catch', '--url', server.url]), {
      code: 2,
      out: '',
      err: '--url names an emulator: it needs --register <extension>.\n'
    })
  })

  t.test('--register replaces the events that it left behind when it was killed, and no others', async t => {
    const server = await serveHere(t, [...MEMORY, '--fixture', 'clean'])
    const events = async () => (await call(`${server.url}/_emulator/events`)).body.events
    const port = await freePort()
    const words = ['catch', '--port', String(port), '--url', server.url, '--register', '0003*210']
    const url = `http://127.0.0.1:${port}/`
    const body = { extension: '0003*210', type: '2', method: '1', url, note: 'own' }
    const own = (await call(`${server.url}/_emulator/events`, { method: 'POST', token: null, body })).body
    const killed = launch(words)
    await until(() => killed.out() !== '')
    await killed.stop('SIGKILL')
    t.equal((await events()).length, 6)
    const catching = await startHere(t, words)
    await until(() => catching.out() !== '')
    t.equal((await events()).length, 6, 'each moment is sent once')
    t.match(await catching.stop(), { code: 0, err: '' })
    t.strictSame(await events(), [own])
  })

  t.test('--register ends with success when the emulator is gone, and says that its events stay', async t => {
    const server = await serveHere(t, MEMORY)
    const catching = await startHere(t, ['catch', '--port', '0', '--url', server.url, '--register', '0003*210'])
    await until(() => catching.out() !== '')
    await server.stop()
    t.match(await catching.stop(), { code: 0, err: /^The events were not removed\. .+\n$/ })
  })

  t.test('refuses a port that is in use', async t => {
    const port = await listen(t, createServer())
    const { code, out, err } = await runHere(['catch', '--port', String(port)])
    t.strictSame({ code, out }, { code: 2, out: '' })
    t.match(err, new RegExp(`^--port: port ${port} of 127.0.0.1 is taken`))
  })
})

t.test('a table of deliveries', async t => {
  t.test('has one line a delivery, and hints for the failed ones', async t => {
    const [head, first, second, ...rest] = renderDeliveries({
      deliveries: [DELIVERY, REFUSED],
      total: 9,
      dropped: 4
    }).split('\n')
    t.equal(head, 'id     sent          extension   moment          state        answer                    request')
    t.equal(
      first,
      '17     10:20:30.456  0003*210    dialIn          delivered    200 in 12 ms              GET http://receiver.test/hook?mine=1'
    )
    t.equal(second?.indexOf('GET'), first?.indexOf('GET'))
    t.strictSame(rest, [
      '',
      'refused: Start it.',
      '',
      'The newest 2 of 9.',
      '4 older ones were dropped; serve --delivery-log-size keeps more.',
      ''
    ])
  })

  t.test('that is empty explains how to place a call', async t => {
    t.match(renderDeliveries({ deliveries: [], total: 0, dropped: 0 }), /^No such delivery\. uapi-emulator call/)
  })
})

t.test('a failed verification is explained in words', async t => {
  const nearest = [{ delivery: REFUSED, differs: ['type is 0, not 2', 'state is failed, not delivered'] }]
  t.equal(
    renderNotVerified(
      { extension: '0003*210', type: '2', state: undefined },
      { verified: false, count: 0, expected: { min: 1 }, nearest, hints: ['The event Abc is disabled.'] }
    ),
    `Expected at least 1 delivery with extension 0003*210, type 2; found none.
The nearest:
  delivery 18 (dialIn of 0003*210, failed): type is 0, not 2; state is failed, not delivered
Possible reasons:
  The event Abc is disabled.`
  )
  for (const [expected, message] of [
    [2, 'Expected exactly 2 deliveries; found 3.'],
    [{ min: 1, max: 2 }, 'Expected 1 to 2 deliveries; found 3.'],
    [{ max: 0 }, 'Expected at most 0 deliveries; found 3.']
  ] as const) {
    t.equal(renderNotVerified({}, { verified: false, count: 3, expected, nearest: [], hints: [] }), message)
  }
})

t.test('call', async t => {
  t.test('prints every moment as it happens, with its webhooks and their answers', async t => {
    const { url, event, caught } = await startScene(t)
    await event('2', { url: `http://127.0.0.1:${await closedPort()}/gone`, method: '1' })
    await event('3', { status: '0' })
    const calling = await startHere(t, ['call', ...PARTIES, '--ring', '200ms', '--talk', '0.1s', '--url', url])
    await until(() => calling.out().includes('Ended'))
    const { code, out, err } = await calling.stop()
    t.strictSame({ code, err }, { code: 0, err: '' })
    const lines = out.replaceAll(/\d\d:\d\d:\d\d\.\d{3}|\d+ ms|:\d{2,5}(?=\/)/g, '').split('\n')
    t.match(lines.shift(), /^Call \d+\.\d+ from 0003\*211 to 0003\*210, placed at .*Z$/)
    t.match(lines, [
      '',
      '  dialOut         0003*211   CALLING out  no phone call events',
      '  dialIn          0003*210   CALLING in   1 armed',
      '              dialIn, delivery 1: GET http://127.0.0.1/hook?mine=1 → delivered, 200 in ',
      '  answerIncoming  0003*210   ANSWER in    nothing armed: 1 event disabled, 2 of another type',
      '  answerOutgoing  0003*211   ANSWER out   no phone call events',
      '  hangup          0003*211   ANSWER out   no phone call events',
      '  hangup          0003*210   ANSWER in    1 armed',
      '              hangup, delivery 2: POST http://127.0.0.1/gone → failed, refused in ',
      ...lines.slice(9, -3),
      '',
      'Ended: answered. 1 delivered, 1 failed.',
      ''
    ])
    t.match(lines.slice(9, -3).join('\n'), /^ {16}\S/, 'a failure has its reason in words')

    // Their order, and a Dial-In without CalledNumber. @source call-events.md §2 (recorded)
    const parameters = ['CallID', 'CallerIDNum', 'CallerIDName', 'CalledDID', 'CalledExtension', 'CallStatus']
    parameters.push('CallFlow', 'CallerExtension', 'CallAPIID')
    const printed = [...caught().matchAll(/^ {2}(\w+)/gm)].map(([, name]) => name)
    t.strictSame(printed, ['mine', ...parameters], 'the receiver printed the parameters')
    t.match(caught(), /GET \/hook\n {2}mine {13}1\n {2}CallID {11}\d+\.\d+\n.*\n {2}CallerIDName {5}Back Office\n/)
  })

  t.test('prints JSON lines with --json, the deliveries of a moment before the next moment', async t => {
    const { url } = await startScene(t)
    const options = ['--outcome', 'busy', '--caller-name', 'Somebody', '--dialled', '001', '--json', '--url', url]
    const calling = await startHere(t, ['call', '--from', '+40722000111', '--to', '+40312345210', ...options])
    await until(() => calling.out().includes('"kind":"ended"'))
    const lines = (await calling.stop()).out.trim().split('\n')
    const news = lines.map(line => JSON.parse(line))
    t.strictSame(
      news.map(({ kind }) => kind),
      ['placed', 'moment', 'delivery', 'moment', 'ended']
    )
    // CalledDID without its +, and a Dial-In without CalledNumber. @source call-events.md §2 (recorded)
    t.match(news[2].delivery.request.url, /CallerIDName=Somebody&CalledDID=40312345210&(?!.*CalledNumber)/)
    t.match(news[0].call, { dialled: '001' })
    t.equal(news[2].leg, 1)
    t.match(news[4].call, { state: 'ended', outcome: 'busy' })
  })

  t.test('of several extensions has their webhooks, and lanes', async t => {
    const { url } = await startScene(t)
    const words = ['--from', '+40722000111', '--to', '0003*210', '--to', '0003*211', '--answered-by', '0003*211']
    const calling = await startHere(t, ['call', ...words, '--ring', '10ms', '--url', url])
    await until(() => calling.out().includes('Ended'))
    const { code, out } = await calling.stop()
    t.equal(code, 0)
    // @source call-events.md §3 (several extensions ring at once)
    t.strictSame(
      [...out.matchAll(/^\S+ {2}(.{3}) {2}(\w+) +\S+ {3}(\w+)/gm)]
        .map(([, ...columns]) => columns)
        .filter(([lanes]) => /^[BC :|]{3}$/.test(lanes ?? '')),
      [
        ['B  ', 'dialIn', 'CALLING'],
        [': C', 'dialIn', 'CALLING'],
        [': C', 'answerIncoming', 'ANSWER'],
        ['B |', 'hangup', 'CANCEL'],
        ['  C', 'hangup', 'ANSWER']
      ]
    )
    t.match(out, /^A {2}\+40722000111 {2}out {2}outside: no webhooks\nB {2}0003\*210 {6}in {3}CallID \d+\.\d{7}\nC /m)
  })

  t.test('has every part of a call as an option, and prints its warnings', async t => {
    const { url, client } = await startScene(t)
    const words = ['--to', '0003*210', '--caller-number', '', '--caller-name', 'Anonymous', '--called-did', '+40311']
    const pinned = ['--call-id', '1479144949.4665265', '--call-api-id', 'abcdefghij0123456789']
    const calling = await startHere(t, ['call', ...words, ...pinned, '--json', '--url', url])
    await until(() => calling.out().includes('"kind":"ended"'))
    await calling.stop()
    const { deliveries } = await client.deliveries.list({ callId: '1479144949.4665265' })
    t.match(deliveries[0]?.request.url, /&CallerIDNum=&CallerIDName=Anonymous&CalledDID=40311&/)
    t.match(deliveries[0]?.request.url, /CallAPIID=abcdefghij0123456789/)
    t.match(await runHere(['call', ...words, ...pinned, '--url', url]), { code: 1, err: /1479144949\.4665265/ })

    const mistyped = ['call', '--from', '0003*210', '--to', '21', '--url', url]
    t.match(await runHere(mistyped), { code: 0, err: /^Warning: .*\n$/ })
    const [placed = ''] = (await runHere([...mistyped, '--json'])).out.split('\n')
    t.match(JSON.parse(placed), { kind: 'placed', call: { warnings: [/./] } })
  })

  t.test('names the fault that holds a webhook, and ends when the webhook was released', async t => {
    const { url, client } = await startScene(t)
    const { id } = await client.faults.add({ on: { operation: 'delivery' }, do: { hold: true } })
    const calling = await startHere(t, ['call', ...PARTIES, '--url', url])
    await until(() => calling.out().includes('held back'))
    const held = /Delivery 1 is held back by fault (\d+)\. Release:\n {2}uapi-emulator (fault release .*)\n/.exec(
      calling.out()
    )
    t.equal(held?.[1], id)
    t.notMatch(calling.out(), 'Ended')
    t.match(
      await runHere(`${held?.[2]}`.split(' ')),
      { code: 0, out: /^Released fault/ },
      'the command works as printed'
    )
    await until(() => calling.out().includes('Ended'))
    const { code, out } = await calling.stop()
    t.equal(code, 0)
    t.match(out, /delivery 1: GET .* → delivered, 200 in .*\n\nEnded: answered\. 1 delivered\.\n$/s)
    t.equal(out.match(/held back/g)?.length, 1, 'it was said once')
  })

  t.test('names the webhook that is not answered for a while', async t => {
    const { url, event } = await startScene(t)
    let answer = () => {}
    const slow = createServer((_request, response) => {
      answer = () => void response.end()
    })
    await event('2', { url: `http://127.0.0.1:${await listen(t, slow)}/` })
    const calling = await startHere(t, ['call', ...PARTIES, '--url', url])
    await until(() => calling.out().includes('Waiting for delivery 2, which is not answered yet.'))
    answer()
    await until(() => calling.out().includes('Ended'))
    t.equal((await calling.stop()).code, 0)
  })

  t.test('prints the commands that drive a manual call, and goes on', async t => {
    const { url, client } = await startScene(t)
    const calling = await startHere(t, ['call', ...PARTIES, '--manual', '--url', url])
    const suggested = () => [...calling.out().matchAll(/^ {2}uapi-emulator (\w+) \d+\.\d+/gm)].map(([, verb]) => verb)
    await until(() => suggested().includes('hangup'))
    t.strictSame(suggested(), ['answer', 'reject', 'ring', 'hangup'])
    const { callId } = (await client.calls.list()).calls[0] ?? { callId: '' }
    await client.calls.answer(callId)
    await until(() => suggested().length > 4)
    t.strictSame(suggested().slice(4), ['transfer', 'hangup'])
    t.match(await runHere(['hangup', callId, '--url', url]), { code: 0 })
    await until(() => calling.out().includes('Ended: answered.'))
    t.match(await calling.stop(), { code: 0, err: '' })
  })

  t.test('reads steps, or a whole request, from a file or from standard input', async t => {
    const { url } = await startScene(t)
    const steps = [
      { answer: '0003*210' },
      { afterMs: 50, transfer: { from: '0003*210', to: '0003*300', kind: 'blind' } }
    ]
    const folder = t.testdir({
      'steps.json': JSON.stringify([...steps, { afterMs: 50, answer: '0003*300' }, { hangup: 'all' }]),
      'call.json': JSON.stringify({ from: '0003*300', to: '0003*210', ringMs: 3_600_000, callerName: 'Mine' })
    })
    const place = async (words: string[], input?: string) => {
      const calling = await startHere(t, ['call', ...words, '--json', '--url', url], {}, Buffer.from(input ?? ''))
      await until(() => calling.out().includes('"kind":"ended"'))
      const { code, out } = await calling.stop()
      t.equal(code, 0)
      return out
        .trim()
        .split('\n')
        .map(line => JSON.parse(line))
    }
    const news = await place([...PARTIES, '--steps', join(folder, 'steps.json')])
    t.match(news.at(-1).call.legs, [{}, {}, { extension: '0003*210', direction: 'out' }, { extension: '0003*300' }])
    t.ok(
      news.some(({ kind, legs }) => kind === 'legs' && legs.length === 4),
      'the further legs are an update'
    )
    const completed = await place(['--steps', join(folder, 'call.json'), '--ring', '0', '--from', '0003*211'])
    t.match(completed[0].call, { from: '0003*211', to: '0003*210', callerName: 'Mine', state: 'ended' })
    const outside = await place(['--steps', '-'], '{"to":"0003*210","steps":[{"hangup":"all"}],"callerName":"René"}')
    t.match(outside[0].call, { from: '', callerName: 'René', outcome: 'cancelled' })
    const piped = `echo '[{"hangup":"all"}]' | "${process.execPath}" "${MAIN}" call --to '0003*210' --steps - --url ${url}`
    t.match(await runShell(piped), { code: 0, out: /Ended: cancelled/, err: '' })
  })

  t.test('names the path of a step that is wrong, and exits with 2', async t => {
    const { url, client } = await startScene(t)
    const file = (content: string) => join(t.testdir({ 'a.json': content }), 'a.json')
    for (const [content, message] of [
      ['[{"answer":"0003*210"},{"answer":"0003*210"}]', /^\$\.steps\[1\]\.answer 0003\*210 is not ringing/],
      ['[{"ring":["0003*300","0003*299"]}]', /^\$\.steps\[0\]\.ring\[1\] /],
      ['[{"anwser":"0003*210"}]', /^\$\.steps\[0\]\.anwser is not a member/],
      ['[]', /^--steps /],
      ['{"setps":[]}', /^\$\.setps is not a member/],
      ['[{"answer"]', /^--steps \S+a\.json: it is not JSON: syntax error at line 1, column 11\.$/m],
      ['17', /^--steps \S+a\.json: must be a list of steps, .* or a request with "steps"; got 17\.$/m],
      ['null', /got null\./]
    ] as const) {
      const { code, out, err } = await runHere(['call', ...PARTIES, '--steps', file(content), '--url', url])
      t.strictSame({ code, out }, { code: 2, out: '' }, content)
      t.match(err, message)
    }
    const options = ['call', ...PARTIES, '--url', url, '--steps']
    t.match(await runHere([...options, '/nothing']), { code: 2, err: /^--steps \/nothing: it cannot be read/ })
    const notUtf8 = Buffer.from([0x5b, 0xff, 0x5d])
    t.match(await runHere([...options, '-'], {}, notUtf8), { code: 2, err: /^--steps -: .*is not UTF-8/ })
    t.match(await runHere([...options, '-']), { code: 2, err: /^--steps -: it is not JSON: unexpected end/ })
    const without = ['call', '--from', '0003*211', '--steps', file('[{"hangup":"all"}]'), '--url', url]
    t.match(await runHere(without), { code: 2, err: /^--to is missing/ })
    t.match(await runHere([...options, file('[{"hangup":"all"}]'), '--manual']), { code: 2, err: /^--steps / })
    t.equal((await client.calls.list()).total, 0, 'nothing was stored')
  })

  t.test('exits when the clock is frozen, and names the command that moves it on', async t => {
    const { url, client } = await startScene(t)
    await client.clock.freeze('2030-01-01T00:00:00Z')
    const calling = await startHere(t, ['call', ...PARTIES, '--ring', '2s', '--url', url])
    await until(() => calling.out().includes('is frozen at'))
    const { code, out } = await calling.stop()
    t.equal(code, 0)
    t.match(out, /^00:00:00\.000 {2}dialIn/m)
    t.match(out, /is frozen at 2030-01-01T00:00:00\.000Z\. The next step of the call is 2s later.*\n.*\{"ms":2000\}/)
    t.notMatch(out, /Ended|No longer/)
  })

  t.test('exits when it is stopped, and the call continues', async t => {
    const { url, client } = await startScene(t)
    const calling = await startHere(t, ['call', ...PARTIES, '--ring', '1h', '--url', url])
    await until(() => calling.out().includes('200 in'))
    const { code, out } = await calling.stop()
    t.equal(code, 0)
    t.match(out, /No longer watching; call (\S+) continues\. uapi-emulator deliveries --call \1 --url \S+ lists/)
    t.match((await client.calls.list()).calls, [{ state: 'ringing' }])
  })

  t.test('fails when the emulator stops', async t => {
    const { url, stop } = await startScene(t)
    const calling = launch(['call', ...PARTIES, '--ring', '1h', '--url', url])
    t.teardown(() => calling.stop('SIGKILL'))
    await until(() => calling.out().includes('200 in'))
    await stop()
    t.match(await calling.ended, { code: 1, err: /shutting down|Nothing listens|was closed/ })
  })

  t.test('that the emulator refuses exits with 2, as invalid options do', async t => {
    const { url } = await startScene(t)
    const { code, err } = await runHere(['call', '--from', '0003*210', '--to', '0003*210', '--url', url])
    t.equal(code, 2)
    t.equal(err, '--to is 0003*210, the caller: an extension cannot call itself.\n')
    const two = await runHere(['call', '--from', '17', '--to', '18', '--url', url])
    t.match(two, { code: 2, err: /^--from .*\n--to / }, 'every reason is named')
  })
})

t.test('deliveries', async t => {
  t.test('are listed as a table or as JSON, all or filtered', async t => {
    const { url, client, event } = await startScene(t)
    await event('2', {})
    await client.calls.place({ from: '0003*211', to: '0003*210' })
    await client.idle({ timeoutMs: 20_000 })
    const list = (...words: string[]) => runHere(['deliveries', '--url', url, ...words])
    const table = await list()
    t.equal(table.code, 0)
    t.match(table.out, /^id .*\n1 .* dialIn .* delivered .* 200 in .* GET http:\S+\/hook\?mine=1\n2 .* hangup .*\n$/)
    const { callId } = (await client.calls.list()).calls[0] ?? {}
    for (const [words, ids] of [
      [[], ['1', '2']],
      [['--type', '2'], ['2']],
      [['--limit', '1'], ['2']],
      [['--state', 'failed'], []],
      [
        ['--extension', '0003*210', '--call', `${callId}`],
        ['1', '2']
      ],
      [['--extension', '0003*211'], []]
    ] as const) {
      const { code, out } = await list('--json', ...words)
      t.equal(code, 0)
      const lines = out.split('\n').filter(line => line !== '')
      t.strictSame(
        lines.map(line => JSON.parse(line).id),
        ids,
        words.join(' ')
      )
    }
    t.match(await list('--limit', '1'), { out: /\nThe newest 1 of 2\.\n$/ })
    t.match(await list('--extension', '210'), { code: 2, err: /extension must/ })
  })

  t.test(
    'are printed with --follow: the newest, then every later one and its final state, until it is stopped',
    async t => {
      const { url, client } = await startScene(t)
      const place = () => client.calls.place({ from: '0003*211', to: '0003*210' })
      for (const _ of [1, 2, 3]) await place()
      await client.idle({ timeoutMs: 20_000 })
      const following = await startHere(t, ['deliveries', '--follow', '--limit', '1', '--url', url])
      const shown = () => [...following.out().matchAll(/^(\d+) .* delivered/gm)].map(([, id]) => id)
      t.strictSame(shown(), ['3'])
      await place()
      await until(() => shown().includes('4'))
      await client.deliveries.replay('2')
      await until(() => shown().includes('2'))
      t.match(await following.stop(), { code: 0, err: '', out: /^id / })
      t.strictSame(shown(), ['3', '4', '2'])
    }
  )

  t.test('are printed with --follow until the output is closed', async t => {
    const { url, client } = await startScene(t)
    const place = () => client.calls.place({ from: '0003*211', to: '0003*210' })
    await place()
    const placing = setInterval(() => void place().catch(() => {}), 50) // the last one may fail
    t.teardown(() => clearInterval(placing))
    const following = runShell(`"${process.execPath}" "${MAIN}" deliveries --follow --json --url ${url} | head -n 1`)
    const { code, out } = await following
    clearInterval(placing)
    t.equal(code, 0)
    t.match(JSON.parse(out), { moment: 'dialIn' })
  })
})

t.test('a client', async t => {
  t.test('answers and hangs up a manual call', async t => {
    const { client } = await startScene(t)
    const { callId, state } = await client.calls.place({
      from: '0003*211',
      to: '0003*210',
      manual: true,
      ringMs: undefined
    })
    t.equal(state, 'ringing')
    t.match(await client.calls.answer(callId), { callId, state: 'answered' })
    t.match(await client.calls.hangup(callId), { state: 'ended', outcome: 'answered' })
    const second = await client.calls.place({ from: '0003*211', to: '0003*210', manual: true })
    t.match(await client.calls.hangup(second.callId, { outcome: 'busy' }), { state: 'ended', outcome: 'busy' })
    t.match(await client.calls.get(callId), { callId })
    const { calls, total } = await client.calls.list({ after: callId, limit: undefined })
    t.match([calls.map(({ callId }) => callId), total], [[second.callId], 1])
  })

  t.test('verifies deliveries, or names the nearest ones and possible reasons', async t => {
    const { client } = await startScene(t)
    const waiting = client.deliveries.verify({ match: { type: '0', extension: '0003*210' }, timeoutMs: 20_000 })
    await client.calls.place({ from: '0003*211', to: '0003*210' })
    t.match(await waiting, { verified: true, count: 1 })
    const error = await client.deliveries.verify({ match: { moment: 'hangup' }, count: 2 }).catch(error => error)
    t.type(error, NotVerified)
    t.match(error, { name: 'NotVerified', count: 0, expected: 2, nearest: [{ delivery: { id: '1' } }] })
    t.match(
      error.message,
      /^Expected exactly 2 deliveries with moment hangup; found none\.\nThe nearest:\n {2}delivery 1 /
    )
    t.match(error.message, /\nPossible reasons:\n {2}hangup of 0003\*210 happened/)
    await client.idle({ timeoutMs: 20_000 })
    t.match(await client.deliveries.get('1'), { id: '1', state: 'delivered' })
    await client.deliveries.replay('1')
    await client.idle({ timeoutMs: 20_000 })
    t.equal((await client.deliveries.get('1')).attempts.length, 2)
  })

  t.test('freezes, sets, advances and runs the clock', async t => {
    const { client } = await startScene(t)
    const noon = '2030-01-01T12:00:00.000Z'
    t.strictSame(await client.clock.freeze(new Date(noon)), { mode: 'frozen', now: noon })
    t.strictSame(await client.clock.get(), { mode: 'frozen', now: noon })
    await client.calls.place({ from: '0003*211', to: '0003*210', ringMs: 30_000 })
    for (const [by, now, moments] of [
      [29_999, '2030-01-01T12:00:29.999Z', []],
      ['1ms', '2030-01-01T12:00:30.000Z', ['answerIncoming', 'answerOutgoing', 'hangup', 'hangup']],
      ['2m', '2030-01-01T12:02:30.000Z', []],
      [{ to: '2030-01-01T13:00:00Z' }, '2030-01-01T13:00:00.000Z', []],
      [{ to: new Date('2031-01-01T00:00:00Z') }, '2031-01-01T00:00:00.000Z', []]
    ] as const) {
      const advanced = await client.clock.advance(by)
      t.equal(advanced.now, now)
      t.strictSame(
        advanced.moments.map(({ moment }) => moment),
        moments
      )
    }
    await t.rejects(client.clock.advance('soon'), { name: 'TypeError', message: /Cannot read "soon" as a duration/ })
    t.match(await client.clock.set({ mode: 'frozen' }), { mode: 'frozen', now: '2031-01-01T00:00:00.000Z' })
    t.match(await client.clock.run(noon), { mode: 'running', now: /^2030-01-01T12:00:00/ })
    t.match(await client.clock.run(), { mode: 'running' })
  })

  t.test('throws a ClientError for a refused request, with its code and details', async t => {
    const { client, event } = await startScene(t)
    const refused = (calling: Promise<unknown>) =>
      calling.then(
        () => t.fail('was not refused'),
        error => error
      )
    const invalid = await refused(client.calls.place({ from: 'x', to: 'y' }))
    t.type(invalid, ClientError)
    t.match(invalid, { status: 400, code: 'request_invalid', details: [{ path: '$.from' }, { path: '$.to' }] })
    t.match(invalid.message, /^\$\.from .*; \$\.to must/)
    t.match(await refused(client.calls.get('a/../b?c')), { status: 404, code: 'call_unknown', details: [] })
    t.match(await refused(client.deliveries.get('..')), { status: 404 })
    t.match(await refused(client.deliveries.get('')), { name: 'TypeError', message: /An id is needed/ })
    const scripted = await client.calls.place({ from: '0003*211', to: '0003*210', ringMs: 60_000 })
    t.match(await refused(client.calls.answer(scripted.callId)), { status: 409, code: 'call_state' })
    const silent = await listen(t, createSocketServer())
    await event('1', { url: `http://127.0.0.1:${silent}` })
    await client.calls.place({ from: '0003*210', to: '0003*211' })
    t.match(await refused(client.idle({ timeoutMs: 10 })), { status: 408, code: 'wait_timeout' })
    t.match(await refused(client.deliveries.verify({ match: {}, timeoutMs: -1 })), { status: 400 })
  })

  t.test('reuses its connection, waits for the given time, and sends nothing after close()', async t => {
    const { url } = await startScene(t)
    const client = createClient({ url: `${url}//` })
    await client.clock.get()
    const waiting = client.deliveries.verify({ match: {}, timeoutMs: 60_000 })
    client.close()
    await t.rejects(waiting, { name: 'ClientError', code: 'closed', status: undefined })
    await t.rejects(client.clock.get(), { code: 'closed', message: `The client of ${url} was closed.` })
  })

  t.test('sends the control token', async t => {
    const { ready, url } = await serveHere(t, [...MEMORY, '--host', '0.0.0.0', '--control-token', 'canary-token'])
    t.equal(ready.controlToken, undefined)
    const environment = { UAPI_EMULATOR_URL: url }
    t.match(await runHere(['deliveries'], environment), { code: 1, err: /^Send "Authorization: Bearer/ })
    t.match(await runHere(['deliveries', '--control-token', 'canary-token'], environment), { code: 0 })
    t.match(await runHere(['deliveries'], { ...environment, UAPI_EMULATOR_CONTROL_TOKEN: 'canary-token' }), { code: 0 })
  })

  t.test('needs a url', async t => {
    for (const url of [
      '',
      'localhost:4772',
      'ftp://localhost',
      'http://a:b@localhost',
      'http://localhost?x',
      'http://localhost#x'
    ]) {
      t.throws(() => createClient({ url }), {
        name: 'TypeError',
        message: `Cannot use "${url.replace('a:b@', '…@')}" as the url of an emulator`
      })
    }
  })
})

/** An emulator, a client, and a receiver for the event of the default fixture on 0003*210. */
async function startScene(t: Test) {
  const server = await serveHere(t, [...MEMORY, '--log-level', 'silent'])
  const catching = await startHere(t, ['catch', '--port', '0'])
  const [hook = ''] = /http:\S+/.exec(catching.out()) ?? []
  const banner = catching.out().length
  const put = { method: 'PUT', body: { url: `${hook}hook?mine=1` } }
  t.equal((await call(`${server.url}${EVENTS}/0/${PAGE_EVENT}`, put)).status, 200)
  const client = createClient({ url: server.url })
  t.teardown(client.close)
  return {
    url: server.url,
    stop: server.stop,
    client,
    /** The requests that the receiver has printed. */
    caught: () => catching.out().slice(banner),
    /** Adds an event of a type to 0003*210. */
    async event(type: string, members: Record<string, string>) {
      const body = { method: '0', url: `${hook}hook?mine=1`, ...members }
      t.equal((await call(`${server.url}${EVENTS}/${type}`, { method: 'POST', body })).status, 200)
    }
  }
}

async function listen(
  t: Test,
  server: ReturnType<typeof createServer> | ReturnType<typeof createSocketServer>
): Promise<number> {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => server.close())
  return (server.address() as AddressInfo).port
}

/** A free port of loopback. */
async function closedPort(): Promise<number> {
  const server = createSocketServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  await once(server.close(), 'close')
  return port
}
