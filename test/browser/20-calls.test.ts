import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { createClient } from '../../src/client/client.js'
import { axe, IN_BROWSER, openPage, type PageOptions, serveBuilt } from '../support/browser.js'
import { until } from '../support/program.js'
import { receive } from '../support/receiver.js'

const BEGIN = '2026-03-12T09:30:00.000Z'
const ANA = '+40722000111'

/** Starts an emulator with a frozen clock and a receiver that answers paths of /broken with 500. */
async function start(t: Test, words: string[] = []) {
  const receiver = await receive(t, (_request, response, { target }) => {
    response.statusCode = target.startsWith('/broken') ? 500 : 200
    response.end()
  })
  const { url } = await serveBuilt(t, ['--fixture', 'default', ...words])
  const client = createClient({ url })
  t.teardown(() => client.close())
  await client.clock.freeze(BEGIN)
  await client.events.removeAll()
  const webhook = (type: '0' | '2' | '3', path: string, extension = '0003*210') =>
    client.events.create({
      extension,
      type,
      url: path.startsWith('http') ? path : receiver.url + path,
      method: '1',
      status: '1',
      note: 'A note'
    })
  const open = async (query = '?view=calls', options?: PageOptions) => {
    const opened = await openPage(t, `${url}/${query}`, options)
    await opened.page.waitForFunction(() => document.querySelector('.connection.live') !== null)
    return opened
  }
  return { client, receiver, webhook, open, url }
}

/** The moments of a drawing from left to right: their names and places. */
const momentsOn = (page: Page) =>
  page.$$eval('.lanes-drawing .lanes-moment', marks =>
    marks
      .map(mark => ({ name: mark.classList[1], x: Math.round(mark.getBoundingClientRect().x) }))
      .sort((a, b) => a.x - b.x)
  )

/** The webhooks of a drawing: id, state and outline. */
const dotsOn = (page: Page) =>
  page.$$eval('.lanes-drawing [data-webhook] path', dots =>
    dots.map(dot => ({ state: dot.classList[1], shape: dot.getAttribute('d') }))
  )

const widthOf = (page: Page, selector: string) =>
  page.$eval(`.lanes-drawing ${selector}`, bar => Number(bar.getAttribute('width')))

/** Waits for so many elements. */
const count = (page: Page, selector: string, wanted: number) =>
  page.waitForFunction(([s, n]) => document.querySelectorAll(String(s)).length === n, [selector, wanted] as const)

/** Waits until the page has drawn some frames. */
const frames = (page: Page) =>
  page.evaluate(async () => {
    for (let drawn = 0; drawn < 5; drawn++) await new Promise(requestAnimationFrame)
  })

t.test(
  'a call shows a lane for each party, with bars, moments, and a webhook below its moment',
  IN_BROWSER,
  async t => {
    const { client, webhook, open } = await start(t)
    await webhook('0', '/ringing')
    await webhook('0', '/broken')
    await webhook('3', 'http://169.254.169.254/metadata')
    await webhook('2', '/ended')
    await client.faults.add({ on: { operation: 'delivery', type: '2' }, do: { hold: true } })
    const { callId } = await client.calls.place({
      from: ANA,
      to: ['0003*210', '0003*211'],
      answeredBy: '0003*210',
      ringMs: 4_000,
      talkMs: 9_000
    })
    await client.clock.advance('15s')
    const { page } = await open()
    await count(page, '.lanes-name', 3)
    t.strictSame(await page.$$eval('.lanes-name code', names => names.map(name => name.textContent)), [
      '0003*210',
      '0003*211',
      ANA
    ])
    await count(page, '.lanes-drawing .lanes-bar', 3)
    t.equal((await page.$$('.lanes-drawing .ringing')).length, 3, 'all of them ring')
    t.equal((await page.$$('.lanes-drawing .talking')).length, 2, 'one extension talks with the caller')
    const names = (await momentsOn(page)).map(({ name }) => name)
    t.strictSame(names.slice(0, 2), ['dialIn', 'dialIn'])
    t.strictSame(names.slice(2, 4).sort(), ['answerIncoming', 'hangup'])
    t.strictSame(names.slice(4), ['hangup'])
    const dots = await dotsOn(page)
    t.strictSame(dots.map(({ state }) => state).sort(), ['blocked', 'delivered', 'failed', 'held'])
    t.equal(new Set(dots.map(({ shape }) => shape)).size, 4, 'each state has a shape of its own')
    const aligned = await page.$$eval('.lanes-drawing [data-webhook] path', elements =>
      elements.map(dot => {
        const box = dot.getBoundingClientRect()
        return [...document.querySelectorAll('.lanes-drawing .lanes-moment')].some(mark => {
          const above = mark.getBoundingClientRect()
          return above.y < box.y && Math.abs(above.x + above.width / 2 - box.x - box.width / 2) < 3
        })
      })
    )
    t.notOk(aligned.includes(false), 'each webhook stands below a moment')
    t.match(await page.textContent(`[data-call="${callId}"] .dialIn title`), 'Dial-In of 0003*210 at 09:30:00.000')

    const { deliveries } = await client.deliveries.list()
    const held = deliveries.find(({ heldBy }) => heldBy !== undefined)
    await client.faults.release(held?.heldBy ?? '')
    await page.waitForSelector(`[data-webhook="${held?.id}"] .delivered`, { state: 'attached' })
    await page.click(`[data-webhook="${held?.id}"]`)
    t.match(new URL(page.url()).search, `?view=webhooks&webhook=${held?.id}`, 'a webhook leads to its details')
  }
)

