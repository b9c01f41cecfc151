import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { axe, IN_BROWSER, openPage, type PageOptions, serveBuilt } from '../support/browser.js'
import { runShell, type Server } from '../support/program.js'
import { type Answer, receive } from '../support/receiver.js'
import { freePort } from '../support/receivers.js'

const TO = '0003*210'
const CLIPBOARD: PageOptions = { permissions: ['clipboard-read', 'clipboard-write'] }

/** Sends a request to the control API. @throws Error for a refusal */
async function control(url: string, method: string, path: string, body?: unknown) {
  const response = await fetch(`${url}/_emulator${path}`, {
    method,
    ...(body !== undefined && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
  return text === '' ? undefined : JSON.parse(text)
}

interface Scene {
  server: Server
  url: string
  register(type: string, url: string, changes?: object): Promise<{ id: string }>
  /** A call that was never answered; it is over, and so are its webhooks. */
  call(changes?: object): Promise<{ callId: string }>
}

/** An emulator without phone call events. @param sandbox the name of a sandbox to use */
async function start(t: Test, words: string[] = [], sandbox?: string): Promise<Scene> {
  const server = await serveBuilt(t, words)
  if (sandbox !== undefined) await control(server.url, 'POST', '/sandboxes', { name: sandbox })
  const url = sandbox === undefined ? server.url : `${server.url}/sandboxes/${sandbox}`
  await control(url, 'DELETE', '/events')
  return {
    server,
    url,
    register: (type, target, changes) =>
      control(url, 'POST', '/events', { extension: TO, type, method: '1', url: target, ...changes }),
    async call(changes) {
      const call = await control(url, 'POST', '/calls', { from: '+40722000111', to: TO, outcome: 'busy', ...changes })
      await control(url, 'GET', '/idle?timeoutMs=20000')
      return call
    }
  }
}

const open = (t: Test, url: string, query = '', options: PageOptions = CLIPBOARD) =>
  openPage(t, `${url}/?view=webhooks${query}`, options)

/** Goes to another address of the view, as by the buttons of the browser. */
const go = (page: Page, query: string): Promise<void> =>
  page.evaluate(search => {
    history.pushState(null, '', search)
    dispatchEvent(new PopStateEvent('popstate'))
  }, `?view=webhooks&${query}`)

const rows = (page: Page) => page.locator('.table-row')
const detail = (page: Page) => page.getByRole('region', { name: /^Webhook \d+$/ })
const badge = (page: Page) => detail(page).locator('.detail-head .state')
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })
const verdict = (page: Page, title: string) =>
  page
    .locator('.part', { has: page.getByRole('heading', { name: title }) })
    .getByRole('status')
    .locator('.tag')
const clipboard = (page: Page): Promise<string> => page.evaluate(() => navigator.clipboard.readText())

t.test('webhooks are listed newest first, and the filters are in the address', IN_BROWSER, async t => {
  const receiver = await receive(t)
  const broken = await receive(t, (_request, response) => void response.writeHead(500).end('no'))
  const { url, register, call } = await start(t)
  const event = await register('0', `${receiver.url}/ringing`)
  await register('2', `${broken.url}/ended?key=1`, { method: '0' })
  const first = await call({ callerName: 'Ana Popescu' })
  await call({ from: '0003*211' })
  const { page, problems } = await open(t, url)
  await rows(page).nth(3).waitFor()
  const texts = await rows(page).allTextContents()
  t.match(texts, [/Hangup.*GET.*failed500/, /Dial-In.*POST.*delivered200/, /Hangup/, /Dial-In/])
  for (const [what, count, query] of [
    ['state', 2, 'state=failed'],
    ['moment', 2, 'type=0'],
    ['extension', 0, 'extension=0003*211'],
    ['call', 2, `callId=${first.callId}`],
    ['event', 2, `eventId=${event.id}`],
    ['a decoded value', 2, 'q=ana+popescu'],
    ['a failure', 2, 'q=answered 500'],
    ['several', 1, `state=failed&callId=${first.callId}`]
  ] as const) {
    await go(page, query)
    await page.getByText(`${count} found`).waitFor()
    t.equal(await rows(page).count(), count, what)
  }
  await button(page, 'Clear').click()
  await rows(page).nth(3).waitFor()
  await page.keyboard.press('/')
  await page.keyboard.type('ended')
  await page.getByText('2 found').waitFor()
  await page.getByLabel('Filter by state').selectOption('delivered')
  await page.getByText('No webhook passes the filters.').waitFor()
  t.equal(new URL(page.url()).search, '?view=webhooks&q=ended&state=delivered')
  t.strictSame(problems(), [])
})

t.test('one webhook shows each parameter with its meaning, and the bytes that were sent', IN_BROWSER, async t => {
  const receiver = await receive(t)
  const { url, register, call } = await start(t)
  await register('0', `${receiver.url}/it's?own=1`)
  await register('2', `${receiver.url}/get?own=1`, { method: '0' })
  const fault = {
    on: { operation: 'delivery', type: '2' },
    do: { change: { parameters: { Extra: { bytes: 'c3ff' } } } }
  }
  await control(url, 'POST', '/faults', fault)
  await call({ callerName: 'Ana & co.' })
  const { page, problems } = await open(t, url, '&webhook=1')
  const table = page.locator('.hook-parameters')
  t.match(await table.innerText(), /CallerIDName\s+Ana & co\.\s+The caller's name/)
  t.match(await table.innerText(), /own\s+1\s+Of the URL itself/)
  t.match(await detail(page).innerText(), /Not sent: CalledNumber\./)
  const sent = await detail(page).getByRole('group', { name: 'The request as HTTP' }).innerText()
  t.match(sent, /^POST \/it's\?own=1 HTTP\/1\.1\r?\nHost: .*CallID=[\d.]+&CallerIDNum=%2B40722000111/s)

  await page.getByRole('button', { name: 'curl' }).click()
  await page.getByTitle('Copied').waitFor()
  t.equal((await runShell(await clipboard(page))).code, 0)
  const [byEmulator, get, byCurl] = receiver.received
  t.same({ ...byCurl, rawHeaders: [] }, { ...byEmulator, rawHeaders: [] }, 'the command sends the same')
  t.equal(get?.method, 'GET')

  await go(page, 'webhook=2')
  await page.getByRole('region', { name: 'Webhook 2' }).waitFor()
  t.match(await table.innerText(), /Extra\s+.*not UTF-8 c3 ff\s+Unknown/s)
  t.match(await detail(page).innerText(), /fault 1, which changes Extra of every Hangup/)
  await page.getByRole('button', { name: 'curl' }).click()
  await page.getByTitle('Copied').waitFor()
  t.equal((await runShell(await clipboard(page))).code, 0)
  t.equal(receiver.received[3]?.target, get?.target)
  const links = await detail(page)
    .locator('.facts a')
    .evaluateAll(all => all.map(link => link.getAttribute('href')))
  t.match(links, [/view=calls&call=\d+\.\d+/, /view=directory&event=\w+/, /view=time&fault=1/])
  t.strictSame(problems(), [])
})

t.test('an answer or a failure says what happened, with a hint', IN_BROWSER, async t => {
  const answers: Record<string, Answer> = {
    '/json': (_request, response) => void response.end('{"accepted":true}'),
    '/html': (_request, response) => void response.writeHead(500, { 'content-type': 'text/html' }).end('<h1>Oops</h1>'),
    '/bytes': (_request, response) => void response.end(Buffer.from([0xff, 0xfe])),
    '/long': (_request, response) => void response.end('x'.repeat(70_000)),
    '/slow': () => {}
  }
  const receiver = await receive(t, (request, response, one) => answers[one.target]?.(request, response, one))
  const { url, register, call } = await start(t, ['--callback-total-ms', '300'])
  const closed = `http://127.0.0.1:${await freePort()}/`
  const targets = [...Object.keys(answers).map(path => receiver.url + path), closed, 'http://93.184.216.34/x']
  for (const target of targets) await register('0', target)
  await call()
  const { page, problems } = await open(t, url)
  const said = async (word: string) => {
    await rows(page).filter({ hasText: word }).click()
    await detail(page).waitFor()
    return detail(page).innerText()
  }
  t.match(await said('/json'), /200.*"accepted": true/s, 'pretty')
  await button(page, 'Raw').click()
  t.match(await detail(page).innerText(), /\{"accepted":true\}/)
  t.match(await said('/html'), /500.*The receiver answered 500\.\s+Only a 2xx counts.*<h1>Oops<\/h1>/s)
  t.match(await said('/bytes'), /not UTF-8.*\/\/4=/s)
  t.match(await said('/long'), /The body was longer/)
  t.match(await said('/slow'), /response timeout.*--callback-total-ms/s)
  t.match(await said(closed), /refused/)
  t.match(await said('93.184'), /blocked by policy.*--allow-callback 93\.184\.216\.34\s+--callbacks any/s)
  await page.getByRole('button', { name: 'Copy the flag --allow-callback' }).click()
  await page.getByTitle('Copied').waitFor()
  t.equal(await clipboard(page), '--allow-callback 93.184.216.34')
  t.strictSame(problems(), [])
})

t.test('a held webhook names its fault, and Release sends it', IN_BROWSER, async t => {
  const receiver = await receive(t)
  const { url, register, call } = await start(t)
  await register('2', `${receiver.url}/ended`)
  await control(url, 'POST', '/faults', { on: { operation: 'delivery', type: '2' }, do: { hold: true } })
  const { page, problems } = await open(t, url)
  await call()
  await rows(page).click()
  await page.getByText('Held by fault 1, which holds every Hangup webhook.').waitFor()
  t.equal(await page.getByRole('link', { name: 'fault 1' }).first().getAttribute('href'), '?view=time&fault=1')
  t.match(await badge(page).innerText(), 'held')
  await button(page, 'Release').click()
  await badge(page).filter({ hasText: 'delivered' }).waitFor()
  await rows(page).locator('.state.good').waitFor()
  t.equal(receiver.received.length, 1)
  t.strictSame(problems(), [])
})

t.test('a replay stands beside the first, with a verdict', IN_BROWSER, async t => {
  let status = 500
  const waiting: (() => void)[] = []
  const receiver = await receive(t, (_request, response) => {
    const end = () => void response.writeHead(status).end(`answer ${status}`)
    if (status === 204) waiting.push(end)
    else end()
  })
  const { url, register, call } = await start(t)
  await register('0', `${receiver.url}/a`)
  await call()
  const { page, problems } = await open(t, url, '&webhook=1')
  const again = verdict(page, 'Sent again as it was')
  await detail(page).waitFor()
  await page.keyboard.press('r')
  await again.filter({ hasText: 'still failing' }).waitFor()
  status = 204
  await page.keyboard.press('r')
  await again.filter({ hasText: 'waiting' }).waitFor()
  t.equal(waiting.length, 1)
  waiting.pop()?.()
  await again.filter({ hasText: 'fixed' }).waitFor()
  const diff = await page.locator('.hook-diff').innerText()
  t.match(diff, /status\s+500\s+204.*body\s+answer 500\s+empty/s, 'what differs in the answer')
  t.equal(new Set(receiver.received.map(({ body }) => body)).size, 1, 'the same bytes')
  t.strictSame(problems(), [])
})

t.test('an edited replay shows what was changed; a refused one loses nothing', IN_BROWSER, async t => {
  const receiver = await receive(
    t,
    (_request, response, { target }) =>
      void response.writeHead(target.startsWith('/good') ? 200 : 500).end(`at ${target.slice(0, 5)}`)
  )
  const { url, register, call } = await start(t)
  await register('0', `${receiver.url}/bad`)
  await call()
  const { page, problems } = await open(t, url, '&webhook=1')
  await button(page, 'Edit and replay').click()
  t.ok(await button(page, 'Send with changes').isDisabled(), 'nothing is changed')
  t.equal(await page.getByLabel('URL', { exact: true }).inputValue(), `${receiver.url}/bad`)
  await page.getByRole('textbox', { name: 'CallerIDName' }).fill('Zoë')
  await button(page, 'Leave out CalledDID').click()
  await button(page, 'Add a parameter').click()
  await page.getByLabel('Name of the added').fill('CallID')
  await page.getByLabel('Value of the added').fill('x y')
  await button(page, 'Send with changes').click()
  await page.getByText('There is a parameter CallID already').waitFor()
  await page.getByLabel('Name of the added').fill('extra')
  await page.getByLabel('URL', { exact: true }).fill('nonsense')
  await button(page, 'Send with changes').click()
  await page.locator('.form .failure').filter({ hasText: '$.url' }).waitFor()
  t.equal(await page.getByRole('textbox', { name: 'CallerIDName' }).inputValue(), 'Zoë', 'nothing typed is lost')

  await page.getByLabel('URL', { exact: true }).fill(`${receiver.url}/bad2`)
  await button(page, 'Send with changes').click()
  await verdict(page, 'Sent again with changes').filter({ hasText: 'still failing' }).waitFor()
  await page.getByLabel('URL', { exact: true }).fill(`${receiver.url}/good`)
  await page.getByLabel('Method').selectOption('GET')
  await button(page, 'Send with changes').click()
  await verdict(page, 'Sent again with changes').filter({ hasText: 'fixed' }).waitFor()
  const sent = receiver.received[2]
  t.equal(sent?.method, 'GET')
  t.match(sent && receiver.parametersOf(sent), { CallerIDName: 'Zoë', extra: 'x y', CalledDID: undefined })
  const diff = await page.locator('.hook-diff').innerText()
  t.match(diff, /method\s+POST\s+GET/)
  t.match(diff, /CallerIDName\s+40722000111\s+Zoë\s+CalledDID\s+40312345210\s+none\s+extra\s+none\s+x y/)
  t.match(diff, /status\s+500\s+200/)
  t.match(await detail(page).innerText(), /Earlier:\s+webhook 2\s+still failing/)

  await page.getByRole('link', { name: 'webhook 3' }).click()
  await verdict(page, 'Compared with webhook 1').filter({ hasText: 'fixed' }).waitFor()
  t.strictSame(problems(), [])
})

t.test('the verification of a webhook verifies', IN_BROWSER, async t => {
  const receiver = await receive(t)
  const { url, register, call } = await start(t)
  await register('0', `${receiver.url}/a?own=1`)
  await register('2', `${receiver.url}/b?own=1`, { method: '0' })
  await register('2', 'http://93.184.216.34/')
  await call({ callerName: '"<b>' })
  const { page, problems } = await open(t, url)
  for (const webhook of await rows(page).all()) {
    await webhook.click()
    await page.getByRole('button', { name: 'JSON' }).click()
    await page.getByTitle('Copied').waitFor()
    const verification = JSON.parse(await clipboard(page))
    t.same(await control(url, 'POST', '/deliveries/verify', verification), { verified: true, count: 1 })
    const code = await page.getByRole('group', { name: 'The verification' }).innerText()
    t.same(JSON.parse(code.replace(/^await client\.deliveries\.verify\((.*)\)$/s, '$1')), verification)
  }
  t.strictSame(problems(), [])
})

t.test('webhooks work without a mouse', IN_BROWSER, async t => {
  const receiver = await receive(t)
  const { url, register, call } = await start(t, [], 'worker')
  await register('0', `${receiver.url}/a`)
  await register('2', `${receiver.url}/b`)
  await call()
  const { page, problems } = await open(t, url)
  await rows(page).nth(1).waitFor()
  await page.keyboard.press('j')
  await page.keyboard.press('j')
  await page.locator('.table-row:focus').waitFor()
  await page.keyboard.press('Enter')
  await page.getByRole('region', { name: 'Webhook 1' }).waitFor()
  t.match(page.url(), /webhook=1/)
  await page.keyboard.press('k')
  await page.getByRole('region', { name: 'Webhook 2' }).waitFor()
  await page.keyboard.press('r')
  await verdict(page, 'Sent again as it was').filter({ hasText: 'still delivered' }).waitFor()
  await button(page, 'Edit and replay').focus()
  await page.keyboard.press('Enter')
  await page.getByRole('textbox', { name: 'CallerIDName' }).focus()
  await page.keyboard.press('Control+A')
  await page.keyboard.type('typed')
  await page.keyboard.press('Enter')
  await verdict(page, 'Sent again with changes').filter({ hasText: 'still delivered' }).waitFor()
  await page.keyboard.press('Escape')
  await detail(page).waitFor({ state: 'detached' })
  t.notMatch(page.url(), /webhook=\d/)
  t.strictSame(problems(), [])
})

const HOSTILE = `<img src=x onerror=alert(1)><script>alert(2)</script>"'&amp;\u202Eevil\u2066\u0007\r\n\t${'\u{1F4DE}'}`

t.test('texts from outside run nothing and break no layout', IN_BROWSER, async t => {
  const answer = `${HOSTILE}${'W'.repeat(65_536 - Buffer.byteLength(HOSTILE))}`
  const receiver = await receive(t, (_request, response) => {
    response.setHeader('x-hostile', '<script>alert(3)</script>')
    response.writeHead(500).end(answer)
  })
  const { url, register, call } = await start(t)
  const path = `${receiver.url}/<script>`.replace(/[<>]/g, encodeURIComponent)
  await register('0', `${path}?${'a'.repeat(1_800)}=${encodeURIComponent(HOSTILE)}`, { note: HOSTILE, method: '0' })
  await register('2', `${receiver.url}/x`, { note: HOSTILE.repeat(5) })
  await call({ callerName: HOSTILE.repeat(3), callerNumber: HOSTILE.slice(0, 80) })
  await control(url, 'POST', '/deliveries/1/replay', { parameters: { [HOSTILE.slice(0, 100)]: HOSTILE } })
  await control(url, 'GET', '/idle?timeoutMs=20000')
  for (const width of [1440, 360]) {
    const { page, problems } = await open(t, url, '&webhook=1', { width })
    await verdict(page, 'Sent again with changes').waitFor()
    await button(page, 'Edit and replay').click()
    await page.getByText('Headers of the answer').first().click()
    t.equal(await page.locator('img, .detail script').count(), 0, 'no markup')
    t.notOk(await overflows(page), `the page does not scroll sideways at ${width}`)
    t.strictSame(problems(), [])
  }
  const { page } = await open(t, url, `&webhook=${encodeURIComponent(HOSTILE)}&callId=${encodeURIComponent(HOSTILE)}`)
  await page.getByText('There is no webhook').waitFor()
  t.notOk(await overflows(page))
})

/** Whether the page or its detail is wider than it is shown. */
const overflows = (page: Page): Promise<boolean> =>
  page.evaluate(() =>
    [document.documentElement, ...document.querySelectorAll('.detail, .list, .start')].some(
      element => element.scrollWidth > element.clientWidth
    )
  )

t.test('axe finds nothing in webhooks, in both themes', IN_BROWSER, async t => {
  const receiver = await receive(t, (_request, response) => void response.writeHead(500).end('{"a":1}'))
  const { url, register, call } = await start(t)
  for (const type of ['0', '2']) await register(type, `${receiver.url}/${type}`)
  await register('2', 'http://93.184.216.34/')
  await call()
  await control(url, 'POST', '/deliveries/1/replay', { parameters: { CallID: null } })
  await control(url, 'POST', '/faults', { on: { operation: 'delivery', type: '0' }, do: { hold: true } })
  await call()
  for (const colorScheme of ['light', 'dark'] as const)
    for (const width of colorScheme === 'light' ? [1440, 360] : [1440]) {
      const { page, problems } = await open(t, url, '', { colorScheme, width })
      await rows(page).nth(5).waitFor()
      t.strictSame(await axe(page, 'main'), [], `the list, ${colorScheme}, ${width}`)
      for (const webhook of ['1', '3', '5']) {
        await go(page, `webhook=${webhook}&callId=1.1`)
        await page.getByRole('region', { name: `Webhook ${webhook}` }).waitFor()
        await button(page, 'Edit and replay').click()
        t.strictSame(await axe(page, 'main'), [], `webhook ${webhook}, ${colorScheme}, ${width}`)
        t.notOk(await overflows(page), `webhook ${webhook}, ${width}`)
      }
      t.strictSame(problems(), [])
    }
})

t.test('10,000 webhooks are listed, and only the visible rows are drawn', IN_BROWSER, async t => {
  const { url, register, call } = await start(t)
  for (let nth = 0; nth < 100; nth++) await register('0', `${url}/_emulator/catch/many/${nth}`)
  for (let nth = 0; nth < 100; nth++) await call()
  const { page, problems } = await open(t, url)
  await page.locator('[role=grid][aria-rowcount="10001"]').waitFor()
  await page.locator('.table-body').evaluate(body => body.scrollTo(0, body.scrollHeight))
  await page.locator('[aria-rowindex="10001"]').waitFor()
  t.ok((await rows(page).count()) < 60)
  await page.keyboard.press('/')
  await page.keyboard.type('many/77')
  await page.getByText('100 found').waitFor()
  t.strictSame(problems(), [])
})
