import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import type { Locator, Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { type Client, createClient } from '../../src/client/client.js'
import type { Har } from '../../src/schema/har.js'
import type { JournalEntry } from '../../src/schema/journal.js'
import { axe, IN_BROWSER, type OpenedPage, openPage, type PageOptions, serveBuilt } from '../support/browser.js'
import { receive } from '../support/receiver.js'

const EVENTS = '/uapi/extensions/@me/0003*210/phoneCallEvents'
const JSON_TYPE = { 'content-type': 'application/json' }
const USER = { authorization: 'Bearer emulator-user-token' }

/** Markup that would run, a control character, and characters that reorder text. */
const PAYLOAD = '<img src=x onerror=alert(1)><script>alert(2)</script>\u202Eevil\u0007\u200B</pre>"\'`'

interface Scene extends OpenedPage {
  url: string
  client: Client
  /** Sends a request of an application. */
  send(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Response>
}

/** Starts an emulator, lets an application send requests, and opens the view. @param query of the address */
async function setUp(
  t: Test,
  query: string,
  before: (scene: Pick<Scene, 'url' | 'client' | 'send'>) => Promise<unknown>,
  options?: PageOptions
): Promise<Scene> {
  const { url } = await serveBuilt(t)
  const client = createClient({ url })
  t.teardown(() => client.close())
  const send: Scene['send'] = (method, path, body, headers = {}) =>
    fetch(url + path, {
      method,
      headers: { ...USER, ...(body !== undefined && JSON_TYPE), ...headers },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) })
    })
  await before({ url, client, send })
  const opened = await openPage(t, `${url}/?view=requests${query}`, options)
  await opened.page.getByRole('grid').waitFor()
  return { ...opened, url, client, send }
}

/** Goes to another query of the address, as the back button does. A reload would restart the worker, too. */
const show = (page: Page, query: string) =>
  page.evaluate(next => {
    history.pushState(null, '', next)
    dispatchEvent(new PopStateEvent('popstate'))
  }, query)

/** Clicks a button that copies. @returns what it copied */
async function copied(page: Page, button: Locator): Promise<string> {
  await page.evaluate(() => navigator.clipboard.writeText(''))
  await button.click()
  return page
    .waitForFunction(() => navigator.clipboard.readText().then(text => text || undefined))
    .then(handle => handle.jsonValue())
    .then(text => text ?? '')
}

const rows = (page: Page) =>
  page
    .getByRole('grid')
    .getByRole('row')
    .filter({ has: page.getByRole('gridcell') })
const detail = (page: Page, id: string) => page.getByRole('region', { name: `Request ${id}` })
const newest = async (client: Client): Promise<JournalEntry> => {
  const entry = (await client.requests.list()).requests.at(-1)
  if (entry === undefined) throw new Error('the journal is empty')
  return entry
}
const CLIPBOARD = { permissions: ['clipboard-read', 'clipboard-write'] }

const webhook = (url: string) => ({ method: '1', url, status: '1', note: 'a note' })

t.test('a request appears the moment it is answered, the newest first', IN_BROWSER, async t => {
  const { page, send } = await setUp(t, '', ({ send }) => send('GET', EVENTS))
  await page.getByText('1 requests').waitFor()
  await send('POST', `${EVENTS}/9`, webhook('http://127.0.0.1:9/'))
  await page.getByText('2 requests').waitFor()
  const first = await rows(page).first().getByRole('gridcell').allTextContents()
  t.match(first.slice(1), ['POST', `${EVENTS}/9`, '12', '400', 'event_type_malformed', /^\d+\.\d$/])
  t.match(first[0], /^\d\d:\d\d:\d\d\.\d{3}$/)
  t.equal(await page.getByRole('columnheader').first().textContent(), 'When')
})

