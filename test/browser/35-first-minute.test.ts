import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { axe, IN_BROWSER, openPage, type PageOptions, serveBuilt } from '../support/browser.js'
import { runScript, runShell } from '../support/program.js'

const CLIPBOARD: PageOptions = { permissions: ['clipboard-read', 'clipboard-write'] }
const EMPTY = { organizations: [], users: [], extensions: [], apps: [] }

async function control(url: string, method: string, path: string, body?: unknown, token?: string) {
  const response = await fetch(`${url}/_emulator${path}`, {
    method,
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/json' })
    },
    ...(body !== undefined && { body: JSON.stringify(body) })
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
  return text === '' ? undefined : JSON.parse(text)
}

const open = (t: Test, url: string, options: PageOptions = CLIPBOARD) => openPage(t, `${url}/?view=webhooks`, options)
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })
const caught = (page: Page) => page.locator('.start-caught > li')
const eventsOf = async (url: string, token?: string): Promise<{ url: string }[]> => {
  const { events } = await control(url, 'GET', '/events', undefined, token)
  return events.filter((event: { url: string }) => event.url.includes('/catch/page'))
}
const tokensOf = async (url: string): Promise<number> => (await control(url, 'GET', '/fixtures')).tokens.length

t.test('three clicks from the address to a ringing call, with its webhook caught on the page', IN_BROWSER, async t => {
  const { url } = await serveBuilt(t)
  const { page, problems } = await openPage(t, url)
  await page.getByRole('heading', { name: 'No call yet' }).waitFor()
  await page.getByRole('link', { name: /^Webhooks/ }).click()
  await button(page, 'Catch here').click()
  await page.getByText('Nothing has arrived yet').waitFor()
  t.ok(await page.getByRole('heading', { name: 'No webhook yet' }).isVisible())
  await page.locator('.start').getByRole('button', { name: 'Place a call' }).click()
  await caught(page).first().waitFor()
  t.match(
    await caught(page).first().innerText(),
    /POST\s+CALLING in.*CallerIDNum\s+0003\*210.*CalledExtension\s+0003\*211/s
  )
  t.equal((await control(url, 'GET', '/calls')).calls[0].state, 'ringing')
  t.equal((await control(url, 'GET', '/deliveries')).total, 1, 'no event of the fixture adds a failure')
  t.match(page.url(), /catch=page/)
  await page.locator('.table-row').first().waitFor()
  t.ok(await caught(page).first().isVisible(), 'what is caught stays beside the list of webhooks')
  await control(url, 'POST', '/clock/advance', { ms: 20_000 })
  await page.getByText('3 arrived').waitFor()
  t.match(await caught(page).allInnerTexts(), [/ANSWER in/, /ANSWER in/, /CALLING in/], 'newest first')
  t.strictSame(problems(), [])
})

t.test('Stop removes what was registered, after a reload too, and nothing else', IN_BROWSER, async t => {
  const { url } = await serveBuilt(t)
  const other = { extension: '0003*211', type: '0', method: '1', url: `${url}/_emulator/catch/page/mine` }
  await control(url, 'POST', '/events', other)
  const { page, openTab, problems } = await open(t, url)
  await button(page, 'Catch here').click()
  await page.getByText('5 events of 0003*210 lead here.').waitFor()
  t.equal((await eventsOf(url)).length, 6)
  const second = await openTab(page.url())
  await second.getByText('Another tab registered them').waitFor()
  await second.close()
  await page.reload()
  await button(page, 'Stop').click()
  await page.getByText('Registers an event of each type').waitFor()
  t.strictSame(
    (await eventsOf(url)).map(event => event.url),
    [other.url]
  )

  await page.getByLabel('Webhooks of extension').selectOption('0003*211')
  await page.locator('form').getByRole('button', { name: 'Catch here' }).click()
  await page.getByText('5 events of 0003*211 lead here.').waitFor()
  await control(url, 'POST', '/reset', {})
  await page.getByText('Registers an event of each type').waitFor()
  t.strictSame(
    problems().filter(line => !line.includes('ERR_ABORTED')),
    []
  )
})

const WITHOUT_STORAGE = `for (const name of ['sessionStorage', 'localStorage'])
  Object.defineProperty(globalThis, name, { get() { throw new DOMException('denied', 'SecurityError') } })`

