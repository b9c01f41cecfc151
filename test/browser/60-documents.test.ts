import type { Page } from 'playwright-core'
import t from 'tap'
import { axe, IN_BROWSER, openPage, serveBuilt } from '../support/browser.js'
import { call } from '../support/program.js'
import { receive } from '../support/receiver.js'

const LOOKS = [
  { width: 1440, height: 900, colorScheme: 'light' },
  { width: 360, height: 740, colorScheme: 'dark' }
] as const

/** The background of an element, as it is drawn. */
const backgroundOf = (page: Page, selector: string) =>
  page
    .locator(selector)
    .first()
    .evaluate(element => getComputedStyle(element).backgroundColor)

/** Whether a page is wider than its window. */
const isTooWide = (page: Page) => page.evaluate(() => document.documentElement.scrollWidth > innerWidth)

t.test('the consent page leads to the app, with its look from the style sheet', IN_BROWSER, async t => {
  const { url } = await serveBuilt(t)
  const app = await receive(t)
  const redirect = `${app.url}/callback`
  const apps = [
    { clientId: 'crm', clientSecret: 's', name: 'CRM', user: '12', trusted: true, redirectUris: [redirect] }
  ]
  await call(`${url}/_emulator/sandboxes`, { method: 'POST', body: { name: 'worker-1' } })
  for (const base of [url, `${url}/sandboxes/worker-1`]) {
    await call(`${base}/_emulator/fixtures`, { method: 'POST', body: { apps } })
    const query = new URLSearchParams({ response_type: 'code', client_id: 'crm', redirect_uri: redirect, state: 'x' })
    for (const [button, expected] of [
      ['Allow', /[?&]code=\w+.*state=x/],
      ['Deny', /error=access_denied.*state=x/]
    ] as const) {
      for (const look of LOOKS) {
        const { page, problems } = await openPage(t, `${base}/oauth/authorize.php?${query}`, look)
        const surface = look.colorScheme === 'light' ? 'rgb(255, 255, 255)' : 'rgb(27, 30, 36)'
        t.equal(await backgroundOf(page, 'main'), surface, `${base}, ${look.colorScheme}`)
        t.notOk(await isTooWide(page))
        t.strictSame(await axe(page), [])
        await page.getByRole('button', { name: button }).click()
        await page.waitForURL(`${redirect}**`)
        t.match(page.url(), expected)
        t.strictSame(problems(), [])
      }
    }
  }
})

t.test('a refusal has the same look, also with a slash at the end', IN_BROWSER, async t => {
  const { url } = await serveBuilt(t)
  for (const path of ['authorize.php', 'authorize.php/']) {
    const { page, problems } = await openPage(t, `${url}/oauth/${path}?client_id=unknown`)
    t.equal(await page.locator('h1').textContent(), 'The app cannot be authorized')
    t.equal(await backgroundOf(page, '.problem'), 'rgb(253, 234, 235)')
    t.strictSame(await axe(page), [])
    t.strictSame(problems(), [])
  }
})

/** What Swagger UI's own markup violates; none of it can be changed by a sheet. */
const OF_LIBRARY = [
  'heading-order',
  'label',
  'nested-interactive',
  'region',
  'scrollable-region-focusable',
  'select-name'
]

/** Opens an operation of the documents, sends its example, and returns the status of the answer. */
async function tryOperation(page: Page, id: string): Promise<{ status: string; curl: string }> {
  const operation = page.locator(`#operations-${id}`)
  await operation.locator('.opblock-summary-control').click()
  await operation.locator('.btn.execute').click()
  const status = operation.locator('.live-responses-table tbody .response-col_status').first()
  await status.waitFor()
  return { status: (await status.innerText()).trim(), curl: await operation.locator('.curl').innerText() }
}

const CREATE = 'PhoneCallEvents-createPhoneCallEvent'
const PLACE = 'Calls-placeCall'

t.test('both APIs can be read and tried on the pages of their documents', IN_BROWSER, async t => {
  const { url } = await serveBuilt(t)
  await call(`${url}/_emulator/sandboxes`, { method: 'POST', body: { name: 'worker-1' } })
  for (const [at, look] of LOOKS.entries()) {
    const base = at === 0 ? url : `${url}/sandboxes/worker-1`
    const { page, problems } = await openPage(t, `${base}/_emulator/docs`, look)
    t.match(await tryOperation(page, CREATE), { status: '200', curl: `'${base}/uapi/extensions/` })
    t.notOk(await isTooWide(page))
    t.strictSame(await axe(page, undefined, OF_LIBRARY), [], `UnifiedAPI, ${look.colorScheme}`)

    await page.locator('#api').selectOption('Control API')
    await page.waitForURL('**/_emulator/docs?api=control')
    t.match(await tryOperation(page, PLACE), { status: '201', curl: `'${base}/_emulator/calls'` })
    t.notOk(await isTooWide(page))
    t.strictSame(await axe(page, undefined, OF_LIBRARY), [], `control API, ${look.colorScheme}`)

    await page.getByRole('link', { name: 'uapi-emulator' }).click()
    t.equal(page.url(), `${base}/`, 'the header leads back to the page')
    t.strictSame(problems(), [])
    const { body } = await call(`${base}/_emulator/calls`)
    t.equal(body.total, 1)
    const { body: requests } = await call(`${base}/_emulator/requests?operation=create`)
    t.equal(requests.total, 1)
  }
})

t.test('the pages of the documents use the control token and the theme of this browser', IN_BROWSER, async t => {
  const { url } = await serveBuilt(t, ['--control-token', 'secret-of-the-test'])
  const { page, problems } = await openPage(t, `${url}/livez`)
  await page.evaluate(() => {
    sessionStorage.setItem('uapi-emulator.token', 'secret-of-the-test')
    localStorage.setItem('uapi-emulator.theme', 'dark')
  })
  await page.goto(`${url}/_emulator/docs?api=control`)
  t.match(await tryOperation(page, PLACE), { status: '201', curl: 'Authorization: Bearer secret-of-the-test' })
  t.equal(await backgroundOf(page, 'body'), 'rgb(20, 22, 26)', 'the theme that was chosen on the page')
  t.strictSame(problems(), [])
})
