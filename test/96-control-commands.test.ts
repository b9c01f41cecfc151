import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { changesOf } from '../src/cli/commands/call/replay.js'
import { renderBash, renderZsh } from '../src/cli/commands/completion.js'
import { findProblems } from '../src/cli/commands/state/validate.js'
import { COMMANDS } from '../src/cli/program.js'
import { renderCounts, renderRequests } from '../src/cli/tables.js'
import { createClient } from '../src/client/client.js'
import { EVENTS, NEW_EVENT, PAGE_EVENT } from './support/emulator.js'
import { call, ROOT, runHere, runShell, serveHere, startHere, until } from './support/program.js'
import { receive } from './support/receiver.js'

const MEMORY = ['--database', ':memory:']
const CALL = { from: '0003*211', to: '0003*210' }

/** An emulator, and the program with its address. */
async function begin(t: Test, words: string[] = []) {
  const { url } = await serveHere(t, [...MEMORY, ...words])
  const client = createClient({ url })
  t.teardown(client.close)
  const ours = (...words: string[]) => runHere([...words, '--url', url])
  const json = async (...words: string[]) => {
    const { code, out, err } = await ours(...words, '--json')
    t.strictSame({ code, err }, { code: 0, err: '' }, words.join(' '))
    return out
      .split('\n')
      .filter(line => line !== '')
      .map(line => JSON.parse(line))
  }
  return { url, client, ours, json }
}

t.test('reset restores the fixtures of the start, a named fixture, or a file', async t => {
  const { client, ours, json } = await begin(t)
  await client.clock.freeze()
  t.match(await ours('reset'), { code: 0, out: /^Reset: 2 organizations, 5 users/, err: '' })
  t.equal((await client.clock.get()).mode, 'running')
  t.strictSame(await json('reset', '--fixture', 'empty'), [await client.reset('empty')])
  const file = join(t.testdir({ 'mine.json': '{"organizations":[{"id":"9","name":"Nine"}]}' }), 'mine.json')
  t.match(await ours('reset', '--fixture', file), { out: 'Reset: 1 organization.\n' })
  t.match(await ours('reset', '--fixture', 'nothing'), { code: 2, err: /nothing.*no fixture; known are/ })
  writeFileSync(file, '{')
  t.match(await ours('reset', '--fixture', file), { code: 2, err: /it is not JSON: unexpected end at line 1/ })
})

t.test('seed merges files in their order, and names the one that is refused', async t => {
  const { client, ours, json } = await begin(t)
  const folder = t.testdir({
    'a.json': '{"organizations":[{"id":"9","name":"Nine"}]}',
    'b.json': '{"users":[{"id":"90","name":"Ninety","organization":"9","role":"user"}]}',
    'c.json': '{"users":[{"id":"91","name":"Nobody","organization":"8","role":"user"}]}'
  })
  const [a, b, c] = ['a', 'b', 'c'].map(name => join(folder, `${name}.json`)) as [string, string, string]
  t.match(await ours('seed', a, b), { code: 0, out: /a\.json: merged; there are 3 organizations.*\n.*b\.json: merged/ })
  t.ok((await client.directory()).users.some(({ id }) => id === '90'))
  t.match(await json('seed', a), [{ name: a, counts: { organizations: 3 } }])
  const refused = await ours('seed', a, c)
  t.match(refused, { code: 2, out: '', err: /^\S+c\.json: / }, 'and nothing is merged')
  t.match(refused.err, /\$\.users\[0\]\.organization/)
  t.match(await ours('seed'), { code: 2, err: /^file is missing\. / })
  t.match(await ours('seed', '/nothing/there', c, '/nor/there'), {
    code: 2,
    err: /^\/nothing\/there: .*\n\/nor\/there: .*\n$/
  })
  const broken = join(t.testdir({ 'd.json': '[', 'e.json': '{"users":7}', 'f.json': '{"apps":8}' }))
  const every = /d\.json: it is not JSON.*\n.*e\.json: \$\.users .*\n.*f\.json: \$\.apps /
  t.match(await ours('seed', broken), { code: 2, out: '', err: every }, 'every problem of every file is named')
  t.match(await ours('seed', '/nothing/there'), { code: 2, err: /^\/nothing\/there: there is no such file/ })
})

t.test('export prints a fixture that can be loaded, or writes it to a file only its owner can read', async t => {
  const { client, ours, json } = await begin(t)
  const file = join(t.testdir(), 'state.json')
  const state = await client.fixtures.export()
  t.strictSame(JSON.parse((await ours('export')).out), state)
  t.strictSame(await json('export'), [state])
  t.match(await ours('export', '--out', file), { code: 0, out: '' })
  t.strictSame(JSON.parse(readFileSync(file, 'utf8')), state)
  if (process.platform !== 'win32') t.equal(statSync(file).mode & 0o777, 0o600)
  t.match(await ours('reset', '--fixture', file), { code: 0 })
  t.strictSame(await client.fixtures.export(), state)
  t.match(await ours('export', '--out', join(file, 'below')), { code: 2, err: /--out .* cannot be written/ })
  t.match(await runHere(['validate', file]), { code: 0, out: `${file}: no problem\n` })
})

