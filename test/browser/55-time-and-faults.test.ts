import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { connectEmulator, type Emulator } from '../../src/client/emulator.js'
import { axe, IN_BROWSER, openPage, type PageOptions, serveBuilt } from '../support/browser.js'
import { until } from '../support/program.js'
import { type Receiver, receive } from '../support/receiver.js'

const CALL = { from: '+40722000111', to: '0003*210' }

/** Opens the view of a fresh emulator whose extension sends every type of event to a receiver. */
async function openTime(t: Test, options: PageOptions & { query?: string; sandbox?: string } = {}) {
  const { query = '', sandbox, ...others } = options
  const server = await serveBuilt(t, ['--fixture', 'clean'])
  const root = await connectEmulator(server.url)
  const emulator = sandbox === undefined ? root : await root.sandbox(sandbox)
  t.teardown(() => root.close())
  const receiver = await receive(t)
  for (const type of ['0', '2', '3'] as const)
    await emulator.events.create({ extension: '0003*210', type, method: '0', url: `${receiver.url}/hook` })
  const opened = await openPage(t, `${emulator.url}/?view=time${query}`, others)
  await opened.page.getByRole('heading', { name: 'What will happen' }).waitFor()
  return { ...opened, emulator, root, receiver }
}

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })
const items = (page: Page, list: string) => page.getByRole('list', { name: list, exact: true }).getByRole('listitem')
const slider = (page: Page) => page.getByRole('slider')
const fault = (page: Page, sentence: string | RegExp) => page.locator('.fault-list > li').filter({ hasText: sentence })

/** The types of the events that arrived, in order. */
const statuses = ({ received, parametersOf }: Receiver) => received.map(one => parametersOf(one).EventType)

const NAMES: Record<string, string> = { dialIn: 'Dial-In', answerIncoming: 'Answer on incoming call', hangup: 'Hangup' }

/** What the deliveries of an emulator were, in the order in which they were sent. */
const sentMoments = async (emulator: Emulator) =>
  (await emulator.deliveries.list()).deliveries.map(({ moment }) => NAMES[moment])

t.test('the slider, dragged to its end, brings moments and webhooks in order', IN_BROWSER, async t => {
  const { page, emulator, receiver } = await openTime(t)
  await button(page, 'Freeze').click()
  await button(page, 'Run').waitFor()
  t.equal((await emulator.clock.get()).mode, 'frozen')
  const { callId, placedAt } = await emulator.calls.place({ ...CALL, ringMs: 45_000, talkMs: 30_000 })
  await page.getByText('2 still due').waitFor()
  t.match(await items(page, 'What will happen').allInnerTexts(), [
    /answer 0003\*210[\s\S]*in 45 s/,
    /hangup all[\s\S]*in 1 min 15 s/
  ])
  t.equal(await page.locator('.time-mark').count(), 2)
  await until(() => receiver.received.length === 1)

  const box = await slider(page).boundingBox()
  if (box === null) return t.fail('the slider is shown')
  const at = (part: number) => [box.x + 7 + (box.width - 14) * part, box.y + box.height / 2] as const
  await page.mouse.move(...at(0))
  await page.mouse.down()
  await page.mouse.move(...at(0.3), { steps: 3 })
  await page
    .getByText(/^0?\d\d:\d\d:\d\d\.\d{3}$/)
    .first()
    .waitFor()
  t.equal(receiver.received.length, 1, 'nothing is due before the first mark')
  await page.mouse.move(...at(0.8), { steps: 5 })
  await until(() => receiver.received.length === 2)
  await page.mouse.move(...at(0.2), { steps: 3 })
  await page.mouse.move(...at(0.998), { steps: 5 }) // two pixels before the end: the thing that is due there is taken
  await page.mouse.up()
  await until(() => receiver.received.length === 3)
  await items(page, 'What has happened').nth(3).waitFor()
  await page.getByRole('list', { name: 'What has happened' }).getByText('delivered').nth(1).waitFor()

  t.strictSame(await sentMoments(emulator), ['Dial-In', 'Answer on incoming call', 'Hangup'])
  const happened = await items(page, 'What has happened').allInnerTexts()
  t.match(happened, [
    /Answer on incoming call of 0003\*210/,
    /Answer on incoming call webhook 2[\s\S]*delivered/,
    /Hangup of 0003\*210/,
    /Hangup webhook 3[\s\S]*delivered/
  ])
  const { now } = await emulator.clock.get()
  t.equal(Date.parse(now) - Date.parse(placedAt), 75_000, 'it ends at the last thing that was due')
  await items(page, 'What will happen').first().waitFor({ state: 'detached' })
  await items(page, 'What has happened').getByRole('link', { name: callId }).first().click()
  t.match(page.url(), new RegExp(`view=calls&call=${callId}`))
})

