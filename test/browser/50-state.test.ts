import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { connectEmulator, type Emulator } from '../../src/client/emulator.js'
import { compareFixtures } from '../../src/page/views/state/compare-fixtures.js'
import { findJsonProblem, findPlaces } from '../../src/page/views/state/json-places.js'
import { axe, IN_BROWSER, openPage, type PageOptions, serveBuilt } from '../support/browser.js'
import { receive } from '../support/receiver.js'

/** Opens the view of a fresh emulator, or of one of its sandboxes. */
async function openState(t: Test, options: PageOptions & { query?: string; sandbox?: string; words?: string[] } = {}) {
  const { query = '', sandbox, words = [], ...others } = options
  const server = await serveBuilt(t, ['--fixture', 'default', ...words])
  const root = await connectEmulator(server.url)
  const emulator = sandbox === undefined ? root : await root.sandbox(sandbox)
  t.teardown(() => root.close())
  const opened = await openPage(t, `${emulator.url}/?view=state${query}`, others)
  await opened.page.getByRole('heading', { name: 'Reset', exact: true }).waitFor()
  return { ...opened, emulator, root, server }
}

const BROKEN = `{
  "users": [
    { "id": "20", "name": "New", "organization": "3", "role": "user" },
    { "id": "21", "name": "Wrong", "organization": "3", "role": "boss" }
  ],
  "phoneCallEvents": [
    { "extension": "0003*999", "type": "0", "method": "1", "url": "http://localhost/x" }
  ]
}`
const FIXED = BROKEN.replace('boss', 'user').replace('0003*999', '0003*210')

const text = (page: Page) => page.getByLabel('Text of the fixture')
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })
const problems = (page: Page) => page.getByRole('list', { name: 'Problems' }).getByRole('listitem')
const snapshot = (page: Page, name: string) =>
  page.getByRole('list', { name: 'Snapshots' }).getByRole('listitem').filter({ hasText: name })

/** Drops files on the place for them. */
async function drop(page: Page, files: { name: string; text: string }[]): Promise<void> {
  const transfer = await page.evaluateHandle(list => {
    const made = new DataTransfer()
    for (const { name, text } of list) made.items.add(new File([text], name))
    return made
  }, files)
  await page.dispatchEvent('.state-drop', 'drop', { dataTransfer: transfer })
}

const userIds = async (emulator: Emulator) => (await emulator.directory()).users.map(({ id }) => id)

t.test('text is JSON exactly when the browser says so, and a problem has line and column', async t => {
  fc.assert(fc.property(fc.json(), json => findJsonProblem(json) === undefined))
  const damaged = fc.tuple(fc.json(), fc.nat(), fc.constantFrom('', ',', '"', '}', ']', '/', '\\', '\n', '1', 'x'))
  fc.assert(
    fc.property(damaged, ([json, at, inserted]) => {
      const place = at % (json.length + 1)
      const changed = json.slice(0, place) + inserted + json.slice(place + 1)
      return (findJsonProblem(changed) === undefined) === isJson(changed)
    }),
    { numRuns: 2_000 }
  )
  const cases: [text: string, line: number, column: number, message: RegExp][] = [
    ['{\n  "users": [],\n}', 3, 1, /expected a name in double quotes, got \}/],
    ['// mine\n{}', 1, 1, /comments are not JSON/],
    ['{\n "a": "x', 2, 9, /does not end/],
    ['{"a": "x\ny"}', 1, 9, /line break/],
    ['', 1, 1, /got the end of the text/],
    ['{} {}', 1, 4, /expected the end/],
    ['['.repeat(100_000), 1, 102, /nested deeper/]
  ]
  for (const [text, line, column, message] of cases)
    t.match(findJsonProblem(text), { line, column, message }, JSON.stringify(text.slice(0, 20)))
})

t.test('a JSON path leads to its place, a missing member to what it is missing in', async t => {
  const text = '{\n "users": [\n  {"id":"1"},\n  {"id":"2",\n   "a b": {"7": 1}}\n ]\n}'
  const lines = (...paths: string[]) => findPlaces(text, paths).map(({ line, column }) => `${line}:${column}`)
  t.strictSame(lines('$.users[1].id', '$.users[1]["a b"]', '$.users[1]["a b"][7]'), ['4:9', '5:11', '5:17'])
  t.strictSame(lines('$.users[0].role', '$.nothing', '$'), ['3:3', '1:1', '1:1'])
})

