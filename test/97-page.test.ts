import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { axe, IN_BROWSER, openPage, serveBuilt } from './support/browser.js'
import { start } from './support/emulator.js'

const PAGE = join(import.meta.dirname, '../dist/page')

// One quick look, so that `npm test` has it; test/browser has the others: `npm run test:browser`.
t.test('the page loads in a browser, and axe finds nothing', IN_BROWSER, async t => {
  const { url } = await serveBuilt(t)
  const { page, problems } = await openPage(t, `${url}/`)
  t.match(await page.title(), /^uapi-emulator/)
  t.strictSame(await axe(page), [])
  t.strictSame(problems(), [])
})

t.test('the files of the page are served compressed, validated, and to HEAD', async t => {
  const { url } = await start(t)
  const get = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    fetch(url + path, { method, headers })
  const shell = await get('/', { accept: 'text/html' })
  t.match(shell.headers.get('content-type'), 'text/html')
  t.notMatch(shell.headers.get('content-security-policy'), 'unsafe')
  t.match(shell.headers.get('content-security-policy'), "frame-ancestors 'none'")
  const files = [...(await shell.text()).matchAll(/(?:src|href)="\.(\/_emulator\/page\/[^"]+)"/g)].map(
    ([, path]) => path
  )
  t.equal(files.length, 3, 'a script, a style sheet and an icon')
  for (const path of files as string[]) {
    const plain = await get(path, { 'accept-encoding': 'identity' })
    t.equal(plain.status, 200, path)
    t.equal(plain.headers.get('content-encoding'), null)
    t.equal(plain.headers.get('x-content-type-options'), 'nosniff')
    const gzipped = await get(path, { 'accept-encoding': 'gzip' })
    t.equal(gzipped.headers.get('content-encoding'), 'gzip')
    t.equal(await gzipped.text(), await plain.text(), 'the same text')
    const etag = plain.headers.get('etag') ?? ''
    t.equal((await get(path, { 'if-none-match': etag })).status, 304)
    t.equal((await get(path, { 'if-none-match': '"other"' })).status, 200)
    const head = await get(path, {}, 'HEAD')
    t.strictSame([head.status, head.headers.get('etag'), await head.text()], [200, etag, ''])
  }
  for (const unknown of ['nothing.js', '..%2Fmain.js', '.built', 'main.js.map', 'x%00.js', 'constructor'])
    t.equal((await get(`/_emulator/page/${unknown}`)).status, 404, unknown)
  t.match((await get('/favicon.ico')).headers.get('content-type'), 'image/svg+xml')
  t.match(await (await get('/', { accept: 'application/json' })).json(), { name: 'uapi-emulator' })
})

t.test('the page in a sandbox loads the same files, with and without a last slash', async t => {
  const { url, ask } = await start(t)
  t.equal((await ask('POST', '/_emulator/sandboxes', { as: null, body: { name: 'worker-1' } })).status, 201)
  for (const path of ['/sandboxes/worker-1', '/sandboxes/worker-1/']) {
    const text = await (await fetch(url + path, { headers: { accept: 'text/html' } })).text()
    const script = /src="([^"]+)"/.exec(text)?.[1] ?? ''
    t.equal(new URL(script, url + path).pathname, '/_emulator/page/main.js', path)
  }
})

t.test('what the page needs to appear is at most 60 kB, compressed', async t => {
  const calls = readdirSync(PAGE).find(name => /^calls-\w+\.js$/.test(name)) ?? ''
  const first = [...withImports(['main.js', calls]), 'page.css']
  const bytes = first.reduce((sum, name) => sum + gzipSync(readFileSync(join(PAGE, name)), { level: 9 }).length, 0)
  t.ok(bytes <= 60_000, `${bytes} bytes: ${first.join(', ')}`)
  t.comment(`${bytes} bytes`)
})

/** Scripts of the page, with all that they import at once. */
function withImports(names: string[], found = new Set<string>()): Set<string> {
  for (const name of names.filter(name => !found.has(name))) {
    found.add(name)
    const code = readFileSync(join(PAGE, name), 'utf8')
    const imported = [...code.matchAll(/(?:from|import)"\.\/([\w-]+\.js)"/g)].map(([, file = '']) => file)
    withImports(imported, found)
  }
  return found
}

t.test('the style sheet of a view has no rule for the elements of the others', async t => {
  const folder = join(import.meta.dirname, '../src/page/style')
  const shared = [
    'base.css',
    'frame.css',
    'parts.css',
    'tokens.css',
    'page.css',
    'document.css',
    'docs.css',
    'brand.css'
  ]
  for (const name of readdirSync(folder).filter(name => !shared.includes(name))) {
    const sheet = readFileSync(join(folder, name), 'utf8').replace(/\/\*.*?\*\//gs, '')
    const selectors = [...sheet.matchAll(/([^{};]+)\{/g)].flatMap(([, list = '']) =>
      list.split(',').map(one => one.trim())
    )
    const bare = selectors.filter(one => !/^@|\.|^(?:from|to|\d+%)$/.test(one))
    t.strictSame(bare, [], name)
  }
})

t.test('text and strong colours have the contrast of WCAG AA, in both themes', async t => {
  const sheet = readFileSync(join(import.meta.dirname, '../src/page/style/tokens.css'), 'utf8')
  const [light = '', system = '', chosen = ''] = sheet.split(/^ *:root.*\{$/m).slice(1)
  const colours = (block: string) =>
    Object.fromEntries([...block.matchAll(/--([\w-]+): (#\w{6});/g)].map(([, name = '', value = '']) => [name, value]))
  t.strictSame(colours(system), colours(chosen), 'both dark blocks are the same')
  t.strictSame(Object.keys(colours(light)), Object.keys(colours(chosen)), 'both themes have the same colours')
  for (const [theme, block] of Object.entries({ light, dark: chosen })) {
    const { 'on-accent': onAccent = '', ...all } = colours(block)
    for (const name of ['text', 'muted', 'accent', 'good', 'bad', 'warn', 'hold'])
      for (const ground of ['bg', 'surface', 'raised', 'sunken', `${name}-soft`].filter(ground => ground in all))
        t.ok(contrast(all[name] ?? '', all[ground] ?? '') >= 4.5, `${theme}: ${name} on ${ground}`)
    t.ok(contrast(onAccent, all.accent ?? '') >= 4.5, `${theme}: on-accent on accent`)
  }
})

/** The contrast of two colours, `#rrggbb`. @see https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio */
function contrast(one: string, other: string): number {
  const [dark = 0, bright = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b)
  return (bright + 0.05) / (dark + 0.05)
}

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map(at => {
    const value = Number.parseInt(colour.slice(at, at + 2), 16) / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