t.test('the filters are those of the API, with their meaning there', IN_BROWSER, async t => {
  const { page, client } = await setUp(t, '', async ({ send }) => {
    await send('GET', EVENTS)
    await send('GET', EVENTS.replace('@me', '%40me'))
    await send('GET', `${EVENTS}?count=1`)
    await send('POST', `${EVENTS}/2`, webhook('http://127.0.0.1:9/'))
    await send('POST', `${EVENTS}/9`, webhook('http://127.0.0.1:9/'))
    await send('GET', '/uapi/nothing')
    await send('GET', EVENTS, undefined, { authorization: 'Bearer wrong' })
  })
  const { eventId = '' } = (await client.requests.list({ operation: 'create', status: 200 })).requests[0] ?? {}
  const queries: Record<string, string | number | boolean>[] = [
    { method: 'POST' },
    { operation: 'list' },
    { status: 400 },
    { user: '12' },
    { extension: '0003*210' },
    { type: '2' },
    { eventId },
    { path: EVENTS },
    { path: '/uapi/*' },
    { path: '/uapi/extensions/%40me/0003*210/phoneCallEvents' },
    { unmatched: true },
    { unmatched: false, method: 'GET' },
    { operation: 'list', user: '12', path: '/uapi/extensions/@me*' },
    { method: 'PUT' }
  ]
  for (const query of queries) {
    const words = Object.entries(query).map(([name, value]) => [name, String(value)])
    const { total } = await client.requests.list(query)
    await show(page, `?view=requests&${new URLSearchParams(words)}`)
    await page.getByText(total === 7 ? '7 requests' : `${total} of 7 requests`, { exact: true }).waitFor()
    t.equal(await rows(page).count(), total, JSON.stringify(query))
  }
  await page.getByText('No request passes the filters.').waitFor()
  await show(page, `?view=requests&q=WRONG`)
  t.equal(await rows(page).count(), 0, 'masked credentials are found by nobody')
  await show(page, `?view=requests&q=TOKEN_unknown`)
  t.equal(await rows(page).count(), 1, 'a text is searched without regard to case')
  await show(page, `?view=requests&q=.*`)
  t.equal(await rows(page).count(), 0, 'and is no expression')
})

t.test('a filter is added, stands in the address, and is removed; the API judges its value', IN_BROWSER, async t => {
  const { page, openTab } = await setUp(t, '', async ({ send }) => {
    await send('GET', EVENTS)
    await send('POST', `${EVENTS}/9`, webhook('http://127.0.0.1:9/'))
  })
  await page.getByLabel('Filter by').selectOption('status')
  const value = page.getByLabel('Value of status')
  await value.fill('abc')
  await value.press('Enter')
  t.match(await page.getByRole('alert').textContent(), /status/, 'in the words of the API')
  t.equal(await value.inputValue(), 'abc', 'what was typed is there')
  await value.fill('400')
  await value.press('Enter')
  await page.getByText('1 of 2 requests').waitFor()
  t.equal(new URL(page.url()).searchParams.get('status'), '400')
  const colleague = await openTab(page.url())
  await colleague.getByText('1 of 2 requests').waitFor()
  await page.getByRole('list', { name: 'Filters' }).getByRole('button').click()
  await page.getByText('2 requests', { exact: true }).waitFor()
  t.equal(new URL(page.url()).searchParams.get('status'), null)
})

t.test('the view is used by keyboard alone', IN_BROWSER, async t => {
  const { page } = await setUp(t, '', async ({ send }) => {
    await send('GET', EVENTS)
    await send('GET', `${EVENTS}?count=5`)
    await send('GET', '/uapi/nothing')
  })
  await page.getByText('3 requests', { exact: true }).waitFor()
  await page.keyboard.press('/')
  await page.keyboard.type('phoneCallEvents')
  await page.getByText('2 of 3 requests').waitFor()
  await page.keyboard.press('Escape')
  await page.keyboard.press('j')
  await page.keyboard.press('Enter')
  const opened = page.getByRole('region', { name: /^Request / })
  await opened.waitFor()
  const first = await opened.getAttribute('aria-label')
  await page.keyboard.press('j')
  await page.waitForFunction(before => document.querySelector('.detail')?.getAttribute('aria-label') !== before, first)
  t.match(new URL(page.url()).searchParams.get('request'), /^\d+$/)
  await page.keyboard.press('Escape')
  await opened.waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'Clear', exact: true }).focus()
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Clear it' }).waitFor()
  t.ok(await page.getByRole('button', { name: 'Clear it' }).evaluate(button => button === document.activeElement))
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Clear it' }).waitFor({ state: 'detached' })
  t.equal(await page.getByText('2 of 3 requests').count(), 1, 'nothing was cleared')
})

