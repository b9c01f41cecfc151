import { createHash } from 'node:crypto'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, join } from 'node:path'
import { build, stop } from 'esbuild'
import { bundlePage } from './bundle-page.mjs'
import { joinedLiterals } from './joined-literals.mjs'
import { licensesOf } from './licenses.mjs'

/** Packages that stay outside the bundles, because they are native: dependencies in package.json. */
const OUTSIDE = ['better-sqlite3']

/** Packages that are loaded at their first use: each is a bundle of its own in `dist/lazy`, shared by both programs. */
const LAZY = [
  '@fastify/busboy',
  '@fastify/swagger',
  '@fastify/swagger-ui',
  '@peculiar/x509',
  'jsonc-parser',
  'prom-client'
]
const lazyFile = name => `lazy/${name.split('/').at(-1)}.cjs`

/**
 * Bundles the program (`program.cjs`, which `main.js` runs), the library (`index.cjs`) and the worker of
 * large changes with the packages that every
 * start needs: loading their thousand modules one by one takes twice as long. Both come with source maps. Both are
 * CommonJS: the program, so that V8 can cache what it compiled; the library, so that `require` and `import` get the same
 * instance in every test runner.
 * @param root absolute path of the repository, where tsc has written the declarations to `dist`
 */
export async function bundle(root) {
  const at = path => join(root, path)
  const common = {
    absWorkingDir: root,
    bundle: true,
    platform: 'node',
    target: 'node20.19',
    logLevel: 'warning',
    metafile: true
  }
  const program = {
    ...common,
    external: OUTSIDE,
    plugins: [lazyPackages(), ownPositions(), joinedLiterals(root)],
    sourcemap: true,
    sourcesContent: false,
    minifyWhitespace: true,
    minifySyntax: true,
    lineLimit: 160, // positions in a stack trace can be read without the source map, too
    legalComments: 'none'
  }
  const asCommonJs = {
    format: 'cjs',
    define: { 'import.meta.dirname': '__dirname' },
    supported: { 'dynamic-import': false }
  }
  const results = await Promise.all([
    build({
      ...program,
      entryPoints: [at('src/main.ts')],
      outfile: at('dist/program.cjs'),
      ...asCommonJs
    }),
    build({
      ...program,
      entryPoints: [at('src/index.ts')],
      outfile: at('dist/index.cjs'),
      ...asCommonJs,
      ...ownGlobals(at)
    }),
    build({
      ...program,
      entryPoints: [at('src/service/state/large/worker.ts')],
      outfile: at('dist/lazy/large-work.cjs'),
      format: 'cjs',
      sourcemap: false, // it has the rules of the other bundles: a map would only make the package larger
      minifyIdentifiers: true,
      banner: { js: "const DIST = require('node:path').join(__dirname, '..')" },
      define: { 'import.meta.dirname': 'DIST' }
    }),
    build({ ...common, entryPoints: [at('src/matchers.ts')], outfile: at('dist/matchers.cjs'), format: 'cjs' }),
    ...LAZY.map(name =>
      build({
        ...common,
        entryPoints: [name],
        outfile: at(join('dist', lazyFile(name))),
        format: 'cjs',
        ...ownGlobals(at),
        mainFields: ['module', 'main'],
        minifySyntax: true,
        minifyWhitespace: true,
        minifyIdentifiers: name !== '@peculiar/x509', // which registers classes by their names
        legalComments: 'none',
        footer: { js: exportNames(name) }
      })
    )
  ])
  const hash = createHash('sha256')
    .update(readFileSync(at('dist/program.cjs')))
    .digest('hex')
    .slice(0, 16)
  await build({
    ...common,
    entryPoints: [at('src/launch.ts')],
    outfile: at('dist/main.js'),
    allowOverwrite: true,
    format: 'esm',
    define: { PROGRAM_HASH: JSON.stringify(hash) }
  })
  const inputs = [...results.flatMap(({ metafile }) => Object.keys(metafile.inputs)), ...(await bundlePage(root))]
  writeFileSync(at('dist/THIRD-PARTY-LICENSES.txt'), licensesOf(root, inputs))
  copyPageOfSwagger(at)
  await stop() // npm start goes on in this process: the one of esbuild would stay beside it
}

/** Options that replace global variables and `node:timers/promises`: in the process of a test they may be replaced. */
const ownGlobals = at => ({
  inject: [at('src/platform/globals.ts')],
  alias: { 'node:timers/promises': at('src/platform/timers-promises.ts') }
})

/** Loads a lazy package from its own bundle. */
const lazyPackages = () => ({
  name: 'lazy packages',
  setup({ onResolve }) {
    onResolve({ filter: /^[^.]/ }, ({ path }) =>
      LAZY.includes(path) ? { path: `./${lazyFile(path)}`, external: true } : undefined
    )
  }
})

/** Maps every line of our own files, and only the first of a package's: the source maps have a fifth of the size. */
const ownPositions = () => ({
  name: 'own positions',
  setup({ onLoad }) {
    onLoad({ filter: /node_modules.*\.[cm]?js$/ }, ({ path }) => {
      const map = JSON.stringify({ version: 3, sources: [basename(path)], mappings: 'AAAA' })
      const text = readFileSync(path, 'utf8').replace(/^\/\/# sourceMappingURL=.*$/gm, '')
      return { contents: `${text}\n//# sourceMappingURL=data:application/json;base64,${btoa(map)}`, loader: 'js' }
    })
  }
})

/** An expression without effect that names the exports of a CommonJS bundle: `import()` finds them only by it. */
function exportNames(name) {
  const names = Object.keys(createRequire(import.meta.url)(name)).filter(
    name => /^[a-z]\w*$/i.test(name) && name !== 'default'
  )
  return `0 && (module.exports = { ${names.join(', ')} })`
}

/** Copies what the page of the API documents loads. `@fastify/swagger-ui` serves the folder `../static` of its file. */
function copyPageOfSwagger(at) {
  const unused = [
    ...['csp.json', 'index.html', 'index.css', 'logo.svg', 'favicon-16x16.png', 'favicon-32x32.png'],
    ...['swagger-ui.js', 'swagger-ui-standalone-preset.js']
  ]
  cpSync(at('node_modules/@fastify/swagger-ui/static'), at('dist/static'), {
    recursive: true,
    filter: file => !unused.includes(basename(file))
  })
}