t.test('requests', async t => {
  const { url, client, ours, json } = await begin(t)
  await call(`${url}${EVENTS}/1`, { method: 'POST', body: NEW_EVENT })
  await call(`${url}${EVENTS}`, { token: 'wrong-token' })
  await call(`${url}/uapi/else`)

  t.test('lists requests with their answers', async t => {
    const { code, out } = await ours('requests')
    t.equal(code, 0)
    t.match(out, /^id +at +operation +user +answer +request\n1 .* create .* 200 +POST \/uapi\S+\n2 .* list /)
    t.match(await json('requests', '--limit', '1'), [{ id: '3', unmatched: true }])
  })

  t.test('filters by each of its options', async t => {
    for (const [words, ids] of [
      [['--operation', 'create'], ['1']],
      [
        ['--method', 'GET'],
        ['2', '3']
      ],
      [['--status', '200'], ['1']],
      [['--type', '1'], ['1']],
      [
        ['--extension', '0003*210', '--path', '/uapi/ext*'],
        ['1', '2']
      ],
      [['--unmatched'], ['3']],
      [['--user', 'nobody'], []]
    ] as const) {
      const found = await json('requests', ...words)
      t.strictSame(
        found.map(({ id }) => id),
        ids,
        words.join(' ')
      )
    }
    t.match(await ours('requests', '--user', 'nobody'), { code: 0, out: 'No such request.\n' })
    t.match(await ours('requests', '--extension', 'mine'), {
      code: 2,
      err: /--extension must be a text such as 0003\*2/
    })
    t.match(renderRequests({ requests: [], total: 2, dropped: 1 }), /The newest 0 of 2\.\n1 older ones.*--journal-size/)
  })

  t.test('follows new requests, also after a reset', async t => {
    const follower = await startHere(t, ['requests', '--follow', '--json', '--method', 'POST', '--url', url])
    const seen = () => follower.out().split('\n').length - 1
    await until(() => seen() === 1)
    await call(`${url}${EVENTS}/1`, { method: 'POST', body: NEW_EVENT })
    await call(`${url}${EVENTS}`)
    await until(() => seen() === 2)
    await client.reset()
    await call(`${url}${EVENTS}/1`, { method: 'POST', body: NEW_EVENT })
    await until(() => seen() === 3)
    const { code, out } = await follower.stop()
    t.equal(code, 0)
    t.match(
      out
        .trim()
        .split('\n')
        .map(line => JSON.parse(line).method),
      ['POST', 'POST', 'POST']
    )
  })
})

t.test('verify', async t => {
  const { url, client, ours, json } = await begin(t)
  await call(`${url}${EVENTS}/0`, { method: 'POST', body: NEW_EVENT })

  t.test('succeeds at once, or within the given time', async t => {
    t.match(await ours('verify', 'requests', '--operation', 'create', '--status', '200', '--count', '1'), {
      code: 0,
      out: 'Verified: 1 requests.\n'
    })
    const waiting = ours('verify', 'deliveries', '--extension', '0003*210', '--moment', 'dialIn', '--timeout', '10s')
    await client.calls.place(CALL)
    t.match(await waiting, { code: 0, out: /^Verified: \d deliver/ })
    t.match(await json('verify', 'requests', '--min', '1', '--max', '5'), [{ verified: true, count: 1 }])
  })

  t.test('exits with 3 when the verification fails, and explains it', async t => {
    const words = ['verify', 'requests', '--operation', 'delete', '--count', '2']
    const { code, out, err } = await ours(...words)
    t.strictSame({ code, out }, { code: 3, out: '' })
    t.match(err, /^Expected exactly 2 requests with operation delete; found none\.\nThe nearest:\n {2}request 1/)
    const failed = await ours(...words, '--json')
    t.strictSame([failed.code, failed.err], [3, ''])
    t.match(JSON.parse(failed.out), { verified: false, count: 0, expected: 2, nearest: [{ request: { id: '1' } }] })
    t.equal((await ours('verify', 'deliveries', '--max', '0')).code, 3)
  })

  t.test('compares what deliveries sent, and their order', async t => {
    const sent = [
      ['--call-status', 'CALLING', '--call-flow', 'in', '--method', 'GET'],
      ['--parameter', 'CallStatus=CALLING', '--parameter', `CallerIDNum=${CALL.from}`],
      ['--webhook-url', `${NEW_EVENT.url}?*`]
    ]
    for (const words of sent) {
      t.match(await json('verify', 'deliveries', ...words), [{ verified: true }], words.join(' '))
    }
    const other = await ours('verify', 'deliveries', '--webhook-url', NEW_EVENT.url, '--parameter', 'CalledDID=1=2')
    t.match(other, { code: 3, err: /with url http:\S+, parameter CalledDID 1=2; found none/ })
    const folder = t.testdir({
      'one.json': '[{"match":{"moment":"dialIn","parameters":{"CallStatus":{"startsWith":"CALL"}}}}]',
      'two.json': '[{"match":{"callStatus":"CALLING"}},{"match":{"callStatus":"BUSY"}}]',
      'three.json': '[{"match":{"callstatus":"CALLING"}}]',
      'match.json': '{"match":{}}',
      'cut.json': '[{"match":'
    })
    const inFile = (name: string) => ours('verify', 'deliveries', '--sequence', `${folder}/${name}.json`)
    t.match(await inFile('one'), { code: 0, out: 'Verified: 1 deliveries.\n' })
    t.match(await inFile('two'), {
      code: 3,
      err: /^Expected 2 deliveries in this order; found only the first 1\.\n {2}found {3}sequence\[0\]: callStatus CALLING\n {2}missing sequence\[1\]: callStatus BUSY\n/
    })
    t.match(await inFile('three'), { code: 2, err: /\$\.sequence\[0\]\.match\.callstatus/ })
    t.match(await inFile('match'), { code: 2, err: /must be a list of steps/ })
    t.match(await inFile('cut'), { code: 2, err: /it is not JSON: unexpected end at line 1/ })
  })

  t.test('compares the content of requests, and their order', async t => {
    const sent = ['--body', `url=${NEW_EVENT.url}`, '--body', '$.method=0', '--header', 'content-type=application/json']
    t.match(await json('verify', 'requests', ...sent), [{ verified: true, count: 1 }])
    t.match(await ours('verify', 'requests', '--query', 'a=1=2', '--body', 'url=x'), {
      code: 3,
      err: /^Expected at least 1 request with query a 1=2, body url x; found none\./
    })
    t.match(await ours('verify', 'requests', '--body', '$.a[*]=1'), { code: 2, err: /is no JSON path/ })
    const folder = t.testdir({
      'one.json': '[{"match":{"body":{"url":{"startsWith":"http:"}}}}]',
      'two.json': '[{"match":{"operation":"create"}},{"match":{"operation":"list"}}]'
    })
    const inFile = (name: string) => ours('verify', 'requests', '--sequence', `${folder}/${name}.json`)
    t.match(await inFile('one'), { code: 0, out: 'Verified: 1 requests.\n' })
    t.match(await inFile('two'), { code: 3, err: /^Expected 2 requests in this order; found only the first 1\./ })
  })

  t.test('refuses contradictory options', async t => {
    for (const [words, message] of [
      [['events'], /kind must be one of requests, deliveries; got "events"/],
      [[], /^kind is missing\. /],
      [['requests', '--moment', 'dialIn'], /--moment does not go with verify requests/],
      [['deliveries', '--status', '200', '--user', '1'], /--status does not go.*\n--user does not go/],
      [['deliveries', '--count', '1', '--max', '2'], /--count is an exact number/],
      [['deliveries', '--timeout', '2m'], /--timeout must be a time with its unit such as 5s/],
      [['requests', '--path', 'uapi'], /--path must be as described: The path without its query/],
      [['requests', '--call-status', 'BUSY'], /--call-status does not go with verify requests/],
      [['deliveries', '--method', 'PUT'], /--method of deliveries must be GET or POST; got "PUT"/],
      [['deliveries', '--parameter', 'CallStatus'], /--parameter must be a text such as CallStatus=ANSWER/],
      [['deliveries', '--parameter', 'A=1', '--parameter', 'A=2'], /Parameter A is given more than once/],
      [['deliveries', '--sequence', 'x.json', '--count', '1'], /--count does not go with verify deliveries --sequence/],
      [['requests', '--sequence', 'x.json', '--body', 'a=1'], /--body does not go with verify requests --sequence/],
      [['deliveries', '--query', 'a=1', '--header', 'b=2'], /--query does not go.*\n--header does not go/],
      [['requests', '--query', 'count'], /--query must be a text such as count=10/],
      [['requests', '--query', 'a=1', '--query', 'a=2'], /Parameter a is given more than once/],
      [['deliveries', '--sequence', 'missing.json'], /--sequence missing\.json: it cannot be read/]
    ] as const) {
      const { code, out, err } = await ours('verify', ...words)
      t.strictSame({ code, out }, { code: 2, out: '' }, words.join(' '))
      t.match(err, message)
    }
  })
})

