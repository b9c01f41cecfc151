import { readdirSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { dirname, join, normalize, sep } from 'node:path'
import t from 'tap'
import { FAULTS, MIN_FAULTS, problemsOf } from '../scripts/falsify/faults.mjs'
import { judge } from '../scripts/falsify/verdict.mjs'
import { startWithNothing } from '../scripts/joined-literals.mjs'
import { judge as judgeSamples } from '../scripts/soak/report.mjs'

const ROOT = join(import.meta.dirname, '..')
const SRC = join(ROOT, 'src')
const read = (file: string) => readFileSync(join(SRC, file), 'utf8')
const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .map(file => file.split(sep).join('/'))
  .filter(file => /\.tsx?$/.test(file))

/** The rooms of `src`, and the rooms that each may import. A file at the top is a room of its own. */
const MAY_IMPORT: Record<string, string[]> = {
  schema: ['schema'],
  domain: ['domain', 'schema'],
  store: ['store', 'domain', 'schema', 'package.ts'],
  service: ['service', 'store', 'domain', 'schema'],
  http: ['http', 'service', 'domain', 'schema'],
  outbound: ['outbound', 'service', 'domain', 'schema'],
  client: ['client', 'schema'],
  page: ['page', 'client', 'schema'],
  'package.ts': [],
  'app.ts': ['http', 'outbound', 'service', 'store', 'domain', 'schema', 'package.ts'],
  'recording-proxy.ts': ['http', 'outbound', 'service', 'domain', 'schema', 'package.ts'],
  'option-table.ts': ['schema'],
  'config.ts': ['option-table.ts', 'domain', 'schema'],
  cli: [
    'cli',
    'client',
    'app.ts',
    'recording-proxy.ts',
    'config.ts',
    'option-table.ts',
    'package.ts',
    'http',
    'store',
    'domain',
    'schema'
  ],
  'start-emulator.ts': [
    'app.ts',
    'config.ts',
    'option-table.ts',
    'package.ts',
    'client',
    'service',
    'domain',
    'schema'
  ],
  'index.ts': ['start-emulator.ts', 'client', 'schema'],
  'main.ts': ['cli'],
  'launch.ts': [],
  'matchers.ts': ['schema'],
  platform: ['platform'] // only the bundle of the library includes it
}

/** Packages, and the only places that may import them. */
const PACKAGES: Record<string, RegExp> = {
  'better-sqlite3': /^store\//,
  fastify: /^(?:http\/|app\.ts$)/,
  '@fastify/busboy': /^http\/oauth\//,
  '@fastify/cookie': /^(?:http\/|app\.ts$)/,
  '@fastify/fast-json-stringify-compiler': /^http\/server\//,
  '@fastify/swagger': /^http\/control\//,
  '@fastify/swagger-ui': /^http\/control\//,
  '@fastify/type-provider-typebox': /^http\//,
  typebox: /^(?:schema|domain|http|cli)\/|^(?:config|option-table|start-emulator)\.ts$/,
  commander: /^cli\//,
  '@peculiar/x509': /^cli\/serve\/certificate\//,
  'secure-json-parse': /^service\/state\/large\//,
  'pino-pretty': /^cli\//,
  'fast-string-width': /^cli\/terminal\//,
  'jsonc-parser': /^cli\//,
  'close-with-grace': /^main\.ts$/,
  'prom-client': /^http\/control\//,
  preact: /^page\//,
  '@preact/signals': /^page\//
}

/** Walls that no change of the table above may open. */
const WALLS: [room: string, others: string[]][] = [
  ['http', ['store']],
  ['cli', ['service']],
  ['client', ['domain', 'store', 'service', 'http', 'outbound', 'page', 'cli', 'app.ts', 'config.ts', 'package.ts']],
  ['page', ['domain', 'store', 'service', 'http', 'outbound', 'cli', 'app.ts', 'config.ts', 'package.ts']]
]

/** Files of under 20 lines, each with the reason why it is a file. */
const SHORT: Record<string, string> = {
  'http/hooks/browser-requests.ts': 'the one list of what browsers request, for hooks and surface',
  'index.ts': 'the list of what the package exports',
  'platform/nothing.ts': 'a variable that the build writes into files of every room',
  'cli/commands/state/session.ts': 'one file a command',
  'cli/command-line/similar.ts': 'shared by messages for commands and for the values of options',
  'cli/run-until-stopped.ts': 'shared by three commands',
  'page/emulator/start.ts': 'what happens before the page is drawn, in its order',
  'page/emulator/address.ts': 'the addresses of the page, read once',
  'page/views/calls/dial-pad.tsx': 'a signal of the calls view that other views set',
  'page/views/webhooks/time-of-webhook.ts': 'shared by the list of webhooks and the detail',
  'page/views/calls/by-hand.ts': 'shared by the drawing of calls and the detail',
  'page/views/calls/numbers.ts': 'shared by the list of calls and the dial pad',
  'page/views/directory/select.ts': 'shared by the directory and its panels',
  'page/emulator/client.ts': 'the clients of the page, which all views share',
  'platform/timers-promises.ts': 'takes the place of one module of Node',
  'client/placed-call.ts': 'shared by the client and the emulator of a test',
  'client/duration.ts': 'shared by the client, the command line and the page',
  'http/hooks/log.ts': 'shared by the surfaces; its hook imports them',
  'schema/lazy-check.ts': 'shared by the fixtures and the control API',
  'schema/calls/serial-id.ts': 'shared by the schemas of requests, deliveries and faults',
  'schema/time.ts': 'shared by the schemas that hold a time',
  'service/state/large/shared-bytes.ts': 'shared by bodies, states and the worker',
  'service/access/secrets.ts': 'shared by tokens, sessions and guards'
}

/** Wording that has to be read twice: riddles without a subject, and things with a mind. */
const UNCLEAR = [
  /\bwhoever\b/i,
  /\b(?:is|are) told\b/i,
  /\bhears?\b/i,
  /\blook(?:s|ed)? again\b/i,
  /\b(?:is|are) made of\b/i,
  /\bthe words? for it\b/i,
  /\bnobody expect(?:s|ed)\b/i,
  /\b(?:is|are|was|were) owed\b/i,
  /\bcomes? to rest\b/i,
  /\b(?:came|comes) of it\b/i,
  /\blets? go\b/i,
  /^(?:Tells|Knows|Says|Wants|Asks)\b/
]

const importsIn = (code: string): string[] =>
  [...code.matchAll(/^(?:import|export)\b[^'"]*?from '([^']+)'|^import '([^']+)'|\bimport\('([^']+)'\)/gm)].map(
    ([, from, alone, lazy]) => from ?? alone ?? lazy ?? ''
  )

const importsOf = (file: string): string[] => importsIn(read(file))

const roomOf = (file: string): string => (file.includes('/') ? file.slice(0, file.indexOf('/')) : file)
const targetOf = (file: string, specifier: string): string => {
  const target = normalize(join(dirname(file), specifier))
    .split(sep)
    .join('/')
  const source = target.replace(/\.js$/, '.ts')
  return files.includes(`${source}x`) ? `${source}x` : source
}

t.test('every form of import is checked', async t => {
  const code = [
    "import one from './one.js'",
    "import { type Two, two } from './two.js'",
    "import type { Three } from './three.js'",
    'import {',
    '  four',
    "} from './four.js'",
    "export * from './five.js'",
    "export type { Six } from './six.js'",
    "import './seven.js'",
    "const eight = () => import('./eight.js')",
    "type Nine = typeof import('./nine.js')"
  ].join('\n')
  const numbers = ['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine']
  t.strictSame(
    importsIn(code),
    numbers.map(number => `./${number}.js`)
  )
})

t.test('http never sees the store, cli no service, and client and page only schemas', async t => {
  for (const [room, others] of WALLS) {
    for (const other of others) t.notOk(MAY_IMPORT[room]?.includes(other), `the table keeps ${other} out of ${room}`)
    for (const file of files.filter(file => roomOf(file) === room)) {
      const targets = importsOf(file).map(specifier => targetOf(file, specifier))
      for (const target of targets) t.notOk(others.includes(roomOf(target)), `${file} does not import ${target}`)
    }
  }
})

t.test('imports point inward', async t => {
  for (const file of files) {
    const allowed = MAY_IMPORT[roomOf(file)]
    t.ok(allowed, `${file} is in a room of the table`)
    for (const specifier of importsOf(file).filter(from => from.startsWith('.'))) {
      const target = targetOf(file, specifier)
      t.ok(files.includes(target), `${file}: ${specifier} exists`)
      t.ok(allowed?.includes(roomOf(target)), `${file} may import ${target}`)
    }
  }
})

t.test('no surface imports another, except the table of surfaces and their documentation', async t => {
  const surface = (file: string) => /^http\/(uapi|oauth|control|web)\//.exec(file)?.[1]
  for (const file of files.filter(surface)) {
    for (const specifier of importsOf(file).filter(from => from.startsWith('.'))) {
      const other = surface(targetOf(file, specifier))
      const documents =
        file === 'http/control/describe-apis.ts' || targetOf(file, specifier) === 'http/control/documentation.ts'
      t.ok(other === undefined || other === surface(file) || documents, `${file}: ${specifier}`)
    }
  }
})

t.test('every package is imported only in its room, and is a dependency of package.json', async t => {
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  const used = new Set<string>()
  const loaded = new Set<string>()
  for (const file of files) {
    const values = importsIn(read(file).replace(/^import type [^'"]*?from '[^']+'/gm, ''))
    for (const specifier of importsOf(file).filter(from => !from.startsWith('.') && !from.startsWith('node:'))) {
      const name = specifier
        .split('/')
        .slice(0, specifier.startsWith('@') ? 2 : 1)
        .join('/')
      used.add(name)
      if (values.includes(specifier)) loaded.add(name)
      t.notOk(builtinModules.includes(name), `${file}: ${name} is written node:${name}`)
      t.match(file, PACKAGES[name] ?? /^no place$/, `${file} may use ${name}`)
      t.ok(name in dependencies || name in devDependencies, `package.json has ${name}`)
    }
  }
  t.strictSame([...used].sort(), Object.keys(PACKAGES).sort(), 'every package is used')
  const licences = readFileSync(join(ROOT, 'dist/THIRD-PARTY-LICENSES.txt'), 'utf8')
  const bundled = Object.keys(devDependencies).filter(name => new RegExp(`^${name} \\d`, 'm').test(licences))
  t.strictSame(
    [...loaded].sort(),
    [...Object.keys(dependencies), ...bundled].sort(),
    'what is loaded is a dependency, or a development dependency that the bundles contain'
  )
})

t.test('the published package installs what its bundles leave outside and what its types import', async t => {
  const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  const build = readFileSync(join(ROOT, 'scripts/bundle.mjs'), 'utf8')
  const outside = [...(/OUTSIDE = \[(.*)\]/.exec(build)?.[1] ?? '').matchAll(/'([^']+)'/g)].map(([, name]) => name)
  const dist = join(ROOT, 'dist')
  const types = readdirSync(dist, { recursive: true, encoding: 'utf8' })
    .filter(file => /\.d\.c?ts$/.test(file))
    .flatMap(file => [...readFileSync(join(dist, file), 'utf8').matchAll(/(?:from |import\()["']([@\w][^"']*)["']/g)])
    .map(([, name = '']) => name)
    .filter(name => !name.startsWith('node:'))
  t.strictSame([...new Set([...outside, ...types])].sort(), Object.keys(dependencies).sort())
})

// In a bundle, a module of ours that is imported dynamically, and all that it imports, is evaluated in functions of its
// own: every start would take a tenth longer.
t.test('no file of ours is imported dynamically', async t => {
  const ofServer = files.filter(file => roomOf(file) !== 'page') // the views of the page are loaded when they are shown
  for (const file of ofServer) t.notMatch(read(file), /await import\('\.|=> import\('\./, file)
})

t.test('in the bundles, literals that start with a spread and add members start with a spread of nothing', async t => {
  for (const [text, expected] of [
    ['const a = { ...b, c }', 'const a = { ...NOTHING, ...b, c }'],
    ['f({ ...b, c: { ...d, e } })', 'f({ ...NOTHING, ...b, c: { ...NOTHING, ...d, e } })'],
    [
      'const a = {\n  // why\n  ...b, // what\n  ...c\n}',
      'const a = {\n  // why\n  ...NOTHING, ...b, // what\n  ...c\n}'
    ],
    ['const a = { ...b }', undefined],
    ['const a = { b, ...c }', undefined],
    ['const { b, ...c } = a', undefined],
    ['const a = [...b, c]', undefined],
    ["const a = '{ ...b, c }' // { ...b, c }", undefined]
  ] as const)
    t.equal(startWithNothing(text), expected ?? text)
  const [call, id] = [{ id: '1', legs: [] }, '2']
  t.strictSame({ ...(null as unknown as object), ...call, id }, { ...call, id }, 'which means the same')
  for (const bundle of ['program.cjs', 'index.cjs', 'lazy/large-work.cjs']) {
    const spreads = readFileSync(join(ROOT, 'dist', bundle), 'utf8').match(/\{\.\.\.[\w$]+,\.\.\./g) ?? []
    const mostOfOneName = Math.max(...spreads.map(one => spreads.filter(other => other === one).length))
    t.ok(mostOfOneName > 30, `${mostOfOneName} in ${bundle}`)
  }
})

t.test('there are no cycles', async t => {
  const graph = new Map(
    files.map(file => [
      file,
      importsOf(file)
        .filter(from => from.startsWith('.'))
        .map(from => targetOf(file, from))
    ])
  )
  const done = new Set<string>()
  const visit = (file: string, path: string[]): string[] | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file]
    if (done.has(file)) return undefined
    for (const next of graph.get(file) ?? []) {
      const cycle = visit(next, [...path, file])
      if (cycle) return cycle
    }
    done.add(file)
    return undefined
  }
  for (const file of files) t.equal(visit(file, [])?.join(' → '), undefined, file)
})

t.test('no file has more than 250 lines, no folder more than 25 files, and no name is as vague as utils', async t => {
  for (const file of files) {
    const length = read(file).split('\n').length - 1
    t.ok(length <= 250, `${file} has ${length} lines`)
    t.notMatch(file, /(?:^|\/)(?:utils?|helpers?|common|misc|shared|types|constants)(?:\.tsx?|\/)/)
  }
  const folders = new Map(files.map(file => [dirname(file), files.filter(other => dirname(other) === dirname(file))]))
  for (const [folder, members] of folders) t.ok(members.length <= 25, `${folder} has ${members.length} files`)
})

t.test('a file of under 20 lines has a reason to be a file', async t => {
  const short = files.filter(file => read(file).split('\n').length - 1 < 20)
  for (const file of short) t.ok(SHORT[file], `${file} is short: move its content, or add a reason to the list`)
  for (const file of Object.keys(SHORT)) t.ok(short.includes(file), `${file} is listed and exists with under 20 lines`)
})

t.test('each planted fault still has its text in the source, and its test', async t => {
  t.strictSame(problemsOf(FAULTS, ROOT), [])
  const [first] = FAULTS
  if (first === undefined) return
  const problemsWith = (change: Partial<typeof first>) =>
    problemsOf([{ ...first, ...change }, ...FAULTS.slice(1)], ROOT)
  for (const [change, problem] of [
    [{ text: 'a text that stands nowhere' }, /stale: its text stands 0 times/],
    [{ text: ' ' }, /stale: its text stands \d{2,} times/],
    [{ instead: first.text }, /its replacement is the same text/],
    [{ file: 'src/none.ts' }, /there is no file src\/none\.ts/],
    [{ test: '00-none › title' }, /there is no file test\/00-none\.test\.ts/],
    [{ test: '30-access › no such title' }, /has no test "no such title"/],
    [{ test: '30-access' }, /it names no test/],
    [{ name: FAULTS.at(-1)?.name }, /Two faults have the name/]
  ] as const) {
    t.match(problemsWith(change as Partial<typeof first>), [problem])
  }
  t.match(problemsOf(FAULTS.slice(0, MIN_FAULTS - 1), ROOT), [/at least 60 must be/])
})

t.test('a planted fault is caught by a failed assertion of its test, and by nothing else', async t => {
  const inner = '    # Subtest: inner\n        '
  const end = '          ---\n          tapCaught: returnedPromiseRejection\n          ...\n'
  for (const [out, code, outcome] of [
    [`# Subtest: outer\n${inner}not ok 1 - a claim\n`, 1, 'caught'],
    [`# Subtest: outer\n${inner}# Subtest: deeper\n            not ok 1 - a claim\n`, 1, 'caught'],
    [`# Subtest: outer\n${inner}ok 1 - a claim\n    ok 1 - inner # time=1ms\nok 1 - outer\n`, 0, 'survived'],
    [`# Subtest: outer\n${inner}not ok 1 - a claim\n${end}`, 1, 'crashed'],
    [`# Subtest: outer\n${inner}not ok 1 - Property failed after 2 tests\n${end}`, 1, 'caught'],
    [`# Subtest: outer\n${inner}not ok 1 - test unfinished\n`, 1, 'crashed'],
    [`# Subtest: outer\n${inner}not ok 1 - timeout!\n`, null, 'timed out'],
    [`# Subtest: other\n${inner}not ok 1 - a claim\n`, 1, 'crashed'],
    ['SyntaxError: Unexpected token\n', 1, 'crashed'],
    ['# Subtest: outer\n    ok 1 - inner # SKIP it has no time\n', 0, 'missing'],
    ['ok 1 - outer # SKIP filter: /^inner$/\n', 0, 'missing']
  ] as const) {
    t.match(judge({ code, out, isTimedOut: false }, ['outer', 'inner']), { outcome }, out)
  }
  t.match(judge({ code: null, out: '', isTimedOut: true }, ['outer']), { outcome: 'timed out' })
})

t.test('a long run is level when no last quarter is a tenth above the second one', async t => {
  const level = { heap: 50e6, rss: 150e6, descriptors: undefined, wal: 16e6, file: 10e6, sandboxes: 1, journal: 1e6 }
  const run = (change: (nth: number) => object) =>
    judgeSamples(Array.from({ length: 40 }, (_none, nth) => ({ ...level, ...change(nth) })))
  t.strictSame(
    run(() => ({})),
    []
  )
  t.strictSame(
    run(nth => ({ heap: nth < 8 ? 10e6 : 50e6 + (nth % 2) * 4e6, wal: nth * 4e5 })),
    [],
    'a warm-up, garbage, and a WAL before its checkpoint are no growth'
  )
  t.match(
    run(nth => ({ heap: 50e6 + nth * 1e6 })),
    [/^heap after collection, MB grows: 62\.0 in the second quarter, 81\.1 in the last$/]
  )
  t.match(
    run(nth => ({ descriptors: 100 + nth, sandboxes: 1 + nth, wal: nth * 2e6 })),
    [/^descriptors grows/, /^WAL, MB grows/, /^sandboxes grows/]
  )
  t.match(judgeSamples([level]), [/only 1 samples/])
})

t.test('comments and test titles are in plain words', async t => {
  t.strictSame(proseOf("/** Tells why. */ const a = 'no // comment' // it is told"), ['Tells why.', 'it is told'])
  t.strictSame(unclearIn(['Tells why.', 'It is told.', 'Gives the reason.']), ['Tells why.', 'It is told.'])
  for (const folder of ['src', 'bench', 'scripts', 'test']) {
    for (const name of readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })) {
      if (!/\.(?:tsx?|mjs|js)$/.test(name) || name.includes('node_modules')) continue
      const code = readFileSync(join(ROOT, folder, name), 'utf8')
      const titles = folder === 'test' ? titlesOf(code) : []
      t.strictSame(unclearIn([...proseOf(code), ...titles]), [], `${folder}/${name}`)
    }
  }
})

/** The comments of a file, without their marks; a `//` within a text is no comment. */
function proseOf(code: string): string[] {
  const tokens = code.matchAll(/'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|\/\*.*?\*\/|\/\/[^\n]*/gs)
  return [...tokens]
    .map(([token]) => token)
    .filter(token => token.startsWith('/'))
    .map(comment => comment.replace(/^\/[*/]+|\*\/$|^ *\* ?/gm, '').trim())
}

/** The titles of the tests of a file. */
function titlesOf(code: string): string[] {
  return [...code.matchAll(/\bt\.test\(\s*(['"`])((?:\\.|(?!\1).)*)\1/gs)].map(([, , title = '']) => title)
}

/** Those of many texts that contain wording of the list. */
function unclearIn(texts: string[]): string[] {
  return texts.filter(text => UNCLEAR.some(wording => wording.test(text)))
}

t.test('the domain is pure', async t => {
  for (const file of files.filter(file => roomOf(file) === 'domain' || roomOf(file) === 'schema')) {
    const code = read(file)
      .replace(/\/\*.*?\*\//gs, '')
      .replace(/\/\/.*$/gm, '')
    t.notMatch(code, /node:|process\.|Date\.now|new Date\(\)|Math\.random|performance\.|console\./, file)
    if (roomOf(file) !== 'domain') continue
    const state =
      /^(?:export )?(?:let |(?:const|class) .*\bnew (?:Map|Set|WeakMap|WeakSet)\b)|\bSettings\.Set\b|\bstatic\b/m
    t.notMatch(code, state, `${file} keeps nothing at module level`)
  }
})

t.test(
  'only main.ts, launch.ts, start-emulator.ts and the platform read the process, and SQL is only in the store',
  async t => {
    for (const file of files) {
      const code = read(file).replace(/\/\*.*?\*\//gs, '')
      const facts = /\bprocess\.(?:versions|platform|arch|memoryUsage)\b/g
      const inserted = (text: string) => (text.match(/\$\{[^}]*\}/g) ?? []).join('')
      const words = code.replace(/'(?!node:)[^'\n]*'|`[^`]*`|\/\/.*$/gm, inserted)
      const reads = file === 'start-emulator.ts' ? words.replace(facts, '') : words
      if (file !== 'main.ts' && file !== 'launch.ts' && roomOf(file) !== 'platform')
        t.notMatch(reads, /node:process'|\bprocess(?:[.,;)\]}[]|$)/m, file)
      if (roomOf(file) !== 'store')
        t.notMatch(code, /\b(?:SELECT|INSERT INTO|UPDATE|DELETE FROM) [a-z_]+ ?(?:\(|SET|FROM|WHERE)/, file)
    }
  }
)

t.test('nothing escapes the type checker unexplained', async t => {
  for (const file of files) {
    const lines = read(file)
      .replace(/`[^`]*`/gs, text => text.replace(/[^\n]/g, '')) // strings are not code; their lines still count
      .split('\n')
    const code = lines.map(line => line.replace(/'[^']*'|"[^"]*"|\/\/.*$|\/\*.*$|^\s*\*.*$/g, ''))
    const escapes = code.filter(
      line => /\bas any\b|: any\b|as unknown as/.test(line) || /@ts-(?:ignore|expect-error)/.test(line)
    )
    t.strictSame(escapes, [], `${file} has no escapes`)
    const unexplained = code.flatMap((line, at) => {
      const asserts =
        /[\w)\]}] as (?!const\b)[A-Za-z{([]/.test(line) &&
        !/^\s*(?:(?:import|export) |(?:type )?\w+ as \w+,?$)/.test(line)
      const near = lines.slice(Math.max(0, at - 2), at + 3).join('\n')
      return asserts && !/\/\/|\*/.test(near) ? [`${at + 1}: ${line}`] : []
    })
    t.strictSame(unexplained, [], `${file} explains every type assertion`)
  }
})

t.test('every export has a doc comment', async t => {
  for (const file of files.filter(file => file !== 'index.ts')) {
    const lines = read(file).split('\n')
    const documented = new Set<string>()
    for (const [index, line] of lines.entries()) {
      const name = /^export (?:default )?(?:async )?(?:abstract )?(?:function|const|class|interface|type) (\w+)/.exec(
        line
      )?.[1]
      if (name === undefined) continue
      const commented = /\*\/$/.test(lines[index - 1] ?? '') || documented.has(name)
      // A schema that is all description needs no second one, nor does the type of a schema.
      const described = lines.slice(index, index + 6).some(next => next.includes('description:'))
      if (commented || described) documented.add(name)
      t.ok(commented || described || /^\s*(?:name|summary):/.test(lines[index + 1] ?? ''), `${file}: ${name}`)
    }
  }
})