t.test('a comparison names added, removed and changed entries, and prints no secret', async t => {
  const user = { id: '12', name: 'Front', organization: '3', role: 'user' as const }
  const token = { accessToken: 'secret-token-1', user: '12' }
  const app = { clientId: 'a', clientSecret: 'first', user: '12', trusted: true, redirectUris: [] }
  const found = compareFixtures(
    { users: [user], tokens: [token], apps: [app], settings: {} },
    {
      users: [
        { ...user, name: 'Back' },
        { ...user, id: '13' }
      ],
      apps: [{ ...app, clientSecret: 'second' }],
      settings: { timeZone: 'Europe/Bucharest' }
    }
  )
  t.strictSame(
    found.map(({ kind, name, change }) => `${kind} ${name} ${change}`),
    ['users 12 changed', 'users 13 added', 'apps a changed', 'tokens of user 12 removed', 'settings settings changed']
  )
  t.strictSame(found[0]?.members, [{ name: 'name', before: 'Front', after: 'Back' }])
  t.notMatch(JSON.stringify(found), /secret-token|first|second/)
})

t.test('a dropped file shows each problem with its line, and changes nothing', IN_BROWSER, async t => {
  const { page, emulator } = await openState(t)
  await drop(page, [{ name: 'orders.json', text: BROKEN }])
  await page.getByText('2 users, 1 event').waitFor()
  const before = await emulator.fixtures.export()
  await button(page, 'Merge').click()
  await problems(page).nth(1).waitFor()
  const shown = await problems(page).allInnerTexts()
  t.equal(shown.length, 2)
  t.match(shown[0], /line 4, column 65[\s\S]*\$\.users\[1\]\.role[\s\S]*must be one of/)
  t.match(shown[1], /line 7, column 20[\s\S]*\$\.phoneCallEvents\[0\]\.extension/)
  await problems(page).first().getByRole('button').click()
  const selected = await text(page).evaluate(area => {
    const { selectionStart, selectionEnd, value } = area as HTMLTextAreaElement
    return value.slice(selectionStart, selectionEnd)
  })
  t.equal(selected, '"boss" }', 'the problem is selected in the text')
  await button(page, 'Reset with it').click()
  await problems(page).filter({ hasText: '$.phoneCallEvents[0].extension' }).waitFor()
  t.match(await problems(page).first().innerText(), /\$\.users\[0\]\.organization/, 'a path of the document')
  t.strictSame(await emulator.fixtures.export(), before)
  t.equal((await emulator.snapshots.list()).total, 0, 'the snapshot before the reset was removed')

  await text(page).fill(FIXED)
  t.equal(await problems(page).count(), 0, 'problems go with the text that they are of')
  await button(page, 'Merge').click()
  await page
    .getByText(/^Merged\. The state has now .*6 users/)
    .or(page.getByText(/^Merged\./))
    .waitFor()
  t.match(await userIds(emulator), new Set(['20', '21']))
})

t.test('a file can be chosen, its text pasted, and a wrong one is refused', IN_BROWSER, async t => {
  const { page, emulator } = await openState(t)
  await page.getByLabel('File of a fixture').setInputFiles({
    name: 'one.json',
    mimeType: 'application/json',
    buffer: Buffer.from('{\n  "users": [,]\n}')
  })
  t.match(await problems(page).first().innerText(), /line 2, column 13[\s\S]*expected a value/)
  t.ok(await button(page, 'Merge').isDisabled())
  await drop(page, [
    { name: 'a.json', text: '{}' },
    { name: 'b.json', text: '{}' }
  ])
  await page.getByText('2 files were given. Load them one after the other.').waitFor()
  await drop(page, [])
  await page.getByText('Drop a file, or paste the text of a fixture.').waitFor()
  await text(page).fill('{"settings":{"timeZone":"Europe/Bucharest"}}')
  await page.getByText('1 setting', { exact: true }).waitFor()
  await button(page, 'Merge').click()
  await page.getByText(/^Merged\./).waitFor()
  t.equal((await emulator.settings.get()).timeZone, 'Europe/Bucharest')
  await button(page, 'Reset with it').click()
  await page
    .getByText('Reset to the pasted fixture.')
    .or(page.getByText(/^Reset to one\.json/))
    .waitFor()
  t.strictSame(await userIds(emulator), [])
  await button(page, 'Undo').click()
  await button(page, 'Undo').waitFor({ state: 'detached' })
  t.ok((await userIds(emulator)).length > 0)
})

