// Loads a test: node --import=./scripts/load-test.mjs test/40-list.test.ts. A test becomes one module with all sources
// that it imports, and typebox, which has half a thousand files: to load one by one takes longer than most tests.
import { readFile } from 'node:fs/promises'
import { register } from 'node:module'
import { dirname } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { isMainThread } from 'node:worker_threads'

if (isMainThread) {
  register(import.meta.url)
  const { default: processOnSpawn } = await import('process-on-spawn')
  // tap loads its tracer into every process that a test starts: it would start in thrice the time, without its cache.
  processOnSpawn.removeAllListeners()
}

/** A hook of Node, in a thread of its own. */
export async function load(url, context, next) {
  if (!url.endsWith('.ts')) return next(url, context)
  const { build, stop } = await import('esbuild')
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(url)],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    sourcemap: 'inline',
    sourcesContent: false,
    plugins: [packagesOutside(/^typebox(?:$|\/)/), ownPositions()],
    define: Object.fromEntries(POSITIONS.map(name => [`import.meta.${name}`, `own_${name}`]))
  })
  await stop() // its process would stay beside the test
  return { format: 'module', source: outputFiles[0].text, shortCircuit: true }
}

const POSITIONS = ['url', 'filename', 'dirname']

/** Leaves packages outside, but for some. */
const packagesOutside = inside => ({
  name: 'packages outside',
  setup: build =>
    build.onResolve({ filter: /^[^./]/ }, ({ path }) => (inside.test(path) ? undefined : { external: true }))
})

/** Gives each source its own `import.meta`. */
const ownPositions = () => ({
  name: 'own positions',
  setup: build =>
    build.onLoad({ filter: /\.ts$|\/scripts\/.*\.mjs$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8')
      if (!text.includes('import.meta.')) return undefined
      const values = { url: pathToFileURL(path).href, filename: path, dirname: dirname(path) }
      const constants = POSITIONS.map(name => `const own_${name} = ${JSON.stringify(values[name])};`)
      return { contents: constants.join(' ') + text, loader: path.endsWith('.ts') ? 'ts' : 'js' }
    })
})
