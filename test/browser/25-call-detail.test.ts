import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Page } from 'playwright-core'
import t from 'tap'
import { scriptOf, shorten } from '../../src/page/views/calls/detail/script.js'
import type { Call } from '../../src/schema/calls/call.js'
import type { CallRequest } from '../../src/schema/calls/call-request.js'
import { axe, IN_BROWSER } from '../support/browser.js'
import { FLOWS } from '../support/call-flows.js'
import { CALLER, DAY, HOSTILE, MARKUP, OUTSIDE, openCalls, play } from '../support/call-page.js'
import { DIRECTORY, openFrozenWorld } from '../support/call-world.js'
import { ROOT, runShell, until } from '../support/program.js'

/** Clicks a button that copies, and gives what it copied. */
async function copied(page: Page, name: string | RegExp): Promise<string> {
  await page.evaluate(() => navigator.clipboard.writeText(''))
  await page.locator('.detail').getByRole('button', { name, exact: true }).click()
  await page.waitForFunction(async () => (await navigator.clipboard.readText()) !== '')
  return page.evaluate(() => navigator.clipboard.readText())
}

const linesOf = ({ moments, placedAt }: Call): string[] =>
  moments.map(
    ({ at, leg, extension, moment, callStatus }) =>
      `${Date.parse(at) - Date.parse(placedAt)} ${leg} ${extension} ${moment} ${callStatus}`
  )

t.test('a call shows its facts, its legs, and what each moment fired, with reasons', IN_BROWSER, async t => {
  const { emulator, created, showCall } = await openCalls(t)
  const call = await play(emulator, { ...CALLER, from: OUTSIDE, callerName: 'Ana Pop', ringMs: 2_000, talkMs: 5_000 })
  const { page } = await showCall(call)
  const detail = page.locator('.detail')
  const text = await detail.innerText()
  for (const fact of [
    call.callId,
    call.callApiId,
    OUTSIDE,
    'Ana Pop',
    'Front Desk',
    '2026-03-12 09:30:00.000 UTC',
    'ended',
    'answered'
  ])
    t.match(text, fact)
  const moments = detail.locator('.moments > li')
  t.equal(await moments.count(), 3)
  const rings = moments.nth(0)
  t.match(await rings.innerText(), /Dial-In/)
  t.match(await rings.innerText(), /delivered\s+200/)
  t.match(await rings.innerText(), new RegExp(created.rings.id))
  await rings.locator('summary').click()
  const missed = await rings.locator('details').innerText()
  t.match(missed, /1 did not fire: its status is 0/)
  t.match(missed, /1 did not fire: it is of another type than the moment/)
  t.match(missed, created.disabled.id)
  t.match(await moments.nth(1).innerText(), /No event is armed for this moment/)
  const hangup = await moments.nth(2).innerText()
  t.match(hangup, /failed/)
  t.match(hangup, /127\.0\.0\.1:9/, 'the failure in words')
  const link = rings.getByRole('link', { name: /webhook/ })
  t.equal(await link.getAttribute('href'), `?view=webhooks&webhook=${call.moments[0]?.armed[0]?.deliveryId}`)
})

t.test('what a call still does stands there with its time', IN_BROWSER, async t => {
  const { emulator, showCall } = await openCalls(t)
  const call = await emulator.calls.place({ ...CALLER, ringMs: 4_000, talkMs: 60_000 })
  const { page } = await showCall(call)
  const next = page.locator('.call-next')
  t.match(
    await next.innerText(),
    /09:30:04\.000\s+in 4 s\s+answer 0003\*210\s+09:31:04\.000\s+in 1 min 4 s\s+hang up all legs/
  )
  await emulator.clock.advance(4_000)
  await next.locator('li').nth(1).waitFor({ state: 'detached' })
  t.match(await next.innerText(), /in 1 min\s+hang up all legs/)
  await emulator.clock.advance(DAY)
  await next.waitFor({ state: 'detached' })
})