t.test('by keyboard an arrow goes to what is due next, and none goes back in time', IN_BROWSER, async t => {
  const { page, emulator, receiver } = await openTime(t)
  const { placedAt } = await emulator.calls.place({ ...CALL, ringMs: 600_000, talkMs: 600_000 })
  const passed = async () => Date.parse((await emulator.clock.get()).now) - Date.parse(placedAt)
  await page.getByText('2 still due').waitFor()
  await page.getByText('freezes the clock first').waitFor()
  await slider(page).focus()
  await page.keyboard.press('ArrowRight')
  await page.getByText('1 still due').waitFor()
  t.equal((await emulator.clock.get()).mode, 'frozen', 'a running clock is frozen first')
  t.equal(await passed(), 600_000)
  for (const key of ['ArrowLeft', 'Home', 'PageDown']) await page.keyboard.press(key)
  t.match(await slider(page).getAttribute('aria-valuetext'), /1 due, next hangup all in 10 min/)
  await page.keyboard.press('End')
  await page.getByText('0 still due').waitFor()
  t.equal(await passed(), 1_200_000)
  await until(() => receiver.received.length === 3)
  await page.keyboard.press('Tab')
  await page.getByText('Nothing is due.', { exact: true }).waitFor()
})

t.test('a webhook that a fault delays by the clock of the sandbox is due', IN_BROWSER, async t => {
  const { page, emulator, receiver } = await openTime(t)
  await emulator.clock.freeze()
  await emulator.faults.add({ on: { operation: 'delivery', type: '0' }, do: { delayMs: 20_000, clock: 'sandbox' } })
  await emulator.calls.place({ ...CALL, ringMs: 5_000, talkMs: 60_000 })
  await items(page, 'What will happen').nth(2).waitFor()
  t.match(await items(page, 'What will happen').allInnerTexts(), [
    /answer 0003\*210[\s\S]*in 5 s/,
    /Dial-In webhook 1[\s\S]*delayed by fault 1[\s\S]*in 20 s/,
    /hangup all[\s\S]*in 1 min 5 s/
  ])
  t.equal(await page.locator('.time-mark.webhook').count(), 1)
  await slider(page).focus()
  await page.keyboard.press('ArrowRight')
  await page.getByText('2 still due').waitFor()
  t.equal(receiver.received.length, 0, 'it waits for its time')
  await page.keyboard.press('ArrowRight')
  await until(() => receiver.received.length === 2)
  await items(page, 'What has happened').filter({ hasText: 'Dial-In webhook 1' }).getByText('delivered').waitFor()
})

t.test('the clock is moved by buttons, set, and a wrong time is refused where it is typed', IN_BROWSER, async t => {
  const { page, emulator } = await openTime(t)
  const field = page.getByLabel('Set to a time')
  await field.fill('2030-05-01T10:00:00')
  await button(page, 'Set').click()
  await page.getByRole('alert').first().waitFor()
  t.equal(await field.inputValue(), '2030-05-01T10:00:00', 'what was typed stays')
  await button(page, 'Freeze').click()
  await button(page, 'Run').waitFor()
  await field.fill('2030-05-01T10:00:00Z')
  await button(page, 'Set').click()
  await page.getByText('10:00:00.000', { exact: true }).first().waitFor()
  await button(page, '+1 s').click()
  await page.getByText('10:00:01.000', { exact: true }).first().waitFor()
  await button(page, '+1 min').click()
  await page.getByText('10:01:01.000', { exact: true }).first().waitFor()
  t.match(await emulator.clock.get(), { mode: 'frozen', now: '2030-05-01T10:01:01.000Z' })
  await emulator.calls.place({ ...CALL, ringMs: 9_000 })
  await button(page, 'To what is due next').click()
  await page.getByText('10:01:10.000', { exact: true }).first().waitFor()
  await emulator.clock.advance(1_000)
  await page.getByText('10:01:11.000', { exact: true }).first().waitFor()
  await button(page, 'Run').click()
  await button(page, 'Freeze').waitFor()
  t.equal((await emulator.clock.get()).mode, 'running')
})

