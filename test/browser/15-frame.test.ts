import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { createClient } from '../../src/client/client.js'
import { axe, IN_BROWSER, openPage, serveBuilt } from '../support/browser.js'
import { cutProxy } from '../support/cut-proxy.js'
import { freePort } from '../support/receivers.js'

const VIEWS = ['calls', 'webhooks', 'requests', 'directory', 'state', 'time']

const live = (page: Page) => page.locator('.connection.live').waitFor()

/** The number beside the name of a view. */
const countOf = (page: Page, view: string) =>
  page.locator(`nav.tabs a[href*="view=${view}"] .count`).evaluate(({ textContent }) => Number(textContent))

const waitForCount = (page: Page, view: string, count: number) =>
  page.waitForFunction(
    ([name, expected]) =>
      document.querySelector(`nav.tabs a[href*="view=${name}"] .count`)?.textContent === String(expected),
    [view, count]
  )

/** Starts an emulator, and a client of it. */
async function serveWithClient(t: Test, words: string[] = []) {
  const server = await serveBuilt(t, words)
  const client = createClient({ url: server.url, controlToken: server.ready.controlToken })
  t.teardown(() => client.close())
  return { ...server, client }
}

const CALL = { from: '0003*211', to: '0003*210' }

t.test('the frame shows the version, the address, the sandbox, the clock and that it is live', IN_BROWSER, async t => {
  const { url, client } = await serveWithClient(t)
  await client.clock.freeze('2026-03-01T10:20:30Z')
  const { page, problems } = await openPage(t, `${url}/`)
  await live(page)
  const { version } = await client.health()
  const header = page.locator('header.top')
  await page.getByText('10:20:30').waitFor()
  for (const text of [version, url, 'Live', '2026-03-01', 'frozen', 'default sandbox'])
    t.match(await header.innerText(), text)
  await client.clock.advance('30s')
  await page.getByText('10:21:00').waitFor()
  await client.clock.run()
  await page.locator('.clock.running').waitFor()
  t.strictSame(problems(), [])
})

t.test('what happens appears while it happens, and its count stands beside the view', IN_BROWSER, async t => {
  const { url, client } = await serveWithClient(t)
  const { page } = await openPage(t, `${url}/`)
  await live(page)
  await waitForCount(page, 'calls', 0)
  await client.calls.place(CALL)
  await waitForCount(page, 'calls', 1)
  await client.reset()
  await waitForCount(page, 'calls', 0)
})

t.test(
  'what a script clears or resets disappears from the page, and its clock is that of the sandbox',
  IN_BROWSER,
  async t => {
    const { url, client } = await serveWithClient(t)
    const { page } = await openPage(t, `${url}/`)
    await live(page)
    await client.faults.add({ on: { operation: 'create' }, do: { status: 503 } })
    await waitForCount(page, 'time', 1)
    await fetch(`${url}/uapi/nothing`)
    await waitForCount(page, 'requests', 1)
    await client.requests.clear()
    await waitForCount(page, 'requests', 0)
    await client.clock.freeze('2026-03-01T10:20:30Z')
    await page.locator('.clock.frozen').waitFor()
    await client.reset()
    await page.locator('.clock.running').waitFor()
    await page.locator('nav.tabs a[href*="view=time"] .count').waitFor({ state: 'detached' })
  }
)

t.test('the requests of the page stand in no journal and count for no verification', IN_BROWSER, async t => {
  const { url, client } = await serveWithClient(t)
  const { page } = await openPage(t, `${url}/`)
  await live(page)
  for (const path of ['/favicon.ico', '/apple-touch-icon.png', '/.well-known/appspecific/com.chrome.devtools.json'])
    await page.evaluate(path => fetch(path), path)
  t.equal((await client.requests.list()).total, 0)
  await client.requests.verify({ match: { unmatched: true }, count: 0 })
})

