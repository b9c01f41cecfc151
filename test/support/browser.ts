import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type axeCore from 'axe-core'
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { findBrowser, HOW_TO_GET_A_BROWSER, launchBrowser } from '../../scripts/browser.mjs'
import { type RunOptions, type Server, serve } from './program.js'

const executable = findBrowser()
if (executable === undefined && process.env.UAPI_EMULATOR_REQUIRE_BROWSER)
  throw new Error(`UAPI_EMULATOR_REQUIRE_BROWSER is set, and no browser was found: ${HOW_TO_GET_A_BROWSER}.`)

/** Options of a test in a browser: `t.test(title, IN_BROWSER, …)`. Without a browser the test is skipped. */
export const IN_BROWSER = { skip: executable === undefined && `no browser was found: ${HOW_TO_GET_A_BROWSER}` }

/** The window of a page, and what its media queries see; any other option of a context of playwright. */
export interface PageOptions extends Omit<BrowserContextOptions, 'viewport'> {
  /** In CSS pixels; 1440 and 900 by default. */
  width?: number
  height?: number
}

/** A page in a browser profile of its own. */
export interface OpenedPage {
  page: Page
  context: BrowserContext
  /** Opens another tab of the same profile. Its problems stand in the same list. */
  openTab(url: string): Promise<Page>
  /**
   * Gives what went wrong since the last call, and empties the list: errors of scripts and of the console, dialogs,
   * violations of the Content-Security-Policy, answers of 5xx, and files of the page that could not be loaded. An
   * answer of 4xx to a request of a script is none. What nobody has taken at the end fails the test.
   */
  problems(): string[]
}

let running: Promise<Browser> | undefined
t.teardown(async () => (await running)?.close())

/** Opens a page. The browser is that of the whole test file; the profile is closed at the end of the test. */
export async function openPage(t: Test, url: string, options: PageOptions = {}): Promise<OpenedPage> {
  const { width = 1440, height = 900, ...others } = options
  running ??= launchBrowser(executable ?? '')
  const browser = await running
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: 'light',
    reducedMotion: 'reduce',
    ...others
  })
  const found: string[] = []
  await collectProblems(context, found)
  t.teardown(async () => {
    await context.close()
    if (found.length > 0) throw new Error(`Problems of the page that the test did not take:\n${found.join('\n')}`)
  })
  const openTab = async (address: string) => {
    const page = await context.newPage()
    await page.goto(address)
    return page
  }
  return { page: await openTab(url), context, openTab, problems: () => found.splice(0) }
}

/** Starts the built program in memory on a free port. It is ended with the test. */
export const serveBuilt = (t: Test, words: string[] = [], options?: RunOptions): Promise<Server> =>
  serve(t, ['--database', ':memory:', ...words], options)

/** Name of the function by which a page reports a violation. */
const REPORT = 'reportViolationToTest'

/** Writes the problems of all pages of a profile to a list. */
async function collectProblems(context: BrowserContext, found: string[]): Promise<void> {
  await context.exposeBinding(REPORT, (_source, text: string) => void found.push(text))
  await context.addInitScript(name => {
    addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI, sourceFile, lineNumber }) => {
      const text = `CSP: ${effectiveDirective} blocked ${blockedURI} (${sourceFile ?? ''}:${lineNumber})`
      Reflect.get(globalThis, name)(text)
    })
  }, REPORT)
  context.on('console', message => {
    // The browser's own line about an answer or a connection; what matters of these is collected below.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource:'))
      found.push(`console: ${message.text()}`)
  })
  context.on('weberror', error => found.push(`error: ${error.error().stack ?? error.error().message}`))
  context.on('dialog', dialog => {
    found.push(`dialog: ${dialog.type()} "${dialog.message()}"`)
    void dialog.dismiss()
  })
  context.on('response', response => {
    const request = response.request()
    if (response.status() >= 500 || (response.status() >= 400 && isFileOfPage(request.resourceType())))
      found.push(`answer: ${response.status()} to ${request.method()} ${response.url()}`)
  })
  context.on('requestfailed', request => {
    // A page that is left while it loads aborts what it was loading.
    if (isFileOfPage(request.resourceType()) && request.failure()?.errorText !== 'net::ERR_ABORTED')
      found.push(`not loaded: ${request.url()} (${request.failure()?.errorText ?? ''})`)
  })
}

const isFileOfPage = (kind: string): boolean => ['script', 'stylesheet', 'image', 'font', 'manifest'].includes(kind)

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/**
 * Checks a page with axe-core. Its source is evaluated by the debugger, to which no Content-Security-Policy applies.
 * @param selector the part to check; the whole page by default
 * @param except ids of rules that are not checked
 * @returns a line for each element with a violation; empty when there are none
 */
export async function axe(page: Page, selector?: string, except: string[] = []): Promise<string[]> {
  await page.evaluate(`${AXE};undefined`)
  const { violations } = await page.evaluate((part): Promise<axeCore.AxeResults> => {
    const axe: typeof axeCore = Reflect.get(globalThis, 'axe')
    return axe.run(part ?? document)
  }, selector)
  const counted = violations.filter(({ id }) => !except.includes(id))
  return counted.flatMap(({ id, impact, nodes }) =>
    nodes.map(({ target, failureSummary = '', html }) =>
      [`${id} (${impact}) at ${target.join(' ')}:`, failureSummary.replace(/\s*\n\s*/g, ' '), html].join(' ')
    )
  )
}