t.test('preset: the Hangup arrives before the Answer, which is held until its release', IN_BROWSER, async t => {
  const { page, emulator, receiver } = await openTime(t)
  await button(page, 'Hangup before Answer').click()
  const holding = fault(page, 'Holds Answer on incoming call webhooks until they are released.')
  await holding.waitFor()
  await fault(page, 'Holds Answer on outgoing call webhooks').or(fault(page, 'Holds Answer')).nth(1).waitFor()
  await emulator.calls.place(CALL)
  await until(() => receiver.received.length === 2)
  await holding.getByText('held', { exact: true }).waitFor()
  t.match(await holding.innerText(), /seen\s+1\s+hits\s+1\s+remaining\s+no end\s+held\s+1/)
  const waiting = items(page, 'What will happen').filter({ hasText: 'held' })
  t.match(await waiting.innerText(), /Answer on incoming call webhook \d[\s\S]*until it is released, by fault 1/)
  await holding.getByRole('button', { name: 'Release' }).click()
  await until(() => receiver.received.length === 3)
  t.strictSame(await sentMoments(emulator), ['Dial-In', 'Hangup', 'Answer on incoming call'])
  await waiting.waitFor({ state: 'detached' })
  await emulator.calls.place(CALL)
  await waiting.getByRole('button', { name: 'Release' }).click()
  await until(() => receiver.received.length === 6)
  await waiting.waitFor({ state: 'detached' })
})

t.test('preset: every webhook arrives twice', IN_BROWSER, async t => {
  const { page, emulator, receiver } = await openTime(t)
  await button(page, 'Every webhook twice').click()
  await fault(page, 'Sends webhooks twice.').waitFor()
  await emulator.calls.place(CALL)
  await until(() => receiver.received.length === 6)
  await fault(page, 'Sends webhooks twice.').getByText('3', { exact: true }).first().waitFor()
  const sent = statuses(receiver)
  t.equal(sent.length, 6)
})

t.test('preset: the receiver gets nothing', IN_BROWSER, async t => {
  const { page, emulator, receiver } = await openTime(t)
  await button(page, 'Receiver gone').click()
  await fault(page, 'Does not send webhooks.').waitFor()
  await (await emulator.calls.place(CALL)).ended()
  const { deliveries } = await emulator.deliveries.list()
  t.strictSame(
    deliveries.map(({ state }) => state),
    ['failed', 'failed', 'failed']
  )
  t.equal(receiver.received.length, 0)
  await fault(page, 'Does not send webhooks.').getByText('3', { exact: true }).first().waitFor()
  await page.getByRole('button', { name: 'Remove fault 1' }).click()
  await page.getByText('None: every request and every webhook goes through.').waitFor()
  await (await emulator.calls.place(CALL)).ended()
  t.equal(receiver.received.length, 3)
})

t.test('presets of requests: 503 twice and then well, a slow token, a reset connection', IN_BROWSER, async t => {
  const { page, emulator } = await openTime(t)
  const path = `${emulator.url}/uapi/extensions/@me/0003*210/phoneCallEvents`
  const authorization = 'Bearer emulator-user-token'
  const list = () => fetch(path, { headers: { authorization } })
  await button(page, '503 twice, then well').click()
  const unwell = fault(page, 'Answers all requests with 503, with Retry-After, 2 times.')
  await unwell.waitFor()
  t.match(await unwell.innerText(), /seen\s+0\s+hits\s+0\s+remaining\s+2/)
  const first = await list()
  t.equal(first.status, 503)
  t.equal(first.headers.get('retry-after'), '1')
  await unwell.getByText('1', { exact: true }).nth(1).waitFor()
  t.match(await unwell.innerText(), /seen\s+1\s+hits\s+1\s+remaining\s+1/, 'counts follow the requests')
  t.equal((await list()).status, 503)
  t.equal((await list()).status, 200)
  await unwell.getByText('exhausted').waitFor()

  await button(page, 'Token endpoint slow').click()
  await fault(page, 'Delays token requests by 5 s.').waitFor()
  const body = 'grant_type=client_credentials&client_id=emulator-app&client_secret=emulator-secret'
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  t.equal((await fetch(`${emulator.url}/oauth/token.php`, { method: 'POST', body, headers })).status, 200)
  const [slow] = (await emulator.faults.list()).faults.filter(({ on }) => on.operation === 'token')
  t.match(slow, { do: { delayMs: 5_000 }, hits: 1 })

  await button(page, 'Connection reset on create').click()
  await fault(page, 'Resets the connection of create requests.').waitFor()
  const create = { method: 'POST', headers: { authorization, 'content-type': 'application/json' }, body: '{}' }
  await t.rejects(fetch(`${path}/0`, create), /fetch failed/)
  await t.rejects(fetch(`${emulator.url}/uapi/phoneCalls/@me/simple`, create), /fetch failed/)
  await button(page, 'Remove all').click()
  await page.getByText('None: every request and every webhook goes through.').waitFor()
  t.equal((await emulator.faults.list()).total, 0)
})

