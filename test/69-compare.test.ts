import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { Comparison } from '../src/schema/recordings/comparison.js'
import type { Corpus } from '../src/schema/recordings/corpus.js'
import type { Settings } from '../src/schema/settings.js'
import { randomId } from '../src/service/new-id.js'
import { PAGE_EVENT, readFixture, start, TOKENS } from './support/emulator.js'
import { ROOT, runHere } from './support/program.js'
import { runSession } from './support/recorded-session.js'
import { record } from './support/recorder.js'

/** A recorded session with an emulator that has settings of its own, as files in a folder of the test. */
async function recordSession(t: Test, settings: Partial<Settings> = {}) {
  const fixture = { ...readFixture('default'), settings }
  const upstream = await start(t, { fixture, machineClock: () => new Date(), newId: randomId })
  const recorder = await record(t, upstream.url)
  await runSession({ base: recorder.base, upstream: upstream.url, hook: recorder.hook })
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
    exchanges: write('exchanges.jsonl', recorder.exchanges()),
    webhooks: write('webhooks.jsonl', recorder.webhooks()),
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
  for (const settings of [
    {},
    { listEnvelope: 'object', emptyCollection: 200, invalidTokenStatus: 403 },
    { callFlowCase: 'upper', absentParameters: 'empty', hangupStatus: 'unknown', callIds: 'perCall' },
    { hangupStatus: 'hangup', phoneCallNumbers: 'number', tokenLifetimeSeconds: 120, timeZone: 'Europe/Bucharest' }
  ] satisfies Partial<Settings>[]) {
    const { exchanges, webhooks } = await recordSession(t, settings)
    const { code, err, comparison } = await compare(exchanges, webhooks)
    t.strictSame(comparison.differences, [], JSON.stringify(settings))
    t.strictSame(comparison.notCompared, [])
    t.equal(err, '')
    t.equal(code, 0)
  }
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

t.test('of a PBX with one behaviour changed, exactly that one is named', async t => {
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

const readCorpus = (): Corpus => JSON.parse(readFileSync(join(ROOT, 'corpus', 'requests.json'), 'utf8'))
