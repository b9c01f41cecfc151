import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { type Client, createClient } from '../../src/client/client.js'
import { axe, IN_BROWSER, type OpenedPage, openPage, type PageOptions, serveBuilt } from '../support/browser.js'

const EVENT = 'NqeyDRqo4FtabmFj8gNWq3hsiGNYyq'
const CLIPBOARD = { permissions: ['clipboard-read', 'clipboard-write'] }

/** Markup that would run, a control character, and characters that reorder text. */
const PAYLOAD = '<img src=x onerror=alert(1)><script>alert(2)</script>\u202Eevil\u0007\u200B"\'`'

interface Scene extends OpenedPage {
  url: string
  client: Client
}

/** Starts an emulator with the default fixture and opens the view. @param query of the address */
async function setUp(
  t: Test,
  query = '',
  before: (client: Client) => Promise<unknown> = async () => {},
  options?: PageOptions
): Promise<Scene> {
  const { url } = await serveBuilt(t)
  const client = createClient({ url })
  t.teardown(() => client.close())
  await before(client)
  const opened = await openPage(t, `${url}/?view=directory${query}`, options)
  await opened.page.getByRole('tree').waitFor()
  return { ...opened, url, client }
}

const item = (page: Page, name: string | RegExp) => page.getByRole('treeitem', { name })
const panel = (page: Page, name: string) => page.getByRole('region', { name, exact: true })

/** Goes to another query of the address, as the back button does. */
const show = (page: Page, query: string) =>
  page.evaluate(next => {
    history.pushState(null, '', next)
    dispatchEvent(new PopStateEvent('popstate'))
  }, query)

t.test('the directory is a tree: organizations, users, extensions, events, apps and phones', IN_BROWSER, async t => {
  const { page } = await setUp(t, '', client => client.phones.set('+40722000111', { outcome: 'busy' }))
  const levels = async (name: RegExp) => item(page, name).first().getAttribute('aria-level')
  t.equal(await levels(/^Default Organization/), '1')
  t.equal(await levels(/^Front Desk.*user 12/), '2')
  t.equal(await levels(/^0003\*210/), '3')
  t.equal(await levels(/^0 Dial-In/), '4')
  t.equal(await levels(/^Administrator/), '2')
  t.equal(await levels(/^Emulator App/), '2')
  t.equal(await levels(/^\+40722000111/), '2')
  await page.getByRole('searchbox').fill('myevent.com')
  await item(page, /^Other Organization/).waitFor({ state: 'detached' })
  t.strictSame(await page.getByRole('treeitem').count(), 4, 'an event with all above it')
  t.equal(new URL(page.url()).searchParams.get('q'), 'myevent.com')
  await page.getByRole('searchbox').fill('nothing at all')
  await page.getByText('Nothing contains this text.').waitFor()
})

t.test('the tree is used by keyboard alone', IN_BROWSER, async t => {
  const { page } = await setUp(t)
  const focused = () => page.evaluate(() => document.activeElement?.querySelector('.directory-label')?.textContent)
  const press = async (key: string, expected: string) => {
    await page.keyboard.press(key)
    await page
      .waitForFunction(
        label => document.activeElement?.querySelector('.directory-label')?.textContent === label,
        expected
      )
      .catch(() => {})
    t.equal(await focused(), expected, key)
  }
  await item(page, /^Default Organization/).focus()
  await press('ArrowDown', 'Front Desk')
  await press('j', '0003*210')
  await press('ArrowRight', '0 Dial-In')
  await press('ArrowLeft', '0003*210')
  await press('ArrowLeft', '0003*210')
  t.equal(await item(page, /^0003\*210/).getAttribute('aria-expanded'), 'false', 'it is closed')
  await press('ArrowLeft', 'Front Desk')
  await press('End', 'Emulator App')
  await press('Home', 'Default Organization')
  await page.keyboard.press('/')
  await page.keyboard.type('0003*211')
  await page.keyboard.press('Escape')
  await item(page, /^0003\*211/).focus()
  await page.keyboard.press('Enter')
  await panel(page, 'Extension').waitFor()
  t.equal(new URL(page.url()).searchParams.get('extension'), '0003*211')
  await page.keyboard.press('Escape')
  await panel(page, 'Extension').waitFor({ state: 'detached' })
})