t.test('the form says everything that a fault can be, and shows errors at their field', IN_BROWSER, async t => {
  const { page, emulator } = await openTime(t)
  await page.getByText('Custom fault').click()
  const form = page.getByRole('form', { name: 'New fault' })
  const field = (name: string) => form.getByLabel(name, { exact: true })
  const add = button(page, 'Add the fault')
  const last = async () => (await emulator.faults.list()).faults.at(-1)
  const alertAt = (name: string) =>
    form
      .locator('.fault-field')
      .filter({ has: page.getByLabel(name, { exact: true }) })
      .getByRole('alert')

  await field('Extension').fill('0003*999')
  await field('Times').fill('often')
  await add.click()
  t.match(await alertAt('Times').innerText(), /integer/)
  t.equal(await field('Extension').inputValue(), '0003*999')
  await field('Times').fill('2')
  await add.click()
  await alertAt('Extension')
    .getByText(/exists; got "0003\*999"/)
    .waitFor()
  await field('Extension').fill('0003*210')
  await field('Type of event').selectOption('2')
  await field('Moment').selectOption('hangup')
  await field('Skip the first').fill('1')
  await field('Do').selectOption('delayMs')
  await field('Delay in ms').fill('70000')
  await add.click()
  await alertAt('Delay in ms').waitFor()
  await field('By').selectOption('sandbox')
  await add.click()
  const sentence =
    "Sends Hangup webhooks of 0003*210 1 min 10 s later, by the sandbox's clock, after the first 1, 2 times."
  await fault(page, sentence).waitFor()
  t.match(await last(), {
    on: { operation: 'delivery', extension: '0003*210', type: '2', moment: 'hangup' },
    times: 2,
    skip: 1,
    do: { delayMs: 70_000, clock: 'sandbox' }
  })

  await field('Do').selectOption('change')
  await field('Parameters, JSON').fill('{"CallStatus": 5}')
  await add.click()
  await alertAt('Parameters, JSON').waitFor()
  await field('Parameters, JSON').fill('{"CallStatus": "BUSY", "CallerIDNum": null, "Extra": {"bytes": "c3ff"}}')
  await add.click()
  await fault(page, 'Changes CallStatus, CallerIDNum, Extra of Hangup webhooks of 0003*210').waitFor()
  await field('Do').selectOption('duplicate')
  await field('More times').fill('3')
  await field('At the same time').check()
  await add.click()
  await fault(page, /Sends Hangup webhooks of 0003\*210 4 times, at the same time/).waitFor()
  t.match((await last())?.do, { duplicate: 3, concurrent: true })

  await field('On').selectOption('create')
  await field('Do').selectOption('status')
  await field('Status').fill('200')
  await add.click()
  await alertAt('Status').waitFor()
  await field('Status').fill('429')
  await field('Code').fill('slow_down')
  await field('Headers, one a line').fill('Retry-After: 7\nContent-Length: 1')
  await add.click()
  await alertAt('Headers, one a line')
    .getByText(/cannot be set/)
    .waitFor()
  await field('Headers, one a line').fill('Retry-After: 7')
  await field('Delay in ms').fill('20')
  await add.click()
  await fault(
    page,
    /Answers create requests of type Hangup of 0003\*210 with 429 slow_down, with Retry-After, after 20 ms/
  ).waitFor()
  await field('Do').selectOption('drop')
  await field('How').selectOption('truncate')
  await add.click()
  await fault(page, /Performs create requests .* and cuts the answer in half/).waitFor()
  await field('On').selectOption('token')
  await add.click()
  await alertAt('Extension')
    .getByText(/never matches/)
    .waitFor()
  t.equal((await emulator.faults.list()).total, 5)
})

t.test('a fault that is added or removed elsewhere shows, and one is selected by the address', IN_BROWSER, async t => {
  const { page, emulator } = await openTime(t, { query: '&fault=2' })
  await page.getByText('Fault 2 does not exist').waitFor()
  await emulator.faults.add({ on: { operation: 'list' }, do: { delayMs: 10 } })
  await emulator.faults.add({ on: { operation: 'token' }, do: { drop: 'empty' } })
  const selected = page.locator('.fault-list > [aria-current=true]')
  t.match(await selected.innerText(), /Closes the connection of token requests without an answer/)
  await emulator.faults.remove('2')
  await page.getByText('Fault 2 does not exist any more.').waitFor()
})

