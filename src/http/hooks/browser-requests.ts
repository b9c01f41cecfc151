import type { FastifyRequest } from 'fastify'

/** The icon that a browser requests of every address that it shows. */
export const ICON_PATH = '/favicon.ico'

/** What else browsers request by themselves: the icons of Safari, and the settings of Chromium's developer tools. */
const REQUESTED_BY_BROWSERS: ReadonlySet<string> = new Set([
  ICON_PATH,
  '/apple-touch-icon.png',
  '/apple-touch-icon-precomposed.png',
  '/.well-known/appspecific/com.chrome.devtools.json'
])

/** Whether a browser sends a request by itself, so that nobody wants to read of it. @source control-api.md "Watching and verifying" */
export const isSentByBrowser = ({ method, url }: Pick<FastifyRequest, 'method' | 'url'>): boolean =>
  (method === 'GET' || method === 'HEAD') && REQUESTED_BY_BROWSERS.has(url.replace(/\?.*$/s, ''))