t.test('off loopback nothing is shown without the control token', IN_BROWSER, async t => {
  const token = 'a-token-for-this-test-0123456789'
  const server = await serveBuilt(t, ['--host', '0.0.0.0', '--control-token', token])

  await t.test('it is asked for, and a wrong one is refused in words', async t => {
    const { page, problems } = await openPage(t, `${server.url}/`)
    await page.getByRole('heading', { name: 'A control token is needed' }).waitFor()
    t.equal(await page.locator('.view, .cards, .count, .clock').count(), 0)
    t.strictSame(await axe(page), [])
    await page.getByLabel('Control token').fill('wrong-token-0123456789')
    await page.keyboard.press('Enter')
    await page.getByText('does not accept this control token').waitFor()
    await page.getByLabel('Control token').fill(token)
    await page.getByRole('button', { name: 'Connect' }).click()
    await live(page)
    await page.reload()
    await live(page)
    t.strictSame(problems(), [])
  })

  await t.test('a link has it, and the address bar has it no more', async t => {
    const { page, context } = await openPage(t, `${server.url}/?view=requests#token=${token}`)
    await live(page)
    t.equal(page.url(), `${server.url}/?view=requests`)
    t.equal(await page.evaluate(() => sessionStorage.getItem('uapi-emulator.token')), token)
    t.notMatch(await page.content(), token)
    t.strictSame(await context.cookies(), [])
    t.equal(await page.evaluate(() => localStorage.length), 0)
  })
})

t.test(
  'when the emulator is gone, figures dim and stay; when it is back, everything is read anew',
  IN_BROWSER,
  async t => {
    const port = String(await freePort())
    const first = await serveBuilt(t, ['--port', port])
    const client = createClient({ url: first.url })
    t.teardown(() => client.close())
    await client.calls.place(CALL)
    const { page, context, problems } = await openPage(t, `${first.url}/`)
    await waitForCount(page, 'calls', 1)
    await first.stop('SIGKILL')
    await page.getByText(/^Reconnecting, last heard at \d/).waitFor()
    t.equal(await countOf(page, 'calls'), 1)
    await page.locator('main.stale').waitFor()
    await page.getByText(/^Lost, last heard at \d/).waitFor()
    const second = await serveBuilt(t, ['--port', port])
    await page.getByText('The emulator is back: everything was read anew.').waitFor()
    await waitForCount(page, 'calls', 0)
    const again = createClient({ url: second.url })
    t.teardown(() => again.close())
    await again.calls.place(CALL)
    await again.calls.place(CALL)
    await waitForCount(page, 'calls', 2)
    await context.close() // before the emulator is stopped
    // While the emulator is gone, files of the page cannot be loaded; they are when it is back.
    t.strictSame(
      problems().filter(problem => !problem.startsWith('not loaded')),
      []
    )
  }
)

t.test('after a gap the stream is resumed; what it missed is read anew, and the page says so', IN_BROWSER, async t => {
  const { port, client } = await serveWithClient(t)
  const proxy = await cutProxy(t, port)
  const { page, problems } = await openPage(t, `${proxy.url}/`)
  await live(page)
  proxy.cut()
  await client.calls.place(CALL)
  await page.locator('.connection.reconnecting').waitFor()
  proxy.restore()
  await waitForCount(page, 'calls', 1)
  await live(page)

  proxy.cut()
  await page.locator('.connection.reconnecting').waitFor()
  // More than the thousand events that the emulator keeps for a stream.
  await Promise.all(Array.from({ length: 300 }, () => client.calls.place(CALL)))
  proxy.restore()
  await waitForCount(page, 'calls', 301)
  await live(page)
  await page.getByText('everything was read anew').waitFor()
  problems() // files of the page were not loaded while the connection was cut
})

t.test('eight tabs share one stream, and all of them are live', IN_BROWSER, async t => {
  const { port, client } = await serveWithClient(t)
  const proxy = await cutProxy(t, port)
  const { page, openTab, problems } = await openPage(t, `${proxy.url}/`)
  const tabs = [page]
  for (let count = 1; count < 8; count++) tabs.push(await openTab(`${proxy.url}/?view=${VIEWS[count % VIEWS.length]}`))
  for (const tab of tabs) await live(tab)
  await client.calls.place(CALL)
  for (const tab of tabs) await waitForCount(tab, 'calls', 1)
  t.equal(proxy.lines().filter(line => line.startsWith('GET /_emulator/stream')).length, 1)
  t.strictSame(problems(), [])
})