t.test('a frozen clock stands still, and an advance draws what happens, in order', IN_BROWSER, async t => {
  const { client, webhook, url } = await start(t)
  for (const type of ['0', '3', '2'] as const) await webhook(type, '/hook')
  const { page, context } = await openPage(t, 'about:blank', { reducedMotion: 'no-preference' })
  await context.addInitScript(() => {
    const request = window.requestAnimationFrame.bind(window)
    Reflect.set(window, 'countedFrames', 0)
    Reflect.set(window, 'requestFrame', request)
    window.requestAnimationFrame = act => {
      Reflect.set(window, 'countedFrames', Reflect.get(window, 'countedFrames') + 1)
      return request(act)
    }
  })
  await client.calls.place({ from: ANA, to: '0003*210', ringMs: 45_000, talkMs: 10_000 })
  await page.goto(`${url}/?view=calls`)
  await page.waitForSelector('.connection.live')
  await count(page, '.lanes-drawing .lanes-moment', 1)
  t.ok(await page.$('.lanes-plan'), 'the steps to come are drawn')
  const still = await page.evaluate(async () => {
    const request: typeof requestAnimationFrame = Reflect.get(window, 'requestFrame')
    for (let drawn = 0; drawn < 10; drawn++) await new Promise(next => request(next))
    const before = document.querySelector('.lanes-drawing')?.innerHTML
    const counted = Reflect.get(window, 'countedFrames')
    for (let drawn = 0; drawn < 10; drawn++) await new Promise(next => request(next))
    return [
      document.querySelector('.lanes-drawing')?.innerHTML === before,
      Reflect.get(window, 'countedFrames') - counted
    ]
  })
  t.strictSame(still, [true, 0], 'nothing is drawn again')

  const width = await widthOf(page, '.going:not(.outside) .ringing')
  await client.clock.advance('20s')
  await page.waitForFunction(
    before => Number(document.querySelector('.going:not(.outside) .ringing')?.getAttribute('width')) > before + 200,
    width
  )
  t.strictSame(
    (await momentsOn(page)).map(({ name }) => name),
    ['dialIn']
  )
  t.equal((await dotsOn(page)).length, 1)
  await client.clock.advance('25s')
  await count(page, '.lanes-drawing .lanes-moment', 2)
  await count(page, '.lanes-drawing [data-webhook] .delivered', 2)
  await client.clock.advance('10s')
  await count(page, '.lanes-drawing .lanes-moment', 3)
  await count(page, '.lanes-drawing [data-webhook] .delivered', 3)
  t.strictSame(
    (await momentsOn(page)).map(({ name }) => name),
    ['dialIn', 'answerIncoming', 'hangup']
  )
  t.notOk(await page.$('.lanes-drawing .going'), 'no bar goes on')
  t.notOk(await page.$('.lanes-plan'), 'nothing is to come')
})

