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

/** Sends a page, with headers that forbid scripts, framing, caching and content from elsewhere. */
export function sendPage(reply: FastifyReply, title: string, body: Html): FastifyReply {
  reply.type('text/html; charset=utf-8')
  reply.header(
    'Content-Security-Policy',
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"
  )
  reply.header('X-Content-Type-Options', 'nosniff')
  // Not no-referrer: browsers would send `Origin: null` with the form of the page, as with one of another site.
  reply.header('Referrer-Policy', 'same-origin')
  reply.header('Cache-Control', 'no-store')
  return reply.send(page(title, body).text)
}

const print = (value: string | Html | Html[]): string => {
  if (value instanceof Html) return value.text
  return Array.isArray(value) ? value.map(({ text }) => text).join('') : escapeHtml(value)
}

const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`)

const page = (title: string, body: Html): Html => html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { max-width: 40rem; margin: 12vh auto 2rem; padding: 0 1.25rem }
h1 { font-size: 1.4rem; margin: 0 0 .75rem }
code { font: .9em ui-monospace, monospace; overflow-wrap: anywhere }
button { font: inherit; padding: .5rem 1.25rem; margin: 1rem .5rem 0 0; border-radius: .4rem; border: 1px solid #8888; cursor: pointer }
button.primary { background: #1457d9; border-color: #1457d9; color: #fff }
dt { font-weight: 600; margin-top: .75rem } dd { margin: 0 }
footer { margin-top: 3rem; font-size: .85rem; opacity: .7 }
</style>
</head>
<body>
${body}
</body>
</html>
`