t.test('ids copy on click, in the tree and beside it', IN_BROWSER, async t => {
  const { page } = await setUp(t, `&event=${EVENT}`, undefined, CLIPBOARD)
  const clipboard = () => page.evaluate(() => navigator.clipboard.readText())
  await panel(page, 'Phone call event').getByRole('button', { name: EVENT }).click()
  await page.getByTitle('Copied').waitFor()
  t.equal(await clipboard(), EVENT)
  await item(page, /^0003\*300/).click()
  await item(page, /^0003\*300/)
    .getByRole('button')
    .click()
  await item(page, /^0003\*300/)
    .getByTitle('Copied')
    .waitFor()
  t.equal(await clipboard(), '0003*300')
})

t.test('an event is created; a problem stands at its field, and nothing typed is lost', IN_BROWSER, async t => {
  const { page, client } = await setUp(t, '&extension=0003*211')
  await page.getByRole('button', { name: 'Event', exact: true }).click()
  const form = page.getByRole('form', { name: 'New event' })
  await form.getByLabel('Type').selectOption('2')
  await form.getByLabel('URL').fill('nonsense')
  await form.getByLabel('Note').fill('a note')
  await form.getByRole('button', { name: 'Create' }).click()
  await form.getByRole('alert').waitFor()
  t.equal(await form.getByLabel('URL').getAttribute('aria-invalid'), 'true')
  const described = (await form.getByLabel('URL').getAttribute('aria-describedby'))?.split(' ').at(-1)
  t.match(await page.locator(`[id="${described}"]`).textContent(), /must/)
  t.equal(await form.getByLabel('Note').inputValue(), 'a note')
  t.equal(await form.getByLabel('Type').inputValue(), '2')
  await form.getByLabel('URL').fill('http://127.0.0.1:9/hook')
  await form.getByLabel('Id').fill('MyEvent1')
  await form.getByRole('button', { name: 'Create' }).click()
  await form.waitFor({ state: 'detached' })
  await item(page, /^2 Hangup.*a note/).waitFor()
  t.match((await client.events.list({ extension: '0003*211' })).events, [
    { id: 'MyEvent1', type: '2', method: '1', url: 'http://127.0.0.1:9/hook', status: '1', note: 'a note' }
  ])
  await page.getByRole('button', { name: 'Event', exact: true }).click()
  await form.getByLabel('URL').fill('http://127.0.0.1:9/hook')
  await form.getByLabel('Id').fill('MyEvent1')
  await form.getByRole('button', { name: 'Create' }).click()
  t.match(await form.getByRole('alert').textContent(), /id/, 'an id that is taken')
})

