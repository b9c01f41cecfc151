/**
 * The script that starts the pages of the documents: one can be chosen of both, and the public token of the default
 * fixture is filled in. It replaces that of `@fastify/swagger-ui`, which shows one document only.
 */
export const DOCS_SCRIPT = `window.onload = () => {
  const base = location.pathname.replace(/\\/docs(?:\\/.*)?$/, '/openapi/')
  const ui = SwaggerUIBundle({
    dom_id: '#swagger-ui',
    urls: [
      { url: base + 'uapi.json', name: 'UnifiedAPI and OAuth' },
      { url: base + 'control.json', name: 'Control API' }
    ],
    layout: 'StandaloneLayout',
    presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset],
    deepLinking: true,
    docExpansion: 'list',
    tryItOutEnabled: true,
    validatorUrl: null,
    onComplete: () => ui.preauthorizeApiKey('bearer', 'emulator-user-token')
  })
}
`

/** The path of that script, below the pages. */
export const DOCS_SCRIPT_PATH = '/static/swagger-initializer.js'