t.test(
  'a call that goes on grows with each frame; with reduced motion, and while paused, it does not',
  IN_BROWSER,
  async t => {
    const { client, open } = await start(t)
    await client.calls.place({ from: ANA, to: '0003*210', manual: true })
    await client.clock.run()
    const bar = '.going:not(.outside) .ringing'
    const { page } = await open('?view=calls', { reducedMotion: 'no-preference' })
    await page.waitForSelector(bar)
    const first = await widthOf(page, bar)
    await page.waitForFunction(
      ([selector, before]) =>
        Number(document.querySelector(String(selector))?.getAttribute('width')) > Number(before) + 12,
      [bar, first] as const
    )
    await page.keyboard.press('p')
    await page.waitForFunction(() => /paus/i.test(document.body.innerText))
    await frames(page)
    const paused = await widthOf(page, bar)
    await frames(page)
    t.equal(await widthOf(page, bar), paused, 'the paused view stands still')
  }
)

t.test('calls that take no time, at one instant, are drawn side by side', IN_BROWSER, async t => {
  const { client, webhook, open } = await start(t)
  await webhook('0', '/hook')
  for (let index = 0; index < 4; index++) await client.calls.place({ from: ANA, to: '0003*210' })
  const { page } = await open()
  await count(page, '.lanes-drawing .lanes-moment', 12)
  const moments = await momentsOn(page)
  t.strictSame(
    moments.map(({ name }) => name),
    Array.from({ length: 4 }, () => ['dialIn', 'answerIncoming', 'hangup']).flat(),
    'in their order'
  )
  const gaps = moments.slice(1).map(({ x }, index) => x - (moments[index]?.x ?? 0))
  t.notOk(
    gaps.some(gap => gap < 13),
    `none covers another: ${gaps}`
  )
  const tops = await page.$$eval('.lanes-drawing .lanes-bar:not(.outside) .talking', bars =>
    bars.map(bar => bar.getAttribute('y'))
  )
  t.equal(new Set(tops).size, 1, 'in one row')
  await client.calls.place({ from: ANA, to: '0003*210', manual: true })
  await client.calls.place({ from: '+40733000222', to: '0003*210', manual: true })
  await count(page, '.lanes-drawing .going:not(.outside)', 2)
  const going = await page.$$eval('.lanes-drawing .going:not(.outside) .ringing', bars =>
    bars.map(bar => bar.getAttribute('y'))
  )
  t.equal(new Set(going).size, 2, 'calls that overlap have rows of their own')
})

t.test('idle time between calls is cut out, and says how long it was', IN_BROWSER, async t => {
  const { client, open } = await start(t)
  await client.calls.place({ from: ANA, to: '0003*210', ringMs: 2_000, talkMs: 3_000 })
  await client.clock.advance('2h')
  await client.calls.place({ from: ANA, to: '0003*211', ringMs: 2_000, talkMs: 30_000 })
  await client.clock.advance('32s')
  const { page } = await open()
  await count(page, '.lanes-name', 3)
  t.equal(await page.textContent('.lanes-ticks .cut'), '1 h 59 min')
  t.strictSame(await page.$$eval('.lanes-ticks .start', texts => texts.map(text => text.textContent)), [
    '09:30:00',
    '11:30:00'
  ])
})