t.test('catching works in a sandbox, and without storage', IN_BROWSER, async t => {
  const { url: root } = await serveBuilt(t)
  const { url } = await control(root, 'POST', '/sandboxes', { name: 'worker' })
  const { page, context, problems } = await open(t, root)
  // A text: the compiler of the tests adds to functions what a page does not have.
  await context.addInitScript({ content: WITHOUT_STORAGE })
  await page.goto(`${url}/?view=webhooks`)
  await button(page, 'Catch here').click()
  await page.locator('.detail').getByRole('button', { name: 'Place a call' }).click()
  await caught(page).first().waitFor()
  t.match(await caught(page).first().innerText(), /\/sandboxes\/worker\/_emulator\/catch\/page/)
  t.equal((await control(root, 'GET', '/caught')).caught.length, 0, 'nothing in another sandbox')
  await page.reload()
  await page.getByText('an earlier visit').waitFor()
  await button(page, 'Stop').click()
  await page.getByText('Registers an event of each type').waitFor()
  t.equal((await eventsOf(url)).length, 0)
  t.strictSame(
    problems().filter(line => !line.includes('ERR_ABORTED')),
    []
  )
})

t.test('catching works off loopback, with a control token', IN_BROWSER, async t => {
  const token = 'a-token-of-this-test'
  const { port } = await serveBuilt(t, ['--host', '0.0.0.0', '--control-token', token])
  const url = `http://127.0.0.1:${port}`
  const { page, problems } = await openPage(t, `${url}/?view=webhooks#token=${token}`, CLIPBOARD)
  await button(page, 'Copy test').click()
  const test = await page.locator('.start-made pre').innerText()
  t.match(test, 'process.env.UAPI_EMULATOR_CONTROL_TOKEN')
  t.notMatch(test, token, 'the token itself is not copied')
  await button(page, 'Catch here').click()
  await page.locator('.detail').getByRole('button', { name: 'Place a call' }).click()
  await caught(page).first().waitFor()
  t.equal((await eventsOf(url, token)).length, 5)
  t.strictSame(problems(), [])
})