t.test(
  'a request opens to all of it: line, headers, body, ignored members, the fault, the answer',
  IN_BROWSER,
  async t => {
    const { page, client, send } = await setUp(t, '', () => Promise.resolve())
    const body = { ...webhook('http://127.0.0.1:9/'), colour: { deep: ['red'] }, last: 1 }
    await send('POST', `${EVENTS}/2?trace=a%20b`, body, { 'x-trace': 'abc' })
    const { id } = await newest(client)
    await show(page, `?view=requests&request=${id}`)
    const shown = detail(page, id)
    await shown.waitFor()
    const text = (await shown.textContent()) ?? ''
    for (const part of [`POST ${EVENTS}/2?trace=a%20b`, 'x-trace', 'Bearer ***', '0003*210', '2 Hangup'])
      t.ok(text.includes(part), part)
    const marked = await shown.locator('mark').allTextContents()
    t.match(marked, [/^ {2}"colour": \{[\s\S]*"red"[\s\S]*\}, ignored$/, /^ {2}"last": 1 ignored$/])
    t.match(await shown.getByLabel('Parameters of the query').textContent(), /trace *a b/)
    const raw = shown.getByLabel('the body of the request', { exact: true })
    await shown.getByRole('button', { name: 'Raw' }).first().click()
    t.equal(await raw.textContent(), JSON.stringify(body), 'as it was sent')

    await send('POST', '/oauth/token.php', 'grant_type=client_credentials&client_id=a%26b&client_secret=x', {
      'content-type': 'application/x-www-form-urlencoded'
    })
    const form = await newest(client)
    await show(page, `?view=requests&request=${form.id}`)
    const fields = detail(page, form.id).getByLabel('Fields of the body of the request')
    t.match(await fields.textContent(), /grant_type *client_credentials *client_id *a&b *client_secret *\*\*\*/)

    const fault = await client.faults.add({ on: { operation: 'list' }, times: 1, do: { status: 503 } })
    await send('GET', EVENTS)
    const hit = await newest(client)
    await show(page, `?view=requests&request=${hit.id}`)
    const link = detail(page, hit.id).getByRole('link', { name: fault.id, exact: true })
    t.equal(await link.getAttribute('href'), `?view=time&fault=${fault.id}`)
    t.match(await detail(page, hit.id).textContent(), '{"status":503}')

    await show(page, `?view=requests&request=999`)
    await page.getByText('The journal has no request 999').waitFor()
  }
)

t.test('a refusal has its reason with the rule, the answer, and what would have matched', IN_BROWSER, async t => {
  const { page, client, send } = await setUp(t, '', () => Promise.resolve())
  const cases: [path: string, expected: RegExp[]][] = [
    [`${EVENTS}/9`, [/event_type_malformed/, /Rule: /, /2 Hangup: the extension hangs up/]],
    [
      '/uapi/extension/@me/0003*210/phoneCallEvents',
      [/unmatched/, /The nearest path is/, /\/uapi\/extensions\/:userId/]
    ],
    ['/uapi/extensions/@me/0004*210/phoneCallEvents', [/extension_not_owned/, /belongs to user 40/, /0003\*210/]],
    ['/uapi/extensions/nobody/0003*210/phoneCallEvents', [/user_unknown/, /Front Desk/]]
  ]
  for (const [path, expected] of cases) {
    await send('GET', path)
    const { id } = await newest(client)
    await show(page, `?view=requests&request=${id}`)
    await page.getByRole('heading', { name: 'What would have matched' }).waitFor()
    const text = (await detail(page, id).textContent()) ?? ''
    for (const part of expected) t.match(text, part, path)
  }
})

t.test('a Create has links to its webhooks and its call', IN_BROWSER, async t => {
  const receiver = await receive(t)
  const { page, client, send } = await setUp(t, '', () => Promise.resolve())
  await send('POST', `${EVENTS}/0`, webhook(`${receiver.url}/hook`))
  const created = await newest(client)
  await show(page, `?view=requests&request=${created.id}`)
  await page.getByText('No webhook yet').waitFor()
  await client.calls.place({ from: '0003*211', to: '0003*210', ringMs: 0, talkMs: 0 })
  const webhooks = page.getByRole('link', { name: 'Show it among the webhooks' })
  t.equal(await webhooks.getAttribute('href'), `?view=webhooks&eventId=${created.eventId}`)

  await send('POST', '/uapi/phoneCalls/@me/simple', {
    extension: '0003*210',
    phoneCallView: [{ source: ['0003*210'], destination: ['+40722000111'] }]
  })
  const placed = await newest(client)
  t.equal(placed.status, 200)
  const call = (await client.calls.list()).calls.find(({ phoneCall }) => phoneCall !== undefined)
  await show(page, `?view=requests&request=${placed.id}`)
  const link = page.getByRole('link', { name: /^The call/ })
  t.equal(await link.getAttribute('href'), `?view=calls&call=${call?.callId}`)
})