t.test('filters and the open call stand in the address, and survive a reload', IN_BROWSER, async t => {
  const { client, webhook, open } = await start(t)
  await webhook('0', '/broken')
  await client.calls.place({ from: ANA, to: '0003*210' })
  const other = await client.calls.place({ from: '+40733000222', to: '0003*211', callerName: 'Mihai Ionescu' })
  await client.calls.place({ from: '0003*211', to: ANA, manual: true })
  const { page, problems } = await open()
  const rows = () => page.$$eval('.table-row', found => found.length)
  await count(page, '.table-row', 3)
  await page.fill('input[type=search]', 'mihai 0003*211')
  await count(page, '.table-row', 1)
  await count(page, '.lanes-drawing .lanes-bar', 2)
  t.equal(new URL(page.url()).searchParams.get('q'), 'mihai 0003*211')
  await page.click('.table-row')
  t.equal(new URL(page.url()).searchParams.get('call'), other.callId)
  await page.waitForSelector('.detail')
  await page.reload()
  await page.waitForSelector('.connection.live')
  await page.waitForSelector('.detail')
  const aborted = problems().filter(problem => !problem.includes('net::ERR_ABORTED')) // what was loading at the reload
  t.strictSame(aborted, [])
  t.equal(await rows(), 1)
  t.equal(await page.inputValue('input[type=search]'), 'mihai 0003*211')
  await page.waitForSelector('.lanes-bar.chosen', { state: 'attached' })
  await page.goBack()
  await page.waitForSelector('.detail', { state: 'detached' })

  await page.fill('input[type=search]', '')
  for (const [value, wanted] of [
    ['going', 1],
    ['ended', 2],
    ['failed', 1],
    ['', 3]
  ] as const) {
    await page.selectOption('.bar select', value)
    await count(page, '.table-row', wanted)
    t.equal(new URL(page.url()).searchParams.get('state') ?? '', value)
  }
  await page.fill('input[type=search]', 'nothing like it')
  await page.waitForFunction(() => document.body.innerText.includes('No call matches.'))
  await page.fill('input[type=search]', other.callId)
  await count(page, '.table-row', 1)
})

t.test('the view works by keyboard only', IN_BROWSER, async t => {
  const { client, open } = await start(t)
  for (let index = 0; index < 60; index++) {
    await client.calls.place({ from: ANA, to: '0003*210' })
    await client.clock.advance('1s')
  }
  const { page } = await open()
  await count(page, '.calls-count', 1)
  await frames(page)
  const shift = () => page.$eval('.lanes-drawing > svg > g', drawn => drawn.getAttribute('transform') ?? '')
  const changes = async (act: () => Promise<unknown>, what: string) => {
    const before = await shift()
    await act()
    await page.waitForFunction(
      old => document.querySelector('.lanes-drawing > svg > g')?.getAttribute('transform') !== old,
      before
    )
    t.pass(what)
  }
  await page.keyboard.press('/')
  await page.keyboard.type('0003*210')
  t.equal(new URL(page.url()).searchParams.get('q'), '0003*210')
  await page.keyboard.press('Escape')
  const followed = await shift()
  await page.focus('.lanes-scroll')
  await changes(() => page.keyboard.press('ArrowLeft'), 'an arrow key moves')
  t.equal(await page.getAttribute('.lanes-tools [aria-pressed]', 'aria-pressed'), 'false')
  await changes(() => page.keyboard.press('Home'), 'Home shows the beginning')
  t.equal(await shift(), 'translate(0 0)')
  await changes(() => page.keyboard.press('End'), 'End follows again')
  t.equal(await shift(), followed)
  await changes(() => page.keyboard.press('+'), 'plus zooms in')
  await changes(() => page.keyboard.press('-'), 'minus zooms out')
  t.equal(await shift(), followed)
  await changes(() => page.keyboard.press('z'), 'z fits all')
  await page.keyboard.press('j')
  await page.keyboard.press('j')
  await page.waitForFunction(() => document.activeElement?.matches('.table-row'))
  await page.keyboard.press('Enter')
  await page.waitForSelector('.detail')
  t.ok(new URL(page.url()).searchParams.get('call'))
  await page.keyboard.press('Escape')
  await page.waitForSelector('.detail', { state: 'detached' })
  const focusable = await page.$$eval('.lanes-drawing a', links =>
    links.filter(link => link.getAttribute('tabindex') !== '-1')
  )
  t.strictSame(focusable, [], 'the drawing is one stop of the tab key')
})