/** As text, because the compiler of the tests adds a function to it that no page has. */
const WITHOUT_WORKERS_AND_STORAGE = `
  delete globalThis.SharedWorker
  for (const name of ['localStorage', 'sessionStorage'])
    Object.defineProperty(globalThis, name, { get() { throw new DOMException('not allowed', 'SecurityError') } })
`

t.test('it works without shared workers and without storage', IN_BROWSER, async t => {
  const { url, client } = await serveWithClient(t)
  const { context, openTab, problems } = await openPage(t, 'about:blank')
  await context.addInitScript(WITHOUT_WORKERS_AND_STORAGE)
  const page = await openTab(`${url}/`)
  await live(page)
  await client.calls.place(CALL)
  await waitForCount(page, 'calls', 1)
  await page.getByRole('button', { name: /^Theme: system/ }).click()
  t.equal(await page.locator('html').getAttribute('data-theme'), 'light')
  t.strictSame(problems(), [])
})

t.test('a sandbox has a page of its own, and its end is stated while it is shown', IN_BROWSER, async t => {
  const { url, client } = await serveWithClient(t)
  await client.sandboxes.create({ name: 'worker-1' })
  const { page, problems } = await openPage(t, `${url}/`)
  await live(page)
  await page.getByRole('combobox', { name: 'Sandbox' }).selectOption('worker-1')
  await page.waitForURL('**/sandboxes/worker-1/')
  await live(page)
  t.match(await page.title(), 'worker-1')
  await client.sandboxes.create({ name: 'worker-2' })
  await page.getByRole('combobox', { name: 'Sandbox' }).focus()
  await page
    .getByRole('combobox', { name: 'Sandbox' })
    .locator('option', { hasText: 'worker-2' })
    .waitFor({ state: 'attached' })
  const own = createClient({ url: `${url}/sandboxes/worker-1` })
  t.teardown(() => own.close())
  await own.calls.place(CALL)
  await waitForCount(page, 'calls', 1)
  await client.sandboxes.end('worker-1')
  await page.getByText('does not exist any more').waitFor()
  t.equal(await countOf(page, 'calls'), 1, 'what was shown stays')
  await page.reload()
  await page.getByText('The sandbox worker-1 does not exist.').waitFor()
  await page.getByRole('link', { name: 'Go to the default sandbox' }).click()
  await live(page)
  t.equal(await countOf(page, 'calls'), 0)
  t.strictSame(problems(), [])
})

t.test('the page of a sandbox works behind a balancer, which has no list of all sandboxes', IN_BROWSER, async t => {
  const { url, client } = await serveWithClient(t)
  const own = await client.sandboxes.create({ name: 'worker-1' })
  const { page, problems } = await openPage(t, 'about:blank')
  const error = { code: 'one_instance_only', message: 'Send this request to each of them.' }
  await page.route(`${url}/_emulator/sandboxes`, route => route.fulfill({ status: 501, json: { error } }))
  await page.goto(`${own.url}/`)
  await live(page)
  const worker = createClient({ url: own.url })
  t.teardown(() => worker.close())
  await worker.calls.place(CALL)
  await waitForCount(page, 'calls', 1)
  t.match(problems().join('\n'), /^answer: 501 to GET \S+\/_emulator\/sandboxes/)
})

t.test('pause holds the view still and counts what waits', IN_BROWSER, async t => {
  const { url, client } = await serveWithClient(t)
  const { page } = await openPage(t, `${url}/`)
  await live(page)
  await page.keyboard.press('p')
  await page.getByText('Paused').waitFor()
  await client.calls.place(CALL)
  await page.getByText(/[1-9]\d* waiting/).waitFor()
  t.equal(await countOf(page, 'calls'), 0)
  await page.keyboard.press('p')
  await waitForCount(page, 'calls', 1)
})

