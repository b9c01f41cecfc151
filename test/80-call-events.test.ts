import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { WEBHOOK_PARAMETERS } from '../src/http/control/uapi-document.js'
import type { Call, Moment } from '../src/schema/calls/call.js'
import { EVENT_TYPES } from '../src/schema/event-type.js'
import { readFixture, start } from './support/emulator.js'

const read = (name: string): string => readFileSync(join(import.meta.dirname, '../docs', name), 'utf8')

/** The flows of a document: a heading, the request of a call, and the diagram of its moments. */
const flowsIn = (document: string) =>
  [...document.matchAll(/^###? (.+)\n[^#]*?```json\n([^`]+)```\n\n```mermaid\n([^`]+)```/gm)].map(
    ([, title = '', request = '', diagram = '']) => ({
      title,
      request: JSON.parse(request),
      lines: diagram
        .trim()
        .split('\n')
        .map(line => line.trim())
    })
  )

const DOCUMENT = read('call-events.md')
const FLOWS = flowsIn(DOCUMENT)
const PHONE_CALL_FLOWS = flowsIn(read('phone-calls.md'))

/** A moment in a diagram: `P->>R: 0 Dial-In, 0005*201, CALLING, in`. */
const MOMENT = /^P->>R: (\d [A-Z][\w -]+, \d+\*\d+, [A-Z]+, (?:in|out))$/
const PARTICIPANT = /^participant ([A-Z]) as [\w *+]+$/
const MESSAGE = /^([A-Z])--?>>([A-Z]): [\w *+,-]+$/

/** A moment of a call, as a diagram shows it. */
const shown = ({ type, extension, callStatus, callFlow }: Moment): string =>
  `${type} ${EVENT_TYPES.find(({ code }) => code === type)?.label}, ${extension}, ${callStatus}, ${callFlow}`

/** Places a call, and advances the clock through all its steps. */
async function runCall(t: Test, request: unknown): Promise<Call> {
  const { ask } = await start(t, { fixture: { ...readFixture('call-centre'), phoneCallEvents: [] } })
  await ask('PUT', '/_emulator/clock', { body: { mode: 'frozen' } })
  const { status, body: placed } = await ask('POST', '/_emulator/calls', { body: request })
  t.equal(status, 201, JSON.stringify(placed))
  await ask('POST', '/_emulator/clock/advance', { body: { ms: 3_600_000 } })
  const { body: call } = await ask('GET', `/_emulator/calls/${placed.callId}`)
  t.equal(call.state, 'ended')
  return call
}

t.test('every flow of calls has a diagram, which shows its moments in their order', async t => {
  for (const flow of [
    'Two parties, answered',
    'Two parties, reached but not answered',
    'Two parties, not reached',
    'Several extensions at once',
    'IVR',
    'Queue',
    'Conference',
    'Blind transfer',
    'Attended transfer',
    'Forwarding, follow me'
  ]) {
    t.ok(
      FLOWS.some(({ title }) => title === flow),
      flow
    )
  }
  t.equal(FLOWS.length, DOCUMENT.split('```mermaid').length - 1, 'each diagram has its request above it')
  for (const { title, request, lines } of FLOWS) {
    t.test(title, async t => {
      const { moments } = await runCall(t, request)
      t.strictSame(
        lines.flatMap(line => MOMENT.exec(line)?.[1] ?? []),
        moments.map(shown)
      )
    })
  }
})

t.test("the diagram of a call of the vendor's API shows its moments in their order", async t => {
  t.equal(PHONE_CALL_FLOWS.length, 1)
  t.equal(read('phone-calls.md').split('```mermaid').length - 1, 1)
  for (const { request, lines } of PHONE_CALL_FLOWS) {
    const { ask } = await start(t, { fixture: { ...readFixture('call-centre'), phoneCallEvents: [] } })
    await ask('PUT', '/_emulator/clock', { body: { mode: 'frozen' } })
    const as = { as: null, headers: { authorization: 'Bearer ana-agent-token' } } as const
    const moments = async (): Promise<string[]> =>
      (await ask('GET', '/_emulator/calls')).body.calls.flatMap((call: Call) => call.moments).map(shown)
    let id = ''
    const happened: string[] = []
    for (const line of lines.slice(1)) {
      const [, ms] = / after (\d+) ms$/.exec(line) ?? []
      if (ms !== undefined) await ask('POST', '/_emulator/clock/advance', { body: { ms: Number(ms) } })
      if (line === 'X->>P: Create')
        [{ id }] = (await ask('POST', '/uapi/phoneCalls/@me/simple', { ...as, body: request })).body
      if (line === 'X->>P: Delete') await ask('DELETE', `/uapi/phoneCalls/@me/0005*201/${id}`, as)
      const [, moment] = MOMENT.exec(line) ?? []
      if (moment !== undefined) happened.push(moment)
      t.strictSame((await moments()).slice(0, happened.length), happened, line)
    }
    t.strictSame(await moments(), happened, 'and nothing else happens')
  }
})

t.test('every diagram is a sequence of messages between the participants that it declares', async t => {
  for (const { title, lines } of [...FLOWS, ...PHONE_CALL_FLOWS]) {
    const [kind, ...rest] = lines
    t.equal(kind, 'sequenceDiagram', title)
    const declared = rest.flatMap(line => PARTICIPANT.exec(line)?.[1] ?? [])
    for (const line of rest.slice(declared.length)) {
      const [, from = '', to = ''] = MESSAGE.exec(line) ?? []
      t.ok(declared.includes(from) && declared.includes(to), `${title}: ${line}`)
      t.ok(to !== 'R' || MOMENT.test(line), `${title}: ${line} is a moment`)
    }
  }
})

t.test('the table of outcomes is that of calls of two parties', async t => {
  const rows = [...DOCUMENT.matchAll(/^\| `(\w+)`[^|]*\| (yes|no) \| (yes|no) \| (yes|no) \| `(\w+)` \|/gm)]
  t.equal(rows.length, 6)
  for (const [, outcome = '', dialOut, dialIn, answer, hangupStatus] of rows) {
    const { moments } = await runCall(t, { from: '0005*201', to: '0005*202', outcome })
    const has = (name: string) => (moments.some(({ moment }) => moment === name) ? 'yes' : 'no')
    t.strictSame(
      [has('dialOut'), has('dialIn'), has('answerIncoming'), has('answerOutgoing')],
      [dialOut, dialIn, answer, answer],
      outcome
    )
    const hangups = moments.filter(({ moment }) => moment === 'hangup')
    t.strictSame(
      hangups.map(({ extension, callStatus }) => [extension, callStatus]),
      [
        ['0005*201', hangupStatus],
        ['0005*202', hangupStatus]
      ],
      outcome
    )
  }
})

t.test('the table of parameters has every parameter of a webhook, in its order', async t => {
  const [, table = ''] = /^\| parameter \| value \| from \|\n((?:\|.*\n)+)/m.exec(DOCUMENT) ?? []
  const names = [...table.matchAll(/^\| ((?:`\w+`(?:, )?)+) \|/gm)].flatMap(([, cell = '']) => cell.match(/\w+/g) ?? [])
  t.strictSame(names, Object.keys(WEBHOOK_PARAMETERS))
})
