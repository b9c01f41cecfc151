import { rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { build } from 'esbuild'

/** Where the schemas are; the page needs few of their values, and none of the code that checks by them. */
const SCHEMAS = /[\\/]src[\\/]schema[\\/].*\.ts$/

/**
 * Bundles the page of the browser into `dist/page`: the script that starts it, a script for each view, which is loaded
 * when it is first shown, the style sheets and the icons.
 * @param root absolute path of the repository
 * @returns the paths of the files that were bundled, for the list of licences
 */
export async function bundlePage(root) {
  const at = path => join(root, path)
  rmSync(at('dist/page'), { recursive: true, force: true })
  const { metafile } = await build({
    absWorkingDir: root,
    bundle: true,
    entryPoints: [at('src/page/main.tsx'), ...FILES.map(at)],
    entryNames: '[name]',
    chunkNames: '[name]-[hash]',
    splitting: true,
    outdir: at('dist/page'),
    format: 'esm',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    target: ['chrome111', 'firefox114', 'safari16.4'], // module workers, color-mix, nesting
    loader: { '.svg': 'copy' },
    minify: true,
    legalComments: 'none',
    logLevel: 'warning',
    metafile: true,
    plugins: [schemaValues(root)]
  })
  return Object.keys(metafile.inputs)
}

/** The style sheets of the page, of the consent page and of the API documents, and the icons. */
const FILES = ['style/page.css', 'style/document.css', 'style/docs.css', 'icon.svg', 'icon-failing.svg'].map(
  file => `src/page/${file}`
)

/**
 * Replaces modules of schemas by the values that they export, computed here: with the library that makes schemas, the
 * page would be twice as large. A module that exports functions only stays as it is; the functions of others are not
 * there. Of the table of the control API, only method and path are needed.
 */
const schemaValues = root => ({
  name: 'schema values',
  setup({ onLoad }) {
    onLoad({ filter: SCHEMAS }, async ({ path }) => {
      const values = Object.entries(await evaluate(path, root)).filter(([, value]) => typeof value !== 'function')
      if (values.length === 0) return undefined
      return { contents: values.map(([name, value]) => `export const ${name} = ${print(name, value)}`).join('\n') }
    })
  }
})

/** A value as an expression. A regular expression has no JSON. */
function print(name, value) {
  if (name === 'CONTROL_API')
    return JSON.stringify(value, (key, member) =>
      /^(?:method|path)$/.test(key) || isRow(key, value) ? member : undefined
    )
  return value instanceof RegExp ? String(value) : JSON.stringify(value)
}

const isRow = (key, table) => key === '' || key in table

/** Runs a module of schemas and returns its exports. */
async function evaluate(path, root) {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [path],
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'cjs',
    write: false
  })
  const module = { exports: {} }
  new Function('module', 'exports', 'require', outputFiles[0].text)(module, module.exports, createRequire(path))
  return module.exports
}
