import t, { type Test } from 'tap'
import { createClient } from '../src/client/client.js'
import { UAPI_ERRORS } from '../src/domain/errors/uapi.js'
import type { PhoneCall } from '../src/schema/phone-call.js'
import { at, CALLS, type Frozen, newCall, SIMPLE, startFrozen } from './support/phone-calls.js'

t.test('Update', async t => {
  /** Two calls of 0003*210, of which one talks. */
  const talking = async (t: Test) => {
    const frozen = await startFrozen(t)
    const { id } = await frozen.place()
    await frozen.advance(1000)
    const update = (body: object, path = `${CALLS}/${id}`) => frozen.ask('PUT', path, { body })
    return { ...frozen, id, update }
  }
  const refused = ({
    status,
    body,
    reason
  }: {
    status: number
    body: { error?: { code: string } }
    reason: string | null
  }) => [status, body.error?.code, reason]

  t.test('OnHold, Park and StartRecording set a date, their opposites clear it, and nothing fires', async t => {
    const { advance, update, list, moments, id } = await talking(t)
    const before = await moments(id)
    for (const [set, clear, member] of [
      ['OnHold', 'OffHold', 'onHold'],
      ['Park', 'UnPark', 'parked'],
      ['StartRecording', 'StopRecording', 'recording']
    ] as const) {
      const shown = async (): Promise<unknown[]> => (await list())[0]?.phoneCallView.map(view => view[member]) ?? []
      t.strictSame((await update({ action: clear })).status, 200, `${clear} of what is not set`)
      t.strictSame(await shown(), [undefined, undefined])
      const [view] = (await update({ action: set })).body[0].phoneCallView
      t.match(view[member], /^2026-03-01T10:20:3\d\+00:00$/)
      await advance(1000)
      t.strictSame(await shown(), [view[member], undefined], `${set}: the leg of the extension in the path`)
      const [cleared] = (await update({ action: clear })).body[0].phoneCallView
      t.notOk(member in cleared)
      t.strictSame(await shown(), [undefined, undefined], clear)
    }
    t.strictSame(await moments(id), before)
    for (const action of ['OnHold', 'Park', 'StartRecording']) await update({ action })
    await update({ action: 'OffHold' })
    const [call] = await list()
    t.match(call?.phoneCallView[0], { parked: String, recording: String }, 'one clears no other')
  })

  t.test(
    'reads the marks of a view by phoneCallViewId, and of all legs where the extension is only charged',
    async t => {
      const { update, list, place, ask } = await talking(t)
      await update({ action: 'OnHold', phoneCallViewId: '01' })
      t.strictSame(
        (await list())[0]?.phoneCallView.map(({ onHold }) => onHold),
        [undefined, at(1)]
      )
      for (const phoneCallViewId of ['02', '1', '', '-1', 'x'])
        t.strictSame(refused(await update({ action: 'OnHold', phoneCallViewId })), [
          400,
          'phone_call_view_invalid',
          'view_unknown'
        ])
      for (const phoneCallViewId of [1, null, {}, []])
        t.strictSame(refused(await update({ action: 'OnHold', phoneCallViewId })), [
          400,
          'action_invalid',
          'value_malformed'
        ])
      await ask('DELETE', CALLS)
      const { id } = await place(newCall({ source: ['0003*211', '0003*212'], destination: '0003*213' }))
      const { body } = await ask('PUT', `${CALLS}/${id}`, { body: { action: 'Park' } })
      t.strictSame(
        body[0].phoneCallView.map(({ parked }: { parked?: string }) => parked),
        [at(1), at(1)]
      )
    }
  )

  t.test('without an id changes all calls of the extension, and answers them in the order of placing', async t => {
    const { place, update, id, sandbox, list } = await talking(t)
    const second = await place()
    const { callApiId } = sandbox.calls.place({ from: '0003*211', to: '0003*210', manual: true })
    const { status, body } = await update({ action: 'OnHold' }, CALLS)
    t.equal(status, 200)
    t.strictSame(
      body.map((call: PhoneCall) => call.id),
      [id, second.id, callApiId]
    )
    t.strictSame(
      (await list()).map(({ phoneCallView }) => phoneCallView.filter(({ onHold }) => onHold).length),
      [1, 1, 1]
    )
    t.strictSame((await update({ action: 'OnHold' }, '/uapi/phoneCalls/@me/0003*300')).body, [], 'none of another one')
  })

  t.test('Transfer is a blind transfer, in every form', async t => {
    const start = (first: string) => [
      '500 210 dialOut CALLING out',
      '500 211 dialIn CALLING in',
      '1000 211 answerIncoming ANSWER in',
      '1000 210 answerOutgoing ANSWER out',
      `1000 ${first}`
    ]
    const goesOn = (from: string) => [
      `1000 ${from} dialOut CALLING out`,
      '1000 212 dialIn CALLING in',
      '1500 212 answerIncoming ANSWER in',
      `1500 ${from} answerOutgoing ANSWER out`,
      `1500 ${from} hangup ANSWER out`
    ]
    const byPath = [
      ...start('210 hangup ANSWER out'),
      ...goesOn('210'),
      '31000 211 hangup ANSWER in',
      '31000 212 hangup ANSWER in'
    ]
    const byOther = [
      ...start('211 hangup ANSWER in'),
      ...goesOn('211'),
      '31000 210 hangup ANSWER out',
      '31000 212 hangup ANSWER in'
    ]
    for (const [body, expected] of [
      [{ sendCallTo: '0003*212' }, byPath],
      [{ sendCallTo: '212' }, byPath],
      [{ sendCallTo: '+40312345212' }, byPath],
      [{ sendCallTo: '212', transferFromNumber: '', transferNumber: '' }, byPath],
      [{ sendCallTo: '212', transferNumber: '211' }, byPath],
      [{ sendCallTo: '212', transferFromNumber: '0003*210', transferNumber: '0003*211' }, byPath],
      [{ sendCallTo: '212', transferFromNumber: '211' }, byOther],
      [{ sendCallTo: '212', transferFromNumber: '211', transferNumber: '0003*210' }, byOther],
      [{ sendCallTo: '212', phoneCallViewId: '00' }, byPath],
      [{ sendCallTo: '212', phoneCallViewId: '01' }, byOther]
    ] as const) {
      const { update, moments, advance, id, list } = await talking(t)
      const title = JSON.stringify(body)
      const { status, body: answer } = await update({ action: 'Transfer', ...body })
      t.equal(status, 200, title)
      t.match(answer, [{ id, phoneCallView: { length: 4 } }])
      await advance(500)
      t.equal((await list())[0]?.phoneCallView[3]?.status, '5')
      await advance(60_000)
      t.strictSame(await moments(id), expected, title)
    }
  })

  t.test(
    'a transfer to a phone that does not answer ends the call with its status, to a number outside goes on',
    async t => {
      const { update, moments, advance, id, phone } = await talking(t)
      await phone('0003*212', { outcome: 'busy', ringMs: 700 })
      await update({ action: 'Transfer', sendCallTo: '212' })
      await advance(700)
      t.strictSame((await moments(id)).slice(7), [
        '1700 212 hangup BUSY in',
        '1700 210 hangup BUSY out',
        '1700 211 hangup BUSY in'
      ])
      const other = await talking(t)
      await other.update({ action: 'Transfer', sendCallTo: '+40733000222' })
      await other.advance(500)
      t.strictSame((await other.moments(other.id)).slice(4), [
        '1000 210 hangup ANSWER out',
        '1000 210 dialOut CALLING out',
        '1500 210 answerOutgoing ANSWER out',
        '1500 210 hangup ANSWER out'
      ])
    }
  )

  t.test('callDuration still counts from the first answer after a transfer', async t => {
    const { place, advance, call, update } = await talking(t)
    const { id } = await place(newCall(), '?callDuration=3')
    await advance(2000)
    await update({ action: 'Transfer', sendCallTo: '212' }, `${CALLS}/${id}`)
    await advance(1999)
    t.equal((await call(id)).state, 'answered')
    await advance(1)
    t.match(await call(id), { state: 'ended', outcome: 'answered' })
  })

  t.test('of a manual call is the transfer that the control API performs', async t => {
    const momentsOf = async (transfer: (frozen: Frozen, callId: string, id: string) => Promise<unknown>) => {
      const frozen = await startFrozen(t)
      const { callId, callApiId } = frozen.sandbox.calls.place({ from: '0003*211', to: '0003*210', manual: true })
      frozen.sandbox.calls.perform(callId, { verb: 'answer' })
      await transfer(frozen, callId, callApiId)
      return frozen.moments(callApiId)
    }
    const byVerb = await momentsOf(async ({ sandbox }, callId) =>
      sandbox.calls.perform(callId, { verb: 'transfer', from: '0003*210', to: '0003*212', kind: 'blind' })
    )
    const byUpdate = await momentsOf(({ ask }, _callId, id) =>
      ask('PUT', `${CALLS}/${id}`, { body: { action: 'Transfer', sendCallTo: '0003*212' } })
    )
    t.equal(byVerb.length, 7)
    t.strictSame(byUpdate, byVerb)
  })

  t.test('of a call of the control API rings a phone, which answers, talks and hangs up', async t => {
    const transferred = { action: 'Transfer', sendCallTo: '0003*212' }
    const courses: [string, object, Record<string, unknown>, [number, string][]][] = [
      [
        'manual',
        { manual: true },
        {},
        [
          [500, 'answerIncoming'],
          [30_500, 'hangup']
        ]
      ],
      ['manual, busy', { manual: true }, { outcome: 'busy', ringMs: 700 }, [[700, 'hangup']]],
      [
        'its script ends it',
        { talkMs: 9_000 },
        {},
        [
          [500, 'answerIncoming'],
          [9_000, 'hangup']
        ]
      ],
      [
        'its phone ends it',
        { talkMs: 9_000 },
        { talkMs: 2_000 },
        [
          [500, 'answerIncoming'],
          [2_500, 'hangup']
        ]
      ],
      ['not reached', { talkMs: 9_000 }, { outcome: 'unavailable' }, [[0, 'hangup']]]
    ]
    for (const [title, how, phone, expected] of courses) {
      const { sandbox, ask, advance } = await startFrozen(t)
      sandbox.phones.set('0003*212', phone)
      const call = sandbox.calls.place({ from: '+40722000111', to: '0003*210', ...how })
      if ('manual' in how) sandbox.calls.perform(call.callId, { verb: 'answer' })
      await advance(0)
      const { status } = await ask('PUT', `${CALLS}/${call.callApiId}`, { body: transferred })
      t.equal(status, 200, title)
      await advance(40_000)
      const { state, moments, placedAt } = sandbox.calls.get(call.callId)
      const times = moments
        .filter(({ extension, moment }) => extension === '0003*212' && moment !== 'dialIn')
        .map(({ at, moment }) => [Date.parse(at) - Date.parse(placedAt), moment])
      t.strictSame(times, expected, title)
      t.equal(state, 'ended', title)
    }
  })

  t.test('of a call of the control API leaves it to verbs by hand, and the phone gives way to them', async t => {
    const { sandbox, ask, advance } = await startFrozen(t)
    const { callId, callApiId } = sandbox.calls.place({ from: '+40722000111', to: '0003*210', manual: true })
    sandbox.calls.perform(callId, { verb: 'answer' })
    await ask('PUT', `${CALLS}/${callApiId}`, { body: { action: 'Transfer', sendCallTo: '0003*212' } })
    t.match(sandbox.calls.get(callId).next, [{ answer: '0003*212' }, { hangup: '0003*212' }])
    sandbox.calls.perform(callId, { verb: 'answer', number: '0003*212' })
    await advance(600)
    t.equal(sandbox.calls.get(callId).state, 'answered', 'the answer of the phone is left out')
    sandbox.calls.perform(callId, { verb: 'hangup' })
    await advance(40_000)
    t.equal(sandbox.calls.get(callId).state, 'ended')
  })

  t.test('answers 501 with a reason for what is not emulated', async t => {
    const { update, ask } = await talking(t)
    for (const action of ['PickUp', 'BargeIn', 'Whisper', 'Monitor', 'TransferToVoicemail'])
      for (const path of [undefined, CALLS, '/uapi/phoneCalls/@me/0003*300']) {
        const answer = await update({ action }, path)
        t.strictSame(refused(answer), [501, 'request_not_implemented', 'action_not_emulated'], `${action} ${path}`)
        t.match(answer.body.error.message, `${UAPI_ERRORS.request_not_implemented.message} The action ${action}`)
      }
    t.equal((await ask('GET', CALLS)).body.totalResults, 1)
  })

  t.test('refuses any other action, and what is missing or malformed', async t => {
    const { update, list } = await talking(t)
    const before = await list()
    for (const action of [
      undefined,
      'Hangup',
      'onhold',
      'ONHOLD',
      'OnHold ',
      '',
      'constructor',
      'toString',
      7,
      null,
      true,
      {},
      ['OnHold']
    ])
      for (const path of [undefined, CALLS, '/uapi/phoneCalls/@me/0003*300'])
        t.strictSame(
          refused(await update({ action }, path)),
          [400, 'action_invalid', action === undefined ? 'value_missing' : 'value_malformed'],
          JSON.stringify(action)
        )
    for (const [body, reason] of [
      [{}, 'value_missing'],
      [{ sendCallTo: '' }, 'value_missing'],
      [{ sendCallTo: 7 }, 'value_malformed'],
      [{ sendCallTo: null }, 'value_malformed'],
      [{ sendCallTo: ['212'] }, 'value_malformed'],
      [{ sendCallTo: 'abc' }, 'value_malformed'],
      [{ sendCallTo: '1'.repeat(34) }, 'value_malformed'],
      [{ sendCallTo: '212', transferFromNumber: 7 }, 'value_malformed'],
      [{ sendCallTo: '212', transferNumber: 'x' }, 'value_malformed'],
      [{ sendCallTo: '0003*999' }, 'action_impossible'],
      [{ sendCallTo: '9' }, 'action_impossible'],
      [{ sendCallTo: '0003*210' }, 'action_impossible'],
      [{ sendCallTo: '211' }, 'action_impossible'],
      [{ sendCallTo: '212', transferFromNumber: '213' }, 'action_impossible'],
      [{ sendCallTo: '212', transferFromNumber: '0003*999' }, 'action_impossible'],
      [{ sendCallTo: '212', transferNumber: '213' }, 'action_impossible'],
      [{ sendCallTo: '212', transferNumber: '0003*210' }, 'action_impossible']
    ] as const)
      t.strictSame(
        refused(await update({ action: 'Transfer', ...body })),
        [400, 'action_invalid', reason],
        JSON.stringify(body)
      )
    t.strictSame(await list(), before, 'and nothing changed')
  })

  t.test('says what is wrong', async t => {
    const { update } = await talking(t)
    for (const [body, end] of [
      [{ action: 'OnHold', phoneCallViewId: '7' }, ' phoneCallViewId must be one of 00, 01.'],
      [{ action: 'Transfer', sendCallTo: '210' }, ': sendCallTo is 0003*210, the extension that transfers.'],
      [{ action: 'Transfer', sendCallTo: '211' }, ': 0003*211 is in the call already.'],
      [{ action: 'Transfer', sendCallTo: 'x' }, ' sendCallTo must have 1 to 33 digits, +, * and #.']
    ] as const) {
      const { message } = (await update(body)).body.error
      t.ok(message.endsWith(end), message)
    }
  })

  t.test('a transfer is possible only while the call talks, and on all calls changes all of them or none', async t => {
    const { place, list, update, moments, id, advance } = await talking(t)
    const ringing = await place()
    const transfer = { action: 'Transfer', sendCallTo: '212' }
    for (const wait of [0, 500]) {
      if (wait > 0) await advance(wait)
      const before = [await list(), await moments(id), await moments(ringing.id)]
      for (const path of [`${CALLS}/${ringing.id}`, CALLS])
        t.strictSame(
          refused(await update(transfer, path)),
          [400, 'action_invalid', 'action_impossible'],
          `${wait} ${path}`
        )
      t.strictSame([await list(), await moments(id), await moments(ringing.id)], before, 'neither is changed')
    }
    await advance(500)
    t.strictSame((await update(transfer, CALLS)).status, 200, 'when both talk')
  })
})

