import type { Page } from 'playwright-core'
import t from 'tap'
import type { Emulator } from '../../src/client/emulator.js'
import type { Call } from '../../src/schema/calls/call.js'
import { axe, IN_BROWSER } from '../support/browser.js'
import { HOSTILE, openCalls } from '../support/call-page.js'
import { until } from '../support/program.js'

/** Opens the dial pad with its key. */
async function openDial(page: Page) {
  await page.keyboard.press('c')
  const dialog = page.getByRole('dialog')
  await dialog.waitFor()
  return dialog
}

/** The call that a page has opened. */
async function openedCall(page: Page, emulator: Emulator): Promise<Call> {
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await page.locator('.detail .legs').waitFor()
  return emulator.calls.get(new URL(page.url()).searchParams.get('call') ?? '')
}

t.test('two clicks place a sensible call, and open it', IN_BROWSER, async t => {
  const { emulator, show } = await openCalls(t)
  const { page } = await show('/?view=calls')
  const dialog = await openDial(page)
  t.equal(await dialog.getByLabel('To', { exact: true }).inputValue(), '0003*210', 'the extension with an armed event')
  await dialog.getByRole('button', { name: 'Place', exact: true }).click()
  const call = await openedCall(page, emulator)
  t.match(call, { from: '0003*211', to: '0003*210', state: 'ringing' })
  t.strictSame(
    call.next.map(({ at }) => Date.parse(at) - Date.parse(call.placedAt)),
    [3_000, 13_000]
  )
})

t.test('each preset fills the form in one click', IN_BROWSER, async t => {
  const { emulator, show } = await openCalls(t)
  await emulator.fixtures.load({ extensions: [{ number: '0003*212', owner: '12', kind: 'phoneTerminal' }] })
  const { page } = await show('/?view=calls')
  const presets: [name: string, expected: object][] = [
    ['Busy', { next: [{ hangup: 'all', outcome: 'busy' }] }],
    ['Nobody answers', { next: [{ hangup: 'all', outcome: 'noAnswer' }] }],
    ['By hand', { manual: true, next: [] }],
    ['Answered after 3 s, 10 s talk', { next: [{ answer: '0003*210' }, { hangup: 'all' }] }]
  ]
  for (const [name, expected] of presets) {
    const dialog = await openDial(page)
    await dialog.getByRole('button', { name }).click()
    await dialog.getByRole('button', { name: 'Place', exact: true }).click()
    t.match(await openedCall(page, emulator), expected, name)
  }
  const dialog = await openDial(page)
  await dialog.getByRole('button', { name: 'Ring all' }).click()
  await dialog.getByLabel('Answered by').selectOption('0003*212')
  await dialog.getByRole('button', { name: 'Place', exact: true }).click()
  t.match(await openedCall(page, emulator), {
    to: ['0003*210', '0003*212'],
    next: [{ answer: '0003*212' }, { hangup: 'all' }]
  })
})

t.test('durations take units, and every text of the form is sent', IN_BROWSER, async t => {
  const { emulator, show, receiver } = await openCalls(t)
  const { page } = await show('/?view=calls')
  const dialog = await openDial(page)
  await dialog.getByLabel('From').fill('')
  await dialog.getByLabel('Rings').fill('500 ms')
  await dialog.getByLabel('Talks').fill('1.5m')
  await dialog.getByLabel('Caller name').fill(HOSTILE)
  await dialog.getByLabel('Caller number').fill('+1 (22) 33')
  await dialog.getByText('More').click()
  await dialog.getByLabel('Dialled').fill('003258422544')
  await dialog.getByLabel('CalledDID').fill('+40390000000')
  await dialog.getByLabel('CalledDID').press('Enter')
  const call = await openedCall(page, emulator)
  t.match(call, { from: '', callerName: HOSTILE, dialled: '003258422544' })
  t.strictSame(
    call.next.map(({ at }) => Date.parse(at) - Date.parse(call.placedAt)),
    [500, 90_500]
  )
  await until(() => receiver.received.length > 0)
  const [webhook] = receiver.received
  t.match(webhook && receiver.parametersOf(webhook), { CallerIDNum: '+1 (22) 33', CalledDID: '40390000000' })

  const again = await openDial(page)
  await again.getByLabel('Withhold it').check()
  await again.getByLabel('Withhold it').press('Enter')
  await until(() => receiver.received.length > 1)
  t.equal((webhook && receiver.parametersOf(receiver.received[1] ?? webhook).CallerIDNum) ?? '', '', 'withheld')
})