t.test('every verb drives a manual call by hand, and prints the call afterwards', async t => {
  const { client, ours, json } = await begin(t, ['--log-level', 'silent'])
  const pinned = '1479144949.4665265'
  await client.calls.place({ to: '0003*210', callerNumber: '', manual: true, callId: pinned })

  const rung = await ours('ring', pinned, '--number', '0003*211', '--number', '0003*300')
  t.match(rung, { code: 0, err: '' })
  t.match(
    rung.out,
    /^Call 1479144949\.4665265 from a caller without number to 0003\*210, ringing\n\nA {2}no number {2}out {2}ringing /
  )
  t.match(rung.out, /^D {2}0003\*300 {3}in {3}ringing {2}CallID 1479144949\.4665267$/m)
  t.match(rung.out, /^\S+ {2}: : D {2}dialIn {10}0003\*300 {3}CALLING in /m)
  t.match(rung.out, /is ringing and waits for a command\..*\n {2}uapi-emulator answer \S+ --number '0003\*210' --url/)

  const state = async (...words: string[]) => {
    const [{ state, legs }] = await json(...words)
    return [state, ...legs.map(({ state }: { state: string }) => state)]
  }
  t.strictSame(await state('reject', pinned, '--number', '0003*300', '--outcome', 'noAnswer'), [
    'ringing',
    ...['ringing', 'ringing', 'ringing', 'ended']
  ])
  t.strictSame(await state('reject', pinned, '--number', '0003*211'), [
    'ringing',
    ...['ringing', 'ringing', 'ended', 'ended']
  ])
  t.strictSame((await state('answer', pinned)).slice(0, 3), ['answered', 'answered', 'answered'])
  const transferring = ['--from', '0003*210', '--to', '0003*211', '--kind', 'attended']
  t.strictSame((await state('transfer', pinned, ...transferring)).slice(5), ['ringing', 'ringing'])
  t.strictSame((await state('answer', pinned, '--number', '0003*211')).slice(5), ['answered', 'answered'])
  t.strictSame((await state('complete', pinned, '--extension', '0003*210')).slice(5), ['ended', 'answered'])
  t.match(await ours('transfer', pinned, '--from', '0003*211', '--to', '0003*400'), {
    code: 0,
    out: /^F {2}0003\*211 {3}in {3}ended /m
  })
  const other = await client.calls.get(pinned)
  const last = other.legs.at(-1)?.callId ?? ''
  t.match(await ours('hangup', last), { code: 0, out: /, ended\n.*\nEnded: answered\. /s }, 'any leg names the call')
  const busy = await client.calls.place({ ...CALL, manual: true })
  const queue = await client.calls.place({ ...CALL, to: '0003*300', manual: true })
  t.match(await json('ring', queue.callId, '--number', '0003*210', '--via', '0003*300'), [
    { legs: [{}, {}, { via: '0003*300' }] }
  ])
  t.match(await json('hangup', busy.callId, '--number', '0003*210', '--outcome', 'busy'), [{ outcome: 'busy' }])
  t.match(await ours('hangup', queue.callId), { code: 0, out: /\nEnded: cancelled\. / })

  for (const [words, code, message] of [
    [['answer', pinned], 1, /is over: its state is ended/],
    [['answer', '17.0000001'], 1, /^No call has that callId/],
    [['answer', 'mine'], 2, /^callId must be .*got "mine"/],
    [['answer'], 2, /^callId is missing\. /],
    [['ring', pinned], 2, /^--number is missing/],
    [['reject', pinned], 2, /^--number is missing/],
    [
      ['reject', pinned, '--number', '0003*210', '--outcome', 'answered'],
      2,
      /^--outcome must be one of busy, noAnswer/
    ],
    [
      ['transfer', pinned, '--kind', 'warm'],
      2,
      /^--from is missing.*\n--to is missing.*\n--kind must be one of blind, att/
    ],
    [['complete', pinned], 2, /^--extension is missing/],
    [['hangup', pinned, '--number', 'x'], 2, /^--number must be /]
  ] as const) {
    const { code: actual, out, err } = await ours(...words)
    t.strictSame({ code: actual, out }, { code, out: '' }, words.join(' '))
    t.match(err, message)
  }
})