t.test('the verbs of the control API drive these calls, too', async t => {
  const { place, phone, advance, moments, call, ask } = await startFrozen(t)
  await phone('0003*210', { outcome: 'noAnswer' })
  await phone('0003*211', { ringMs: 5000, talkMs: 1000 })
  const { id } = await place()
  const { callId } = await call(id)
  await advance(100)
  t.equal((await ask('POST', `/_emulator/calls/${callId}/answer`, { body: {} })).status, 200)
  await advance(10_000)
  t.strictSame(await moments(id), [
    '100 210 dialOut CALLING out',
    '100 211 dialIn CALLING in',
    '5100 211 answerIncoming ANSWER in',
    '5100 210 answerOutgoing ANSWER out',
    '6100 210 hangup ANSWER out',
    '6100 211 hangup ANSWER in'
  ])
})

t.test('requests of PhoneCalls are in the journal, in verifications, in the stream and in the metrics', async t => {
  const { place, ask, url, advance } = await startFrozen(t)
  const stream = await fetch(`${url}/_emulator/stream?types=request,call`)
  const { id } = await place(newCall({}, { extension: '210' }))
  await ask('GET', `${CALLS}/${id}`)
  await ask('PUT', '/uapi/phoneCalls/@me/@self', { body: { action: 'OnHold' } })
  await advance(1000)
  await ask('DELETE', '/uapi/phoneCalls/12/210')
  await ask('DELETE', `${CALLS}/${id}`)

  const { body: journal } = await ask('GET', '/_emulator/requests')
  t.strictSame(
    journal.requests.map(({ operation, user, extension, status, reason }: Record<string, unknown>) => [
      operation,
      user,
      extension,
      status,
      reason
    ]),
    [
      ['phoneCalls.create', '12', '0003*210', 200, undefined],
      ['phoneCalls.list', '12', '0003*210', 200, undefined],
      ['phoneCalls.update', '12', '0003*210', 200, undefined],
      ['phoneCalls.delete', '12', '0003*210', 200, undefined],
      ['phoneCalls.delete', '12', '0003*210', 400, 'phone_call_unknown']
    ]
  )
  t.match(JSON.parse(journal.requests[0].request.body), newCall({}, { extension: '210' }))

  const verify = async (match: object, count: number) =>
    (await ask('POST', '/_emulator/requests/verify', { body: { match, count } })).status
  t.equal(await verify({ operation: 'phoneCalls.create', extension: '0003*210' }, 1), 200)
  t.equal(await verify({ operation: 'phoneCalls.delete' }, 2), 200)
  t.equal(await verify({ operation: 'phoneCalls.delete', status: 400 }, 1), 200)
  t.equal(await verify({ operation: 'create' }, 0), 200, 'it is no Create of an event')
  t.equal(await verify({ operation: 'phoneCalls.create' }, 2), 409)

  const client = createClient({ url })
  t.teardown(() => client.close())
  const { requests } = await client.requests.list({ operation: 'phoneCalls.list', extension: '0003*210' })
  t.equal(requests.length, 1)
  await client.requests.verify({ match: { operation: 'phoneCalls.update' }, count: 1 })

  const { text: metrics } = await ask('GET', '/_emulator/metrics')
  t.match(metrics, /requests_total\{surface="uapi",operation="phoneCalls\.create",status="2xx"\} 1\n/)
  t.match(metrics, /requests_total\{surface="uapi",operation="phoneCalls\.delete",status="4xx"\} 1\n/)

  let text = ''
  const decoder = new TextDecoder()
  for await (const chunk of stream.body ?? []) {
    text += decoder.decode(chunk, { stream: true })
    if (text.includes('phone_call_unknown')) break
  }
  const events = [...text.matchAll(/^event: (\w+)\ndata: (.*)$/gm)].map(([, event, data = '']) => {
    const { operation, callApiId, state } = JSON.parse(data)
    return event === 'request' ? operation : `${callApiId === id} ${state}`
  })
  t.strictSame(
    events.filter(event => event !== undefined),
    [
      'true ringing',
      'phoneCalls.create',
      'phoneCalls.list',
      'true ringing',
      'phoneCalls.update',
      'true ringing',
      'true answered',
      'true ended',
      'phoneCalls.delete',
      'phoneCalls.delete'
    ]
  )
})