t.test('in the background the title and the icon count the webhooks that fail', IN_BROWSER, async t => {
  const { url, client } = await serveWithClient(t)
  await client.events.create({
    extension: '0003*210',
    type: '0',
    method: '0',
    url: `http://127.0.0.1:${await freePort()}/`
  })
  const { page } = await openPage(t, `${url}/`)
  await live(page)
  const show = (state: string) =>
    page.evaluate(value => {
      Object.defineProperty(document, 'visibilityState', { configurable: true, value })
      dispatchEvent(new Event('visibilitychange'))
    }, state)
  await client.calls.place(CALL)
  await client.idle({ timeoutMs: 5_000 })
  await waitForCount(page, 'webhooks', (await client.deliveries.list()).total)
  t.equal(await page.title(), 'uapi-emulator')
  await show('hidden')
  await client.calls.place(CALL)
  await page.waitForFunction(() => /^\(\d+ failed\) /.test(document.title))
  t.match(await page.locator('link[rel=icon]').getAttribute('href'), 'icon-failing.svg')
  await show('visible')
  await page.waitForFunction(() => document.title === 'uapi-emulator')
  t.notMatch(await page.locator('link[rel=icon]').getAttribute('href'), 'failing')
})

t.test('? shows the keys, and Esc closes them', IN_BROWSER, async t => {
  const { url } = await serveWithClient(t)
  const { page } = await openPage(t, `${url}/?view=webhooks`)
  await page.getByRole('heading', { name: 'No webhook yet' }).waitFor()
  await page.keyboard.press('?')
  const dialog = page.getByRole('dialog', { name: 'Keys' })
  await dialog.waitFor()
  const text = await dialog.innerText()
  for (const key of ['?', 'p', 'c', 'Esc']) t.ok(text.split('\n').includes(key), key)
  t.strictSame(await axe(page), [])
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'detached' })
})

t.test('every view passes axe in both themes, and none scrolls sideways at 360 pixels', IN_BROWSER, async t => {
  const { url, client } = await serveWithClient(t)
  for (const [index, outcome] of (['answered', 'busy', 'noAnswer'] as const).entries())
    await client.calls.place({ ...CALL, outcome, callerName: `Caller ${index}` })
  await client.faults.add({ on: { operation: 'create' }, times: 1, do: { status: 503 } })
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const width of [360, 1440]) {
      const { page, problems } = await openPage(t, `${url}/`, { colorScheme, width, height: 800 })
      await live(page)
      for (const view of VIEWS) {
        await page.goto(`${url}/?view=${view}`)
        await live(page)
        await page.locator('main > *').first().waitFor()
        t.strictSame(await axe(page), [], `${view} ${colorScheme} ${width}`)
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
        t.ok(overflow <= 0, `${view} at ${width} is not wider than the window (${overflow})`)
      }
      t.strictSame(problems(), [])
    }
  }
})

t.test('a storm of webhooks with the page open ends with the right rows and few nodes', IN_BROWSER, async t => {
  const { url, client } = await serveWithClient(t)
  for (const type of ['0', '1', '2', '3', '4'] as const)
    for (const extension of ['0003*210', '0003*211'])
      await client.events.create({ extension, type, method: '1', url: `${url}/_emulator/catch/storm` })
  const { page, openTab, problems } = await openPage(t, `${url}/?view=webhooks`)
  const lanes = await openTab(`${url}/?view=calls`)
  for (const tab of [page, lanes]) await live(tab)
  for (let round = 0; round < 10; round++) await Promise.all(Array.from({ length: 50 }, () => client.calls.place(CALL)))
  await client.idle({ timeoutMs: 60_000 })
  const { total } = await client.deliveries.list({ limit: 1 })
  t.ok(total >= 2_500, `${total} webhooks`)
  for (const tab of [page, lanes]) {
    await waitForCount(tab, 'webhooks', total)
    await waitForCount(tab, 'calls', 500)
  }
  await page.waitForFunction(() => document.querySelectorAll('.state.delivered, .state.good').length > 5)
  for (const tab of [page, lanes]) {
    const nodes = await tab.evaluate(() => document.querySelectorAll('*').length)
    t.ok(nodes < 4_000, `${nodes} nodes`)
  }
  t.strictSame(problems(), [])
})