/** Whether a text is a sequence diagram of Mermaid with declared parties, and texts without a sign that it reads. */
function checkMermaid(text: string): string[] {
  const [first, ...lines] = text.trimEnd().split('\n')
  const safe = /^(?:[\p{L}\p{N} ,./_*+-]|#\d+;)+$/u
  const ids = new Set<string>()
  const wrong = first === 'sequenceDiagram' ? [] : [`begins with ${first}`]
  for (const line of lines) {
    const declared = /^ {2}(?:actor|participant) (\w+) as (.+)$/.exec(line)
    const note = /^ {2}Note over (\w+): (.+)$/.exec(line)
    const arrow = /^ {2}(\w+)(?:->>|-->>|-x)(\w+): (.+)$/.exec(line)
    const label = declared?.[2] ?? note?.[2] ?? arrow?.[3]
    if (declared?.[1]) ids.add(declared[1])
    const names = [note?.[1], arrow?.[1], arrow?.[2]].filter(name => name !== undefined)
    if (label === undefined || !safe.test(label) || /\bend\b|style|classDef/i.test(label)) wrong.push(line)
    wrong.push(...names.filter(name => !ids.has(name)).map(name => `${name} is not declared: ${line}`))
  }
  return wrong
}

t.test('the diagram is drawn, told as text, and copied as valid Mermaid', IN_BROWSER, async t => {
  const { emulator, showCall } = await openCalls(t)
  const call = await play(emulator, {
    to: '0003*210',
    callerNumber: HOSTILE.slice(0, 80),
    callerName: HOSTILE,
    ringMs: 2_000,
    talkMs: 1_000
  })
  const { page } = await showCall(call)
  const drawing = page.getByRole('img', { name: /Sequence of the call: .* PBX, 0003\*210, 127\.0\.0\.1:/ })
  await drawing.waitFor()
  t.equal(await drawing.locator('.lifeline').count(), 5, 'caller, PBX, extension, two receivers')
  await page.getByText('As text').click()
  const lines = await page.locator('.sequence-text li').allInnerTexts()
  t.match(
    lines,
    [/calls 0003\*210/, /PBX to 0003\*210: Dial-In/, /webhook \d+: POST Dial-In/, /200 in \d+ ms/],
    'the same as text'
  )
  t.equal(lines.length, await drawing.locator('.arrow').count())
  t.match(lines.at(-1), /does not reach 127\.0\.0\.1:9: .*refused/)
  const mermaid = await copied(page, 'Mermaid')
  t.strictSame(checkMermaid(mermaid), [], mermaid)
  t.match(mermaid, /-xR2: webhook/)
  t.strictSame(checkMermaid('sequenceDiagram\n  A->>B: x; y'), [
    '  A->>B: x; y',
    'A is not declared:   A->>B: x; y',
    'B is not declared:   A->>B: x; y'
  ])
})

t.test('a copied command places the call again, whatever its texts hold', IN_BROWSER, async t => {
  const { emulator, showCall, receiver } = await openCalls(t)
  const call = await play(emulator, {
    ...CALLER,
    callerName: HOSTILE,
    callerNumber: "it's 1",
    outcome: 'busy',
    ringMs: 1_000
  })
  const { page } = await showCall(call)
  const command = await copied(page, 'curl')
  t.notOk(command.includes('\u202E'), 'hidden characters are escaped')
  receiver.received.length = 0
  const { code, err, out } = await runShell(command)
  t.equal(code, 0, err)
  const { callId } = JSON.parse(out)
  await emulator.clock.advance(DAY)
  const again = await emulator.calls.get(callId)
  t.strictSame(linesOf(again), linesOf(call))
  t.equal(again.callerName, HOSTILE)
  const [webhook] = receiver.received
  t.equal(webhook && receiver.parametersOf(webhook).CallerIDNum, "it's 1", 'the number that only webhooks have')
})

t.test('the control token is copied as a variable, and only where one is in use', IN_BROWSER, async t => {
  const { emulator, show } = await openCalls(t, ['--control-token', 'secret-control-token'])
  const call = await play(emulator, CALLER)
  const { page } = await show(`/?view=calls&call=${call.callId}#token=secret-control-token`)
  const command = await copied(page, 'curl')
  t.match(command, /-H "authorization: Bearer \$UAPI_EMULATOR_CONTROL_TOKEN"/)
  t.match(await copied(page, 'Test'), 'process.env.UAPI_EMULATOR_CONTROL_TOKEN')
  t.notMatch(command, 'secret-control-token')
  const { out } = await runShell(`export UAPI_EMULATOR_CONTROL_TOKEN=secret-control-token\n${command}`)
  t.match(JSON.parse(out), { from: '0003*211' })
})

t.test('copied steps are accepted and give the same moments', IN_BROWSER, async t => {
  const { emulator, showCall } = await openCalls(t)
  const requests: CallRequest[] = [
    { ...CALLER, ringMs: 3_000, talkMs: 10_000 },
    {
      from: '0003*211',
      to: '0003*400',
      steps: [
        { answer: '0003*400' },
        { afterMs: 8_000, ring: '0003*300', via: '0003*400' },
        { afterMs: 1_000, answer: '0003*300' },
        { afterMs: 6_000, ring: '0003*210', via: '0003*300' },
        { afterMs: 5_000, answer: '0003*210' },
        { afterMs: 4_000, transfer: { from: '0003*210', to: OUTSIDE, kind: 'attended' } },
        { afterMs: 2_000, answer: OUTSIDE },
        { afterMs: 1_000, complete: '0003*210' },
        { afterMs: 9_000, hangup: 'all' }
      ]
    },
    { ...CALLER, outcome: 'unavailable' }
  ]
  for (const request of requests) {
    const call = await play(emulator, request)
    const opened = await showCall(call)
    const body: CallRequest = JSON.parse(await copied(opened.page, 'Steps'))
    t.strictSame(linesOf(await play(emulator, body)), linesOf(call), JSON.stringify(body))
    await opened.context.close()
  }
})

t.test('the steps of every documented flow give its moments again', async t => {
  const { sandbox } = await openFrozenWorld(t)
  t.teardown(() => sandbox.close())
  const kindOf = (number: string) => DIRECTORY.find(extension => extension.number === number)?.kind
  const playHere = async (request: CallRequest) => {
    const { callId } = sandbox.calls.place(request)
    await sandbox.clock.advance({ ms: DAY })
    return sandbox.calls.get(callId)
  }
  for (const [title, request] of FLOWS) {
    const call = await playHere(request as CallRequest) // a request of the model is one of the API
    const script = scriptOf(call, kindOf)
    if (script === undefined) throw new Error(title)
    for (const body of [script, shorten(script)])
      t.strictSame(linesOf(await playHere({ dialled: call.dialled, ...body })), linesOf(call), title)
  }
})

t.test('a copied test runs with the package, and fails when a webhook is missing', IN_BROWSER, async t => {
  const { emulator, showCall, created } = await openCalls(t)
  const call = await play(emulator, { ...CALLER, ringMs: 3_000, talkMs: 10_000 })
  const { page } = await showCall(call)
  const text = await copied(page, 'Test')
  t.match(text, /moment: "hangup", callStatus: "ANSWER" \}, count: 1/)
  const folder = mkdtempSync(join(tmpdir(), 'uapi-copied-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  await mkdir(join(folder, 'node_modules'))
  symlinkSync(ROOT, join(folder, 'node_modules/uapi-emulator'), 'junction')
  const file = join(folder, 'copied.test.mts')
  writeFileSync(file, text)
  const run = promisify(execFile)
  const tsc = [
    join(ROOT, 'node_modules/typescript/bin/tsc'),
    '--noEmit',
    '--ignoreConfig',
    '--strict',
    '--skipLibCheck',
    '--module',
    'nodenext',
    '--target',
    'es2022',
    '--typeRoots',
    join(ROOT, 'node_modules/@types'),
    '--types',
    'node',
    file
  ]
  await run(process.execPath, tsc, { cwd: folder })
  const test = () =>
    run(process.execPath, ['--import', join(ROOT, 'node_modules/tsx/dist/esm/index.mjs'), file], { cwd: folder })
  await test()
  await emulator.events.change(created.ends.id, { status: '0' })
  await t.rejects(test(), 'without the event of the hangup')
})

t.test('a call is answered, transferred and ended by hand on its legs', IN_BROWSER, async t => {
  const { emulator, showCall } = await openCalls(t)
  const call = await emulator.calls
    .place({ from: '0003*211', to: ['0003*210', '0003*212'], manual: true })
    .catch(() => undefined)
  const placed = call ?? (await emulator.calls.place({ ...CALLER, manual: true }))
  const { page } = await showCall(placed)
  const legs = page.locator('.legs > li')
  const state = async () => (await emulator.calls.get(placed.callId)).legs.map(leg => leg.state).join()
  await legs.nth(1).getByRole('button', { name: 'Answer' }).click()
  await legs.nth(1).getByText('answered', { exact: true }).waitFor()
  await legs.nth(1).getByRole('button', { name: 'Transfer …' }).click()
  const to = page.getByLabel('Transfer to')
  await to.fill('0003*211')
  await page.locator('.detail').getByRole('button', { name: 'Transfer', exact: true }).click()
  t.match(
    await page.getByRole('alert').innerText(),
    /0003\*211 is in the call already/,
    'the words of the API, at the leg'
  )
  t.equal(await to.inputValue(), '0003*211', 'what was typed stays')
  await to.fill(OUTSIDE)
  await page.getByLabel('Kind').selectOption('attended')
  await to.press('Enter')
  const consulted = legs.filter({ hasText: OUTSIDE })
  await consulted.getByRole('button', { name: 'Answer' }).click()
  await legs.nth(1).getByRole('button', { name: 'Complete transfer' }).click()
  await until(async () => (await state()).includes('ended'))
  await page.getByRole('button', { name: 'Hang up all' }).click()
  await page.locator('.detail-head').getByText('ended').waitFor()
  t.notOk((await state()).includes('answered'))
  t.equal(
    await page.getByRole('button', { name: 'Hang up' }).count(),
    0,
    'nothing can be done with a call that is over'
  )
})

t.test('further parties are rung and rejected by hand, also in a call of the vendor', IN_BROWSER, async t => {
  const { emulator, server, showCall } = await openCalls(t)
  const manual = await emulator.calls.place({ ...CALLER, to: '0003*300', manual: true })
  const first = await showCall(manual)
  await first.page.getByLabel('Ring further parties').fill('0003*210')
  await first.page.getByLabel('Through').selectOption('0003*300')
  await first.page.getByRole('button', { name: 'Ring', exact: true }).click()
  const rung = first.page.locator('.legs > li').nth(2)
  await rung.getByLabel('Outcome of 0003*210').selectOption('noAnswer')
  await rung.getByRole('button', { name: 'Reject' }).click()
  await rung.getByText('ended').waitFor()
  t.match((await emulator.calls.get(manual.callId)).moments.at(-1), { moment: 'hangup', callStatus: 'NOANSWER' })

  await emulator.phones.set('0003*210', { ringMs: 60_000 })
  const answer = await fetch(`${server.url}/uapi/phoneCalls/@me/simple`, {
    method: 'POST',
    headers: { authorization: 'Bearer emulator-user-token', 'content-type': 'application/json' },
    body: JSON.stringify({
      extension: '0003*210',
      phoneCallView: [{ source: ['0003*210'], destination: [OUTSIDE], callerId: MARKUP }]
    })
  })
  t.equal(answer.status, 200)
  const placed = (await emulator.calls.list()).calls.at(-1)
  const second = await showCall({ callId: placed?.callId ?? '' })
  t.match(await second.page.locator('.detail').innerText(), /No source has picked up/)
  await second.page.locator('.detail').getByRole('button', { name: 'Answer' }).click()
  await second.page.locator('.legs > li').nth(1).waitFor()
  t.match(await second.page.locator('.facts').innerText(), /request \d+/, 'the request that placed it')
  const body: CallRequest = JSON.parse(await copied(second.page, 'Steps'))
  t.match(body, { from: '0003*210', to: OUTSIDE })
})

t.test('a call that is not there, or is forgotten, says so and can be closed', IN_BROWSER, async t => {
  const { emulator, show, showCall } = await openCalls(t)
  const { page } = await show('/?view=calls&call=1.2')
  await page.getByText('There is no call 1.2').waitFor()
  await page.locator('.detail').getByRole('button', { name: 'Close', exact: true }).click()
  await page.locator('.detail').waitFor({ state: 'detached' })
  t.equal(new URL(page.url()).searchParams.get('call'), null)

  const call = await play(emulator, CALLER)
  const second = await showCall({ callId: call.legs[1]?.callId ?? '' })
  t.match(await second.page.locator('.detail h2').innerText(), call.callId, 'by the CallID of another leg')
  await emulator.reset()
  await second.page.getByText(/There is no call/).waitFor()
})

t.test('axe finds nothing in a call in both themes, and 360 pixels are enough', IN_BROWSER, async t => {
  const { emulator, showCall } = await openCalls(t)
  const call = await emulator.calls.place({ ...CALLER, manual: true, callerName: HOSTILE })
  await emulator.calls.answer(call.callId)
  for (const options of [{}, { colorScheme: 'dark' as const, width: 360, height: 740 }]) {
    const { page } = await showCall(call, options)
    await page.locator('.detail').getByRole('button', { name: 'Transfer …' }).first().click()
    t.strictSame(await axe(page), [])
    const body = await page.locator('.detail').evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)
    t.equal(body, 0, 'only the diagram scrolls')
  }
})

t.test('texts from outside run nothing, and the layout holds', IN_BROWSER, async t => {
  const { emulator, showCall } = await openCalls(t)
  const url = `http://127.0.0.1:9/${encodeURI(MARKUP)}?${'x'.repeat(1_500)}`
  await emulator.events.create({ extension: '0003*210', type: '0', method: '0', url, note: HOSTILE })
  const call = await play(emulator, {
    to: '0003*210',
    callerName: `${HOSTILE}${'W'.repeat(140)}`,
    callerNumber: MARKUP
  })
  const { page, problems } = await showCall(call)
  t.equal(await page.locator('.detail img').count(), 0)
  const text = await page.locator('.detail').innerText()
  t.match(text, MARKUP)
  t.match(text, 'U+202E')
  const over = await page.locator('.detail').evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)
  t.equal(over, 0)
  t.strictSame(problems(), [])
})