t.test("commands show and drive a call of the vendor's API", async t => {
  const { url, client, ours, json } = await begin(t, ['--log-level', 'silent'])
  await client.clock.freeze()
  const body = {
    extension: '210',
    phoneCallView: [{ source: ['0003*210', '0003*211'], destination: ['+40700000001'] }]
  }
  t.equal((await call(`${url}/uapi/phoneCalls/@me/simple`, { method: 'POST', body })).status, 200)
  const { calls } = await client.calls.list()
  const [{ callId, callApiId } = { callId: '', callApiId: '' }] = calls

  t.match(await ours('requests'), {
    out: /^id {5}at {12}operation {10}user .*\n\d+ +\S+ {2}phoneCalls\.create {2}12 {6}200 .* POST \/uapi/
  })
  t.match(await json('requests', '--operation', 'phoneCalls.create', '--extension', '0003*210'), [
    { extension: '0003*210' }
  ])
  t.match(await ours('verify', 'requests', '--operation', 'phoneCalls.create', '--count', '1'), { code: 0 })
  const missing = await ours('verify', 'deliveries', '--moment', 'dialOut')
  t.match(missing, { code: 3, err: /no source has picked up, and no moment happens before one does/ })

  t.match(await ours('ring', callId, '--number', '0003*300'), { code: 1, err: /only answer, reject and hangup/ })
  t.match(await ours('answer', callId), { code: 1, err: /0003\*210 and 0003\*211 are ringing: name the one/ })
  const left = await ours('reject', callId, '--number', '0003*210')
  t.match(left, { code: 0, err: '' })
  t.match(left.out, `Call ${callId} from 0003*210, 0003*211 to +40700000001, PhoneCall ${callApiId}, ringing\n\nA  `)
  t.notMatch(left.out, /Lanes:/, 'no lanes before the first moment')
  t.match(left.out, /due at \S+Z: answer 0003\*211\. Or drive the call\..*\n {2}uapi-emulator answer [\d.]+ --url/)
  const pickedUp = await ours('answer', callId)
  t.match(pickedUp.out, /^B {2}0003\*211 {6}out {2}ringing .*\nC {2}\+40700000001 {2}in {3}ringing /m)
  t.match(pickedUp.out, /^\S+ {4}B {2}dialOut {9}0003\*211 {3}CALLING out /m)
  await ours('answer', callId)
  const talking = await ours('answer', callId)
  t.match(talking, { code: 1, err: /answer/ })
  t.match(await ours('hangup', callId), { out: /^\S+ {4}B {2}hangup .*\n\nEnded: answered\. /m })

  t.match(await ours('fault', 'add', '--on', 'phoneCalls.create', '--extension', '0003*210', '--status', '503'), {
    out: '1  phoneCalls.create 0003*210: status 503 (always, 0 so far)\n'
  })
  t.equal((await call(`${url}/uapi/phoneCalls/@me/simple`, { method: 'POST', body })).status, 503)
  const refused = await ours('fault', 'add', '--on', 'phoneCalls.list', '--type', '0', '--status', '500')
  t.match(refused, { code: 2, err: /never matches: a request of PhoneCalls has no type/ })
  for (const render of [renderBash, renderZsh])
    for (const option of ['requests --operation', 'verify --operation', 'fault --on'])
      t.match(render(COMMANDS), new RegExp(`"${option}"\\) words="[^"]*phoneCalls\\.create`))
})

t.test('replay sends a webhook again', async t => {
  const receiver = await receive(t)
  const { url, client, ours, json } = await begin(t)
  await call(`${url}${EVENTS}/3`, { method: 'POST', body: { ...NEW_EVENT, url: `${receiver.url}/hook` } })
  const { callId } = await client.calls.place(CALL)
  await client.calls.ended(callId)
  const { deliveries } = await client.deliveries.list({ state: 'delivered' })
  const { id = '' } = deliveries[0] ?? {}
  const replayed = await ours('replay', id)
  t.match(replayed, { code: 0, err: '', out: /^Delivery \d+ is sent again: answerIncoming of 0003\*210, call \d/ })
  t.match(
    replayed.out,
    new RegExp(`\n {2}GET ${receiver.url}/hook → \\w+\nList its attempts: uapi-emulator deliveries --call `)
  )
  await client.idle({ timeoutMs: 20_000 })
  t.match(await json('replay', id), [{ id, attempts: [{}, {}] }])
  await client.idle({ timeoutMs: 20_000 })
  t.strictSame(new Set(receiver.received.map(({ target }) => target)).size, 1, 'the bytes are the same')
  t.equal(receiver.received.length, 3)
  t.match(await ours('replay', '999'), { code: 1, err: /^No delivery has that id/ })
  for (const [words, message] of [
    [[], /^id is missing\. /],
    [['x'], /^id must be /],
    [[id, '--method', 'PUT'], /^--method must be one of GET, POST; got "PUT"/],
    [[id, '--parameter', 'CallID'], /^--parameter must be a text such as CallStatus=ANSWER; got "CallID"/],
    [[id, '--parameter', 'CallID=1', '--without', 'CallID'], /^Parameter CallID is given more than once/]
  ] as const) {
    t.match(await ours('replay', ...words), { code: 2, out: '', err: message }, words.join(' '))
  }
})

t.test('the options of replay are the changes of its request', async t => {
  const none = { webhookUrl: undefined, method: undefined, parameter: [], without: [] }
  t.strictSame(changesOf(none), {})
  t.strictSame(changesOf({ ...none, webhookUrl: 'http://127.0.0.1:9/', method: 'POST' }), {
    url: 'http://127.0.0.1:9/',
    method: '1'
  })
  t.strictSame(changesOf({ ...none, method: 'GET', parameter: ['CallerIDName=a=b', 'New='], without: ['CallID'] }), {
    method: '0',
    parameters: { CallerIDName: 'a=b', New: '', CallID: null }
  })
})