t.test('an event is changed, disarmed, armed and deleted, and all of an extension are removed', IN_BROWSER, async t => {
  const { page, client } = await setUp(t, `&event=${EVENT}`)
  const read = async () => (await client.events.list()).events.find(({ id }) => id === EVENT)
  const shown = panel(page, 'Phone call event')
  await shown.getByLabel('Note').fill('another note')
  await shown.getByLabel('Method').selectOption('1')
  await shown.getByRole('button', { name: 'Save' }).click()
  await item(page, /another note/).waitFor()
  t.match(await read(), { note: 'another note', method: '1', status: '1' })
  await shown.getByLabel('Note').fill('typed, not saved')
  await shown.getByRole('button', { name: 'Disarm' }).click()
  await shown.getByRole('button', { name: 'Arm', exact: true }).waitFor()
  t.match(await read(), { status: '0' })
  await item(page, /disarmed/).waitFor()
  t.equal(await shown.getByLabel('Note').inputValue(), 'typed, not saved', 'arming keeps what is typed')
  t.equal(await shown.getByLabel('Armed: it fires').isChecked(), false)
  await shown.getByRole('button', { name: 'Arm', exact: true }).click()
  await shown.getByRole('button', { name: 'Disarm' }).waitFor()
  await shown.getByRole('button', { name: 'Delete', exact: true }).click()
  await shown.getByRole('button', { name: 'Delete it' }).waitFor()
  await page.keyboard.press('Escape')
  await shown.getByRole('button', { name: 'Delete it' }).waitFor({ state: 'detached' })
  t.ok(await read(), 'nothing happens without an answer to the question')
  await shown.getByRole('button', { name: 'Delete', exact: true }).click()
  await shown.getByRole('button', { name: 'Delete it' }).click()
  await panel(page, 'Extension').waitFor()
  t.equal(await read(), undefined)
  for (const type of ['0', '1', '2'] as const)
    await client.events.create({ extension: '0003*210', type, method: '1', url: 'http://127.0.0.1:9/' })
  await page.getByRole('button', { name: 'Remove all events' }).click()
  await page.getByText('Remove all 3 events of 0003*210?').waitFor()
  await page.getByRole('button', { name: 'Remove', exact: true }).click()
  await item(page, /^2 Hangup/).waitFor({ state: 'detached' })
  t.equal((await client.events.list()).total, 0)
  await show(page, `?view=directory&event=${EVENT}`)
  await page.getByText(`The sandbox has no event ${EVENT}`).waitFor()
})

t.test("events that are created over the vendor's API or by a script appear by themselves", IN_BROWSER, async t => {
  const { page, client, url } = await setUp(t)
  await fetch(`${url}/uapi/extensions/@me/0003*300/phoneCallEvents/2`, {
    method: 'POST',
    headers: { authorization: 'Bearer emulator-user-token', 'content-type': 'application/json' },
    body: JSON.stringify({ method: '1', url: 'http://127.0.0.1:9/', status: '1', note: 'from the application' })
  })
  await item(page, /from the application/).waitFor()
  const { id } = await client.events.create({
    extension: '0003*300',
    type: '3',
    method: '0',
    url: 'http://127.0.0.1:9/',
    note: 'from a script'
  })
  await item(page, /from a script/).waitFor()
  await client.events.remove(id)
  await item(page, /from a script/).waitFor({ state: 'detached' })
  t.equal(await item(page, /from the application/).count(), 1)
})

t.test('a token and a session are made with one click, work, and are revoked', IN_BROWSER, async t => {
  const { page, url } = await setUp(t, '&user=12')
  const shown = panel(page, 'User')
  const text = (label: string) => shown.getByLabel(label, { exact: true }).innerText()
  const run = async (command: string) => {
    const { stdout } = await promisify(execFile)('sh', ['-c', `${command} -s -o /dev/null -w '%{http_code}'`])
    return stdout
  }
  await shown.getByRole('button', { name: 'Token' }).click()
  await shown.getByText('Shown once').waitFor()
  const token = await text('Token')
  t.equal(await text('Header'), `Authorization: Bearer ${token}`)
  const withToken = await text('curl')
  t.equal(await run(withToken), '200')
  await shown.getByRole('button', { name: 'Session' }).click()
  await shown.getByText('x-xsrf-token').first().waitFor()
  t.match(await text('Cookie'), /^Cookie: .*vn=/)
  const withSession = await text('curl')
  t.equal(await run(withSession), '200')
  t.notOk((await shown.textContent())?.includes(token), 'the token is shown once')
  await shown.getByRole('button', { name: 'Revoke all' }).click()
  await shown.getByRole('button', { name: 'Revoke', exact: true }).click()
  await shown.getByText('Revoked: 2 tokens, 2 sessions.').waitFor()
  t.strictSame([await run(withToken), await run(withSession)], ['401', '401'])
  t.notOk(url.includes(token))
})