t.test('a reset can be undone, and says what does not come back', IN_BROWSER, async t => {
  const { page, emulator } = await openState(t)
  const event = await emulator.events.create({
    extension: '0003*210',
    type: '3',
    method: '0',
    url: 'http://localhost/a'
  })
  await button(page, 'Reset').click()
  await page.getByText('Calls, webhooks, the journal, caught requests and faults do not come back.').waitFor()
  t.notOk((await emulator.events.list()).events.some(({ id }) => id === event.id))
  await snapshot(page, 'before-reset').waitFor()
  await button(page, 'Undo').click()
  await button(page, 'Undo').waitFor({ state: 'detached' })
  t.ok((await emulator.events.list()).events.some(({ id }) => id === event.id))
  await snapshot(page, 'before-reset').waitFor({ state: 'detached' })

  await page.getByLabel('To the fixture').fill('call-center')
  await button(page, 'Reset').click()
  await page
    .getByRole('alert')
    .getByText(/call-centre/)
    .first()
    .waitFor()
  t.equal(await page.getByLabel('To the fixture').inputValue(), 'call-center', 'what was typed stays')
  await page.getByLabel('To the fixture').fill('empty')
  await button(page, 'Reset').click()
  await page.getByText('Reset to the fixture empty.').waitFor()
  t.strictSame(await userIds(emulator), [])
})

t.test('snapshots are taken, compared with now while it changes, restored and deleted', IN_BROWSER, async t => {
  const { page, emulator, openTab } = await openState(t)
  await page.getByLabel('Name', { exact: true }).fill('has space')
  await button(page, 'Take a snapshot').click()
  await page.getByRole('alert').first().waitFor()
  await page.getByLabel('Name', { exact: true }).fill('morning')
  await button(page, 'Take a snapshot').click()
  await snapshot(page, 'morning')
    .getByText(/ago, 2 organizations, .*1 event/)
    .waitFor()
  await button(page, 'Compare').click()
  await page.getByText('Nothing has changed since.').waitFor()
  t.match(page.url(), /compare=morning/)

  const [first] = (await emulator.events.list()).events
  if (first === undefined) return t.fail('the fixture has an event')
  await emulator.events.change(first.id, { url: 'http://localhost/other', note: '' })
  const added = await emulator.events.create({
    extension: '0003*210',
    type: '2',
    method: '0',
    url: 'http://localhost/b'
  })
  const changes = page.getByRole('region', { name: 'Changes since morning' })
  await changes.getByText(added.id).waitFor()
  await changes.getByText('http://localhost/other').waitFor()
  t.match(await changes.innerText(), /changed[\s\S]*url[\s\S]*→/)
  const other = await openTab(page.url())
  await other.getByText(added.id).waitFor()

  await button(page, 'Restore').click()
  await page.getByText('Restored the snapshot morning.').waitFor()
  await changes.getByText('Nothing has changed since.').waitFor()
  t.equal((await emulator.events.list()).total, 1)
  await page.getByRole('button', { name: 'Delete morning' }).click()
  await snapshot(page, 'morning').waitFor({ state: 'detached' })
  t.notMatch(page.url(), /compare/)

  await emulator.snapshot('elsewhere')
  await snapshot(page, 'elsewhere').waitFor()
})

t.test(
  'a setting that is changed elsewhere shows here with its origin, and the other way round',
  IN_BROWSER,
  async t => {
    const { page, emulator } = await openState(t, { words: ['--time-zone', 'Europe/Bucharest'] })
    const row = (name: string) =>
      page.locator('.state-settings > li').filter({ has: page.getByText(name, { exact: true }) })
    t.match(await row('timeZone').innerText(), /The IANA time zone[\s\S]*from a flag/)
    t.equal(await page.locator('.state-settings > li').count(), 11)
    await emulator.settings.change({ callFlowCase: 'upper', timeZone: 'Asia/Tokyo' })
    await row('callFlowCase').getByText('changed over the API').waitFor()
    t.equal(await page.getByLabel('callFlowCase').inputValue(), 'upper')
    await button(page, 'Back to Europe/Bucharest (from a flag)').click()
    await button(page, 'Back to Europe/Bucharest (from a flag)').waitFor({ state: 'detached' })
    t.equal((await emulator.settings.get()).timeZone, 'Europe/Bucharest')

    await page.getByLabel('emptyCollection').selectOption('200')
    await row('emptyCollection').getByText('changed over the API').waitFor()
    t.equal((await emulator.settings.get()).emptyCollection, 200)
    for (const [name, wrong, message] of [
      ['tokenLifetimeSeconds', 'soon', /integer/],
      ['tokenLifetimeSeconds', '0', /1/],
      ['timeZone', 'Mars/Base', /Mars\/Base/]
    ] as const) {
      await page.getByLabel(name).fill(wrong)
      await page.getByLabel(name).press('Enter')
      await row(name).getByRole('alert').getByText(message).first().waitFor()
      t.equal(await page.getByLabel(name).inputValue(), wrong, 'what was typed stays')
    }
    await page.getByLabel('tokenLifetimeSeconds').fill('60')
    await page.getByLabel('tokenLifetimeSeconds').press('Enter')
    await row('tokenLifetimeSeconds').getByText('changed over the API').waitFor() // the alert goes when the change is sent
    t.equal(await row('tokenLifetimeSeconds').getByRole('alert').count(), 0)
    t.equal((await emulator.settings.get()).tokenLifetimeSeconds, 60)
  }
)