t.test('the examples of the commands for calls run as printed', async t => {
  const receiver = await receive(t)
  const { url, client } = await begin(t, ['--log-level', 'silent'])
  const { callId } = { callId: '1479144949.4665265' }
  const manual = { ...CALL, callId, manual: true }
  const answered = async () => {
    await client.calls.place(manual)
    await client.calls.answer(callId)
  }
  /** The state that the examples of a command begin with. */
  const states: Record<string, (example: string) => Promise<unknown>> = {
    call: () => client.clock.freeze(), // so that nothing is waited for
    ring: example =>
      client.calls.place({ ...manual, to: example.includes('--via') ? '0003*300' : '0003*210', from: '+40722000111' }),
    answer: () => client.calls.place(manual),
    reject: () => client.calls.place(manual),
    transfer: answered,
    async complete() {
      await answered()
      await client.calls.transfer(callId, { from: '0003*210', to: '0003*300', kind: 'attended' })
      await client.calls.answer(callId, { number: '0003*300' })
    },
    hangup: () => client.calls.place(manual),
    async replay() {
      await call(`${url}${EVENTS}/0/${PAGE_EVENT}`, { method: 'PUT', body: { url: receiver.url } })
      await client.calls.place(CALL)
      await client.idle({ timeoutMs: 20_000 })
    }
  }
  const steps = join(t.testdir({ 'call.json': '{"to":"0003*210","steps":[{"hangup":"all"}]}' }), 'call.json')
  for (const [name, prepare] of Object.entries(states)) {
    for (const example of COMMANDS.find(command => command.name === name)?.examples ?? []) {
      await client.reset()
      await prepare(example)
      const ids = (await client.deliveries.list()).deliveries.map(({ id }) => id) // they rise across a reset
      const words = example.matchAll(/(?:[^\s']|'[^']*')+/g)
      const [, ...args] = [...words].map(([word]) =>
        word
          .replaceAll("'", '')
          .replace('call.json', steps)
          .replace(/^1$/, () => ids[0] ?? '')
      )
      t.match(await runHere(args, { UAPI_EMULATOR_URL: url }), { code: 0, err: '' }, example)
    }
  }
})

t.test('fault adds, lists, releases, removes and clears faults', async t => {
  const { url, client, ours, json } = await begin(t)
  t.match(await ours('fault', 'list'), { code: 0, out: 'No faults.\n' })
  t.match(await ours('fault', 'add', '--on', 'create', '--status', '503', '--times', '1'), {
    code: 0,
    out: '1  create: status 503 (1 times, 0 so far)\n'
  })
  t.equal((await call(`${url}${EVENTS}/1`, { method: 'POST', body: NEW_EVENT })).status, 503)
  const [held] = await json('fault', 'add', '--on', 'delivery', '--extension', '0003*210', '--hold', '--skip', '0')
  t.match(held, { id: '2', on: { operation: 'delivery', extension: '0003*210' }, do: { hold: true }, times: null })
  await client.calls.place(CALL)
  t.match(await json('fault', 'list'), [{ id: '1', hits: 1 }, { id: '2' }])
  t.match(await ours('fault', 'list'), { out: /^1 {2}create: .*1 so far\)\n2 {2}delivery 0003\*210: hold \(always/ })
  t.match(await ours('fault', 'release', '2'), { code: 0, out: /^Released fault 2: / })
  t.match(await json('fault', 'remove', '2'), [{ id: '2', removed: true }])
  t.match(await ours('fault', 'remove', '2'), { code: 1, err: /fault/ })
  for (const [words, effect] of [
    [['--on', 'list', '--delay', '1.5s'], { delayMs: 1500 }],
    [['--on', 'list', '--drop', 'reset'], { drop: 'reset' }],
    [['--on', 'delivery', '--drop', 'true'], { drop: true }],
    [['--on', 'delivery', '--duplicate', '2'], { duplicate: 2 }],
    [['--on', 'delivery', '--duplicate', '2', '--concurrent'], { duplicate: 2, concurrent: true }],
    [['--on', 'delivery', '--delay', '2h', '--clock', 'sandbox'], { delayMs: 7_200_000, clock: 'sandbox' }],
    [
      ['--on', 'delivery', '--parameter', 'CallStatus=BUSY', '--without', 'CallAPIID'],
      { change: { parameters: { CallStatus: 'BUSY', CallAPIID: null } } }
    ]
  ] as const) {
    t.strictSame((await json('fault', 'add', ...words))[0].do, effect, words.join(' '))
  }
  t.strictSame(
    (await json('fault', 'add', '--on', 'delivery', '--moment', 'hangup', '--call', '1.0000001', '--hold'))[0].on,
    {
      operation: 'delivery',
      callId: '1.0000001',
      moment: 'hangup'
    }
  )
  t.match(await ours('fault', 'clear'), { code: 0, out: 'Removed all faults.\n' })
  t.strictSame(await json('fault', 'list'), [])
  for (const [words, message] of [
    [['add', '--status', '503'], /--on is missing\. Operation that fails/],
    [['add', '--on', 'create'], /The effect is missing\. Give one of --status, --code, --delay/],
    [['list', '--status', '503'], /--status does not go with fault list/],
    [['remove'], /^id is missing\. Id of the fault/],
    [['release', 'x'], /^id must be a text such as 1; got "x"/],
    [['break'], /action must be one of add, list, remove, clear, release/],
    [['add', '--on', 'create', '--hold'], /hold/],
    [['add', '--on', 'create', '--moment', 'hangup', '--status', '500'], /moment/],
    [['add', '--on', 'delivery', '--hold', '--concurrent'], /concurrent/],
    [['add', '--on', 'delivery', '--concurrent'], /The effect is missing/],
    [['add', '--on', 'delivery', '--delay', '2m'], /^--delay must be at most 1m of wall time; got 2m/],
    [['add', '--on', 'delivery', '--event', 'nope', '--hold'], /^--event must be the id/]
  ] as const) {
    const { code, out, err } = await ours('fault', ...words)
    t.strictSame({ code, out }, { code: 2, out: '' }, words.join(' '))
    t.match(err, message)
  }
})

t.test('clock prints, freezes, sets, advances and runs the clock', async t => {
  const { client, ours, json } = await begin(t)
  t.match(await ours('clock'), { code: 0, out: /^\d{4}-.*Z running\n$/ })
  t.match(await ours('clock', 'freeze', '2030-01-01T00:00:00Z'), { out: '2030-01-01T00:00:00.000Z frozen\n' })
  t.strictSame(await json('clock', 'set', '2031-01-01T00:00:00Z'), [
    { mode: 'frozen', now: '2031-01-01T00:00:00.000Z' }
  ])
  await client.calls.place({ ...CALL, ringMs: 2000 })
  t.match(await ours('clock', 'advance', '45s'), {
    code: 0,
    out: /^2031-01-01T00:00:45\.000Z frozen\n\d+ moments, \d+ deliveries on the way\n/
  })
  t.match(await json('clock', 'advance', '2031-01-01T00:01:00Z'), [{ now: '2031-01-01T00:01:00.000Z', moments: [] }])
  t.match(await ours('clock', 'run'), { out: /^2031-01-01T00:01:.* running\n$/ })
  for (const [words, message] of [
    [['advance'], /^time is missing\./],
    [['set', '45s'], /time must be an ISO 8601 time with an offset such as .*"45s"/],
    [['advance', 'soon'], /or a duration with its unit such as 45s or 500ms; got "soon"/],
    [['show', '45s'], /time does not go with show/],
    [['stop'], /action must be one of show, freeze, run, advance, set/]
  ] as const) {
    t.match(await ours('clock', ...words), { code: 2, out: '', err: message }, words.join(' '))
  }
})

t.test('phone sets, lists, shows and removes phones', async t => {
  const { client, ours, json } = await begin(t)
  t.match(await ours('phone', 'list'), { code: 0, out: 'No phones.\n' })
  t.match(await ours('phone', 'show', '0003*211'), { out: '0003*211  answered  rings 500ms, talks 30s\n' })
  t.match(await ours('phone', 'set', '0003*211', '--outcome', 'busy', '--ring', '2s', '--talk', '1m'), {
    code: 0,
    out: '0003*211  busy  rings 2s, talks 1m\n'
  })
  for (const [words, phone] of [
    [['0003*211', '--ring', '1.5s'], { number: '0003*211', outcome: 'answered', ringMs: 1500, talkMs: 30_000 }],
    [
      ['+40722000111', '--talk', '24h'],
      { number: '+40722000111', outcome: 'answered', ringMs: 500, talkMs: 86_400_000 }
    ],
    [
      ['#31#', '--outcome', 'noAnswer', '--ring', '0'],
      { number: '#31#', outcome: 'noAnswer', ringMs: 0, talkMs: 30_000 }
    ]
  ] as const) {
    t.strictSame(await json('phone', 'set', ...words), [phone], words.join(' '))
    t.strictSame(await json('phone', 'show', words[0]), [phone])
  }
  t.match(await json('phone', 'list'), [{ number: '0003*211' }, { number: '+40722000111' }, { number: '#31#' }])
  t.equal((await ours('phone', 'list')).out.split('\n').length, 4)
  t.match(await ours('phone', 'remove', '#31#'), { code: 0, out: 'Removed the phone of #31#.\n' })
  t.match(await ours('phone', 'remove', '#31#'), { code: 1, err: /^No phone was set for that number/ })
  t.strictSame(await json('phone', 'remove', '0003*211'), [{ number: '0003*211', removed: true }])
  t.match(await ours('phone', 'remove', '--all'), { code: 0, out: 'Removed all phones: 1.\n' })
  t.strictSame(await json('phone', 'remove', '--all'), [{ cleared: 0 }])
  for (const [words, message] of [
    [['set'], /^number is missing\. Number of the party/],
    [['show'], /^number is missing/],
    [['remove'], /^number is missing\. Give one, or --all for all phones\.\n$/],
    [['remove', '7', '--all'], /^number and --all exclude each other/],
    [['list', '7'], /^number does not go with list/],
    [['set', '7', '--all'], /^--all does not go with set/],
    [['show', '7', '--ring', '2s'], /^--ring does not go with show/],
    [['set', '7', '--outcome', 'BUSY'], /^--outcome must be one of answered, busy, .*; got "BUSY"/],
    [['set', '7', '--ring', 'soon'], /^--ring must be a time with its unit such as 2s, .*up to 1d; got "soon"/],
    [['set', '7', '--talk', '25h'], /^--talk must be a time with its unit such as .*; got "25h"/],
    [['set', 'desk'], /^number must be .*; got "desk"/],
    [['set', '0003*999'], /names "0003\*999", which does not exist; known are "0003\*210"/],
    [['clear'], /^action must be one of set, list, show, remove; got "clear"/]
  ] as const) {
    t.match(await ours('phone', ...words), { code: 2, out: '', err: message }, words.join(' '))
  }
  t.equal((await client.phones.list()).total, 0)
})

t.test('snapshot takes, lists, shows, restores and removes snapshots', async t => {
  const { client, ours, json } = await begin(t)
  t.match(await ours('snapshot', 'list'), { code: 0, out: 'No snapshots.\n' })
  t.match(await ours('snapshot', 'take', 'before'), { code: 0, out: /^before {2}\S+Z {2}2 organizations/ })
  const before = await client.fixtures.export()
  await client.reset('empty')
  const shown = await ours('snapshot', 'show', 'before')
  t.strictSame([shown.code, JSON.parse(shown.out)], [0, before])
  t.match(shown.out, /^\{\n {2}"organizations"/, 'readable, as export prints it')
  t.strictSame(await json('snapshot', 'show', 'before'), [before])
  t.match(await ours('snapshot', 'show', 'none'), { code: 1, err: /No snapshot has that name/ })
  t.match(await ours('snapshot', 'show'), { code: 2, err: /^name is missing/ })
  t.match(await ours('snapshot', 'restore', 'before'), { code: 0, out: /^Restored before: 2 organizations/ })
  t.match(await json('snapshot', 'list'), [{ name: 'before', counts: { organizations: 2 } }])
  t.strictSame(await json('snapshot', 'remove', 'before'), [{ name: 'before', removed: true }])
  t.match(await ours('snapshot', 'restore', 'before'), { code: 1, err: /No snapshot has that name/ })
  t.match(await ours('snapshot', 'take'), { code: 2, err: /^name is missing/ })
  t.match(await ours('snapshot', 'list', 'before'), { code: 2, err: /^name does not go with list/ })
  t.match(await ours('snapshot', 'take', 'a b'), { code: 2, err: /^name must be a text such as before-checkout/ })
})

t.test('sandbox creates sandboxes, and every command works in them', async t => {
  const { url, client, ours, json } = await begin(t)
  t.match(await ours('sandbox', 'list'), { code: 0, out: 'No sandboxes.\n' })
  t.match(await ours('sandbox', 'create', 'worker-1'), { code: 0, out: `${url}/sandboxes/worker-1\n` })
  t.match(await json('sandbox', 'create', '--fixture', 'empty'), [{ url: /\/sandboxes\// }])
  t.match(await json('sandbox', 'list'), [{ name: 'worker-1' }, {}])
  t.match(await ours('sandbox', 'list'), { out: /^worker-1 {2}http\S+\/sandboxes\/worker-1 {2}idle \d+m?s\n/ })

  const inside = (...words: string[]) => ours(...words, '--sandbox', 'worker-1')
  const own = createClient({ url: `${url}/sandboxes/worker-1` })
  t.teardown(own.close)
  const file = join(t.testdir({ 'a.json': '{"organizations":[{"id":"9","name":"Nine"}]}' }), 'a.json')
  t.match(await inside('seed', file), { code: 0 })
  t.ok((await own.directory()).organizations.some(({ id }) => id === '9'))
  t.notOk((await client.directory()).organizations.some(({ id }) => id === '9'))
  t.match(await inside('call', '--from', CALL.from, '--to', CALL.to), { code: 0 })
  t.match([(await own.calls.list()).total, (await client.calls.list()).total], [1, 0])
  for (const [words, code] of [
    [['deliveries'], 0],
    [['requests'], 0],
    [['verify', 'requests', '--max', '0'], 0],
    [['export'], 0],
    [['snapshot', 'take', 'a'], 0],
    [['clock', 'freeze'], 0],
    [['phone', 'set', '7'], 0],
    [['fault', 'add', '--on', 'create', '--status', '500'], 0],
    [['token', await someUser(own)], 0],
    [['session', await someUser(own)], 0],
    [['reset'], 0]
  ] as const) {
    const ended = await inside(...words)
    t.equal(ended.code, code, `${words.join(' ')} ${ended.err}`)
  }
  t.strictSame([(await client.snapshots.list()).total, (await client.faults.list()).total], [0, 0])
  t.equal((await runHere(['clock'], { UAPI_EMULATOR_URL: url, UAPI_EMULATOR_SANDBOX: 'worker-1' })).code, 0)
  const beside = await runHere(['clock', '--url', `${url}/sandboxes/other/`, '--sandbox', 'worker-1'])
  t.equal(beside.code, 0, 'a sandbox of a sandbox is beside it')
  t.match(await ours('sandbox', 'end', 'worker-1'), { code: 0, out: 'Ended worker-1.\n' })
  t.match(await inside('clock'), { code: 1, err: /There is no sandbox of this name/ })
  t.match(await ours('sandbox', 'end'), { code: 2, err: /^name is missing/ })
  t.match(await ours('sandbox', 'list', '--fixture', 'empty'), { code: 2, err: /--fixture does not go with list/ })
  t.match(await ours('clock', '--sandbox', 'A B'), { code: 2, err: /--sandbox must be a text such as worker-1/ })
})

t.test('token prints a valid token, and session the headers of a valid session', async t => {
  const { url, client, ours, json } = await begin(t)
  const user = await someUser(client)
  const { code, out } = await ours('token', user)
  t.equal(code, 0)
  t.not((await call(`${url}${EVENTS}`, { token: out.trim() })).status, 401)
  t.match(await json('token', user, '--expires-in', '1h'), [{ accessToken: String, expiresAt: /Z$/ }])
  t.match(await ours('token', 'nobody'), { err: /nobody/ })
  t.match(await ours('token', user, '--expires-in', '1500ms'), { code: 2, err: /--expires-in must be a time of whole/ })
  t.match(await ours('token', '@me'), { code: 2, err: /^user must be a text such as 12; got "@me"/ })
  t.match(await ours('token', 'http://a:b@c'), { code: 2, err: /got "http:\/\/…@c"/ }, 'credentials are not printed')
  t.match(await ours('session', user), { code: 0, out: /^cookie: dev=.*; vn=.*\nx-xsrf-token: \S+\n$/ })
  t.match(await json('session', user), [{ cookie: String, xsrfToken: String }])
})

t.test('validate', async t => {
  t.test('prints the place of each problem, and exits with 2', async t => {
    const folder = t.testdir({
      'a.json': `{
  "organizations": [{ "id": "3", "name": "Three" }],
  "users": [
    { "id": "7", "name": "Seven", "organization": "4", "role": "user" },
    { "id": "8",
      "name": "Eight", "organization": "3", "role": "king" }
  ]
}
`,
      'b.json': '{\n  "users": ]\n}\n'
    })
    const [a, b] = ['a', 'b'].map(name => join(folder, `${name}.json`)) as [string, string]
    const { code, out, err } = await runHere(['validate', a])
    t.strictSame({ code, err }, { code: 2, err: '' })
    t.match(out, `${a}:4:35: $.users[0].organization `)
    t.match(out, `${a}:6:45: $.users[1].role `)
    const json = await runHere(['validate', a, '--json'])
    t.match(JSON.parse(json.out.split('\n').find(line => line.includes('role')) ?? ''), {
      file: a,
      line: 6,
      column: 45,
      path: '$.users[1].role'
    })
    t.match(await runHere(['validate', b]), { code: 2, out: `${b}:2:12: is not JSON: syntax error\n` })
    t.match(await runHere(['validate', folder]), { code: 2, out: /^\S+b\.json:2:12/ })
    t.match(await runHere(['validate', '/nothing']), { code: 2, err: /^\/nothing: there is no such file/ })
    t.match(await runHere(['validate', 'default', 'call-centre']), {
      code: 0,
      out: /^default: no problem\ncall-centre: /
    })
    t.match(await runHere(['validate', 'default', '--json']), { code: 0, out: '' })
  })

  t.test('names the nearest existing place of a missing member', async t => {
    const text = '{\n  "users": [\n    {"id": "7"}\n  ]\n}'
    t.match(await findProblems([{ name: 'a', text, document: JSON.parse(text) }]), [{ file: 'a', line: 3 }])
    t.match(await findProblems([{ name: 'a', text: '7', document: 7 }]), [{ file: 'a', line: 1, column: 1 }])
    t.match(await findProblems([{ name: 'a', text: '{"a.b":\n1}', document: { 'a.b': 1 } }]), [{ line: 1, column: 2 }])
  })
})

t.test('openapi prints the OpenAPI document of the package, or of a running emulator', async t => {
  const { ours, json } = await begin(t)
  for (const name of ['uapi', 'control']) {
    const document = JSON.parse(readFileSync(join(ROOT, 'docs', 'openapi', `${name}.json`), 'utf8'))
    const alone = await runHere(['openapi', name])
    t.equal(alone.code, 0)
    t.strictSame(JSON.parse(alone.out), document)
    t.strictSame(JSON.parse((await ours('openapi', name)).out).info, document.info)
    t.equal((await json('openapi', name)).length, 1)
  }
  t.match(await runHere(['openapi', 'else']), { code: 2, err: /document must be one of uapi, control/ })
  t.match(await runHere(['openapi', '--url', 'http://127.0.0.1:1']), { code: 1, err: /127\.0\.0\.1:1/ })
})

t.test('the completion scripts', async t => {
  const script = join(t.testdir(), 'completion.sh')
  const bash = await runHere(['completion', 'bash'])
  t.strictSame([bash.code, bash.out], [0, renderBash(COMMANDS)])
  writeFileSync(script, bash.out)
  const complete = async (...words: string[]) => {
    const line = words.map(word => `'${word}'`).join(' ')
    const run = `source ${script}; COMP_WORDS=(uapi-emulator ${line}); COMP_CWORD=${words.length}; _uapi_emulator; echo "$\{COMPREPLY[@]}"`
    const { out, err } = await runShell(`bash -c ${JSON.stringify(run).replaceAll('$', '\\$')}`)
    t.equal(err, '', words.join(' '))
    return out.trim().split(' ')
  }
  const hasBash = (await runShell('command -v bash')).code === 0

  t.test(
    'complete the commands and options of the tables, in bash',
    { skip: !hasBash && 'there is no bash here' },
    async t => {
      t.strictSame(
        await complete(''),
        COMMANDS.map(({ name }) => name)
      )
      t.strictSame(await complete('sna'), ['snapshot'])
      t.strictSame(await complete('snapshot', ''), ['take', 'list', 'show', 'restore', 'remove'])
      t.strictSame(await complete('openapi', 'c'), ['control'])
      t.strictSame(await complete('call', '--ou'), ['--outcome'])
      t.match(await complete('call', '--outcome', ''), ['answered', 'busy'])
      t.strictSame(await complete('--dura'), ['--durability'], 'the default command is completed, too')
      t.strictSame(await complete('--durability', 'f'), ['full'])
      t.strictSame(await complete('fault', 'add', '--on', 'de'), ['delete', 'delivery'])
      t.strictSame(await complete('validate', 'a.json', script.slice(0, -1)), [script])
      for (const { name, options } of COMMANDS) {
        const offered = await complete(name, '--')
        for (const row of Object.values(options)) {
          if (!('argument' in row)) t.ok(offered.includes(`--${row.flag}`), `${name} --${row.flag}`)
        }
      }
    }
  )

  t.test(
    'are understood by zsh',
    { skip: (await runShell('command -v zsh')).code !== 0 && 'there is no zsh' },
    async t => {
      writeFileSync(script, renderZsh(COMMANDS))
      t.match(
        await runShell(`zsh -f -c 'autoload -U compinit; compinit -D; source ${script}; whence -w _uapi_emulator'`),
        {
          code: 0,
          out: '_uapi_emulator: function\n'
        }
      )
    }
  )
  t.match(await runHere(['completion', 'zsh']), { code: 0, out: /^#compdef uapi-emulator\n/ })
  t.match(await runHere(['completion', 'fish']), { code: 2, err: /shell must be one of bash, zsh/ })
})

t.test('the help of every command has exit codes and examples', async t => {
  for (const { name, options } of COMMANDS) {
    const { code, out } = await runHere([name, '--help'])
    t.equal(code, 0)
    t.match(out, 'Exit codes: 0', name)
    if (name !== 'healthcheck') t.match(out, new RegExp(`uapi-emulator ${name}`), name)
    for (const row of Object.values(options)) t.match(out, 'argument' in row ? row.flag : ` --${row.flag}`, name)
    for (const line of out.split('\n')) t.ok(line.length <= 250, `${name}: ${line}`)
  }
  t.match((await runHere(['verify', '--help'])).out, /3 not verified/)
  t.match((await runHere(['seed', '--help'])).out, /Usage: uapi-emulator seed \[options\] <file\.\.\.>/)
  t.match((await runHere(['snapshot', '--help'])).out, /<action> \[name\]/)
})

t.test('when no emulator answers, every command explains it and exits with 1', async t => {
  for (const words of [
    ['reset'],
    ['seed', 'default'],
    ['export'],
    ['requests'],
    ['requests', '--follow'],
    ['events'],
    ['users'],
    ['extensions'],
    ['verify', 'requests'],
    ['fault', 'list'],
    ['clock'],
    ['phone', 'list'],
    ['snapshot', 'list'],
    ['sandbox', 'list'],
    ['token', '12'],
    ['session', '12'],
    ['answer', '1479144949.4665265'],
    ['hangup', '1479144949.4665265'],
    ['replay', '1']
  ]) {
    const { code, out, err } = await runHere([...words, '--url', 'http://127.0.0.1:1'])
    t.strictSame({ code, out }, { code: 1, out: '' }, words.join(' '))
    t.match(err, /127\.0\.0\.1:1/)
  }
})

t.test('lists are printed as readable text', async t => {
  const none = {
    organizations: 0,
    users: 0,
    extensions: 0,
    apps: 0,
    tokens: 0,
    sessions: 0,
    phoneCallEvents: 0,
    phones: 0
  }
  t.equal(renderCounts(none), 'nothing')
  t.equal(renderCounts({ ...none, organizations: 1, phoneCallEvents: 2 }), '1 organization, 2 phone call events')
  t.equal(renderCounts({ ...none, phones: 1 }), '1 phone')
})

const someUser = async (client: ReturnType<typeof createClient>): Promise<string> =>
  (await client.directory()).users[0]?.id ?? ''