t.test('each problem stands at its field, and nothing typed is lost', IN_BROWSER, async t => {
  const { emulator, show } = await openCalls(t)
  const { page, problems } = await show('/?view=calls')
  const dialog = await openDial(page)
  const place = () => dialog.getByRole('button', { name: 'Place', exact: true }).click()
  const errorOf = (label: string) =>
    dialog
      .locator('.field', { has: page.getByLabel(label, { exact: true }) })
      .locator('.bad')
      .innerText()
  await dialog.getByLabel('Rings').fill('soon')
  await place()
  t.match(await errorOf('Rings'), /must be a duration such as 3s, 500 ms or 1\.5m; got "soon"/)
  t.equal(await dialog.getByLabel('Rings').getAttribute('aria-invalid'), 'true')
  await dialog.getByLabel('Rings').fill('2d')
  await dialog.getByLabel('From').fill('0009*999')
  await dialog.getByLabel('Caller number').fill('1'.repeat(90))
  await place()
  await dialog.getByText(/^must not have more than 80/).waitFor()
  t.match(await errorOf('Caller number'), /80/)
  t.match(await errorOf('Rings'), /86/)
  await dialog.getByLabel('Rings').fill('3s')
  await dialog.getByLabel('Caller number').fill('')
  await place()
  await dialog.getByText(/which no extension has/).waitFor()
  t.match(await errorOf('From'), /names 0009\*999, which no extension has/)
  await page.keyboard.press('Escape')
  await page.locator('dialog').waitFor({ state: 'detached' }) // with the state of the page, not only hidden
  await openDial(page)
  t.equal(await dialog.getByLabel('From').inputValue(), '0009*999', 'it is there when the dialog is opened again')
  t.equal((await emulator.calls.list()).total, 0)
  t.strictSame(problems(), [])
})

t.test('steps are added, moved and removed by keyboard, or pasted', IN_BROWSER, async t => {
  const { emulator, show } = await openCalls(t)
  const { page } = await show('/?view=calls')
  const dialog = await openDial(page)
  await dialog.getByLabel('How it goes on').selectOption('steps')
  await dialog.getByRole('button', { name: 'Place', exact: true }).click()
  await dialog.getByText('needs at least one step').waitFor()
  const add = dialog.getByRole('button', { name: 'Add a step' })
  const row = (index: number) => dialog.locator('.dial-steps li').nth(index)
  for (const verb of ['hangup', 'answer', 'ring']) {
    const count = await dialog.locator('.dial-steps li').count()
    await add.focus()
    await page.keyboard.press('Enter')
    await row(count).getByLabel('Verb').selectOption(verb)
  }
  await row(0).getByLabel('Party or all').fill('all')
  await row(1).getByLabel('Party').fill('0003*999')
  await row(0).getByLabel('After').press('Alt+ArrowDown')
  t.equal(await row(0).getByLabel('Verb').inputValue(), 'answer', 'Alt with an arrow moves it')
  await row(2).getByRole('button', { name: 'Remove step 3' }).press('Enter')
  await dialog.getByRole('button', { name: 'Place', exact: true }).click()
  await row(0)
    .getByText(/0003\*999/)
    .waitFor()
  t.equal(await row(1).locator('.bad').count(), 0, 'the problem stands at its step')
  await row(0).getByLabel('Party').fill('0003*210')
  await row(0).getByLabel('Party').press('Enter')
  const call = await openedCall(page, emulator)
  t.match(call.next, [{ answer: '0003*210' }, { hangup: 'all' }])

  const again = await openDial(page)
  await again.getByRole('button', { name: 'JSON' }).click()
  const area = again.getByLabel('JSON of the steps')
  t.match(JSON.parse(await area.inputValue()), [{ afterMs: 3_000, answer: '0003*210' }, { hangup: 'all' }])
  await area.fill('[{"answer":')
  await again.getByRole('button', { name: 'Place', exact: true }).click()
  await again.getByText(/is not JSON/).waitFor()
  await area.fill(JSON.stringify({ steps: [{ afterMs: 1_000, reject: '0003*210', outcome: 'busy' }] }))
  await again.getByRole('button', { name: 'Rows' }).click()
  t.equal(await row(0).getByLabel('Verb').inputValue(), 'reject')
  await again.getByRole('button', { name: 'Place', exact: true }).click()
  t.match((await openedCall(page, emulator)).next, [{ reject: '0003*210', outcome: 'busy' }])
})

t.test('a warning is shown before the call is opened', IN_BROWSER, async t => {
  const { emulator, show } = await openCalls(t)
  const { page } = await show('/?view=calls')
  const dialog = await openDial(page)
  await dialog.getByLabel('From').fill('0003*211')
  await dialog.getByLabel('To', { exact: true }).fill('77')
  await dialog.getByLabel('To', { exact: true }).press('Enter')
  await page.getByText('No extension has the number 77').waitFor()
  await page.getByRole('button', { name: 'Open the call' }).click()
  t.match(await openedCall(page, emulator), { to: '77' })
})

t.test('axe finds nothing in the dial pad in both themes, and 360 pixels are enough', IN_BROWSER, async t => {
  const { show } = await openCalls(t)
  for (const options of [{}, { colorScheme: 'dark' as const, width: 360, height: 740 }]) {
    const { page } = await show('/?view=calls', options)
    const dialog = await openDial(page)
    await dialog.getByLabel('How it goes on').selectOption('steps')
    await dialog.getByRole('button', { name: 'Add a step' }).click()
    await dialog.getByRole('button', { name: 'Place', exact: true }).click()
    await dialog.locator('.hint.bad').first().waitFor()
    t.strictSame(await axe(page, 'dialog'), [])
    const wide = await dialog.evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)
    t.equal(wide, 0, 'the dialog does not scroll sideways')
  }
})
