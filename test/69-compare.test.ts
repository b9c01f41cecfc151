import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { Compile } from 'typebox/schema'
import { citations } from '../scripts/citations.mjs'
import { issueAuthority, issueServerCertificate } from '../src/cli/serve/certificate/issue.js'
import { compareValues } from '../src/domain/comparing/compare-values.js'
import { createIdentities } from '../src/domain/comparing/identities.js'
import { replayedRequest } from '../src/domain/comparing/replayed-request.js'
import type { EventType } from '../src/schema/event-type.js'
import type { Fixture } from '../src/schema/fixture.js'
import { type Comparison, Comparison as ComparisonSchema } from '../src/schema/recordings/comparison.js'
import { type Corpus, isCorpus } from '../src/schema/recordings/corpus.js'
import type { Settings } from '../src/schema/settings.js'
import { randomId } from '../src/service/new-id.js'
import { PAGE_EVENT, type Running, readFixture, start, TOKENS } from './support/emulator.js'
import { recordPlainly } from './support/plain-recorder.js'
import { ROOT, runHere, startHere } from './support/program.js'
import { receive } from './support/receiver.js'
import { runSession } from './support/recorded-session.js'
import { record } from './support/recorder.js'
import { listen } from './support/recording.js'

/** A recorded session with an emulator that has settings of its own, as files in a folder of the test. */
async function recordSession(
  t: Test,
  settings: Partial<Settings> = {},
  prepare: (upstream: Running) => Promise<void> = async () => {},
  recordWith: typeof record = (t, upstream) => recordPlainly(t, upstream, 0)
) {
  const fixture = { ...readFixture('default'), settings }
  const upstream = await start(t, { fixture, machineClock: () => new Date(), newId: randomId })
  const recorder = await recordWith(t, upstream.url)
  await prepare(upstream)
  await runSession({ base: recorder.base, upstream: upstream.url, hook: recorder.hook })
  const recorded = await recorder.recordings()
  const folder = mkdtempSync(join(tmpdir(), 'compare-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const write = (name: string, text: string) => {
    const path = join(folder, name)
    writeFileSync(path, text)
    return path
  }
  return {
    write,
    folder,
    exchanges: write('exchanges.jsonl', recorded.exchanges),
    webhooks: write('webhooks.jsonl', recorded.webhooks),
    fixture: write('fixture.json', JSON.stringify(fixture))
  }
}

const compare = async (...words: string[]) => {
  const ended = await runHere(['compare', ...words, '--json'])
  const comparison: Comparison = JSON.parse(ended.out)
  return { ...ended, comparison }
}

t.test('a session that the emulator repeats has no difference', async t => {
  const { exchanges, webhooks, fixture } = await recordSession(t)
  const { code, err, comparison } = await compare(exchanges, webhooks, '--fixture', fixture)
  t.strictSame(comparison.differences, [])
  t.equal(err, '')
  t.equal(code, 0)
  t.strictSame(comparison.notCompared, [])
})

t.test('with the learned fixture a session has no difference, whatever the settings of the PBX', async t => {
  const check = async (settings: Partial<Settings>) => {
    const { exchanges, webhooks } = await recordSession(t, settings, undefined, record)
    const { code, err, comparison } = await compare(exchanges, webhooks)
    t.strictSame(comparison.differences, [], JSON.stringify(settings))
    t.strictSame(comparison.notCompared, [], JSON.stringify(settings))
    t.equal(err, '')
    t.equal(code, 0)
  }
  const all: Partial<Settings>[] = [
    {},
    { listEnvelope: 'object', emptyCollection: 200, invalidTokenStatus: 403 },
    { callFlowCase: 'upper', absentParameters: 'empty', hangupStatus: 'unknown', callIds: 'perCall' },
    { hangupStatus: 'hangup', phoneCallNumbers: 'number', tokenLifetimeSeconds: 120, timeZone: 'Europe/Bucharest' }
  ]
  await Promise.all(all.map(check))
})

const OF_USER = ['--token', TOKENS.user, '--extension', '0003*210']

t.test('the corpus finds no difference between two emulators, and changes nothing', async t => {
  const { url, ask } = await start(t, { newId: randomId })
  const state = async () => (await ask('GET', '/_emulator/fixtures', { as: null })).body
  const before = await state()
  const { code, err, comparison } = await compare('--upstream', url, ...OF_USER)
  t.strictSame(comparison.differences, [])
  t.strictSame(comparison.notCompared, [])
  t.equal(comparison.exchanges, readCorpus().requests.length)
  t.equal(err, '')
  t.equal(code, 0)
  t.strictSame(await state(), before)
  for (const list of ['calls', 'deliveries', 'faults', 'caught'])
    t.equal((await ask('GET', `/_emulator/${list}`, { as: null })).body.total, 0, list)
})

/** An exchange or a webhook of a recording, for a test to change. */
// biome-ignore lint/suspicious/noExplicitAny: tests change any member
type Line = any

/** A recording with some of its lines changed, as another PBX would have answered. */
const changeLines = (text: string, change: (line: Line) => void): string =>
  text
    .split('\n')
    .filter(line => line !== '')
    .map((line, at) => {
      const value: Line = JSON.parse(line)
      if (at > 0) change(value)
      return `${JSON.stringify(value)}\n`
    })
    .join('')

/** Changes the JSON of the answers to requests that a pattern describes: method, target and status. */
const answersTo =
  (pattern: RegExp, change: (body: Line) => void) =>
  ({ request, response }: Line) => {
    if (response?.body === undefined || !pattern.test(`${request.method} ${request.target} ${response.status}`)) return
    const body: Line = JSON.parse(response.body.text)
    change(body)
    response.body.text = JSON.stringify(body)
  }

/** Changes the form of the webhooks with a CallStatus and a CallFlow. */
const webhooksOf =
  (status: string, flow: string, change: (form: string) => string) =>
  ({ request }: Line) => {
    if (!(request.target + (request.body?.text ?? '')).includes(`CallStatus=${status}&CallFlow=${flow}`)) return
    if (request.body === undefined) request.target = request.target.replace(/CallID=.*$/, change)
    else request.body.text = change(request.body.text)
  }

const removeHeader = (wanted: string) => (headers: string[][]) =>
  headers.filter(([name]) => name?.toLowerCase() !== wanted)

const moveFirst = (members: Line, name: string): void => {
  const rest = { ...members }
  for (const other of Object.keys(rest)) delete members[other]
  Object.assign(members, { [name]: rest[name] }, rest)
}

const UPDATED = /^PUT .*phoneCallEvents.* 200$/
const REFUSED = /count=0 400$/

/** Changes of a behaviour of the PBX, and the one difference that each makes. */
const CHANGED_ANSWERS: [what: string, change: (line: Line) => void, kind: string, member?: string][] = [
  [
    'the status for nothing',
    ({ request, response }) => {
      if (request.method === 'DELETE' && response.status === 204) response.status = 404
    },
    'status'
  ],
  [
    'a header that is not sent',
    ({ request, response }) => {
      if (request.target === '/oauth/token.php' && response.status === 200)
        response.headers = removeHeader('cache-control')(response.headers)
    },
    'headerExtra',
    'Cache-Control'
  ],
  [
    'a header that only the PBX sends',
    ({ response }) => {
      if (response.status === 401) response.headers.push(['X-Powered-By', 'PBX'])
    },
    'headerMissing',
    'X-Powered-By'
  ],
  [
    'the letter case of a header',
    ({ request, response }) => {
      if (REFUSED.test(`${request.target} ${response.status}`))
        response.headers = response.headers.map(([name, value]: string[]) =>
          name === 'Content-Type' ? ['content-type', value] : [name, value]
        )
    },
    'headerCase',
    'content-type'
  ],
  [
    'the value of a header',
    ({ request, response }) => {
      if (REFUSED.test(`${request.target} ${response.status}`))
        response.headers = [...removeHeader('content-type')(response.headers), ['Content-Type', 'text/plain']]
    },
    'headerValue',
    'Content-Type'
  ],
  [
    'a body that is no JSON',
    ({ request, response }) => {
      if (REFUSED.test(`${request.target} ${response.status}`)) response.body = { text: 'count' }
    },
    'body'
  ],
  [
    'a member that is missing',
    answersTo(UPDATED, ({ PhoneCallEvent }) => delete PhoneCallEvent.modified),
    'memberExtra',
    '$.PhoneCallEvent.modified'
  ],
  [
    'a further member',
    answersTo(UPDATED, ({ PhoneCallEvent }) => Object.assign(PhoneCallEvent, { owner: '12' })),
    'memberMissing',
    '$.PhoneCallEvent.owner'
  ],
  [
    'a number in the place of a text',
    answersTo(UPDATED, ({ PhoneCallEvent }) => Object.assign(PhoneCallEvent, { status: 0 })),
    'kind',
    '$.PhoneCallEvent.status'
  ],
  [
    'the order of members',
    answersTo(UPDATED, ({ PhoneCallEvent }) => moveFirst(PhoneCallEvent, 'url')),
    'memberOrder',
    '$.PhoneCallEvent'
  ],
  [
    'the code of an error',
    answersTo(REFUSED, ({ error }) => Object.assign(error, { code: 'count_wrong' })),
    'value',
    '$.error.code'
  ],
  [
    'a count',
    answersTo(/sortOrder=desc 200$/, ([page]) => Object.assign(page, { itemsPerPage: 25 })),
    'value',
    '$[].itemsPerPage'
  ],
  [
    'the form of a time',
    answersTo(UPDATED, ({ PhoneCallEvent }) =>
      Object.assign(PhoneCallEvent, { modified: PhoneCallEvent.modified.replace(/:(\d\d)$/, '$1') })
    ),
    'form',
    '$.PhoneCallEvent.modified'
  ],
  [
    'the path of an address',
    answersTo(UPDATED, ({ PhoneCallEvent: { links } }) =>
      Object.assign(links, { self: links.self.replace('/uapi/', '/api/') })
    ),
    'form',
    '$.PhoneCallEvent.links.self'
  ],
  [
    'an entry that is missing',
    answersTo(/count=2&startIndex=1/, ([page]) => page.entry.pop()),
    'entries',
    '$[].entry[]'
  ],
  [
    'the order of entries',
    answersTo(/count=2&startIndex=1/, ([page]) => page.entry.reverse()),
    'entryOrder',
    '$[].entry[]'
  ],
  [
    'an answer that breaks off',
    line => {
      if (!REFUSED.test(`${line.request.target} ${line.response.status}`)) return
      delete line.response
      line.failure = { code: 'upstream_reset', message: 'The upstream reset the connection.' }
    },
    'noAnswer'
  ]
]

const CHANGED_WEBHOOKS: typeof CHANGED_ANSWERS = [
  [
    'a parameter that is missing',
    webhooksOf('CALLING', 'out', form => form.replace(/&CalledDID=[^&]*/, '')),
    'parameterExtra',
    'CalledDID'
  ],
  ['a further parameter', webhooksOf('CALLING', 'in', form => `${form}&EventType=0`), 'parameterMissing', 'EventType'],
  [
    'the order of parameters',
    webhooksOf('CALLING', 'in', form => form.replace(/^(CallID=[^&]*)&(CallerIDNum=[^&]*)/, '$2&$1')),
    'parameterOrder'
  ],
  [
    'a value',
    webhooksOf('BUSY', 'in', form => form.replace('CallStatus=BUSY', 'CallStatus=USERBUSY')),
    'value',
    'CallStatus'
  ],
  [
    'how a value is written',
    webhooksOf('CALLING', 'out', form => form.replace('Front+Desk', 'Front%20Desk')),
    'form',
    'CallerIDName'
  ],
  [
    'the form of an id',
    webhooksOf('BUSY', 'in', form => form.replace(/(CallID=\d+\.\d{5})\d\d/, '$1')),
    'form',
    'CallID'
  ],
  [
    'the content type',
    ({ request }) => {
      if (request.target === '/211/0')
        request.headers = [...removeHeader('content-type')(request.headers), ['Content-Type', 'application/json']]
    },
    'contentType'
  ],
  [
    'the method',
    ({ request }) => {
      if (request.target === '/211/0') request.method = 'PUT'
    },
    'method'
  ]
]

t.test('compare reports exactly the one behaviour that was changed', async t => {
  const { exchanges, webhooks, fixture, write } = await recordSession(t)
  const [answers, hooks] = [readFileSync(exchanges, 'utf8'), readFileSync(webhooks, 'utf8')]
  const check = async (what: string, files: string[], kind: string, member?: string) => {
    const { code, comparison } = await compare(...files, '--fixture', fixture)
    const found = comparison.differences.map(difference => [difference.kind, difference.member])
    t.strictSame([...new Set(found.map(String))], [String([kind, member])], what)
    t.equal(code, 3, what)
  }
  for (const [what, change, kind, member] of CHANGED_ANSWERS)
    await check(what, [write('changed.jsonl', changeLines(answers, change)), webhooks], kind, member)
  for (const [what, change, kind, member] of CHANGED_WEBHOOKS)
    await check(what, [exchanges, write('changed.jsonl', changeLines(hooks, change))], kind, member)

  const ids = new Set(answers.match(/(?<="id\\":\\")[A-Za-z0-9]{30}(?=\\")/g))
  ids.delete(PAGE_EVENT)
  const shortIds = [...ids].reduce((text, id) => text.replaceAll(id, id.slice(4)), answers)
  await check('shorter ids', [write('changed.jsonl', shortIds), webhooks], 'form', '$.PhoneCallEvent.id')

  const lines = hooks.split('\n')
  const answer = lines.findIndex(line => line.includes('"/210/4'))
  const without = lines.filter((_line, at) => at !== answer).join('\n')
  await check('a webhook that did not come', [exchanges, write('changed.jsonl', without)], 'webhookExtra')
  const busy = lines.find(line => line.includes('CallStatus=BUSY')) ?? ''
  await check('a webhook that came twice', [exchanges, write('changed.jsonl', `${hooks}${busy}\n`)], 'webhookMissing')
})

const [DESK, OFFICE, QUEUE, IVR, MEETING, NIGHT] = [
  '0003*210',
  '0003*211',
  '0003*300',
  '0003*400',
  '0003*500',
  '0003*213'
]
const OUTSIDE = '+40722000111'

/** Calls of every kind, as the control API places them. */
const CALLS: object[] = [
  ...['answered', 'busy', 'noAnswer', 'cancelled', 'congestion', 'unavailable'].flatMap(outcome => [
    { from: DESK, to: OFFICE, outcome, ringMs: 20, ...(outcome === 'answered' && { talkMs: 20 }) },
    { from: OUTSIDE, to: DESK, outcome, ringMs: 20 }
  ]),
  { from: DESK, to: '0722000112', ringMs: 20, talkMs: 20 },
  { from: DESK, to: '211', ringMs: 20, talkMs: 20 },
  { from: OUTSIDE, to: DESK, callerName: 'Ana Pop', dialled: '0312345210' },
  { to: DESK, callerNumber: '' },
  { from: OUTSIDE, to: MEETING, talkMs: 20 },
  { from: OUTSIDE, to: [DESK, OFFICE], answeredBy: OFFICE, ringMs: 20, talkMs: 20 },
  { from: OUTSIDE, to: [DESK, OFFICE], outcome: 'noAnswer', ringMs: 20 },
  {
    from: OUTSIDE,
    to: QUEUE,
    steps: [
      { ring: DESK, via: QUEUE },
      { afterMs: 20, reject: DESK, outcome: 'busy' },
      { afterMs: 20, ring: OFFICE, via: QUEUE },
      { afterMs: 20, answer: OFFICE },
      { afterMs: 20, hangup: 'all' }
    ]
  },
  {
    from: OUTSIDE,
    to: QUEUE,
    steps: [
      { ring: [DESK, OFFICE], via: QUEUE },
      { afterMs: 20, answer: DESK },
      { afterMs: 20, hangup: 'all' }
    ]
  },
  {
    from: OUTSIDE,
    to: IVR,
    steps: [
      { afterMs: 20, ring: DESK, via: IVR },
      { afterMs: 20, hangup: 'all' }
    ]
  },
  {
    from: OUTSIDE,
    to: DESK,
    steps: [
      { afterMs: 20, reject: DESK, outcome: 'noAnswer' },
      { ring: OFFICE },
      { afterMs: 20, answer: OFFICE },
      { afterMs: 20, hangup: 'all' }
    ]
  },
  {
    from: OUTSIDE,
    to: DESK,
    steps: [
      { afterMs: 20, answer: DESK },
      { afterMs: 20, transfer: { from: DESK, to: OFFICE, kind: 'blind' } },
      { afterMs: 20, answer: OFFICE },
      { afterMs: 20, hangup: 'all' }
    ]
  },
  {
    from: OUTSIDE,
    to: DESK,
    steps: [
      { afterMs: 20, answer: DESK },
      { afterMs: 20, transfer: { from: DESK, to: OFFICE, kind: 'attended' } },
      { afterMs: 20, answer: OFFICE },
      { afterMs: 20, complete: DESK },
      { afterMs: 20, hangup: 'all' }
    ]
  },
  {
    from: DESK,
    to: OFFICE,
    steps: [
      { afterMs: 20, answer: OFFICE },
      { afterMs: 20, transfer: { from: OFFICE, to: NIGHT, kind: 'blind' } },
      { afterMs: 20, reject: NIGHT, outcome: 'busy' }
    ]
  }
]

t.test('every kind of call is derived from its webhooks, whatever events report it', async t => {
  const folder = t.testdir()
  const check = async (what: string, types: EventType[], pathOf: (extension: string, type: string) => string) => {
    const base = readFixture('default')
    const upstream = await start(t, { machineClock: () => new Date(), newId: randomId })
    const recorder = await recordPlainly(t, upstream.url)
    const fixture: Fixture = {
      ...base,
      extensions: [
        ...(base.extensions ?? []),
        { number: NIGHT, owner: '13', kind: 'phoneTerminal', name: 'Night Desk' }
      ],
      phoneCallEvents: [DESK, OFFICE, QUEUE, IVR, MEETING, NIGHT].flatMap(extension =>
        types.map(type => ({ extension, type, method: '1' as const, url: recorder.hook + pathOf(extension, type) }))
      )
    }
    await upstream.ask('POST', '/_emulator/reset', { as: null, body: { fixture } })
    const write = (name: string, text: string) => {
      writeFileSync(join(folder, `${what}, ${name}`), text)
      return join(folder, `${what}, ${name}`)
    }
    let webhooks = 0
    for (const request of CALLS) {
      const { body } = await upstream.ask('POST', '/_emulator/calls', { as: null, body: request })
      await upstream.ask('GET', `/_emulator/calls/${body.callId}/ended`, { as: null })
      const { body: sent } = await upstream.ask('GET', `/_emulator/deliveries?callId=${body.callId}`, { as: null })
      webhooks += sent.total
    }
    const recorded = write('webhooks.jsonl', (await recorder.recordings()).webhooks)
    const { comparison } = await compare(recorded, '--fixture', write('fixture.json', JSON.stringify(fixture)))
    t.strictSame(comparison.notCompared, [], what)
    t.strictSame(comparison.differences, [], what)
    t.equal(comparison.webhooks, webhooks, `${what}: every webhook was compared`)
    t.ok(webhooks > CALLS.length, what)
  }
  const urlOfExtension = (extension: string) => `/${extension.slice(-3)}`
  const urlOfType = (extension: string, type: string) => `/${extension.slice(-3)}/${type}`
  await Promise.all([
    check('a url for each type', ['0', '1', '2', '3', '4'], urlOfType),
    check('one url for all types', ['0', '1', '2', '3', '4'], urlOfExtension),
    check('no event of the answers', ['0', '1', '2'], urlOfType)
  ])
})

t.test('calls of PhoneCalls are placed by their requests, and their phones behave as the webhooks show', async t => {
  const create = { extension: DESK, phoneCallView: [{ source: DESK, destination: OFFICE, callerId: 'Ana <4242>' }] }
  const calls = `/uapi/phoneCalls/@me/${DESK}`
  const parent = t.testdir()
  const all: [what: string, phone: object, requests: string[]][] = [
    ['answered, until a phone hangs up', { ringMs: 30, talkMs: 60 }, []],
    ['busy', { outcome: 'busy', ringMs: 30 }, []],
    ['not answered', { outcome: 'noAnswer', ringMs: 30 }, []],
    ['not reached', { outcome: 'unavailable' }, []],
    ['ended by a request while it rings', { ringMs: 60_000 }, ['GET', 'DELETE', 'GET']],
    ['ended by a request while they talk', { ringMs: 30, talkMs: 60_000 }, ['GET', 'DELETE', 'GET']]
  ]
  const check = async ([what, phone, requests]: (typeof all)[number]) => {
    const upstream = await start(t, { machineClock: () => new Date(), newId: randomId })
    const recorder = await recordPlainly(t, upstream.url)
    const control = { as: null } as const
    for (const extension of [DESK, OFFICE])
      for (const type of ['0', '1', '2', '3', '4'])
        await upstream.ask('POST', '/_emulator/events', {
          ...control,
          body: { extension, type, method: '0', url: `${recorder.hook}/${extension.slice(-3)}/${type}` }
        })
    const fixture = (await upstream.ask('GET', '/_emulator/fixtures', control)).body
    await upstream.ask('PUT', `/_emulator/phones/${DESK}`, { ...control, body: { ringMs: 30 } })
    await upstream.ask('PUT', `/_emulator/phones/${OFFICE}`, { ...control, body: phone })
    const ask = (method: string, path: string, body?: object) =>
      fetch(recorder.base + path, {
        method,
        headers: { authorization: `Bearer ${TOKENS.user}`, 'content-type': 'application/json' },
        ...(body && { body: JSON.stringify(body) })
      }).then(answer => answer.text())
    await ask('POST', '/uapi/phoneCalls/@me/simple', create)
    const moment =
      'ringMs' in phone && phone.ringMs === 60_000 ? 'dialIn' : requests.length > 0 ? 'answerOutgoing' : 'hangup'
    const match = { moment, state: 'delivered' }
    await upstream.ask('POST', '/_emulator/deliveries/verify', { ...control, body: { match, timeoutMs: 10_000 } })
    for (const method of requests) await ask(method, calls)
    const [{ callId }] = (await upstream.ask('GET', '/_emulator/calls', control)).body.calls
    await upstream.ask('GET', `/_emulator/calls/${callId}/ended`, control)
    const folder = mkdtempSync(join(parent, 'call-'))
    const recorded = await recorder.recordings()
    writeFileSync(join(folder, 'exchanges.jsonl'), recorded.exchanges)
    writeFileSync(join(folder, 'webhooks.jsonl'), recorded.webhooks)
    writeFileSync(join(folder, 'fixture.json'), JSON.stringify(fixture))
    const { comparison } = await compare(folder, '--fixture', join(folder, 'fixture.json'))
    t.strictSame(
      comparison.differences.map(({ key }) => key),
      [],
      what
    )
    t.strictSame(comparison.notCompared, [], what)
    t.ok(comparison.webhooks >= 2, what)
  }
  await Promise.all(all.map(check))
})

t.test('an id that refers to another event is a difference; the order of events with equal urls is not', async t => {
  const identities = createIdentities(new Map([['token-1', 'own-token']]))
  const list = (...entries: [id: string, url: string][]) => ({ entry: entries.map(([id, url]) => ({ id, url })) })
  const kinds = (recorded: unknown, own: unknown) => compareValues(recorded, own, identities).map(({ kind }) => kind)
  t.strictSame(kinds({ id: 'recordedA1' }, { id: 'ownEventA1' }), [], 'the first pair is kept')
  t.strictSame(kinds({ id: 'recordedB1' }, { id: 'ownEventB1' }), [])
  t.strictSame(kinds({ id: 'recordedA1' }, { id: 'ownEventB1' }), ['identity'])
  t.strictSame(kinds({ id: 'recordedC1' }, { id: 'ownEventB1' }), ['identity'])
  const recorded = list(['recordedA1', 'http://a/'], ['recordedB1', 'http://a/'])
  t.strictSame(kinds(recorded, list(['ownEventB1', 'http://a/'], ['ownEventA1', 'http://a/'])), [])
  const apart = list(['recordedA1', 'http://a/'], ['recordedB1', 'http://b/'])
  t.strictSame(kinds(apart, list(['ownEventB1', 'http://b/'], ['ownEventA1', 'http://a/'])), ['entryOrder'])
  t.strictSame(kinds({ id: 'recordedLong1' }, { id: 'short1' }), ['form'])
  t.strictSame(kinds({ access_token: 'token-2' }, { access_token: 'a'.repeat(40) }), [], 'a pseudonym has no form')
  t.equal(
    identities.translate('/x/recordedA1?a=token-1&b=token-2&c=token-12'),
    `/x/ownEventA1?a=own-token&b=${'a'.repeat(40)}&c=token-12`
  )
  t.equal(identities.restore('own-token ownEventB1'), 'token-1 recordedB1')
})

t.test('credentials are written as their place in a request needs it', async t => {
  const identities = createIdentities(
    new Map([
      ['secret-1', 'a&b"c'],
      ['session-1', 'XI,m']
    ])
  )
  const replayed = (name: string, value: string, text?: string) =>
    replayedRequest(
      {
        method: 'POST',
        target: '/x?secret=secret-1',
        headers: [
          [name, value],
          ['Host', 'pbx']
        ],
        ...(text && { body: { text } })
      },
      identities
    )
  const basic = replayed('Authorization', 'Basic app:secret-1')
  t.strictSame(basic?.headers, [['Authorization', `Basic ${btoa('app:a&b"c')}`]])
  t.equal(basic?.target, '/x?secret=a%26b%22c')
  t.strictSame(replayed('Cookie', 'vn=session-1')?.headers, [['Cookie', 'vn=XI%2Cm']])
  const bodyOf = (type: string, text: string) => new TextDecoder().decode(replayed('Content-Type', type, text)?.body)
  t.equal(bodyOf('application/json', '{"client_secret":"secret-1"}'), String.raw`{"client_secret":"a&b\"c"}`)
  t.equal(bodyOf('application/x-www-form-urlencoded', 'client_secret=secret-1'), 'client_secret=a%26b%22c')
})

t.test('a session recorded by the program has no difference: credentials are pseudonyms', async t => {
  const upstream = await start(t, { machineClock: () => new Date(), newId: randomId })
  const folder = t.testdir()
  const proxy = await startHere(t, ['record', '--upstream', upstream.url, '--port', '0', '--json', '--out', folder])
  const webhooks = join(folder, 'webhooks.jsonl')
  const hook = await startHere(t, ['catch', '--record', webhooks, '--port', '0', '--json'])
  const urlOf = ({ out }: { out(): string }): string => JSON.parse(out().split('\n')[0] ?? '').url
  const sent = await runSession({ base: urlOf(proxy), upstream: upstream.url, hook: urlOf(hook) })
  await proxy.stop()
  await hook.stop()
  const { code, err, comparison } = await compare(folder)
  t.strictSame(comparison.differences, [])
  t.strictSame(comparison.notCompared, [])
  t.equal(comparison.exchanges, sent.length)
  t.ok(comparison.webhooks > 40)
  t.equal(err, '')
  t.equal(code, 0)

  const [file = ''] = readdirSync(folder).filter(name => name.startsWith('exchanges-'))
  const given = await compare(join(folder, file), webhooks, '--fixture', 'default')
  t.match(given.comparison.differences, [{ kind: 'status', recorded: '200', emulator: '401 access_denied' }])
  t.match(given.err, /^The fixture has no token-1, .*: --credential token-1=…\n$/)
  t.notMatch(given.err, /code-|cookie-|refresh-/)
  const words = Object.entries(pseudonymsIn(join(folder, file))).flatMap(pair => ['--credential', pair.join('=')])
  const put = await compare(join(folder, file), webhooks, '--fixture', 'default', ...words)
  t.strictSame(put.comparison.differences, [], 'with the credentials of the fixture')
  t.equal(put.err, '')
  const { err: unused } = await compare(folder, '--credential', 'token-99=abc')
  t.equal(unused, '--credential token-99: no recorded request has token-99.\n')
  t.equal(put.code, 0)
})

/** The credentials of the default fixture by their pseudonyms: in the order in which the session sends them. */
function pseudonymsIn(file: string): Record<string, string> {
  const text = readFileSync(file, 'utf8')
  const at = (pattern: RegExp): string => pattern.exec(text)?.[1] ?? ''
  const [session] = readFixture('default').sessions ?? []
  const secretOf = /client_id=emulator-app&client_secret=(secret-\d+)[^\n]*"status":200/
  return {
    [at(/Bearer (token-\d+)/)]: TOKENS.user,
    [at(/0003\*211\/phoneCallEvents","headers":[^\n]*?Bearer (token-\d+)/)]: TOKENS.organization,
    [at(/vn=(session-\d+)/)]: session?.vn ?? '',
    [at(/xsrf-token=(xsrf-\d+)/)]: session?.xsrfToken ?? '',
    [at(secretOf)]: 'emulator-secret'
  }
}

t.test('a fault of the PBX is named with the learned fixture, too', async t => {
  const fault = async (fault: object) => {
    const session = await recordSession(t, { hangupStatus: 'unknown' }, async ({ ask }) => {
      await ask('POST', '/_emulator/faults', { as: null, body: fault })
    })
    const { comparison } = await compare(session.exchanges, session.webhooks)
    return comparison.differences.map(({ kind, operation, member, count }) => [kind, operation, member, count])
  }
  t.strictSame(await fault({ on: { operation: 'list' }, skip: 4, times: 1, do: { status: 503 } }), [
    ['status', 'GET /uapi/extensions/{userId}/{extension}/phoneCallEvents', undefined, 1]
  ])
  t.strictSame(
    await fault({
      on: { operation: 'delivery', moment: 'answerOutgoing' },
      times: 1,
      do: { change: { parameters: { CallerIDNum: '7' } } }
    }),
    [['value', 'webhook answerOutgoing', 'CallerIDNum', 1]]
  )
  t.strictSame(
    await fault({
      on: { operation: 'delivery', moment: 'dialIn' },
      times: 1,
      do: { change: { parameters: { CallerIDName: null } } }
    }),
    [['parameterExtra', 'webhook dialIn', 'CallerIDName', 1]]
  )
})

t.test('webhooks without the exchanges that registered them are not compared, and their urls are named', async t => {
  const { webhooks } = await recordSession(t)
  const { code, comparison } = await compare(webhooks, '--fixture', 'clean')
  t.strictSame(comparison.differences, [])
  t.match(comparison.notCompared.at(-1), { reason: /no exchange shows their phone call event/ })
  t.equal(code, 0)
})

t.test('known differences are accepted by their keys, and one that does not occur is named', async t => {
  const { exchanges, webhooks, fixture, write } = await recordSession(t)
  const changed = write(
    'changed.jsonl',
    changeLines(readFileSync(exchanges, 'utf8'), line => {
      for (const [what, change] of CHANGED_ANSWERS.slice(0, 2)) if (what !== '') change(line)
    })
  )
  const files = [changed, webhooks, '--fixture', fixture]
  const first = await runHere(['compare', ...files, '--json'])
  t.equal(first.code, 3)
  const { differences } = JSON.parse(first.out)
  t.equal(differences.length, 2)
  t.ok(Compile(ComparisonSchema).Check(JSON.parse(first.out)), 'the document has its schema')
  const accepted = await compare(...files, '--accept', write('all.json', first.out))
  t.equal(accepted.code, 0)
  t.strictSame(accepted.comparison.differences, [])
  t.equal(accepted.comparison.accepted.length, 2)
  t.equal((await compare(...files, '--accept', write('again.json', accepted.out))).code, 0, 'and again')
  const byHand = write(
    'hand.json',
    JSON.stringify({ differences: [{ key: differences[0].key, why: 'known' }, { key: 'gone' }] })
  )
  const one = await compare(...files, '--accept', byHand)
  t.equal(one.code, 3)
  t.strictSame(
    one.comparison.differences.map(({ key }) => key),
    [differences[1].key]
  )
  t.equal(one.err, 'An accepted difference did not occur: gone\n')

  const text = await runHere(['compare', ...files])
  t.equal(text.code, 3)
  t.match(text.out, /^Compared \d+ answers and \d+ webhooks with the recording: 2 differences\.\n/)
  t.match(
    text.out,
    /DELETE \S+: the status\n {2}recorded: 404\n {2}emulator: 204\n {2}\S+changed\.jsonl:\d+: DELETE \/uapi\//
  )
})

t.test('a call that webhooks do not describe is named, and its webhooks are compared by their form', async t => {
  const start = { recording: 'uapi-emulator', version: 1, at: '2026-03-01T10:00:00.000Z', emulator: '0.1.0' }
  const webhook = (number: number, form: string) => ({
    webhook: number,
    at: `2026-03-01T10:00:0${number}.000Z`,
    ms: 1,
    request: { method: 'GET', target: `/hook?${form}`, headers: [['Host', 'receiver.test']] },
    response: { status: 200 }
  })
  const form = (status: string, flow = 'in') =>
    `CallID=1479144949.4665265&CallerIDNum=%2B40722000111&CallerIDName=40722000111&CalledDID=&CalledExtension=0003*210&CallStatus=${status}&CallFlow=${flow}&CallerExtension=&CalledNumber=0003*210&CallAPIID=abcdefghij0123456789`
  const file = join(t.testdir(), 'webhooks.jsonl')
  const run = async (...forms: string[]) => {
    const lines = [start, ...forms.map((text, at) => webhook(at + 1, text))]
    writeFileSync(file, lines.map(line => `${JSON.stringify(line)}\n`).join(''))
    return compare(file, '--fixture', 'default')
  }
  const late = await run(form('ANSWER'))
  t.match(late.comparison.notCompared, [
    { line: 2, reason: /how it began was not recorded; its webhooks are compared by their form/ }
  ])
  t.strictSame(late.comparison.differences, [])
  t.equal(late.code, 0)
  const upper = await run(form('ANSWER', 'IN'))
  t.match(upper.comparison.differences, [{ kind: 'value', member: 'CallFlow', recorded: '"IN"', emulator: '"in"' }])
  const unknown = await run(form('CALLING').replace('&CalledNumber=0003*210', '').replace('0003*210', '0003*777'))
  t.match(unknown.comparison.notCompared, [{ reason: /^call \w+: the emulator cannot place it: .*0003\*777/ }])
  const [, , none] = [0, 0, await run(form('CALLING').replace(/&CallAPIID=\w+/, ''))]
  t.match(none.comparison.notCompared, [{ line: 2, reason: 'webhook GET /hook: it has no CallAPIID' }])
})

t.test('bad input is refused with what is expected', async t => {
  const folder = t.testdir({ empty: {}, 'none.jsonl': '', 'text.jsonl': 'hello\n', 'list.json': '[]', 'cut.json': '{' })
  const at = (name: string) => join(folder, name)
  const version = { recording: 'uapi-emulator', version: 1, at: '2026-03-01T10:00:00.000Z', emulator: '0.1.0' }
  writeFileSync(at('start.jsonl'), `${JSON.stringify(version)}\n`)
  writeFileSync(at('newer.jsonl'), `${JSON.stringify({ ...version, version: 2 })}\n`)
  writeFileSync(at('fixture.json'), JSON.stringify({ users: [{ id: '1' }] }))
  const start = at('start.jsonl')
  const upstream = ['--upstream', 'http://127.0.0.1:1']
  for (const [words, message] of [
    [[], /Name a recording, or a PBX with --upstream/],
    [[at('missing.jsonl')], /there is no such file or folder/],
    [[at('empty')], /the folder has no recording/],
    [[at('none.jsonl')], /none\.jsonl:1: the line is missing: the file is empty.*There is nothing to compare/s],
    [[at('text.jsonl')], /text\.jsonl:1: the line is not the start of a recording/],
    [[at('newer.jsonl')], /is of version 2, which a newer uapi-emulator wrote/],
    [[start], /The recordings are empty/],
    [[start, '--fixture', 'no-such'], /there is no such file or folder, and no such name/],
    [[start, '--fixture', at('fixture.json')], /\$\.users\[0\]/],
    [[start, '--accept', at('missing.json')], /--accept .*missing\.json: it cannot be read/],
    [[start, '--accept', at('cut.json')], /it is not JSON: unexpected end/],
    [[start, '--accept', at('list.json')], /--accept .*list\.json: \$ must be .*object/],
    [[start, '--accept', folder], /--accept .*: it cannot be read/],
    [[start, '--credential', 'secret'], /--credential must be a pseudonym and its value/],
    [[start, '--credential', 'tokens=hush-hush'], /"tokens" is no pseudonym/],
    [[start, '--credential', 'token-1=a', '--credential', 'token-1=b'], /is given twice/],
    [[start, '--token', 'abc'], /--token is for a PBX: it needs --upstream/],
    [[start, '--insecure-upstream'], /--insecure-upstream is for a PBX/],
    [[start, ...upstream], /exclude each other/],
    [upstream, /--token is missing.*\n--extension is missing/],
    [[...upstream, ...OF_USER, '--credential', 'token-1=a'], /--credential is for recordings/],
    [['--upstream', 'pbx', ...OF_USER], /--upstream must be an http or https URL/],
    [[...upstream, '--token', 'abc', '--extension', '210'], /--extension must be a text such as 0003\*210/],
    [[...upstream, ...OF_USER, '--token', 'hush\nhush'], /--token must be visible ASCII characters, without spaces/],
    [[...upstream, ...OF_USER, '--role', 'admin'], /--role must be one of user, organization, administrator/],
    [[...upstream, ...OF_USER, '--upstream-ca', at('missing.pem')], /--upstream-ca .*cannot be read/],
    [[...upstream, ...OF_USER, '--upstream-ca', at('text.jsonl')], /has no certificate/],
    [['--upstrem', 'x'], /--upstream/]
  ] as [string[], RegExp][]) {
    const { code, out, err } = await runHere(['compare', ...words])
    t.equal(code, 2, words.join(' '))
    t.equal(out, '')
    t.match(err, message)
    t.notMatch(err, /hush/)
  }
})

t.test('a recording that is cut or edited is compared as far as it is whole', async t => {
  const { exchanges, webhooks, fixture, write } = await recordSession(t)
  const text = readFileSync(exchanges, 'utf8')
  for (const [name, cut, message] of [
    ['cut.jsonl', text.slice(0, -20), /cut\.jsonl:\d+: the line is cut in the middle/],
    [
      'edited.jsonl',
      text.replace('"exchange":9,', '"exchange":"nine",'),
      /edited\.jsonl:10: the line is not an exchange: \$\.exchange/
    ]
  ] as const) {
    const { code, err, comparison } = await compare(write(name, cut), webhooks, '--fixture', fixture)
    t.match(err, message)
    t.match(err, /Lines before it were compared, those after it were not\.\n$/)
    t.equal(comparison.exchanges > 0 && comparison.exchanges < text.split('\n').length - 2, true)
    t.equal(code, name === 'cut.jsonl' ? 1 : code)
  }
  const omitted = changeLines(text, ({ request, response }) => {
    if (request.method === 'PUT') request.body = { omitted: 'too_large', bytes: 9_000_000 }
    if (request.target.endsWith('count=0')) response.body = { omitted: 'undecodable', bytes: 9 }
  })
  const { comparison } = await compare(write('omitted.jsonl', omitted), '--fixture', fixture)
  t.match(comparison.notCompared[0], { reason: /^the body of PUT \S+ was not kept$/ })
})

t.test('the corpus finds what a PBX answers otherwise, and its report lacks the token', async t => {
  const fixture = { ...readFixture('default'), settings: { invalidTokenStatus: 403 as const } }
  const { url } = await start(t, { fixture, newId: randomId })
  const { code, comparison, out } = await compare('--upstream', url, ...OF_USER)
  t.match(comparison.differences, [
    {
      kind: 'status',
      recorded: '403 access_denied',
      emulator: '401 access_denied',
      places: [{ request: 'unknown-token' }]
    }
  ])
  t.equal(comparison.differences.length, 1)
  t.equal(code, 3)
  t.notMatch(out, TOKENS.user)
  const text = await runHere(['compare', '--upstream', url, ...OF_USER])
  t.match(text.out, `with ${url}: 1 difference.`)

  const settings = join(t.testdir(), 'settings.json')
  writeFileSync(settings, JSON.stringify({ settings: { invalidTokenStatus: 403 } }))
  t.equal((await compare('--upstream', url, ...OF_USER, '--fixture', settings)).code, 0, 'with its setting')
})

t.test('compare --upstream says what to do when the address is not that of a PBX, or refuses the user', async t => {
  const answers: [number, Record<string, string>, string, RegExp][] = [
    [
      302,
      { location: `https://login.example/${TOKENS.user}?token=${TOKENS.user}` },
      '',
      /answered 302 .*leads to https:\/\/login\.example\/token-1: give --upstream/
    ],
    [200, { 'content-type': 'text/html' }, '<!doctype html>', /answered 200 .*no list of phone call events/],
    [200, { 'content-type': 'application/json' }, '[1, 2]', /answered 200 .*no list of phone call events/],
    [201, {}, '', /answered 201 .*no list of phone call events/],
    [401, {}, '', /answered 401 .*Check --token/],
    [404, {}, '', /answered 404 .*Check --upstream, --user and --extension/]
  ]
  const upstream = createServer((_request, response) => {
    const [status, headers, body] = answers[0] ?? [500, {}, '']
    response.writeHead(status, headers).end(body)
  })
  const url = `http://127.0.0.1:${await listen(t, upstream)}`
  for (; answers.length > 0; answers.shift()) {
    const { code, out, err } = await runHere(['compare', '--upstream', url, ...OF_USER])
    t.match(err, answers[0]?.[3])
    t.notMatch(err, TOKENS.user)
    t.equal(out, '')
    t.equal(code, 1)
  }
})

t.test('compare --upstream connects over https, and rejects an untrusted certificate', async t => {
  const authority = await issueAuthority(Date.now())
  const pair = await issueServerCertificate(authority, ['127.0.0.1'], Date.now())
  const { url } = await start(t, { tls: async () => pair, newId: randomId })
  const ca = join(t.testdir(), 'ca.pem')
  writeFileSync(ca, authority.cert)
  t.equal((await compare('--upstream', url, ...OF_USER, '--upstream-ca', ca)).code, 0)
  t.equal((await compare('--upstream', url, ...OF_USER, '--insecure-upstream')).code, 0)
  const refused = await runHere(['compare', '--upstream', url, ...OF_USER])
  t.equal(refused.code, 1)
  t.match(refused.err, /^No answer came from https:\S+ \(\w*CERT\w*|UNABLE_TO/)
})

t.test('a PBX that is away, refuses or answers no JSON ends the comparison', async t => {
  const { url } = await start(t)
  const { url: page } = await receive(t, (_request, response) => void response.end('<html>'))
  for (const [words, message] of [
    [['--upstream', 'http://127.0.0.1:1', ...OF_USER], /^No answer came from http:\/\/127\.0\.0\.1:1 \(ECONNREFUSED\)/],
    [
      ['--upstream', url, '--token', 'wrong-token', '--extension', '0003*210'],
      /answered 401 access_denied to GET .*Check --token/
    ],
    [['--upstream', url, '--token', TOKENS.user, '--extension', '0003*999'], /answered 400 extension_invalid/],
    [['--upstream', page, ...OF_USER], /answered 200 to GET/]
  ] as [string[], RegExp][]) {
    const { code, out, err } = await runHere(['compare', ...words])
    t.equal(code, 1)
    t.equal(out, '')
    t.match(err, message)
    t.notMatch(err, /wrong-token/)
  }
})

t.test('the corpus only reads, and shows each rule of the ledger that such a request can show', async t => {
  const { requests, exceptions } = readCorpus()
  t.ok(isCorpus(readCorpus()), 'it has its schema')
  const names = requests.map(({ name }) => name)
  t.strictSame([...new Set(names)], names, 'no name stands twice')
  const rules = new Set(citations(join(ROOT, 'src')).map(({ file, name }) => `${file}#${name}`))
  const shown = new Set(requests.flatMap(request => request.rules))
  t.strictSame(
    [...shown].filter(rule => !rules.has(rule)),
    [],
    'each rule that a request names is in the ledger'
  )
  const excepted = exceptions.flatMap(exception => exception.rules)
  const isExcepted = (rule: string) => excepted.some(beginning => rule.startsWith(beginning))
  t.strictSame(
    [...rules].filter(rule => !shown.has(rule) && !isExcepted(rule)),
    [],
    'each other rule is an exception'
  )
  t.strictSame(
    excepted.filter(beginning => ![...rules].some(rule => rule.startsWith(beginning) && !shown.has(rule))),
    [],
    'no exception is idle'
  )
  for (const { name, method, rules } of requests) {
    t.ok(['GET', 'HEAD', 'OPTIONS'].includes(method), name)
    t.ok(rules.length > 0, name)
  }
})

const readCorpus = (): Corpus => JSON.parse(readFileSync(join(ROOT, 'corpus', 'requests.json'), 'utf8'))