t.test('webhooks that the policy blocked are listed with the flag that lifts it', IN_BROWSER, async t => {
  const { page, emulator } = await openState(t)
  await page.getByText('The policy for callbacks has blocked none.').waitFor()
  await emulator.events.create({ extension: '0003*210', type: '2', method: '0', url: 'http://8.8.8.8/hook' })
  for (const _call of [1, 2]) await (await emulator.calls.place({ from: '+40722000111', to: '0003*210' })).ended()
  const list = page.getByRole('list', { name: 'Blocked webhooks' })
  await list.getByText('2 webhooks').waitFor()
  t.match(await list.innerText(), /http:\/\/8\.8\.8\.8[\s\S]*Start the emulator/)
  await list.getByRole('button', { name: '--allow-callback 8.8.8.8', exact: true }).waitFor()
  await list.getByRole('link').click()
  t.match(page.url(), /view=webhooks&webhook=\d+/)
})

t.test('the fixture, requests and webhooks can be downloaded', IN_BROWSER, async t => {
  const { page, emulator } = await openState(t)
  for (const [name, file, member] of [
    ['Fixture', 'fixture.json', 'users'],
    ['Requests as HAR', 'requests.har', 'log'],
    ['Webhooks as HAR', 'webhooks.har', 'log']
  ] as const) {
    const [download] = await Promise.all([page.waitForEvent('download'), button(page, name).click()])
    t.equal(download.suggestedFilename(), file)
    const document = JSON.parse(readFileSync(await download.path(), 'utf8'))
    t.hasProp(document, member)
    if (name === 'Fixture') t.strictSame(document, await emulator.fixtures.export())
  }
})

t.test('sandboxes are created, opened and ended', IN_BROWSER, async t => {
  const { page, root, openTab } = await openState(t)
  await page.getByLabel('Name of the sandbox').fill('Bad Name')
  await button(page, 'Create').click()
  await page.getByRole('alert').first().waitFor()
  await page.getByLabel('Name of the sandbox').fill('worker-9')
  await page.getByLabel('Its fixture').fill('empty')
  await button(page, 'Create').click()
  const link = page.getByRole('link', { name: 'worker-9' })
  await link.waitFor()
  const other = await openTab(root.url + (await link.getAttribute('href')))
  await other.getByRole('link', { name: 'State' }).click()
  await other.getByText('shown here').waitFor()
  t.match(await other.getByText('Database').locator('..').innerText(), /:memory:/)
  await other.close()
  await page.getByRole('button', { name: /^End worker-9/ }).click()
  await link.waitFor({ state: 'detached' })
  t.equal((await root.sandboxes.list()).total, 0)
})

t.test('in a sandbox, its own state is changed', IN_BROWSER, async t => {
  const { page, emulator, root } = await openState(t, { sandbox: 'own' })
  await page.getByLabel('To the fixture').fill('empty')
  await button(page, 'Reset').click()
  await button(page, 'Undo').waitFor()
  t.strictSame(await userIds(emulator), [])
  t.ok((await userIds(root)).length > 0)
  await page.getByLabel('Name', { exact: true }).fill('mine')
  await button(page, 'Take a snapshot').click()
  await snapshot(page, 'mine').waitFor()
  t.equal((await root.snapshots.list()).total, 0)
})