t.test(
  'the drawing is moved by drag and wheel, and zoomed at the pointer; a drag opens nothing',
  IN_BROWSER,
  async t => {
    const { client, open } = await start(t)
    for (let index = 0; index < 60; index++) {
      await client.calls.place({ from: ANA, to: '0003*210' })
      await client.clock.advance('1s')
    }
    const { page } = await open()
    await count(page, '.lanes-scroll', 1)
    const bars = page.locator('.lanes-drawing .lanes-bar:not(.outside) .lanes-moment.hangup')
    const box = await bars.nth(5).boundingBox()
    if (box === null) throw new Error('No bar is drawn.')
    const left = () =>
      page.$eval('.lanes-drawing > svg > g', drawn =>
        Number(/-?[\d.]+/.exec(drawn.getAttribute('transform') ?? '')?.[0])
      )
    const before = await left()
    await page.mouse.move(box.x + 4, box.y + 4)
    await page.mouse.down()
    await page.mouse.move(box.x + 104, box.y + 4, { steps: 4 })
    await page.mouse.up()
    await until(async () => Math.round((await left()) - before) === 100) // the drawing follows the pointer, in the next frame
    t.notOk(new URL(page.url()).searchParams.has('call'), 'the call below the pointer is not opened')
    await page.mouse.wheel(0, -150)
    await page.waitForFunction(
      old => !document.querySelector('.lanes-drawing > svg > g')?.getAttribute('transform')?.includes(String(old)),
      before + 100
    )
    await page.keyboard.down('Control')
    await page.mouse.wheel(0, -200)
    await page.keyboard.up('Control')
    await frames(page)
    const zoomed = await page.locator('.lanes-drawing .lanes-bar:not(.outside) a').first().getAttribute('data-call')
    await page.locator('.lanes-drawing .lanes-bar:not(.outside) .lanes-moment').nth(4).click()
    t.ok(new URL(page.url()).searchParams.has('call'), 'a click opens it')
    t.ok(zoomed)
  }
)

t.test('thousands of calls are drawn with few elements', IN_BROWSER, async t => {
  const { client, webhook, open } = await start(t)
  await webhook('0', '/broken')
  const { page } = await open()
  for (let placed = 0; placed < 2_000; placed += 50) {
    const some = Array.from({ length: 50 }, (_, index) =>
      client.calls.place({ from: `+4072200${1_000 + ((placed + index) % 400)}`, to: `0003*21${index % 2}` })
    )
    await Promise.all(some)
    await client.clock.advance('3s')
  }
  await page.waitForFunction(
    () => document.querySelector('.calls-count')?.textContent?.startsWith('2000 of 2000'),
    undefined,
    { timeout: 60_000 }
  )
  const elements = () => page.evaluate(() => document.querySelectorAll('*').length)
  t.ok((await elements()) < 3_000, `${await elements()} elements at first`)
  for (let step = 0; step < 6; step++) {
    await page.keyboard.press('-')
    await frames(page)
    t.ok((await elements()) < 3_500, `${await elements()} elements, zoomed out`)
  }
  await page.keyboard.press('z')
  await page.waitForSelector('.lanes-many.failed', { state: 'attached' })
  t.ok((await elements()) < 3_000, `${await elements()} elements with all calls in view`)
  const lanes = await page.$$eval('.lanes-name', names => names.length)
  t.ok(lanes < 60, `${lanes} of 402 lanes are drawn`)
  await page.$eval('.lanes-scroll', scroller => scroller.scrollTo(0, scroller.scrollHeight))
  await page.waitForFunction(
    () => document.querySelector('.lanes-name:last-child code')?.textContent === '+40722001399'
  )
})

t.test('texts from outside run nothing and break nothing', IN_BROWSER, async t => {
  const { client, open, webhook } = await start(t)
  await webhook('0', '/broken')
  const evil = [
    '<img src=x onerror=alert(1)>',
    '\u202eevil\u202c\u200b\u0007',
    '"><svg/onload=alert(2)>',
    'x'.repeat(255)
  ]
  for (const callerName of evil) await client.calls.place({ from: ANA, to: '0003*210', callerName })
  await client.fixtures.load({
    extensions: [{ number: '0003*210', owner: '12', kind: 'phoneTerminal', name: `<b>${'n'.repeat(240)}\u202e` }]
  })
  for (const width of [1440, 360]) {
    const { page } = await open(`?view=calls&q=&call=${encodeURIComponent('<script>alert(3)</script>')}`, { width })
    await count(page, '.table-row', 4)
    t.equal(await page.$('main img, main b, main script'), null)
    t.equal(
      await page.evaluate(() => document.documentElement.scrollWidth > innerWidth),
      false,
      `no page scroll at ${width}`
    )
    const search = encodeURIComponent(`<img src=x onerror=alert(4)>${'q'.repeat(4_000)}`)
    const { page: searched } = await open(`?view=calls&q=${search}`, { width })
    await searched.waitForFunction(() => document.body.innerText.includes('No call matches.'))
    t.equal(await searched.evaluate(() => document.documentElement.scrollWidth > innerWidth), false)
  }
})