t.test('an app is disabled and enabled, and gets another secret', IN_BROWSER, async t => {
  const { page, client } = await setUp(t, '&app=emulator-app')
  const shown = panel(page, 'App')
  await shown.getByRole('button', { name: 'Disable' }).click()
  await item(page, /^Emulator App.*disabled/).waitFor()
  t.match((await client.directory()).apps, [{ disabled: true }])
  await shown.getByRole('button', { name: 'Enable' }).click()
  await shown.getByRole('button', { name: 'Disable' }).waitFor()
  await shown.getByRole('button', { name: 'Replace the secret' }).click()
  t.match(await shown.getByRole('alert').textContent(), /clientSecret/, 'an empty one is refused')
  await shown.getByRole('button', { name: 'Random' }).click()
  await shown.getByRole('button', { name: 'Replace the secret' }).click()
  const kept = shown.getByLabel('The secret from now on, shown once', { exact: true })
  t.match(await kept.innerText(), /^[0-9a-f]{32}$/)
  t.match((await client.fixtures.export()).apps, [{ clientSecret: await kept.innerText() }])
})

t.test('a phone shows its defaults, is set and set back', IN_BROWSER, async t => {
  const { page, client } = await setUp(t, '&extension=0003*211')
  const form = page.getByRole('form', { name: 'Behaviour of the phone' })
  t.equal(await form.getByLabel('Rings, ms').inputValue(), '500')
  await form.getByLabel('Outcome').selectOption('busy')
  await form.getByLabel('Rings, ms').fill('-1')
  await form.getByRole('button', { name: 'Set' }).click()
  await form.getByRole('alert').waitFor()
  t.equal(await form.getByLabel('Rings, ms').getAttribute('aria-invalid'), 'true')
  t.equal(await form.getByLabel('Outcome').inputValue(), 'busy', 'nothing typed is lost')
  await form.getByLabel('Rings, ms').fill('2000')
  await form.getByRole('button', { name: 'Set' }).click()
  await item(page, /^0003\*211.*busy/).waitFor()
  t.match(await client.phones.get('0003*211'), { outcome: 'busy', ringMs: 2000, talkMs: 30_000 })
  await form.getByRole('button', { name: 'Back to the defaults' }).click()
  await form.getByText('by the defaults').waitFor()
  t.equal((await client.phones.list()).total, 0)
})

t.test('an extension is called, and its webhooks are caught', IN_BROWSER, async t => {
  const { page } = await setUp(t, '&extension=0003*210')
  const caught = page.getByRole('link', { name: 'Catch here' })
  t.equal(await caught.getAttribute('href'), '?view=webhooks&catch=page&extension=0003*210')
  await page.getByRole('button', { name: 'Call it' }).click()
  await page.getByLabel('To', { exact: true }).waitFor()
  t.equal(await page.getByLabel('To', { exact: true }).inputValue(), '0003*210')
  t.not(await page.getByLabel('From').inputValue(), '0003*210')
  await page.getByLabel('To', { exact: true }).fill('0003*300')
  await page.keyboard.press('Escape')
  await show(page, '?view=directory&extension=0003*211')
  await page.getByRole('button', { name: 'Call it' }).click()
  await page.waitForFunction(() => location.search === '?view=calls')
  t.equal(await page.getByLabel('To', { exact: true }).inputValue(), '0003*211', 'also after another was typed')
  await page.keyboard.press('Escape')
  await show(page, '?view=directory&extension=0003*211')
  await caught.click()
  t.equal(await page.getByLabel('Webhooks of extension').inputValue(), '0003*211')
  await show(page, '?view=directory&extension=0003*900')
  await page.getByRole('button', { name: 'Call it' }).waitFor()
  t.equal(await caught.count(), 0, 'a voicemail has no events')
})