t.test('the verification that is pasted verifies, of every kind of request', IN_BROWSER, async t => {
  const { page, client, url } = await setUp(
    t,
    '',
    async ({ send, client }) => {
      await send('GET', EVENTS)
      await send('GET', EVENTS)
      await send('POST', `${EVENTS}/2`, webhook('http://127.0.0.1:9/'))
      await send('POST', `${EVENTS}/9`, webhook('http://127.0.0.1:9/'))
      await send('GET', `/uapi/no%20thing's/${encodeURIComponent(PAYLOAD)}/*`)
      await send('GET', '/uapi/extensions/@me/210/phoneCallEvents')
      await send('POST', '/oauth/token.php', 'grant_type=nothing')
      await client.faults.add({ on: { operation: 'list' }, times: 1, do: { drop: 'reset' } })
      await send('GET', EVENTS).catch(() => {})
    },
    CLIPBOARD
  )
  for (const { id } of (await client.requests.list()).requests) {
    await show(page, `?view=requests&request=${id}`)
    const shown = detail(page, id)
    const copy = () => copied(page, shown.getByRole('button', { name: 'Copy the verification' }))
    const test = await copy()
    t.match(test, /^await emulator\.requests\.verify\(\{\n {2}match: \{ .+ \},\n {2}count: \d+\n\}\)$/)
    const run = new Function('emulator', `return (async () => { return ${test} })()`)
    t.match(await run(client), { verified: true }, test)
    await shown.getByRole('button', { name: 'JSON' }).click()
    const answer = await fetch(`${url}/_emulator/requests/verify`, {
      method: 'POST',
      headers: JSON_TYPE,
      body: await copy()
    })
    t.equal(answer.status, 200, 'as JSON')
    await shown.getByRole('button', { name: 'curl', exact: true }).last().click()
    const { stdout } = await promisify(execFile)('sh', ['-c', `${await copy()} -s`])
    t.match(JSON.parse(stdout), { verified: true }, 'as a command')
  }
})

t.test('a request copied as curl is the same request, with a variable for its secret', IN_BROWSER, async t => {
  const body = { ...webhook('http://127.0.0.1:9/?a=$HOME'), note: 'it\'s "`date`" \\ ***' }
  const { page, client } = await setUp(
    t,
    '',
    ({ send }) => send('POST', `${EVENTS}/2?x=[1-3]&y='`, body, { 'x-empty': '' }),
    CLIPBOARD
  )
  const first = await newest(client)
  await show(page, `?view=requests&request=${first.id}`)
  const command = await copied(page, detail(page, first.id).getByRole('button', { name: 'curl' }).first())
  t.match(command, '"$TOKEN"')
  const env = { ...process.env, TOKEN: 'emulator-user-token' }
  await promisify(execFile)('sh', ['-c', `${command} -s -o /dev/null`], { env })
  const second = await newest(client)
  t.not(second.id, first.id)
  t.match(second, { method: 'POST', path: first.path, status: 200, user: '12' })
  t.match(second.request.body, `it's \\"\`date\`\\" \\\\ emulator-user-token`, 'the variable stands for every mask')
})

t.test('the requests are downloaded as HAR with the filters, and cleared after a question', IN_BROWSER, async t => {
  const { page, client } = await setUp(t, '&method=POST', async ({ send }) => {
    await send('GET', EVENTS)
    await send('POST', `${EVENTS}/9`, webhook('http://127.0.0.1:9/'))
  })
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'HAR' }).click()
  ])
  t.equal(download.suggestedFilename(), 'requests.har')
  const har: Har = JSON.parse(readFileSync(await download.path(), 'utf8'))
  t.strictSame(
    har.log.entries.map(({ request }) => request.method),
    ['POST']
  )
  await page.getByRole('button', { name: 'Clear', exact: true }).click()
  await page.getByRole('button', { name: 'Cancel' }).click()
  t.equal((await client.requests.list()).total, 2)
  await page.getByRole('button', { name: 'Clear', exact: true }).click()
  await page.getByRole('button', { name: 'Clear it' }).click()
  await page.getByText('No request has come yet.').waitFor()
  t.equal((await client.requests.list()).total, 0)
})

