// Takes pictures of every view of the page, in both themes, wide and narrow: npm run screenshots
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { findBrowser, HOW_TO_GET_A_BROWSER, launchBrowser } from './browser.mjs'
import { fillScene, startReceiver } from './scene.mjs'

/** The views, by the name of their file: each an address, for the ids of the scene. */
const VIEWS = {
  calls: () => '/?view=calls',
  'calls-one': ({ calls }) => `/?view=calls&call=${calls.menu}`,
  'calls-going': ({ calls }) => `/?view=calls&call=${calls.going}`,
  webhooks: () => '/?view=webhooks',
  'webhooks-failed': ({ webhooks }) => `/?view=webhooks&webhook=${webhooks.failed}`,
  'webhooks-held': ({ webhooks }) => `/?view=webhooks&webhook=${webhooks.held}`,
  requests: () => '/?view=requests',
  'requests-created': ({ requests }) => `/?view=requests&request=${requests.created}`,
  'requests-refused': ({ requests }) => `/?view=requests&request=${requests.refused}`,
  directory: () => '/?view=directory',
  'directory-extension': () => '/?view=directory&extension=0003*210',
  'directory-event': () => '/?view=directory&event=NqeyDRqo4FtabmFj8gNWq3hsiGNYyq',
  'directory-user': () => '/?view=directory&user=12',
  state: () => '/?view=state',
  time: () => '/?view=time',
  'first-minute': () => '/sandboxes/worker-1/',
  'docs-uapi': () => '/_emulator/docs',
  'docs-control': () => '/_emulator/docs?api=control',
  consent: () => `/oauth/authorize.php?${CONSENT}`,
  refusal: () => '/oauth/authorize.php?client_id=unknown'
}

const CONSENT = new URLSearchParams({
  response_type: 'code',
  client_id: 'emulator-app',
  redirect_uri: 'http://localhost/callback',
  state: 'a1b2c3'
})

const THEMES = ['light', 'dark']
const SIZES = [
  { width: 1440, height: 900 },
  { width: 360, height: 740 }
]

/** The picture of the README: a view, and the greatest size of its file. */
const README = { view: 'calls-one', theme: 'light', size: SIZES[0], file: 'docs/page.png', bytes: 250_000 }

const USAGE = `usage: npm run screenshots -- [options]

  --out FOLDER  where the pictures are written; by default screenshots/
  --only NAMES  only these views, separated by commas: ${Object.keys(VIEWS).join(', ')}
  --readme      writes ${README.file}, too
  --help        this text
`

const root = join(import.meta.dirname, '..')
const { out, only, readme, help } = readWords()
if (help) {
  process.stdout.write(USAGE)
  process.exit(0)
}
const names = only?.split(',') ?? Object.keys(VIEWS)
const unknown = names.find(name => !Object.hasOwn(VIEWS, name))
if (unknown !== undefined) fail(`--only: there is no view "${unknown}".\n\n${USAGE}`, 2)
const executable = findOrFail()

await import('./prepare.mjs')
const toEnd = []
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.once(signal, () => void endAll().then(() => process.exit(1)))
try {
  await takeAll()
} finally {
  await endAll()
}

async function takeAll() {
  const receiver = await startReceiver()
  toEnd.push(receiver)
  const emulator = await startEmulator()
  toEnd.push(emulator)
  const browser = await launchBrowser(executable)
  toEnd.push(browser)
  const scene = await fillScene(emulator.url, receiver.url)
  const folder = resolve(out)
  mkdirSync(folder, { recursive: true })
  const take = async (name, theme, size, file) => {
    await takePicture(browser, emulator.url + VIEWS[name](scene), theme, size, file)
    process.stderr.write(`${file}\n`)
  }
  for (const name of names)
    for (const theme of THEMES)
      for (const size of SIZES) await take(name, theme, size, join(folder, `${name}-${theme}-${size.width}.png`))
  if (!readme) return
  const file = join(root, README.file)
  await take(README.view, README.theme, README.size, file)
  const { size } = statSync(file)
  if (size > README.bytes) throw new Error(`${file} has ${size} bytes; at most ${README.bytes} are wanted.`)
}

/** Opens an address in a profile of its own and takes a picture of the window. */
async function takePicture(browser, url, colorScheme, viewport, path) {
  const place = { locale: 'en-GB', timezoneId: 'Europe/Bucharest' }
  const context = await browser.newContext({ viewport, colorScheme, reducedMotion: 'reduce', ...place })
  const page = await context.newPage()
  await page.goto(url)
  await page.waitForFunction(() => document.querySelector('[aria-busy="true"], .loading-container') === null)
  await page.waitForTimeout(500) // the stream has no end to wait for
  await page.screenshot({ path, animations: 'disabled' })
  await context.close()
}

/** Starts the built program in memory on a free port. Options in the environment do not count. */
async function startEmulator() {
  const environment = Object.entries(process.env).filter(([name]) => !name.startsWith('UAPI_EMULATOR_'))
  const words = ['--port', '0', '--database', ':memory:', '--fixture', 'default', '--seed', '13', '--json']
  const child = spawn(process.execPath, [join(root, 'dist/main.js'), ...words, '--log-level', 'warn'], {
    env: Object.fromEntries(environment),
    stdio: ['ignore', 'pipe', 'inherit']
  })
  const ended = once(child, 'exit')
  const [line] = await Promise.race([
    once(createInterface(child.stdout), 'line'),
    ended.then(([code]) => Promise.reject(new Error(`The emulator ended with ${code} before it listened.`)))
  ])
  return {
    url: JSON.parse(line).url,
    async close() {
      child.kill('SIGTERM')
      await ended
    }
  }
}

async function endAll() {
  for (const one of toEnd.splice(0).reverse()) await one.close()
}

function findOrFail() {
  try {
    return findBrowser() ?? fail(`No browser was found: ${HOW_TO_GET_A_BROWSER}.\n`, 1)
  } catch (error) {
    return fail(`${error.message}\n`, 1)
  }
}

function readWords() {
  const flag = { type: 'boolean', default: false }
  const text = { type: 'string' }
  try {
    return parseArgs({
      options: { out: { ...text, default: join(root, 'screenshots') }, only: text, readme: flag, help: flag }
    }).values
  } catch (error) {
    return fail(`${error.message}\n\n${USAGE}`, 2)
  }
}

function fail(message, status) {
  process.stderr.write(message)
  process.exit(status)
}