t.test('each text is made when it is copied, and works', IN_BROWSER, async t => {
  const { url } = await serveBuilt(t)
  const before = await tokensOf(url)
  const { page, problems } = await open(t, url)
  await button(page, 'Copy curl').waitFor()
  t.equal(await tokensOf(url), before, 'no token is made before')
  const copy = async (name: string) => {
    await button(page, `Copy ${name}`).click()
    await page
      .locator('.start-made', { hasText: `Copy ${name}` })
      .locator('pre')
      .waitFor()
    return page.evaluate(() => navigator.clipboard.readText())
  }
  const { code, out } = await runShell(`${await copy('curl')} --fail --silent`)
  t.equal(code, 0)
  t.match(out, 'NqeyDRqo4FtabmFj8gNWq3hsiGNYyq')
  t.equal(await tokensOf(url), before + 1)

  const environment = join(t.testdir(), 'environment')
  writeFileSync(environment, await copy('environment'))
  const answer = await runShell(
    `. ${environment} && curl --fail --silent -H "Authorization: Bearer $UAPI_TOKEN" ` +
      '"$UAPI_URL/uapi/extensions/@me/$UAPI_EXTENSION/phoneCallEvents" && curl --fail --silent "$UAPI_TOKEN_URL" ' +
      '-d grant_type=client_credentials -d "client_id=$CLIENT_ID" -d "client_secret=$CLIENT_SECRET" -d type=unifiedapi'
  )
  t.match(answer.out, /NqeyDRqo4FtabmFj8gNWq3hsiGNYyq.*access_token/s)

  const test = await copy('test')
  t.match(test, /deliveries\.verify\(.*count: [1-9]/)
  t.match(await runScript(test), { code: 0 })
  for (const { id } of (await control(url, 'GET', '/events')).events) await control(url, 'DELETE', `/events/${id}`)
  t.not((await runScript(test)).code, 0, 'it fails when a webhook is missing')
  t.strictSame(problems(), [])
})

t.test('what cannot be made or started says why, where it happens', IN_BROWSER, async t => {
  const { url } = await serveBuilt(t)
  const { page, problems } = await open(t, url)
  await button(page, 'Copy curl').waitFor()
  await page.route('**/_emulator/tokens', route =>
    route.fulfill({ status: 503, json: { error: { code: 'stopping', message: 'It is stopping <b>.' } } })
  )
  await page.route('**/_emulator/events', route =>
    route.fulfill({ status: 400, json: { error: { code: 'request_invalid', message: 'No more events.' } } })
  )
  await button(page, 'Copy curl').click()
  await page.getByRole('alert').filter({ hasText: 'It is stopping <b>.' }).waitFor()
  await button(page, 'Catch here').click()
  await page.getByRole('alert').filter({ hasText: 'No more events.' }).waitFor()
  t.match(problems().join('\n'), /^answer: 503 to POST \S+\/tokens$/)
})

t.test('without extensions it says what to do', IN_BROWSER, async t => {
  const { url } = await serveBuilt(t)
  await control(url, 'POST', '/reset', { fixture: EMPTY })
  const { page, problems } = await open(t, url)
  await page.getByText('There is nobody to call').waitFor()
  t.equal(await page.getByRole('link', { name: 'Load a fixture' }).getAttribute('href'), '?view=state')
  t.equal(await button(page, 'Copy curl').count(), 0)
  t.strictSame(problems(), [])
})

t.test('on a frozen clock it says how the call goes on', IN_BROWSER, async t => {
  const { url } = await serveBuilt(t)
  await control(url, 'PUT', '/clock', { mode: 'frozen' })
  const { page, problems } = await open(t, url)
  await page.getByText('The clock is frozen').waitFor()
  t.equal(await page.getByRole('link', { name: 'time is moved' }).getAttribute('href'), '?view=time')
  t.strictSame(problems(), [])
})

t.test('what did not arrive at the page says why', IN_BROWSER, async t => {
  const { url } = await serveBuilt(t)
  await control(url, 'POST', '/faults', { on: { operation: 'delivery', type: '0' }, do: { drop: true } })
  const { page, problems } = await open(t, url)
  await button(page, 'Catch here').click()
  await page.locator('.detail').getByRole('button', { name: 'Place a call' }).click()
  await page.locator('.detail').getByText('did not arrive:').waitFor()
  t.strictSame(problems(), [])
})

t.test('anybody may send to the catch address: nothing runs, and the layout holds', IN_BROWSER, async t => {
  const { url } = await serveBuilt(t)
  const hostile = '<img src=x onerror=alert(1)>\u202E\u0007'
  const address = `${url}/_emulator/catch/page`
  await fetch(`${address}/${'%3Cscript%3E'.repeat(100)}?${encodeURIComponent(hostile)}=1`)
  const form = new URLSearchParams({ [hostile]: hostile, CallStatus: hostile.repeat(90), big: 'W'.repeat(50_000) })
  await fetch(address, { method: 'POST', body: form })
  await fetch(address, { method: 'POST', body: Buffer.from([0, 0xff, 0xfe]) })
  await fetch(address, { method: 'POST', body: `{"a":"${'W'.repeat(70_000)}"}` })
  for (const width of [1440, 360]) {
    const { page, problems } = await openPage(t, `${url}/?view=webhooks&catch=page`, { width })
    await page.getByText('4 arrived').waitFor()
    for (const summary of await page.locator('.start-caught summary').all()) await summary.click()
    await page.getByText('Unknown: the vendor').first().waitFor()
    t.equal(await page.locator('img, .detail script').count(), 0)
    const isWide = await page.locator('.detail').evaluate(element => element.scrollWidth > element.clientWidth)
    t.notOk(isWide, `nothing overflows at ${width}`)
    t.strictSame(problems(), [])
  }
})

t.test('the first minute works without a mouse, at every size, and axe finds nothing', IN_BROWSER, async t => {
  const { url } = await serveBuilt(t)
  for (const colorScheme of ['light', 'dark'] as const)
    for (const width of [1440, 360]) {
      await control(url, 'POST', '/reset', {})
      const { page, problems } = await open(t, url, { ...CLIPBOARD, colorScheme, width })
      await button(page, 'Catch here').focus()
      t.strictSame(await axe(page, 'main'), [], `first minute, ${colorScheme}, ${width}`)
      const isWide = await page.locator('.start').evaluate(element => element.scrollWidth > element.clientWidth)
      t.notOk(isWide, 'nothing overflows')
      if (width === 1440) {
        const isHigh = await page.locator('.start').evaluate(element => element.scrollHeight > element.clientHeight)
        t.notOk(isHigh, 'one screen')
      }
      await page.keyboard.press('Enter')
      await page.locator('.detail').waitFor()
      await page.locator('.detail').getByRole('button', { name: 'Place a call' }).focus()
      await page.keyboard.press('Enter')
      await caught(page).first().waitFor()
      t.strictSame(await axe(page, 'main'), [], `catching, ${colorScheme}, ${width}`)
      await page.keyboard.press('Escape')
      await page.locator('.detail').waitFor({ state: 'detached' })
      t.strictSame(problems(), [])
    }
})
