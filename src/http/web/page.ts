import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { ControlError } from '../../domain/errors/control.js'
import { CONTROL_PREFIX } from '../../schema/control-api/operation.js'
import { ICON_PATH } from '../hooks/browser-requests.js'
import { createAssets } from './assets.js'

/** Where the files of the page are served, below the root. They need no control token: they show nothing by themselves. */
export const PAGE_PREFIX = `${CONTROL_PREFIX}/page`

/** No script, style or connection from elsewhere, and nothing inline. @source page.md */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "worker-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'"
].join('; ')

/** Registers the routes of the page's files. @param folder of the built page */
export function servePageFiles(app: FastifyInstance, folder: string): void {
  const find = createAssets(folder)

  async function sendFile(name: string, { headers }: FastifyRequest, reply: FastifyReply) {
    const asset = await find(name)
    if (asset === undefined) throw new ControlError('route_unknown')
    const { type, etag, plain, gzipped } = asset
    reply.headers({
      'content-type': type,
      etag,
      'cache-control': 'no-cache', // kept, and validated: another version of the emulator may use the same address
      'x-content-type-options': 'nosniff',
      'content-security-policy': POLICY // a worker has that of its own script
    })
    addVary(reply, 'Accept-Encoding')
    if (headers['if-none-match']?.includes(etag)) return reply.code(304).send()
    if (!/\bgzip\b/.test(headers['accept-encoding'] ?? '')) return reply.send(plain)
    return reply.header('content-encoding', 'gzip').send(gzipped)
  }
  const options = { config: { unrecorded: true }, exposeHeadRoute: true }
  app.get<{ Params: { file: string } }>(`${PAGE_PREFIX}/:file`, options, (request, reply) =>
    sendFile(request.params.file, request, reply)
  )
  app.get(ICON_PATH, options, (request, reply) => sendFile('icon.svg', request, reply))
}

/** Sends the page's document, which is the same for every sandbox and state. */
export function sendShell({ originalUrl }: FastifyRequest, reply: FastifyReply): FastifyReply {
  return addVary(reply, 'Accept')
    .headers({
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': POLICY,
      'cache-control': 'no-cache',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer'
    })
    .send(shell(pathFrom(originalUrl)))
}

/** Adds a header's name to those that the answer depends on; with CORS, Origin is there already. */
export const addVary = (reply: FastifyReply, name: string): FastifyReply =>
  reply.header('vary', [reply.getHeader('vary') ?? [], name].flat().join(', '))

/** Whether a request wants the page instead of the JSON that others get. */
export const wantsPage = ({ method, url, headers }: FastifyRequest): boolean =>
  (method === 'GET' || method === 'HEAD') &&
  url.replace(/\?.*$/s, '') === '/' &&
  (headers.accept?.includes('text/html') ?? false)

/** Sends the page with 404 for a sandbox that does not exist, which it then states. @returns whether it was the page */
export function sendPageOfNoSandbox(request: FastifyRequest, reply: FastifyReply): boolean {
  if (!wantsPage(request)) return false
  void sendShell(request, reply.code(404))
  return true
}

/** The address of the page's files as a relative one, so that the page also works behind a proxy that adds a path. */
function pathFrom(target: string): string {
  const path = target.replace(/^https?:\/\/[^/?#]*/i, '').replace(/[?#].*$/s, '')
  const depth = Math.max(0, path.split('/').length - 2)
  return `${depth === 0 ? '.' : Array(depth).fill('..').join('/')}${PAGE_PREFIX}`
}

const shell = (files: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>uapi-emulator</title>
<link rel="icon" href="${files}/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="${files}/page.css">
<script type="module" src="${files}/main.js"></script>
</head>
<body>
<div id="page"><noscript>This page shows what happens in the emulator while it happens, and needs JavaScript for it. Without: the control API is documented at <a href="${files.replace(/\/page$/, '/docs')}">/_emulator/docs</a>.</noscript></div>
</body>
</html>
`