t.test('5,000 extensions do not freeze it: what is visible is drawn', IN_BROWSER, async t => {
  const extensions = Array.from({ length: 5_000 }, (_, index) => ({
    number: `0003*${10_000 + index}`,
    owner: '12',
    kind: 'phoneTerminal' as const
  }))
  const { page } = await setUp(t, '&extension=0003*14999', client => client.fixtures.load({ extensions }))
  await item(page, /^0003\*14999/).waitFor()
  const nodes = () => page.getByRole('treeitem').count()
  t.ok((await nodes()) < 100, 'few rows exist')
  t.equal(await item(page, /^0003\*14999/).getAttribute('aria-selected'), 'true', 'what is selected is revealed')
  await page.getByRole('searchbox').fill('0003*1234')
  await item(page, /^0003\*12340/).waitFor()
  t.equal(await nodes(), 12, 'ten extensions, and what is above them')
})

t.test('whatever a text holds, it runs nothing and the layout holds', IN_BROWSER, async t => {
  const name = PAYLOAD.repeat(3).slice(0, 255)
  const note = (PAYLOAD + 'n'.repeat(1024)).slice(0, 1024)
  const address = `http://127.0.0.1:9/${'u'.repeat(2_000)}`
  const { page } = await setUp(t, '', client =>
    client.fixtures.load({
      organizations: [{ id: 'o', name }],
      users: [{ id: 'u', name, organization: 'o', role: 'user' }],
      extensions: [{ number: `${'9'.repeat(16)}*${'9'.repeat(16)}`, owner: 'u', kind: 'phoneTerminal', name }],
      apps: [
        {
          clientId: 'c'.repeat(255),
          clientSecret: 's',
          name,
          user: 'u',
          trusted: true,
          redirectUris: [`http://127.0.0.1/${'r'.repeat(2_000)}`]
        }
      ],
      phoneCallEvents: [
        {
          extension: `${'9'.repeat(16)}*${'9'.repeat(16)}`,
          type: '0',
          id: 'e'.repeat(255),
          method: '0',
          url: address,
          note
        }
      ]
    })
  )
  const places = [
    'organization=o',
    'user=u',
    `extension=${'9'.repeat(16)}*${'9'.repeat(16)}`,
    `event=${'e'.repeat(255)}`,
    `app=${'c'.repeat(255)}`,
    `phone=${encodeURIComponent(PAYLOAD)}`,
    `event=${encodeURIComponent(PAYLOAD.repeat(20))}`
  ]
  for (const width of [1440, 360]) {
    await page.setViewportSize({ width, height: 800 })
    for (const place of places) {
      await show(page, `?view=directory&${place}`)
      await page.locator('.detail').waitFor()
      const overflow = await page.evaluate(() => [
        document.documentElement.scrollWidth - innerWidth,
        ...[...document.querySelectorAll('.detail, .directory-tree')].map(part => part.scrollWidth - part.clientWidth)
      ])
      t.ok(
        overflow.every(pixels => pixels <= 0),
        `${place.slice(0, 30)} at ${width}: ${overflow}`
      )
      t.equal(await page.locator('main img, main script').count(), 0)
    }
  }
})

t.test('axe finds nothing in both themes, wide and narrow', IN_BROWSER, async t => {
  const { page } = await setUp(t)
  for (const colorScheme of ['light', 'dark'] as const)
    for (const width of [1440, 360]) {
      await page.emulateMedia({ colorScheme })
      await page.setViewportSize({ width, height: 800 })
      for (const place of [
        '',
        '&organization=3',
        '&user=12',
        '&extension=0003*210',
        `&event=${EVENT}`,
        '&app=emulator-app'
      ]) {
        await show(page, `?view=directory${place}`)
        if (place !== '') await page.locator('.detail').waitFor()
        if (place.startsWith('&extension')) await page.getByRole('button', { name: 'Event', exact: true }).click()
        t.strictSame(await axe(page), [], `${colorScheme} ${width} ${place}`)
      }
    }
})