t.test("the page's own requests stand in no journal", IN_BROWSER, async t => {
  const { page, client, send } = await setUp(t, '', () => Promise.resolve())
  for (const tab of ['Directory', 'State', 'Requests']) await page.getByRole('link', { name: tab }).click()
  await send('GET', EVENTS)
  await page.getByText('1 requests').waitFor()
  t.strictSame(
    (await client.requests.list()).requests.map(({ path }) => path),
    [EVENTS]
  )
  t.match(await client.requests.verify({ match: { unmatched: true }, count: 0 }), { verified: true })
})

t.test('whatever a request holds, it runs nothing and the layout holds', IN_BROWSER, async t => {
  const long = 'w'.repeat(64 * 1024 - 200)
  const { page, client } = await setUp(t, '', async ({ send }) => {
    const note = PAYLOAD + long
    await send('POST', `${EVENTS}/2`, { ...webhook('http://127.0.0.1:9/'), note, [PAYLOAD]: PAYLOAD })
    await send('GET', `/uapi/${encodeURIComponent(PAYLOAD)}/${'p'.repeat(6_000)}?${encodeURIComponent(PAYLOAD)}=1`)
    await send('POST', '/oauth/token.php', `grant_type=${encodeURIComponent(PAYLOAD + long.slice(0, 10_000))}`, {
      'content-type': 'application/x-www-form-urlencoded',
      'x-markup': '<img src=x onerror=alert(3)>',
      'x-long': 'h'.repeat(9_000)
    })
    await send('POST', `${EVENTS}/2`, `${PAYLOAD}${long}${long}`, { 'content-type': 'text/html' })
  })
  for (const width of [1440, 360]) {
    await page.setViewportSize({ width, height: 800 })
    for (const { id } of (await client.requests.list()).requests) {
      await show(page, `?view=requests&request=${id}&q=e&path=/*`)
      const shown = detail(page, id)
      await shown.waitFor()
      for (const raw of await shown.getByRole('button', { name: 'Raw' }).all()) await raw.click()
      const overflow = await page.evaluate(() => [
        document.documentElement.scrollWidth - innerWidth,
        ...[...document.querySelectorAll('.detail, .bar')].map(part => part.scrollWidth - part.clientWidth)
      ])
      t.ok(
        overflow.every(pixels => pixels <= 0),
        `request ${id} at ${width}: ${overflow}`
      )
      t.equal(await page.locator('main img, main script').count(), 0)
    }
  }
  await show(page, `?view=requests&q=${encodeURIComponent(PAYLOAD)}&path=${encodeURIComponent(`/${PAYLOAD}`)}`)
  await page.getByRole('list', { name: 'Filters' }).waitFor()
  t.equal((await page.locator('.requests-chip .hidden-character').count()) > 0, true, 'hidden characters are shown')
})

t.test('axe finds nothing in both themes, wide and narrow', IN_BROWSER, async t => {
  const { page, client } = await setUp(t, '', async ({ send, client }) => {
    await send('POST', `${EVENTS}/2`, { ...webhook('http://127.0.0.1:9/'), colour: 'red' })
    await send('POST', `${EVENTS}/9`, webhook('http://127.0.0.1:9/'))
    await send('GET', '/uapi/nothing')
    await client.calls.place({ from: '0003*211', to: '0003*210', ringMs: 0, talkMs: 0 })
  })
  const ids = (await client.requests.list()).requests.map(({ id }) => id)
  for (const colorScheme of ['light', 'dark'] as const)
    for (const width of [1440, 360]) {
      await page.emulateMedia({ colorScheme })
      await page.setViewportSize({ width, height: 800 })
      for (const id of ids) {
        await show(page, `?view=requests&method=POST&request=${id}`)
        await detail(page, id).waitFor()
        t.strictSame(await axe(page), [], `${colorScheme} ${width} request ${id}`)
      }
      await show(page, '?view=requests&method=PUT')
      await page.getByRole('button', { name: 'Clear', exact: true }).click()
      t.strictSame(await axe(page), [], `${colorScheme} ${width} the question`)
      await page.getByRole('button', { name: 'Cancel' }).click()
    }
})
