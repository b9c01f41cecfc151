import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { Check } from 'typebox/value'
import { createClient } from '../src/client/client.js'
import { SETTING_ROWS } from '../src/domain/learning/settings/setting-rows.js'
import { Learned } from '../src/schema/recordings/learned.js'
import { DEFAULT_SETTINGS, Settings } from '../src/schema/settings.js'
import { readFixture, start } from './support/emulator.js'
import {
  collectionByHand,
  errorByHand,
  eventByHand,
  exchangesByHand,
  webhooksByHand
} from './support/hand-made-recording.js'
import { LIFETIMES, learnFrom, learnFromRecorder, replay, SWITCHES, valuesOf, ZONES } from './support/learning.js'
import { runHere } from './support/program.js'
import { runSession } from './support/recorded-session.js'
import { record } from './support/recorder.js'

/** Few combinations with each value of each switch. All combinations are in heavy/68-learn-all. */
const FEW: Partial<Settings>[] = [
  [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
  [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1],
  [0, 1, 0, 1, 0, 2, 1, 0, 0, 2, 2]
].map(indexes => {
  const values = { ...SWITCHES, tokenLifetimeSeconds: LIFETIMES, timeZone: ZONES }
  return Object.fromEntries(Object.entries(values).map(([name, list], at) => [name, list[indexes[at] ?? 0]]))
})

t.test('every setting has a row that says what is evidence for it', async t => {
  t.same(Object.keys(SETTING_ROWS).sort(), Object.keys(Settings.properties).sort())
})

t.test('learn finds every setting from a recorded session and its webhooks', async t => {
  const check = async (settings: Partial<Settings>) => {
    const upstream = await start(t, {
      fixture: { ...readFixture('default'), settings },
      machineClock: () => new Date()
    })
    const recorder = await record(t, upstream.url)
    await runSession({ base: recorder.base, upstream: upstream.url, hook: recorder.hook })
    const learned = await learnFromRecorder(recorder)
    t.same(valuesOf(learned), { ...DEFAULT_SETTINGS, ...settings }, JSON.stringify(settings))
    t.same(learned.uncovered, [], 'and nothing is left uncovered')
    // On a busy machine a webhook that does not wait can come as late as one that does.
    const sure = learned.settings.filter(({ name }) => name !== 'webhookOrder')
    t.ok(
      sure.every(({ isShown, evidence }) => isShown && evidence.length === 1),
      'without contradiction'
    )
  }
  await Promise.all(FEW.map(check))
})

t.test('the learned fixture answers the recorded requests as the recorded PBX did', async t => {
  const upstream = await start(t, { machineClock: () => new Date() })
  const recorder = await record(t, upstream.url)
  await runSession({ base: recorder.base, upstream: upstream.url, hook: recorder.hook })
  const { exchanges, webhooks } = await recorder.recordings()
  const { fixture } = learnFrom({ exchanges, webhooks })
  const learned = await start(t, { fixture })
  for (const { what, recorded, replayed } of await replay(exchanges, learned.url)) t.equal(replayed, recorded, what)
  t.match(fixture.tokens, [{ accessToken: 'token-1' }, { accessToken: 'token-2' }], 'with the pseudonyms as tokens')
  t.notMatch(JSON.stringify(fixture), 'emulator-user-token', 'and no token itself')
  t.same(
    fixture.extensions?.map(({ number, owner, kind }) => `${number} ${owner} ${kind}`).sort(),
    ['0003*210 12 phoneTerminal', '0003*211 13 phoneTerminal', '0003*300 12 queue', '0003*400 12 ivr'],
    'with the extensions, their users and their kinds'
  )
  t.match(
    fixture.users?.find(({ id }) => id === fixture.tokens?.[1]?.user),
    { role: 'organization' }
  )
})

const EVENTS = '/uapi/extensions/@me/0003*210/phoneCallEvents'

t.test('contradicting lines are shown with their files and lines, and are not averaged', async t => {
  const list = [collectionByHand([eventByHand('one')])]
  const token = (seconds: number): [string, string, object] => [
    'POST',
    '/oauth/token.php',
    {
      as: '',
      sent: { client_id: 'app', client_secret: 'secret-1', grant_type: 'client_credentials' },
      answer: { access_token: 'token-9', token_type: 'Bearer', expires_in: seconds }
    }
  ]
  const { settings } = learnFrom({
    'a.jsonl': exchangesByHand([
      ['GET', EVENTS, { answer: list }],
      ['GET', EVENTS, { answer: list[0] }],
      ['GET', EVENTS, { answer: list }],
      token(3600),
      token(7200),
      token(7200)
    ])
  })
  const evidenceOf = (name: string) =>
    settings
      .find(one => one.name === name)
      ?.evidence.map(({ value, count, examples }) => [value, count, ...examples.map(({ line }) => line)])
  t.same(evidenceOf('listEnvelope'), [
    ['array', 2, 2, 4],
    ['object', 1, 3]
  ])
  t.same(evidenceOf('tokenLifetimeSeconds'), [
    [7200, 2, 6, 7],
    [3600, 1, 5]
  ])
  t.match(settings, [{ name: 'listEnvelope', value: 'array' }], 'the value is that of most lines')
  t.match(settings.find(({ name }) => name === 'tokenLifetimeSeconds')?.value, 7200)
})

t.test('a setting that no line shows keeps its default, and the request that would show it is named', async t => {
  const { settings, fixture } = learnFrom({ 'a.jsonl': exchangesByHand([]) })
  for (const { name, value, isShown, show } of settings) {
    t.equal(value, DEFAULT_SETTINGS[name], name)
    t.notOk(isShown)
    t.match(show, /^[A-Z].*\.$/)
  }
  t.same(fixture.settings, {}, 'and it is not in the fixture')
})

t.test('one webhook before the answer to another one of its call shows that they do not wait', async t => {
  const call = (flow: string, status: string) =>
    `CallID=1.1&CallStatus=${status}&CallFlow=${flow}&CallAPIID=00000000000000000001`
  const order = (...webhooks: [flow: string, status: string, atMs: number, ms: number][]) =>
    learnFrom({
      'w.jsonl': webhooksByHand(webhooks.map(([flow, status, atMs, ms]) => ['/hook', call(flow, status), { atMs, ms }]))
    }).settings.find(({ name }) => name === 'webhookOrder')
  t.match(order(['out', 'CALLING', 0, 500], ['in', 'CALLING', 100, 1]), { value: 'concurrent' })
  t.match(order(['out', 'CALLING', 0, 500], ['in', 'CALLING', 510, 1]), { value: 'serial', isShown: true })
  t.match(order(['out', 'CALLING', 0, 500], ['in', 'CALLING', 900, 1]), { isShown: false }, 'it may not have waited')
  t.match(order(['out', 'CALLING', 0, 1], ['in', 'CALLING', 2, 1]), { isShown: false }, 'nothing to wait for')
  const both = order(
    ['out', 'CALLING', 0, 500],
    ['in', 'CALLING', 501, 1],
    ['in', 'ANSWER', 2000, 500],
    ['out', 'ANSWER', 2501, 1],
    ['out', 'HANGUP', 4000, 500],
    ['in', 'HANGUP', 4001, 1]
  )
  t.match(both, { value: 'concurrent', evidence: [{ count: 1 }, { value: 'serial', count: 2 }], note: /decides/ })
})

t.test('times in summer and in winter show the time zone, one offset only an offset', async t => {
  const zone = (...stamps: string[]) =>
    learnFrom({
      'a.jsonl': exchangesByHand(
        stamps.map(modified => [
          'POST',
          `${EVENTS}/0`,
          { answer: { PhoneCallEvent: eventByHand('one', { modified }) } }
        ])
      )
    }).settings.find(({ name }) => name === 'timeZone')
  t.match(zone('2026-07-10T18:16:12+03:00', '2026-01-10T18:16:12+02:00'), { value: 'Europe/Bucharest' })
  t.match(zone('2026-07-10T18:16:12+03:00'), { value: 'Etc/GMT-3', note: /Only the offset \+03:00/ })
  t.match(zone('2026-07-10T18:16:12-03:00'), { value: 'Etc/GMT+3' })
  t.match(zone('2026-07-10T18:16:12+05:45'), { value: /^Asia\/Kath?mandu$/ })
  t.match(zone('2026-07-10T18:16:12+00:00'), { value: 'UTC' })
  t.match(zone('2026-07-10T18:16:12+07:21'), { value: 'UTC', note: 'No time zone has the offset +07:21.' })
  t.match(zone('2026-07-10T18:16:12+03:00', '2026-07-11T18:16:12+04:00'), { note: /No zone has all offsets/ })
})

t.test('the fixture has the events that were there before the first exchange, as they were', async t => {
  const answer = (id: string, members: object) => ({ PhoneCallEvent: eventByHand(id, members) })
  const { fixture, assumed } = learnFrom({
    'a.jsonl': exchangesByHand([
      ['POST', `${EVENTS}/0`, { sent: {}, answer: answer('created', {}) }],
      ['GET', EVENTS, { answer: [collectionByHand([eventByHand('created'), eventByHand('listed')], 5)] }],
      ['PUT', `${EVENTS}/0/listed`, { sent: { note: 'New' }, answer: answer('listed', { note: 'New' }) }],
      ['PUT', `${EVENTS}/0/updated`, { sent: { note: 'New' }, answer: answer('updated', { note: 'New' }) }],
      [
        'GET',
        EVENTS,
        { answer: [collectionByHand(['listed', 'updated'].map(id => eventByHand(id, { note: 'New' })))] }
      ],
      ['DELETE', `${EVENTS}/2`, { answer: [{ id: 'deleted' }, { id: 'created' }] }]
    ])
  })
  t.match(fixture.phoneCallEvents, [
    { id: 'listed', note: '', url: 'http://receiver.test/listed', modified: '2026-02-01T10:00:00+00:00' },
    { id: 'updated', note: undefined, url: 'http://receiver.test/updated', modified: undefined },
    { id: 'deleted', type: '2', url: 'http://127.0.0.1/unknown' }
  ])
  t.equal(fixture.phoneCallEvents?.length, 3, 'and not the one that was created')
  t.match(assumed.join('\n'), /no line shows note/)
  t.match(assumed.join('\n'), /no line shows method, url, status, note/)
  t.match(assumed.join('\n'), '0003*210 had 1 more phone call events')
})

t.test('users are as few as explain whom each credential reaches', async t => {
  const list = [collectionByHand([])]
  const invalid = { status: 400, answer: errorByHand('extension_invalid', 'Value supplied') }
  const at = (extension: string) => `/uapi/extensions/@me/${extension}/phoneCallEvents`
  const { fixture } = learnFrom({
    'a.jsonl': exchangesByHand([
      ['GET', at('0003*1'), { as: 'token-1', answer: list }],
      ['GET', at('0003*2'), { as: 'token-1', ...invalid }],
      ['GET', at('0003*2'), { as: 'token-2', answer: list }],
      ['GET', at('0003*3'), { as: 'token-2', answer: list }],
      ['GET', at('0003*1'), { as: 'token-3', answer: list }],
      ['GET', at('2'), { as: 'token-3', answer: list }],
      ['GET', at('0003*1'), { as: 'token-4', answer: list }],
      ['GET', at('0004*1'), { as: 'token-4', answer: list }],
      ['GET', at('0003*1'), { as: 'token-5', status: 401, answer: errorByHand('access_denied', 'You are not') }]
    ])
  })
  const owner = (number: string) => fixture.extensions?.find(one => one.number === number)?.owner
  const user = (token: string) => {
    const id = fixture.tokens?.find(({ accessToken }) => accessToken === token)?.user
    return fixture.users?.find(one => one.id === id)
  }
  t.equal(fixture.tokens?.length, 4, 'a token that is refused is not in the fixture')
  t.equal(user('token-1')?.id, owner('0003*1'))
  t.equal(user('token-2')?.id, owner('0003*2'))
  t.equal(owner('0003*2'), owner('0003*3'), 'one user has what one token reaches')
  t.not(owner('0003*1'), owner('0003*2'), 'but for what the other one is refused')
  t.match(user('token-3'), { role: 'organization', organization: '3' })
  t.match(user('token-4'), { role: 'administrator', organization: null })
  t.match(fixture.organizations, [{ id: '3' }, { id: '4' }])
})

t.test('learn reports state that a fixture cannot contain', async t => {
  const list = [collectionByHand([])]
  const refresh = {
    client_id: 'app',
    client_secret: 'secret-1',
    grant_type: 'refresh_token',
    refresh_token: 'refresh-1'
  }
  const { assumed, fixture } = learnFrom({
    'a.jsonl': exchangesByHand([
      ['GET', EVENTS, { answer: list }],
      ['GET', EVENTS, { status: 401, answer: errorByHand('access_denied', 'You are not') }],
      ['POST', '/oauth/token.php', { as: '', sent: refresh, answer: { access_token: 'token-2', expires_in: 60 } }],
      ['GET', '/uapi/extensions/@me/777/phoneCallEvents', { as: 'token-2', answer: list }],
      ['POST', '/uapi/phoneCalls/@me/simple', { sent: { extension: '0003*210' }, answer: [] }]
    ])
  })
  for (const sentence of [
    'token-1 was accepted and later refused: in the fixture it does not expire.',
    'A fixture holds no refresh tokens and codes: requests with recorded ones are refused.',
    'How phones answer calls of PhoneCalls is not learned: after half a second in the fixture. Add phones to it.',
    'No line shows the extended number of 777: 0003*777 in the fixture.'
  ])
    t.ok(assumed.includes(sentence), sentence)
  t.match(fixture.apps, [{ clientId: 'app', clientSecret: 'secret-1', trusted: false }])
})

t.test('entries that a fixture cannot have are left out, and named', async t => {
  const { fixture, assumed } = learnFrom({
    'a.jsonl': exchangesByHand([
      [
        'GET',
        EVENTS,
        { answer: [collectionByHand([eventByHand('bad-id'), eventByHand('good', { url: 'not a url' })])] }
      ],
      ['GET', EVENTS, { as: 'ü', answer: [collectionByHand([eventByHand('fine')])] }]
    ])
  })
  t.same(
    fixture.phoneCallEvents?.map(({ id }) => id),
    ['fine']
  )
  t.same(
    fixture.tokens?.map(({ accessToken }) => accessToken),
    ['token-1']
  )
  t.match(assumed.join('\n'), /An entry of phoneCallEvents is left out of the fixture: it must/)
  t.match(assumed.join('\n'), /An entry of tokens is left out/)
})

t.test('learn lists behaviour that no setting covers, the worst first', async t => {
  const all = [
    [
      { on: { operation: 'create' }, do: { status: 429, code: 'quota_exceeded' } },
      [['error', /Create refuses with 429 and the code "quota_exceeded"/]]
    ],
    [
      { on: { operation: 'update' }, do: { status: 404, code: 'pce_id_invalid' } },
      [['status', /pce_id_invalid has the status 404/]]
    ],
    [
      { on: { operation: 'token' }, do: { status: 402, code: 'invalid_client' } },
      [['status', /refuses with invalid_client and 402/]]
    ],
    [
      { on: { operation: 'delivery', type: '2' }, do: { change: { parameters: { CallStatus: 'NORMAL' } } } },
      [['webhook', /CallStatus is "NORMAL"/]]
    ],
    [
      { on: { operation: 'delivery', type: '0' }, do: { change: { parameters: { Queue: 'support' } } } },
      [['webhook', /the parameter "Queue"/]]
    ],
    [
      { on: { operation: 'delivery', type: '4' }, do: { change: { parameters: { CallerIDName: null } } } },
      [['webhook', /no CallerIDName/]]
    ]
  ] as const
  const check = async ([fault, expected]: (typeof all)[number]) => {
    const upstream = await start(t, { machineClock: () => new Date() })
    const recorder = await record(t, upstream.url)
    const control = createClient({ url: upstream.url })
    await control.faults.add(fault as Parameters<typeof control.faults.add>[0])
    await runSession({ base: recorder.base, upstream: upstream.url, hook: recorder.hook })
    const { uncovered } = await learnFromRecorder(recorder)
    for (const [severity, text] of expected) {
      t.ok(
        uncovered.some(one => one.severity === severity && text.test(one.text)),
        String(text)
      )
    }
    const others = uncovered.filter(({ text }) => !expected.some(([, expectedText]) => expectedText.test(text)))
    t.same(others, [], 'and nothing else')
  }
  await Promise.all(all.map(check))
})

t.test('answers and webhooks of another form are each named once, with their count and first line', async t => {
  const { note: _, ...withoutNote } = eventByHand('one')
  const event = { ...withoutNote, status: 1, priority: 5 }
  const { uncovered } = learnFrom({
    'a.jsonl': exchangesByHand([
      ['POST', `${EVENTS}/0`, { status: 201, sent: { method: '0', url: 'http://receiver.test/' }, answer: {} }],
      ['GET', `${EVENTS}/0`, { answer: [collectionByHand([event])] }],
      ['GET', `${EVENTS}/0`, { answer: [collectionByHand([event])] }],
      ['GET', `${EVENTS}?count=0`, { answer: [collectionByHand([])] }],
      [
        'GET',
        `${EVENTS}?count=5`,
        { status: 400, answer: errorByHand('count_invalid', 'Parameter count is invalid.') }
      ],
      ['GET', `${EVENTS}/7`, { status: 400, answer: '<html>' }],
      ['GET', '/uapi/extensions/@me/0003*210/callRecordings/1', { answer: {} }],
      ['GET', '/uapi/extensions/@me/0003*210/faxes', { status: 501 }],
      ['GET', EVENTS, { answer: [collectionByHand([eventByHand('two'), eventByHand('one')])] }],
      ['POST', '/oauth/token.php', { as: '', answer: { access_token: 'token-2', token_type: 'Bearer' } }]
    ]),
    'w.jsonl': webhooksByHand([
      ['/hook', 'CallID=1.1&CallFlow=in&CallStatus=CALLING&CallerIDNum=1'],
      ['/hook', 'Event=ringing']
    ])
  })
  const texts = uncovered.map(
    ({ severity, text, count, first }) => `${severity} ${count} ${first.file}:${first.line} ${text}`
  )
  t.same(texts, [
    'status 1 a.jsonl:2 Create succeeds with 201; in the emulator with 200.',
    'status 1 a.jsonl:5 List accepts a request that the emulator refuses with count_invalid.',
    'service 1 a.jsonl:8 GET /uapi/extensions/…/callRecordings answers 200; the emulator 501, because it is not emulated.',
    'error 1 a.jsonl:6 List refuses a request with count_invalid; the emulator accepts the request.',
    'error 1 a.jsonl:7 List refuses with 400 and another body than {"error":{"code","message"}}.',
    'webhook 1 w.jsonl:2 A webhook has no CallerIDName, which the emulator sends.',
    'webhook 1 w.jsonl:2 A webhook has no CalledDID, which the emulator sends.',
    'webhook 1 w.jsonl:2 A webhook has no CallerExtension, which the emulator sends.',
    'webhook 1 w.jsonl:2 A webhook has no CallAPIID, which the emulator sends.',
    'webhook 1 w.jsonl:2 The parameters of webhooks are in another order: CallID, CallFlow, CallStatus, CallerIDNum.',
    'webhook 1 w.jsonl:3 A webhook has no CallID, and is read no further.',
    'body 2 a.jsonl:3 List: PhoneCallEvent.status is a number, and a text in the emulator.',
    'body 2 a.jsonl:3 List: PhoneCallEvent has the member priority, which the emulator does not send.',
    'body 2 a.jsonl:3 List: PhoneCallEvent has no note, which the emulator sends.',
    'body 1 a.jsonl:5 List: itemsPerPage is not the count of the request.',
    'body 1 a.jsonl:10 List: The entries of a list are not in the order of their urls.',
    'body 1 a.jsonl:11 The answer with a token has no expires_in, which the emulator sends.'
  ])
})

t.test('learn writes a valid fixture, with real credentials where they are given', async t => {
  const { folder, recording } = writeRecordings(t)
  const out = join(folder, 'learned.json')
  const written = await runHere(['learn', recording, '--out', out, '--credential', 'token-1=abcdef0123456789'])
  t.match(written, { code: 0, err: '', out: /listEnvelope +array +1 +0 / })
  t.match(written.out, `Wrote ${out}. Start with it:`)
  t.match(JSON.parse(readFileSync(out, 'utf8')), { tokens: [{ accessToken: 'abcdef0123456789' }] })
  t.equal(statSync(out).mode & 0o777, 0o600, 'that only its owner can read')
  t.match(await runHere(['validate', out]), { code: 0 })
  const json = await runHere(['learn', folder, '--json'])
  t.equal(json.code, 0, 'a folder stands for the recordings in it')
  t.ok(Check(Learned, JSON.parse(json.out)), 'and --json has the form that the schema states')
})

t.test('exchanges are read before webhooks, in whatever order their files are named', async t => {
  const { folder } = writeRecordings(t)
  const created = { PhoneCallEvent: eventByHand('one', { type: '2', url: 'http://receiver.test/gone?key=value-1' }) }
  const exchanges = join(folder, 'z.jsonl')
  const webhooks = join(folder, 'a.jsonl')
  writeFileSync(exchanges, exchangesByHand([['POST', `${EVENTS}/2`, { answer: created }]]))
  writeFileSync(webhooks, webhooksByHand([['/gone', 'key=value-7&CallID=1.1&CallStatus=ANSWER&CallFlow=in']]))
  const { out } = await runHere(['learn', webhooks, exchanges, '--json'])
  const { settings }: Learned = JSON.parse(out)
  t.match(
    settings.find(({ name }) => name === 'hangupStatus'),
    { value: 'cause', isShown: true }
  )
})

t.test('a recording is read as far as it is whole', async t => {
  const { folder, recording, text } = writeRecordings(t)
  const broken = (name: string, content: string | Buffer) => {
    writeFileSync(join(folder, name), content)
    return join(folder, name)
  }
  const newer = text.replace('"version":1', '"version":2')
  const lines = text.split('\n')
  for (const [name, content, code, message] of [
    ['cut', text.slice(0, -10), 1, /cut:3: the line is cut in the middle/],
    [
      'edited',
      [lines[0], lines[1], '{"exchange":1}', lines[2], ''].join('\n'),
      1,
      /edited:3: the line is not an exchange: \$\.at is missing/
    ],
    ['no-json', [lines[0], lines[1], 'hello', ''].join('\n'), 1, /no-json:3: the line is not JSON/],
    ['newer', newer, 2, /newer:1: the line is of version 2, which a newer uapi-emulator wrote/],
    ['other', '{"log":{}}\n', 2, /other:1: the line is not the start of a recording/],
    ['empty', '', 2, /empty:1: the line is missing/],
    ['binary', Buffer.from([0, 255, 10, 13, 0]), 2, /binary:1: the line is not the start/]
  ] as const) {
    const file = broken(name, content)
    const { code: ended, err, out } = await runHere(['learn', file])
    t.equal(ended, code, name)
    t.match(err, message)
    t.match(out, code === 1 ? /^1 exchange and 0 webhooks/ : /^$/, 'what is whole was learned')
  }
  const all = await runHere(['learn', recording, join(folder, 'cut')])
  t.match(all, { code: 1, out: /^3 exchanges/ }, 'other recordings are read to their end')
})

t.test('learn refuses what it cannot use, and says what to do', async t => {
  const { folder, recording, text } = writeRecordings(t)
  const empty = join(folder, 'none')
  mkdirSync(empty)
  for (const [words, message] of [
    [[], /file is missing/],
    [[join(folder, 'missing.jsonl')], /missing\.jsonl: there is no such file or folder/],
    [[empty], /the folder has no recording \(a file \*\.jsonl\)/],
    [[recording, recording], /the recording is named twice/],
    [[recording, '--credential', 'token-9=abcdef0123456789'], /there is no token-9 in the fixture\. It has token-1\./],
    [[recording, '--credential', 'token-1'], /a pseudonym and its value, such as token-1=/],
    [[recording, '--credential', 'token-1=a b'], /token-1: the value cannot be a credential/],
    [
      [recording, '--credential', 'token-1=abcdef0123', '--credential', 'token-1=abcdef0124'],
      /token-1=… is given twice/
    ],
    [[recording, '--out', recording], /this is a recording that is read\. Name another file/],
    [[recording, '--out', folder], /the file cannot be written \(EISDIR\)/]
  ] as const) {
    const { code, err, out } = await runHere(['learn', ...words])
    t.equal(code, 2, words.join(' '))
    t.match(err, message)
    t.equal(out, '')
    t.notMatch(err, /abcdef0123|a b/, 'and prints no credential')
  }
  t.equal(readFileSync(recording, 'utf8'), text, 'a recording is never overwritten')
  writeFileSync(recording, `${text.split('\n', 1)[0]}\n`)
  const nothing = await runHere(['learn', recording])
  t.match(nothing, { code: 2, out: '', err: /^The recordings are empty/ })
  writeFileSync(recording, `\uFEFF${text}`)
  t.match(await runHere(['learn', recording]), { code: 0, out: /^2 exchanges/ }, 'an editor may add a mark')
})

/** A folder with a recording of two exchanges. */
function writeRecordings(t: Test): { folder: string; recording: string; text: string } {
  const folder = mkdtempSync(join(tmpdir(), 'learn-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const text = exchangesByHand([
    ['GET', EVENTS, { answer: [collectionByHand([eventByHand('one')])] }],
    ['GET', `${EVENTS}/4`, { status: 204 }]
  ])
  const recording = join(folder, 'session.jsonl')
  writeFileSync(recording, text)
  return { folder, recording, text }
}