t.test('everything can be done by keyboard', IN_BROWSER, async t => {
  const { page, emulator } = await openState(t)
  const tabTo = async (name: string) => {
    for (let presses = 0; presses < 80; presses++) {
      await page.keyboard.press('Tab')
      const label = await page.evaluate(() => {
        const { activeElement: at } = document
        const labels = at instanceof HTMLInputElement || at instanceof HTMLTextAreaElement ? [...(at.labels ?? [])] : []
        return [at?.getAttribute('aria-label'), at?.textContent, ...labels.map(({ textContent }) => textContent)].join()
      })
      if (label.includes(name)) return
    }
    t.fail(`${name} was not reached`)
  }
  await tabTo('Name')
  await page.keyboard.type('keys')
  await page.keyboard.press('Enter')
  await snapshot(page, 'keys').waitFor()
  await tabTo('Compare')
  await page.keyboard.press('Enter')
  await page.getByText('Nothing has changed since.').waitFor()
  await tabTo('To the fixture')
  await page.keyboard.type('empty')
  await page.keyboard.press('Enter')
  await button(page, 'Undo').waitFor()
  await page.keyboard.press('Tab')
  await tabTo('Text of the fixture')
  await page.keyboard.insertText('{"organizations":[{"id":"7","name":"By keys"}]}')
  await tabTo('Merge')
  await page.keyboard.press('Space')
  await page.getByText(/^Merged\./).waitFor()
  t.equal((await emulator.directory()).organizations[0]?.name, 'By keys')
})

/** Texts that must run nothing, reorder nothing and widen nothing. */
const PAYLOAD = `<img src=x onerror=alert(1)>\u202E\u0007</script><script>alert(2)</script>${'w'.repeat(64)}`

t.test('texts from outside run nothing, and nothing is wider than the window', IN_BROWSER, async t => {
  const { page, emulator } = await openState(t, { width: 360, height: 740, query: `&compare=${'n'.repeat(64)}` })
  await emulator.snapshot('n'.repeat(64))
  await emulator.fixtures.load({ organizations: [{ id: '7', name: PAYLOAD.replace('\u202E\u0007', '') }] })
  await emulator.events.create({
    extension: '0003*210',
    type: '2',
    method: '0',
    url: `http://8.8.8.8/${'x'.repeat(900)}`
  })
  await emulator.events.create({
    extension: '0003*210',
    type: '2',
    method: '0',
    url: `http://8.8.4.4/?q=${encodeURIComponent(PAYLOAD)}`,
    note: '<b onclick=alert(3)>note</b>\u202E'
  })
  await (await emulator.calls.place({ from: '+40722000111', to: '0003*210' })).ended()
  await page.getByText('http://8.8.4.4').first().waitFor()
  await page.getByText('<b onclick=alert(3)>note</b>').or(page.getByText('added').first()).first().waitFor()
  await drop(page, [{ name: PAYLOAD, text: `{"users": [{"id": ${JSON.stringify(PAYLOAD.repeat(500))}, "<b>": 1}]}` }])
  await button(page, 'Merge').click()
  await problems(page).first().waitFor()
  await page.getByLabel('timeZone').fill(PAYLOAD.slice(0, 60))
  await page.getByLabel('timeZone').press('Enter')
  await page.locator('.state-settings').getByRole('alert').waitFor()
  await page.getByLabel('To the fixture').fill(PAYLOAD)
  await button(page, 'Reset').click()
  await page.getByRole('alert').nth(2).waitFor()
  t.equal(await page.locator('main img, main script, main b').count(), 0)
  t.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'the page is not wider')
  const widest = await page.locator('.cards').evaluate(cards => cards.scrollWidth - cards.clientWidth)
  t.equal(widest, 0, 'and neither is the view')
})

t.test('axe finds nothing, in both themes and at both sizes', IN_BROWSER, async t => {
  for (const [colorScheme, width] of [
    ['light', 1440],
    ['dark', 1440],
    ['dark', 360]
  ] as const) {
    const { page, emulator } = await openState(t, { colorScheme, width, query: '&compare=before' })
    const receiver = await receive(t)
    await emulator.snapshot('before')
    await emulator.events.create({ extension: '0003*210', type: '2', method: '0', url: receiver.url })
    await emulator.events.create({ extension: '0003*210', type: '2', method: '0', url: 'http://8.8.8.8/hook' })
    await emulator.settings.change({ timeZone: 'Asia/Tokyo' })
    await (await emulator.calls.place({ from: '+40722000111', to: '0003*210' })).ended()
    await page.getByRole('list', { name: 'Blocked webhooks' }).waitFor()
    await text(page).fill(BROKEN)
    await button(page, 'Merge').click()
    await problems(page).first().waitFor()
    await button(page, 'Reset').click()
    await button(page, 'Undo').waitFor()
    t.strictSame(await axe(page), [], `${colorScheme}, ${width}`)
  }
})

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