t.test('faults hit the operations of PhoneCalls, by the extension of the path or the body', async t => {
  const fault = { status: 503, reason: 'fault_injected', body: { error: { code: 'service_unavailable' } } }
  const { ask, list } = await startFrozen(t)
  const operations: [string, string, string, object?][] = [
    ['create', 'POST', SIMPLE, newCall({}, { extension: '210' })],
    ['create', 'POST', SIMPLE, newCall({}, { extension: '@self' })],
    ['list', 'GET', CALLS],
    ['list', 'GET', '/uapi/phoneCalls/@me/210/unknown'],
    ['list', 'GET', '/uapi/phoneCalls/@me/@self'],
    ['update', 'PUT', CALLS, { action: 'OnHold' }],
    ['delete', 'DELETE', `${CALLS}/unknown`]
  ]
  const add = (on: object) => ask('POST', '/_emulator/faults', { body: { on, times: 1, do: { status: 503 } } })
  for (const [name, method, path, body] of operations) {
    const title = `${name} ${path} ${JSON.stringify(body)}`
    for (const operation of [`phoneCalls.${name}`, '*'])
      for (const extension of ['0003*210', undefined]) {
        t.equal((await add({ operation, extension })).status, 201)
        t.match({ ...(await ask(method, path, { body })) }, fault, `${title} by ${operation} ${extension}`)
      }
    await ask('DELETE', '/_emulator/faults')
    for (const on of [
      { operation: name },
      { operation: `phoneCalls.${name}`, extension: '0003*211' },
      { operation: 'phoneCalls.update', extension: '0003*300' }
    ]) {
      await add(on)
      const { reason } = await ask(method, path, { body })
      t.not(reason, 'fault_injected', `${title} not by ${JSON.stringify(on)}`)
      await ask('DELETE', '/_emulator/faults')
      await ask('DELETE', CALLS)
    }
  }
  t.strictSame(await list(), [], 'a request that a fault answers places no call')
})

t.test('a reset ends the calls', async t => {
  const { place, ask, list } = await startFrozen(t)
  const { id } = await place()
  await ask('POST', '/_emulator/reset')
  t.strictSame([await list(), await list(`${CALLS}/${id}`)], [[], []])
})