t.test('all of it works by keyboard', IN_BROWSER, async t => {
  const { page, emulator } = await openTime(t)
  const press = async (name: string) => {
    await button(page, name).focus()
    await page.keyboard.press('Enter')
  }
  await press('Freeze')
  await button(page, 'Run').waitFor()
  const reached: string[] = []
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur())
  for (let presses = 0; presses < 60; presses++) {
    await page.keyboard.press('Tab')
    reached.push(await page.evaluate(() => document.activeElement?.textContent ?? ''))
  }
  for (const name of ['Run', '+1 s', '+1 min', 'Hangup before Answer', 'Connection reset on create', 'Custom fault'])
    t.ok(reached.includes(name), `Tab reaches ${name}`)
  await page.getByText('Custom fault').focus()
  await page.keyboard.press('Enter')
  await page.getByLabel('Times').focus()
  await page.keyboard.type('1')
  await page.keyboard.press('Enter')
  await fault(page, 'Holds webhooks until they are released, once.').waitFor()
  await emulator.calls.place(CALL)
  await items(page, 'What will happen').getByRole('button', { name: 'Release' }).focus()
  await page.keyboard.press('Space')
  await until(async () => (await emulator.faults.list()).faults[0]?.held.length === 0)
})

t.test('texts from outside run nothing, and nothing is wider than the window', IN_BROWSER, async t => {
  const { page, emulator } = await openTime(t, {
    width: 360,
    height: 740,
    query: '&fault=<img src=x onerror=alert(1)>'
  })
  const name = `<img src=x onerror=alert(2)>\u202E${'w'.repeat(90)}`
  const url = `http://127.0.0.1:9/${'x'.repeat(900)}?q=<script>alert(3)</script>`
  await emulator.events.create({ extension: '0003*210', type: '0', method: '0', url: encodeURI(url), note: name })
  await emulator.faults.add({
    on: { operation: 'delivery', type: '2' },
    do: { change: { parameters: { [name]: name.repeat(30), '"><b>': null } } }
  })
  await emulator.faults.add({ on: { operation: 'delivery', type: '0' }, do: { hold: true } })
  await emulator.clock.freeze()
  await emulator.calls.place({ ...CALL, callerName: '<script>alert(4)</script>', ringMs: 1_000, talkMs: 1_000 })
  await items(page, 'What will happen').nth(3).waitFor()
  await button(page, '+1 min').click()
  await items(page, 'What has happened').first().waitFor()
  await page.getByText('Custom fault').click()
  await page.getByLabel('Extension').fill(`${name}${name}`)
  await button(page, 'Add the fault').click()
  await page.getByRole('form', { name: 'New fault' }).getByRole('alert').first().waitFor()
  t.equal(await page.locator('main img, main script, main b').count(), 0)
  t.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'the page is not wider')
  t.equal(await page.locator('.cards').evaluate(cards => cards.scrollWidth - cards.clientWidth), 0)
})

t.test('in a sandbox, its own clock and faults are changed', IN_BROWSER, async t => {
  const { page, emulator, root, receiver } = await openTime(t, { sandbox: 'own' })
  await button(page, 'Freeze').click()
  await button(page, 'Run').waitFor()
  await button(page, 'Every webhook twice').click()
  await fault(page, 'Sends webhooks twice.').waitFor()
  await emulator.calls.place({ ...CALL, ringMs: 5_000 })
  await button(page, 'To what is due next').click()
  await until(() => receiver.received.length === 6)
  t.equal((await root.clock.get()).mode, 'running')
  t.equal((await root.faults.list()).total, 0)
})

t.test('axe finds nothing, in both themes and at both sizes', IN_BROWSER, async t => {
  for (const [colorScheme, width] of [
    ['light', 1440],
    ['dark', 1440],
    ['dark', 360]
  ] as const) {
    const { page, emulator } = await openTime(t, { colorScheme, width, query: '&fault=1' })
    await emulator.clock.freeze()
    await button(page, 'Hangup before Answer').click()
    await fault(page, 'Holds').nth(1).waitFor()
    for (const _call of [1, 2]) await emulator.calls.place({ ...CALL, ringMs: 30_000, talkMs: 40_000 })
    await button(page, 'To what is due next').click()
    await items(page, 'What has happened').first().waitFor()
    await page.getByText('Custom fault').click()
    await page.getByLabel('Times').fill('x')
    await button(page, 'Add the fault').click()
    await page.getByRole('form', { name: 'New fault' }).getByRole('alert').waitFor()
    t.strictSame(await axe(page), [], `${colorScheme}, ${width}`)
  }
})
