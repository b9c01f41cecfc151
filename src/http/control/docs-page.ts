import { BRAND, html, rootFrom } from '../html.js'

/**
 * The page that shows both documents. The sheet of `@fastify/swagger-ui` is in a layer, so that every rule of ours
 * overrides it. @param path of the request, without its sandbox
 */
export function docsPage(path: string): string {
  const root = rootFrom(path)
  const files = `${root}_emulator/docs/static`
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>API documents: uapi-emulator</title>
<link rel="icon" href="${root}_emulator/page/icon.svg" type="image/svg+xml">
<style>@import url("${files}/swagger-ui.css") layer(swagger);</style>
<link rel="stylesheet" href="${root}_emulator/page/docs.css">
<script src="${root}_emulator/docs${DOCS_SCRIPT_PATH}" defer></script>
<script src="${files}/swagger-ui-bundle.js" defer></script>
</head>
<body>
<header class="top">
<a class="brand" href="${root}">${BRAND}</a>
<label>API <select id="api">
<option value="uapi">UnifiedAPI and OAuth</option>
<option value="control">Control API</option>
</select></label>
</header>
<noscript>This page needs JavaScript. The documents are <a href="${root}_emulator/openapi/uapi.json">uapi.json</a> and <a href="${root}_emulator/openapi/control.json">control.json</a>.</noscript>
<p id="problem" role="alert" hidden></p>
<div id="swagger-ui"></div>
</body>
</html>
`.text
}

/** The path of the page's script, below the pages. It replaces that of `@fastify/swagger-ui`. */
export const DOCS_SCRIPT_PATH = '/static/swagger-initializer.js'

/**
 * The script of the page. The document is chosen by `?api=`. The public token of the default fixture is filled in, or
 * the control token that the emulator's page keeps for this browser tab.
 */
export const DOCS_SCRIPT = `const read = (storage, name) => {
  try {
    return window[storage].getItem('uapi-emulator.' + name) || undefined
  } catch {
    return undefined // storage is not allowed
  }
}
const theme = read('localStorage', 'theme')
if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme

const root = location.origin + location.pathname.replace(/\\/_emulator\\/docs(?:\\/.*)?$/, '')
const isControl = new URLSearchParams(location.search).get('api') === 'control'
const controlToken = read('sessionStorage', 'token')

async function load() {
  const headers = controlToken === undefined ? {} : { authorization: 'Bearer ' + controlToken }
  const response = await fetch(root + '/_emulator/openapi/' + (isControl ? 'control' : 'uapi') + '.json', { headers })
  const document = await response.json()
  if (!response.ok) throw new Error(document.error.message)
  return { ...document, servers: [{ ...document.servers[0], url: root }] }
}

function show(spec) {
  const ui = SwaggerUIBundle({
    spec,
    dom_id: '#swagger-ui',
    deepLinking: true,
    docExpansion: 'list',
    tryItOutEnabled: true,
    displayRequestDuration: true,
    syntaxHighlight: { activated: false },
    validatorUrl: null,
    onComplete() {
      if (!isControl) ui.preauthorizeApiKey('bearer', 'emulator-user-token')
      else if (controlToken !== undefined) ui.preauthorizeApiKey('controlToken', controlToken)
    }
  })
}

window.addEventListener('DOMContentLoaded', () => {
  const api = document.getElementById('api')
  api.value = isControl ? 'control' : 'uapi'
  api.addEventListener('change', () => location.assign(location.pathname + '?api=' + api.value))
  load().then(show, error => {
    const problem = document.getElementById('problem')
    problem.hidden = false
    problem.textContent = 'The document could not be loaded. ' + error.message
  })
})
`
