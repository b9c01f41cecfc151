import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { findBrowser, HOW_TO_GET_A_BROWSER, launchBrowser } from '../scripts/browser.mjs'
import { newFile } from './databases.mjs'
import { ARMED, armedAt, placeCalls } from './deliveries.mjs'
import { control, ROOT, startEmulatorProgram, startFloor } from './servers.mjs'
import { median } from './statistics.mjs'

/**
 * Measures the page in a real browser: its size, its first paint, webhooks a second with it and without it, and its
 * frames and memory during a storm of webhooks.
 * @returns `missing` with the reason where there is no browser
 */
export async function measurePage({ calls, paints, rounds, say }) {
  const executable = findBrowser()
  if (executable === undefined) {
    say(`page: skipped, no browser was found: ${HOW_TO_GET_A_BROWSER}`)
    return { missing: 'no browser was found' }
  }
  const receiver = await startFloor('receiver')
  const server = await startEmulatorProgram(newFile(), '--fixture', armedAt(receiver.url))
  const browser = await launchBrowser(executable)
  try {
    say('page, first paint')
    const opened = []
    for (let round = -1; round < paints; round++) {
      const first = await measurePaint(browser, server.url)
      if (round >= 0) opened.push(first) // the first is to warm up
    }
    const storms = await measureStorms(browser, server, { calls, rounds, say })
    const medians = { firstKb: median(opened.map(({ kb }) => kb)), paintMs: median(opened.map(({ paint }) => paint)) }
    return { kb: compressedKb(), ...medians, ...storms }
  } finally {
    await browser.close()
    for (const one of [server, receiver]) await one.stop()
  }
}

/** The scripts and the style of the page, all of them, compressed as they are served, in kB. */
function compressedKb() {
  const names = readdirSync(join(ROOT, 'dist/page')).filter(name => name.endsWith('.js') || name === 'page.css')
  const sizes = names.map(name => gzipSync(readFileSync(join(ROOT, 'dist/page', name)), { level: 9 }).length)
  return sizes.reduce((sum, size) => sum + size) / 1000
}

/**
 * Opens the page with nothing in the browser's cache.
 * @returns `paint`, from the start of the navigation to the first content, in milliseconds; `kb`, the scripts and styles
 * that were loaded until then, compressed, in kB
 */
async function measurePaint(browser, url) {
  const context = await browser.newContext()
  const page = await context.newPage()
  await page.goto(url)
  const found = await page.waitForFunction(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime)
  const paint = await found.jsonValue()
  const loaded = await page.evaluate(
    until =>
      performance
        .getEntriesByType('resource')
        .filter(({ name, responseEnd }) => /\.(?:js|css)$/.test(name) && responseEnd <= until)
        .map(({ encodedBodySize }) => encodedBodySize),
    paint
  )
  await context.close()
  return { paint, kb: loaded.reduce((sum, size) => sum + size, 0) / 1000 }
}

/** Storms of webhooks, in turn with the page and without it, so that both have the same machine. */
async function measureStorms(browser, server, { calls, rounds, say }) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
  const page = await context.newPage()
  const session = await context.newCDPSession(page)
  await session.send('Performance.enable')
  const perSecond = { without: [], with: [] }
  const frames = []
  for (let round = -1; round < rounds; round++) {
    for (const [name, url] of [
      ['without', 'about:blank'],
      ['with', `${server.url}/?view=webhooks`]
    ]) {
      say(`page, round ${Math.max(0, round) + 1} of ${rounds}, ${name} it`)
      await page.goto(url)
      await page.evaluate(countFrames)
      const rate = await storm(server, calls)
      const times = await page.evaluate(() => globalThis.frameTimes)
      if (round >= 0) perSecond[name].push(rate)
      if (round >= 0 && name === 'with') frames.push(...times)
    }
  }
  await session.send('HeapProfiler.collectGarbage')
  const { metrics } = await session.send('Performance.getMetrics')
  const metric = wanted => metrics.find(({ name }) => name === wanted)?.value
  await context.close()
  const sorted = frames.sort((one, other) => one - other)
  return {
    without: median(perSecond.without),
    with: median(perSecond.with),
    frameMs: median(sorted),
    frameP99: sorted[Math.floor(sorted.length * 0.99)],
    heapMb: metric('JSHeapUsedSize') / 2 ** 20,
    nodes: metric('Nodes')
  }
}

/** Sends the webhooks of many calls at once. @returns webhooks a second */
async function storm(server, calls) {
  await control(server, 'POST', '/reset', {})
  await control(server, 'PUT', '/clock', { mode: 'frozen' })
  await placeCalls(server, calls)
  const begun = performance.now()
  await control(server, 'POST', '/clock/advance', { ms: 1_000 })
  const taken = performance.now() - begun
  const { total } = await control(server, 'GET', '/deliveries?state=delivered&limit=1')
  if (total < Math.min(calls * ARMED, 10_000))
    throw new Error(`Only ${total} of ${calls * ARMED} webhooks were received.`)
  return ((calls * ARMED) / taken) * 1_000
}

/** Runs in the page: keeps the times between its frames. */
function countFrames() {
  globalThis.frameTimes = []
  let last = performance.now()
  const next = now => {
    globalThis.frameTimes.push(now - last)
    last = now
    requestAnimationFrame(next)
  }
  requestAnimationFrame(next)
}
