import type { FastifyReply } from 'fastify'

/** HTML that is escaped already. */
export class Html {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

/** Template tag for HTML: escapes values, except `Html`, and joins arrays. */
export function html(parts: TemplateStringsArray, ...values: (string | Html | Html[])[]): Html {
  return new Html(parts.map((part, at) => part + (at < values.length ? print(values[at] ?? '') : '')).join(''))
}

/** Sends a page, with headers that forbid scripts, framing, caching, and all content but its style sheet and icon. */
export function sendPage(reply: FastifyReply, title: string, body: Html): FastifyReply {
  reply.type('text/html; charset=utf-8')
  reply.header(
    'Content-Security-Policy',
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'"
  )
  reply.header('X-Content-Type-Options', 'nosniff')
  // Not no-referrer: browsers would send `Origin: null` with the form of the page, as with one of another site.
  reply.header('Referrer-Policy', 'same-origin')
  reply.header('Cache-Control', 'no-store')
  return reply.send(page(title, rootFrom(reply.request.url), body).text)
}

/**
 * The relative address of the root from a path below it: right in a sandbox, and behind a proxy that adds a path.
 * @param path of a request, without its sandbox; `../` for `/oauth/authorize.php`
 */
export function rootFrom(path: string): string {
  const depth = path.replace(/\?.*$/s, '').split('/').length - 2
  return depth > 0 ? '../'.repeat(depth) : './'
}

/** The icon and the name of the emulator. */
export const BRAND = new Html(`<svg viewBox="0 0 16 16" aria-hidden="true" focusable="false">\
<path d="M3.5 2.5h2l1.2 3-1.6 1.2a8.5 8.5 0 0 0 4.2 4.2l1.2-1.6 3 1.2v2a1.2 1.2 0 0 1-1.3 1.2A11 11 0 0 1 2.3 3.8 1.2 1.2 0 0 1 3.5 2.5Z"/>\
</svg> uapi-emulator`)

const print = (value: string | Html | Html[]): string => {
  if (value instanceof Html) return value.text
  return Array.isArray(value) ? value.map(({ text }) => text).join('') : escapeHtml(value)
}

const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`)

const page = (title: string, root: string, body: Html): Html => html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<meta name="color-scheme" content="light dark">
<link rel="icon" href="${root}_emulator/page/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="${root}_emulator/page/document.css">
</head>
<body>
${body}
</body>
</html>
`
