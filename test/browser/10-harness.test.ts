import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { findBrowser } from '../../scripts/browser.mjs'
import { axe, IN_BROWSER, openPage } from '../support/browser.js'

/** Serves a page on loopback. Paths that end with a status are answered with it. */
async function servePage(t: Test, html: string, policy = "default-src 'self'"): Promise<string> {
  const server = createServer(({ url = '' }, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8')
    response.setHeader('content-security-policy', policy)
    response.statusCode = Number(/\d{3}$/.exec(url)?.[0] ?? 200)
    response.end(url === '/' ? html : '')
  })
  await new Promise<void>(listening => server.listen(0, '127.0.0.1', listening))
  t.teardown(() => {
    server.closeAllConnections()
    return new Promise<void>(closed => void server.close(() => closed()))
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/` // it listens on a port
}

const page = (body: string) =>
  `<!doctype html><html lang="en"><head><title>A page</title></head><body>${body}</body></html>`

t.test('a browser is found by its variable, on the PATH, or not at all', async t => {
  t.equal(findBrowser({ UAPI_EMULATOR_BROWSER: process.execPath }), process.execPath)
  for (const wrong of ['/nowhere/chromium', '/tmp', import.meta.filename])
    t.throws(() => findBrowser({ UAPI_EMULATOR_BROWSER: wrong }), { message: /Give the path of a Chromium/ }, wrong)
  const empty = findBrowser({ UAPI_EMULATOR_BROWSER: '', PATH: '/nowhere' })
  t.ok(empty === undefined || empty.startsWith('/usr/bin/'), 'an empty variable is none')
})

t.test('violations of the policy, errors, dialogs and missing files are problems', IN_BROWSER, async t => {
  const allowed = "default-src 'self' data:; script-src 'unsafe-inline'; connect-src 'self'"
  const cases: [name: string, html: string, policy: string, problem: RegExp][] = [
    ['an inline script', '<script>1</script>', "default-src 'self'", /^CSP: script-src/m],
    ['an inline style', '<p style="color:red">x</p>', "default-src 'self'", /^CSP: style-src/m],
    ['a thrown error', '<script>throw new Error("broken")</script>', allowed, /^error: .*broken/m],
    ['a rejection', '<script>Promise.reject(new Error("late"))</script>', allowed, /^error: .*late/m],
    ['an error of the console', '<script>console.error("wrong")</script>', allowed, /^console: wrong/m],
    ['a dialog', '<script>alert("hello")</script>', allowed, /^dialog: alert "hello"/m],
    ['a missing picture', '<img src="/404" alt="">', allowed, /^answer: 404/m],
    ['an answer of 5xx', '<script>fetch("/503")</script>', allowed, /^answer: 503/m]
  ]
  for (const [name, html, policy, problem] of cases) {
    const opened = await openPage(t, await servePage(t, page(html), policy))
    await opened.page.waitForLoadState('networkidle')
    t.match(opened.problems().join('\n'), problem, name)
    t.strictSame(opened.problems(), [], `${name} is taken`)
  }
  const refused = await openPage(t, await servePage(t, page('<script>fetch("/404")</script>'), allowed))
  await refused.page.waitForLoadState('networkidle')
  t.strictSame(refused.problems(), [], 'a 4xx to a script is an answer like another')
})

t.test('axe runs under a strict policy, and names the elements', IN_BROWSER, async t => {
  const url = await servePage(
    t,
    page('<main><h1>x</h1><img src="data:,"><button></button></main>'),
    "default-src 'none'"
  )
  const opened = await openPage(t, url)
  const found = (await axe(opened.page)).join('\n')
  t.match(found, /^image-alt \(critical\) at img:/m)
  t.match(found, /^button-name \(critical\) at button:/m)
  t.strictSame(await axe(opened.page, 'h1'), [], 'a part can be checked alone')
  await opened.page.waitForFunction(() => document.title === 'A page')
  t.match(opened.problems().join('\n'), /^CSP: img-src/m)
})

t.test('a page has the size and the media that the test chooses', IN_BROWSER, async t => {
  const opened = await openPage(t, await servePage(t, page('<h1>x</h1>')), {
    width: 360,
    height: 740,
    colorScheme: 'dark'
  })
  const seen = await opened.page.evaluate(() => [
    innerWidth,
    matchMedia('(prefers-color-scheme: dark)').matches,
    matchMedia('(prefers-reduced-motion: reduce)').matches
  ])
  t.strictSame(seen, [360, true, true])
  t.strictSame(opened.problems(), [])
})