for (const colorScheme of ['light', 'dark'] as const)
  t.test(`axe finds nothing, and 360 pixels are enough (${colorScheme})`, IN_BROWSER, async t => {
    const { client, webhook, open } = await start(t)
    await webhook('0', '/broken')
    await webhook('0', '/well')
    await client.calls.place({
      from: ANA,
      to: ['0003*210', '0003*211'],
      callerName: 'Ana Popescu',
      ringMs: 5_000,
      talkMs: 9_000
    })
    await client.clock.advance('16s')
    await client.calls.place({ from: ANA, to: '0003*210', manual: true })
    await client.calls.place({ from: ANA, to: '0003*211', outcome: 'busy' })
    for (const width of [1440, 360]) {
      const { page } = await open('?view=calls', { width, height: 740, colorScheme })
      await count(page, '.table-row', 3)
      t.strictSame(await axe(page, 'main'), [], `nothing at ${width}`)
      t.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true)
    }
  })

t.test('names stand above the bars in a narrow window, and the open call covers the view', IN_BROWSER, async t => {
  const { client, open } = await start(t)
  const { callId } = await client.calls.place({ from: ANA, to: '0003*210', ringMs: 5_000, talkMs: 9_000 })
  await client.clock.advance('16s')
  const { page } = await open('?view=calls', { width: 360, height: 740 })
  await count(page, '.lanes.narrow .lanes-name', 2)
  const [name, bar] = await Promise.all(
    ['.lanes-name code', '.lanes-drawing .ringing'].map(selector => page.locator(selector).first().boundingBox())
  )
  t.ok((name?.y ?? 0) + (name?.height ?? 0) <= (bar?.y ?? 0) + 2, 'the name is above')
  await page.click('.table-row')
  t.equal(new URL(page.url()).searchParams.get('call'), callId)
  const detail = await page.locator('.detail').boundingBox()
  t.strictSame([detail?.x, detail?.width], [0, 360])
})

t.test('without a call there are no lanes, and the first one draws them', IN_BROWSER, async t => {
  const { client, open } = await start(t)
  const { page } = await open()
  await page.waitForFunction(() => document.querySelector('main > *') !== null)
  t.equal(await page.$('.lanes'), null)
  await client.calls.place({ from: ANA, to: '0003*210' })
  await count(page, '.lanes-drawing .lanes-bar', 2)
})

t.test('a call by hand is answered and hung up at the heads of its bars', IN_BROWSER, async t => {
  const { client, open } = await start(t)
  await client.clock.run()
  const { page, problems } = await open('?view=calls')
  const { callId } = await client.calls.place({ from: '0003*211', to: '0003*210', manual: true })
  const verbsOf = (number: string) => page.getByRole('group', { name: `By hand: ${number}` })
  await verbsOf('0003*210').getByRole('button', { name: 'Answer' }).click()
  await verbsOf('0003*210').getByRole('button', { name: 'Transfer …' }).waitFor()
  t.equal((await client.calls.get(callId)).state, 'answered')
  t.equal(new URL(page.url()).searchParams.get('call'), null, 'a verb opens nothing')
  t.strictSame(await axe(page), [])
  await verbsOf('0003*211').getByRole('button', { name: 'Hang up' }).focus()
  await page.keyboard.press('Enter')
  await verbsOf('0003*210').waitFor({ state: 'detached' })
  t.equal((await client.calls.get(callId)).state, 'ended')
  t.strictSame(problems(), [])
})
